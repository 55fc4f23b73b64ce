"""The map in a frame of another site: only where the city says so, without cookies."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from colnode.plugin import Node

pytestmark = pytest.mark.databases("sqlite")

SCHOOL = "https://school.example"


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city that lets one school show its map."""
    return make_node(plugin_settings={"map": {"embed_sites": [SCHOOL]}})


def policy(client: Any, path: str) -> str:
    return str(client.get(path).headers["Content-Security-Policy"])


def test_only_named_sites_may_frame_the_map_and_no_other_page(client: Any) -> None:
    assert policy(client, "/map/embed").endswith(f"frame-ancestors {SCHOOL}")
    for path in ("/map", "/map/embed-code", "/"):
        assert policy(client, path).endswith("frame-ancestors 'none'")


def test_the_frame_shows_what_is_filtered_sets_no_cookie_and_opens_new_tabs(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess", price_cents=0)
    make_activity("Pottery", price_cents=900)
    answer = client.get("/map/embed?free=1")
    page = answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers
    assert "Chess" in page
    assert "Pottery" not in page
    assert "csrf" not in page
    assert "/sign-in" not in page
    assert page.count('<a class="card-link"') == page.count('target="_blank" rel="noopener">') - 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (SCHOOL, "https://school.example may show the map."),
        ("School.example/our/page", "https://school.example may show the map."),
        ("https://other.example", "https://other.example may not show the map yet"),
        ("https://school.example.evil.example", "may not show the map yet"),
        ("https://a;b", "This is not the address of a site"),
        ("'none' *", "This is not the address of a site"),
    ],
)
def test_the_page_with_the_code_says_whether_a_site_is_allowed(
    client: Any, typed: str, said: str
) -> None:
    page = client.get("/map/embed-code", query_string={"site": typed, "free": "1"})
    assert said in unescape(page.get_data(as_text=True))


def test_the_code_has_the_filters_of_the_moment(client: Any, node: Node) -> None:
    page = client.get('/map/embed-code?free=1&q="><script>').get_data(as_text=True)
    code = unescape(page)
    assert f'<iframe src="{node.config.server.base_url}/map/embed?' in code
    assert "free=1" in code
    assert "<script>" not in page.partition("<textarea")[2]

"""From a playlist's page to the map of what somebody has left, in a real Chromium."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from colnode.plugin import Node, complete_record, organisations
from tests.cli.processes import free_port
from tests.plugins.playlists.conftest import make_playlist, record, task

__all__ = ["make_playlist"]

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]

PASSWORD = "a-long-walk-by-the-river"


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a port that nobody uses."""
    return make_node(base_url=f"http://localhost:{free_port()}")


def test_a_learner_goes_from_the_line_to_the_map_of_what_is_left(
    node: Node, library: Any, serve: Callable[[Node], str], open_page: Callable[..., Any],
    make_person: Callable[..., Any], make_activity: Callable[..., Any],
    make_playlist: Callable[..., Any],
) -> None:  # fmt: skip
    kai = make_person("kai@example.org", password=PASSWORD)
    with node.unit():
        organisations.add_member(node, library.id, kai.id, role="editor", actor_id=kai.id)
    soon = datetime.now(UTC) + timedelta(days=2)
    ids = [make_activity(name, starts_at=soon).id for name in ("Chess", "Choir", "Sauna")]
    stops = [record(f"{node.id}/activity/{each}", f"stop{each[-4:]}") for each in ids[:2]]
    made = make_playlist([*stops, task("think")], "A slow afternoon")
    with node.unit():
        complete_record(node, kai.id, f"self/activity/{ids[0]}", source="map")
    address = serve(node)
    for width, height in ((390, 844), (1280, 800)):
        with open_page(width=width, height=height) as page:
            page.goto(f"{address}/playlists/{made.id}")
            expect(page.get_by_role("link", name="On the map")).to_have_attribute(
                "href", f"/map?playlist={made.id}"
            )
            page.get_by_role("link", name="Sign in to start").click()
            page.locator("input[type=email]").first.fill("kai@example.org")
            page.locator("input[type=password]").first.fill(PASSWORD)
            page.locator("main form button").first.click()
            left = page.get_by_role("link", name="What is left, on the map")
            expect(left).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            left.click()
            expect(page.locator(".map-row-title a")).to_have_text(["Choir"])
            expect(page.locator(".map-chips")).to_contain_text("Left of A slow afternoon")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

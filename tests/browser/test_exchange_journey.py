"""A learner brings badges from one city to another, in a real browser with its content policy."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Page

from colnode import jobs
from colnode.badges import issuing
from colnode.identity import sessions
from colnode.node import Node
from colnode.web.auth import SESSION_COOKIE
from tests.badges.conftest import content, make_achievement
from tests.browser.conftest import free_port

__all__ = ["content", "make_achievement"]

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]


@pytest.fixture
def cities(make_node: Callable[..., Node], serve: Callable[[Node], str]) -> tuple[Node, Node]:
    """Two cities under two host names, so that a browser keeps their cookies apart."""
    home = make_node(name="Northport", base_url=f"http://localhost:{free_port()}")
    away = make_node(name="Southport", base_url=f"http://127.0.0.1:{free_port()}")
    for city in (home, away):
        serve(city)
    return home, away


@pytest.mark.parametrize("width", [1280, 390])
def test_badges_are_brought_from_another_city(
    cities: tuple[Node, Node],
    width: int,
    open_page: Callable[..., AbstractContextManager[Page]],
    make_person: Callable[..., Any],
    make_achievement: Callable[..., Any],
) -> None:
    home, away = cities
    at_home, abroad = make_person(on=home), make_person(on=away)
    made = make_achievement(on=away)
    with away.unit():
        issuing.issue(away, made.id, person_id=abroad.id)
    with open_page(width=width) as page:
        for city, person in ((home, at_home), (away, abroad)):
            with city.unit():
                token = sessions.start(city, person.id, user_agent="test")
            url = city.config.server.base_url
            page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
        page.goto(f"{home.config.server.base_url}/my-badges")
        page.get_by_role("link", name="From another site").click()
        page.get_by_label("Address of the other site").fill(away.config.server.base_url)
        page.get_by_role("button", name="Look who is there").click()
        page.get_by_role("button", name="Go to 127.0.0.1").click()
        page.wait_for_url(f"{away.config.server.base_url}/oauth/authorise*")
        assert page.get_by_role("heading", name="May “Northport” do this?").is_visible()
        page.get_by_role("button", name="Yes, allow it").click()
        page.wait_for_url(f"{home.config.server.base_url}/my-badges/from-another-site/*")
        assert page.get_by_text("on their way").is_visible()
        jobs.run_due(home)
        page.get_by_text("One badge is new here.").wait_for()

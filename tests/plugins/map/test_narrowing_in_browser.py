"""The filters, the address and the keyboard on the map page, in a real Chromium."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from colnode.plugin import Node
from tests.cli.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a port that nobody uses."""
    return make_node(base_url=f"http://localhost:{free_port()}")


@pytest.fixture
def address(node: Node, make_activity: Callable[..., Any], serve: Callable[[Node], str]) -> str:
    """A served city with a course in the north and a club in the middle, both soon."""
    soon = datetime.now(UTC) + timedelta(days=2)
    make_activity("Pottery", category="course", latitude=54.72, price_cents=0, starts_at=soon)
    make_activity("Chess", category="club", latitude=54.69, starts_at=soon + timedelta(weeks=3))
    return serve(node)


def rows(page: Page) -> Any:
    return page.locator(".map-row-title a")


def filter_by(page: Page, label: str) -> None:
    page.locator(".map-narrow-body").get_by_role("link", name=re.compile(f"^{label}")).click()


def test_a_filter_changes_list_map_and_address_without_a_reload(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        page.goto(f"{address}/map")
        expect(page.locator(".map-pin")).to_have_count(2)
        page.evaluate("window.wasHere = true")
        page.get_by_text("Filters", exact=True).click()
        filter_by(page, "Course")
        expect(rows(page)).to_have_text(["Pottery"])
        expect(page.locator(".map-pin")).to_have_count(1)
        expect(page.locator("#map-said")).to_have_text("One activity")
        expect(page).to_have_url(f"{address}/map?category=course")
        page.locator(".map-chips").get_by_role("link", name="Course").click()
        expect(rows(page)).to_have_count(2)
        page.go_back()
        expect(page).to_have_url(f"{address}/map?category=course")
        expect(rows(page)).to_have_text(["Pottery"])
        assert page.evaluate("window.wasHere")


def test_the_slider_is_moved_by_keys_and_says_its_days(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page(width=390, height=844) as page:
        page.goto(f"{address}/map")
        page.get_by_text("Filters", exact=True).click()
        page.get_by_label("Until week").focus()
        expect(page.get_by_label("Until week")).to_have_attribute("aria-valuetext", "later")
        page.keyboard.press("Home")
        expect(page).to_have_url(re.compile(r"until=\d{4}-\d\d-\d\d$"))
        expect(rows(page)).to_have_text(["Pottery"])
        expect(page.get_by_label("Until week")).to_be_focused()
        expect(page.get_by_label("Until week")).to_have_attribute(
            "aria-valuetext", re.compile(r"^[A-Z][a-z]+ \d+$")
        )
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_near_me_asks_when_pressed_and_sends_about_a_kilometre(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"latitude": 54.723456, "longitude": 25.271234})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/map")
        expect(page.locator(".map-pin")).to_have_count(2)
        assert "near" not in "".join(asked)
        page.get_by_role("button", name="Near me").click()
        expect(page.locator(".map-row-far").first).to_have_text("less than 1 km")
        expect(rows(page)).to_have_text(["Pottery", "Chess"])
        assert not [url for url in asked if "54.723" in url or "25.271" in url]
        assert page.evaluate("Object.keys(localStorage).length") == 0


def test_near_me_that_is_refused_says_what_to_do(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        page.goto(f"{address}/map")
        page.get_by_role("button", name="Near me").click()
        expect(page.locator("#map-said")).to_have_text(re.compile("Type a place under Filters"))
        expect(page.get_by_role("button", name="Near me")).to_be_visible()


def test_the_map_is_used_by_keyboard_alone(address: str, open_page: Callable[..., Any]) -> None:
    with open_page() as page:
        page.goto(f"{address}/map")
        expect(page.locator(".map-pin")).to_have_count(2)
        stops: list[str] = []
        for _ in range(60):
            page.keyboard.press("Tab")
            label = page.evaluate("document.activeElement.getAttribute('aria-label') || ''")
            if label.startswith(("Course:", "Club:")):
                stops.append(label)
            if len(stops) == 2:
                break
        assert stops[0].startswith("Course: Pottery, ")  # north of the other: read first
        assert stops[1].startswith("Club: Chess, ")
        expect(page.locator(".map-row.is-lit")).to_contain_text("Chess")
        page.keyboard.press("Enter")
        note = page.locator(".map-note a")
        expect(note).to_be_focused()
        expect(page).to_have_url(re.compile("show="))
        page.keyboard.press("Escape")
        expect(note).to_have_count(0)
        expect(page.locator(".map-pin[aria-label^='Club']")).to_be_focused()
        page.get_by_text("Skip the map").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#map-list")).to_be_focused()


def test_an_address_with_a_view_and_a_choice_shows_them_again(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        page.goto(f"{address}/map")
        page.locator(".map-pin[aria-label^='Course']").click()
        expect(page).to_have_url(re.compile("show=.*at=|at=.*show="))
        kept = page.url
        page.goto(f"{address}/map?at=54.70,25.27,14")
        page.goto(kept)
        expect(page.locator(".map-note a")).to_have_text("Pottery")
        expect(rows(page).first).to_have_text("Pottery")
        expect(page.get_by_role("button", name="Share")).to_have_attribute(
            "data-share", re.compile("show=")
        )


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_on_the_page_is_out_of_reach(
    address: str, open_page: Callable[..., Any], width: int
) -> None:
    with open_page(width=width, height=844) as page:
        page.goto(f"{address}/map?free=1&place=Atlantis")
        expect(page.locator(".map-pin").first).to_be_attached()
        page.locator("#map-narrow-open").click()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()

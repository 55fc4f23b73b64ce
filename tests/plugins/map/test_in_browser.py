"""The map in a real Chromium: stops, clusters, the list that follows, and no map without script."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from colnode_map import backgrounds
from playwright.sync_api import Page, expect

from colnode.plugin import Node, Role, organisations

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]

GROUND = Path(backgrounds.__file__).parent / "data" / "vilnius.geojson"


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city with a ground, at a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    city = make_node(base_url=f"http://localhost:{port}")
    with city.unit():
        backgrounds.replace(city, GROUND.read_bytes(), actor_id=None)
    return city


@pytest.fixture
def busy(node: Node, make_activity: Callable[..., Any]) -> Node:
    """Twelve activities in the middle and one far in the east of the city."""
    for n in range(12):
        make_activity(f"Walk {n}", latitude=54.685 + n / 2000, longitude=25.27 + n / 2000)
    make_activity("Lonely lake", latitude=54.735, longitude=25.40)
    return node


@pytest.fixture
def address(busy: Node, serve: Callable[[Node], str]) -> str:
    """Where the busy city is served."""
    return serve(busy)


@pytest.mark.parametrize("width", [1280, 390])
def test_stops_and_clusters_lie_on_the_ground(
    address: str, open_page: Callable[..., Any], width: int
) -> None:
    with open_page(width=width, height=844) as page:
        page.goto(f"{address}/map")
        expect(page.locator(".ground-water").first).to_be_attached()
        expect(page.locator(".map-many").first).to_be_visible()
        expect(page.locator(".map-row").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_cluster_opens_into_its_stops_and_a_stop_says_what_it_is(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        page.goto(f"{address}/map")
        page.locator(".map-pin", has=page.locator(".map-many")).first.click()
        stop = page.get_by_role("button", name=re.compile(r"^Event: Walk \d+, "))
        for _ in range(5):
            if stop.count():
                break
            page.locator(".map-pin", has=page.locator(".map-many")).first.click()
            page.wait_for_timeout(700)
        stop.first.click()
        expect(page.locator(".map-note a")).to_have_attribute("href", re.compile("^/activities/"))


def test_the_list_follows_the_map(address: str, open_page: Callable[..., Any]) -> None:
    with open_page() as page:
        page.goto(f"{address}/map?bbox=25.26,54.68,25.29,54.70")
        expect(page.locator(".map-row-title").first).to_be_visible()
        assert page.get_by_role("link", name="Lonely lake").count() == 0
        page.keyboard.press("Tab")
        page.locator("[data-map]").focus()
        for _ in range(4):
            page.keyboard.press("-")
            page.wait_for_timeout(500)
        expect(page.get_by_role("link", name="Lonely lake")).to_be_visible()
        expect(page).to_have_url(re.compile("bbox="))


def test_without_script_the_list_and_its_filters_work(
    address: str, open_page: Callable[..., Any]
) -> None:
    with open_page() as page:
        browser = page.context.browser
        assert browser is not None
        plain = browser.new_context(java_script_enabled=False).new_page()
        plain.goto(f"{address}/map")
        plain.get_by_label("Search activities").fill("lonely")
        plain.get_by_role("button", name="Search", exact=True).click()
        expect(plain.locator(".map-row-title")).to_have_text(["Lonely lake"])
        plain.locator("#map-narrow-open").click()
        plain.locator(".map-narrow-body").get_by_role("link", name="Event").click()
        expect(plain).to_have_url(re.compile("category=event"))
        plain.locator(".map-row-title a").click()
        expect(plain.get_by_role("heading", level=1)).to_have_text("Lonely lake")


def test_a_click_on_the_map_puts_the_activity_there(
    busy: Node,
    address: str,
    open_page: Callable[..., Any],
    library: Any,
    make_person: Callable[..., Any],
) -> None:
    person = make_person("maker@example.org", password="a-long-walk-by-the-river")
    with busy.unit():
        organisations.add_member(busy, library.id, person.id, role=Role.EDITOR, actor_id=person.id)
    with open_page() as page:
        sign_in(page, address)
        page.goto(f"{address}/organiser/{library.id}/activities/new")
        page.locator(".map-canvas.is-picker").click(position={"x": 200, "y": 150})
        expect(page.get_by_label("Latitude")).to_have_value(re.compile(r"^54\.\d{6}$"))
        page.locator("#f-title\\.en").fill("Kite flying")
        page.get_by_label("Name of the place").fill("Hill")
        page.get_by_label("No, it is open all the time").check()
        page.get_by_role("button", name="Publish for everybody").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kite flying")
        expect(page.locator(".map-stop")).to_be_visible()


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("input[type=email]").first.fill("maker@example.org")
    page.locator("input[type=password]").first.fill("a-long-walk-by-the-river")
    page.locator("main form button").first.click()
    page.wait_for_load_state()

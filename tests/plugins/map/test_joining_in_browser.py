"""From the organiser's form to the learner's badge, in a real Chromium, on a phone and a desk."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from colnode.badges import achievements
from colnode.badges.content import Content as BadgeContent
from colnode.identity import sessions
from colnode.plugin import Node, Role, organisations
from colnode.web.auth import SESSION_COOKIE
from tests.browser.test_every_page import serious_faults
from tests.cli.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a port that nobody uses."""
    return make_node(base_url=f"http://localhost:{free_port()}")


@pytest.fixture
def badge(node: Node, library: Any, editor: Any) -> str:
    """A published badge of the library."""
    content = BadgeContent(
        name={"en": "Robot builder"},
        description={"en": "Has built a robot."},
        criteria={"en": "Build one."},
        tags=(),
        art={"shape": "circle", "icon": "bot", "first": "green", "second": "amber"},
    )
    with node.unit():
        organisations.set_role(node, library.id, editor.id, role=Role.OWNER, actor_id=editor.id)
        made = achievements.create(node, library.id, content=content, actor_id=editor.id)
        achievements.publish(node, made.id, actor_id=editor.id)
    return made.id


def enter(node: Node, page: Page, address: str, person: Any) -> None:
    """Give the browser the person's session."""
    with node.unit():
        token = sessions.start(node, person.id, user_agent="test")
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])


def fits(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return found


def test_a_repeating_workshop_from_the_form_to_the_badge(
    node: Node,
    library: Any,
    editor: Any,
    badge: str,
    make_person: Callable[..., Any],
    serve: Callable[[Node], str],
    open_page: Callable[..., Any],
    clock: Any,
) -> None:
    address = serve(node)
    ada, bo = make_person(display_name="Ada"), make_person(display_name="Bo")
    with (
        open_page(width=1280) as desk,
        open_page(width=390, height=844) as phone,
        open_page(width=390, height=844) as other,
    ):
        for page, person in ((desk, editor), (phone, ada), (other, bo)):
            enter(node, page, address, person)
        activity_id = make_workshop(desk, f"{address}/organiser/{library.id}/activities/new")
        page_url = f"{address}/activities/{activity_id}"
        join_first(phone, page_url, "Join")
        expect(phone.locator(".activity-dates li").first).to_contain_text("You have a place")
        join_first(other, page_url, "Join the waiting list")
        expect(other.locator(".activity-dates li").first).to_contain_text("You wait")
        assert fits(phone)
        assert serious_faults(phone) == []
        phone.get_by_role("button", name="Leave").click()
        other.reload()
        expect(other.locator(".activity-dates li").first).to_contain_text("You have a place")
        clock.forward(days=1, hours=6)  # Tuesday at six in the city
        desk.goto(f"{address}/organiser/activities/{activity_id}/people")
        expect(desk.get_by_text("Bo", exact=True)).to_be_visible()
        assert serious_faults(desk) == []
        desk.get_by_role("link", name="Show the code for the wall").click()
        code_url = desk.locator(".door-code a").get_attribute("href")
        assert code_url
        assert serious_faults(desk) == []
        other.goto(code_url)
        other.get_by_role("button", name="I am here").click()
        expect(other.get_by_text("You are checked in")).to_be_visible()
        other.goto(f"{address}/my-badges")
        expect(other.get_by_text("Robot builder").first).to_be_visible()
        desk.goto(f"{address}/organiser/activities/{activity_id}/people")
        expect(desk.get_by_role("button", name="Was there")).to_be_visible()


def make_workshop(page: Page, address: str) -> str:
    """Fill the form in; what was typed is kept when the page is left, and the form is sent."""
    page.goto(address)
    page.locator("#f-title\\.en").fill("Build a robot")
    expect(page.locator("[data-autosave-note]")).to_contain_text("is kept", timeout=10_000)
    page.goto(address)
    expect(page.locator("#f-title\\.en")).to_have_value("Build a robot")
    assert serious_faults(page) == []
    page.get_by_label("Name of the place").fill("Hall")
    page.get_by_label("Latitude").fill("54.69")
    page.get_by_label("Longitude").fill("25.27")
    page.get_by_label("Starts").fill("2026-11-24T18:00")
    page.get_by_label("Ends", exact=False).first.fill("2026-11-24T20:00")
    page.get_by_label("How often").select_option("week")
    page.get_by_label("People join here first").check()
    page.locator("#f-capacity").fill("1")
    page.get_by_label("Robot builder").check()
    page.context.set_offline(True)
    page.get_by_role("button", name="Publish for everybody").click()
    expect(page.locator("[data-autosave-note]")).to_contain_text("No connection")
    page.context.set_offline(False)
    page.get_by_role("button", name="Publish for everybody").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Build a robot")
    expect(page.get_by_text("Every week").first).to_be_visible()
    return page.url.rpartition("/")[2]


def join_first(page: Page, address: str, words: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=words, exact=True).first.click()
    page.wait_for_load_state()

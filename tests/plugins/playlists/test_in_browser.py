"""A learner's way along a line, and an editor's keyboard, in a real Chromium on a phone."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from colnode_playlists.content import Branch
from playwright.sync_api import Page, expect

from colnode.plugin import Node, Role, organisations
from tests.plugins.playlists.conftest import record, task

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]

PASSWORD = "a-long-walk-by-the-river"


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return make_node(base_url=f"http://localhost:{port}")


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_line_is_started_travelled_and_remade_on_a_phone(
    node: Node, library: Any, serve: Callable[[Node], str], open_page: Callable[..., Any],
    make_person: Callable[..., Any], make_playlist: Callable[..., Any],
    make_achievement: Callable[..., Any],
) -> None:  # fmt: skip
    person = make_person("kai@example.org", password=PASSWORD)
    with node.unit():
        organisations.add_member(node, library.id, person.id, role=Role.EDITOR, actor_id=person.id)
    crown = make_achievement(library)
    made = make_playlist(
        [
            task("write"),
            task("draw", branch="b"),
            task("print", branch="b"),
            record(f"self/achievement/{make_achievement().id}", "show", is_optional=True),
        ],
        "A newspaper of our own",
        branches=[Branch("b", 1, {"en": "Choose one"})],
        achievement=f"self/achievement/{crown.id}",
        giving="reviewed",
    )
    address = serve(node)
    with open_page(width=390, height=844) as page:
        page.goto(f"{address}/playlists/{made.id}")
        page.get_by_role("link", name="Sign in to start").click()
        page.locator("input[type=email]").first.fill("kai@example.org")
        page.locator("input[type=password]").first.fill(PASSWORD)
        page.locator("main form button").first.click()
        page.get_by_role("button", name="Start this playlist").click()
        expect(page.locator(".stop.is-here")).to_have_count(1)
        page.locator("#stop-write").get_by_role("button", name="I have done it").click()
        expect(page.locator("#stop-write")).to_contain_text("Done")
        page.locator("#stop-print").get_by_role("button", name="I have done it").click()
        expect(page.locator("#stop-draw")).to_contain_text("Not needed any more")
        assert fits(page)
        page.get_by_role("button", name="Ask for the badge").click()
        expect(page.get_by_role("main")).to_contain_text("A newspaper of our own")
        page.goto(f"{address}/playlists/{made.id}/edit")
        down = page.get_by_role("button", name="Move “Write” down")
        down.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".playlist-editing > li").nth(1)).to_contain_text("Write")
        assert fits(page)

"""The whole way in a real Chromium: ask by mail, accept by the link, see it on badge and check."""

import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from colnode import jobs
from colnode.badges import issuing, passport
from colnode.identity import people
from colnode.plugin import Node, Role, organisations
from tests.plugins.endorsement.conftest import Scene
from tests.plugins.endorsement.test_asking import mails

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]
PASSWORD = "lines-and-stops-2030"


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return make_node(base_url=f"http://localhost:{port}")


def sign_in(page: Page, home: str, email: str) -> None:
    page.goto(f"{home}/sign-in")
    form = page.locator("form", has=page.locator("input[name=password]"))
    form.locator("input[name=email]").fill(email)
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("button[type=submit]").first.click()
    page.wait_for_load_state()


def test_from_the_request_to_the_check(
    node: Node,
    scene: Scene,
    make_person: Callable[..., Any],
    serve: Callable[[Node], str],
    open_page: Callable[..., Any],
) -> None:
    home = serve(node)
    asker = make_person("asker@club.example", password=PASSWORD)
    with node.unit():
        organisations.add_member(
            node, scene.club, asker.id, role=Role.EDITOR, actor_id=scene.club_owner.id
        )
    with open_page() as page:
        sign_in(page, home, "asker@club.example")
        page.goto(f"{home}/badges/{scene.badge}")
        page.get_by_role("link", name="Ask for an endorsement").click()
        page.get_by_label("An e-mail address").fill("hanna@hospital.example")
        page.get_by_label("A word to them").fill("It would help our learners.")
        page.get_by_role("button", name="Send the request").click()
        expect(page.get_by_text("No answer yet")).to_be_visible()
    jobs.run_due(node)
    (text,) = [text for to, _subject, text in mails(node) if to == "hanna@hospital.example"]
    link = re.search(r"https?://\S+/endorsements/asked/\S+", text)
    assert link
    with open_page(width=390, height=844) as page:
        page.goto(link.group())
        expect(page.get_by_text("It would help our learners.")).to_be_visible()
        page.get_by_label("Why you stand behind it").fill("We want them on our wards.")
        page.get_by_label("What it counts towards").fill("Volunteering at the hospital")
        page.get_by_label("Name of your organisation").fill("Town Hospital")
        page.get_by_label("Your name").fill("Hanna Head")
        page.get_by_role("button", name="Send your answer").click()
        expect(page.get_by_text("The city looks at your organisation now")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    with node.unit():
        person = people.find_by_email(node, "hanna@hospital.example")
        assert person is not None
        (pair,) = organisations.memberships_of(node, person.id)
        organisations.verify(node, pair[0].id, actor_id="city")
    jobs.run_due(node)
    with node.unit():
        credential = issuing.issue(node, scene.badge, person_id=scene.learner.id)
        passport.share(node, credential.address, person_id=scene.learner.id)
    with open_page(width=390, height=844) as page:
        page.goto(f"{home}/badges/{scene.badge}")
        expect(page.get_by_text("We want them on our wards.")).to_be_visible()
        expect(page.get_by_text("Volunteering at the hospital")).to_be_visible()
        page.goto(f"{home}/endorsements")
        expect(page.get_by_role("cell", name="Town Hospital")).to_be_visible()
        page.goto(f"{home}/verify")
        page.locator("[name=text]").fill(f"{home}/credentials/{credential.address}")
        page.locator("form:has([name=text]) button[type=submit]").first.click()
        expect(page.get_by_text("Town Hospital endorses it.").first).to_be_visible()

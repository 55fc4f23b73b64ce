"""From nothing to a verified organisation, in a real browser: the way a city grows."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

PASSWORD = "tram bell over the river"


def follow_mail(page: Page, subject: str) -> None:
    """Open the newest demonstration mail with this subject and follow the link in it."""
    city = page.url.split("/", 3)
    for _look in range(60):
        page.goto(f"{city[0]}//{city[2]}/dev/mail")
        found = page.get_by_role("link", name=subject)
        if found.count():
            found.first.click()
            page.locator("main a[href*='/link/']").click()
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"no mail {subject} came")


def test_a_newcomer_registers_an_organisation_and_the_city_verifies_it(
    visit: Callable[..., Watched],
) -> None:
    newcomer = visit("/sign-up", width="narrow")
    page = newcomer.page
    page.get_by_label("Your name").fill("Greta Naujokė")
    page.get_by_label("E-mail address").fill("greta@choir.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    follow_mail(page, "Confirm your address for")
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page.get_by_text("Welcome, Greta Naujokė.")).to_be_visible()

    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/organisations/new")
    page.locator("input[name='name.en']").fill("Night Choir")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Waiting for the city")).to_be_visible()
    newcomer.check()

    office = visit("/admin", role="admin")
    office.page.get_by_role("link", name="Night Choir").first.click()
    office.page.get_by_role("button", name="Verify this organisation").click()
    expect(office.page.get_by_text("Verified. Its owners are told by mail.")).to_be_visible()
    office.check()

    page.reload()
    expect(page.get_by_text("Confirmed by the city")).to_be_visible()
    page.get_by_role("link", name="Members").click()
    page.get_by_label("E-mail address").fill("vocal@choir.example")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    newcomer.check()

    guest = visit("/")
    follow_mail(guest.page, "Night Choir invites you")
    guest.page.get_by_label("Your name").fill("Vytas Balsas")
    guest.page.get_by_role("button", name="Accept the invitation").click()
    expect(guest.page.get_by_role("heading", level=1)).to_have_text("Night Choir")
    expect(guest.page.get_by_role("link", name=re.compile("Members"))).to_have_count(0)
    guest.check()

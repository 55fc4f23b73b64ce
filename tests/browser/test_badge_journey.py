"""A badge from the organiser's first word to the employer's check, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watched
from tests.browser.test_every_page import serious_faults, too_wide

pytestmark = pytest.mark.browser


def _is_whole(page: Page) -> None:
    assert page.locator("h1").count() == 1
    assert too_wide(page) == []
    assert serious_faults(page) == []


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_badge_is_made_given_taken_shared_and_checked(
    width: str, visit: Callable[..., Watched], tmp_path: Path
) -> None:
    organiser = visit("/organiser", role="organiser", width=width)
    learner = visit("/claim", role="learner", width=width)
    employer = visit("/verify", width=width)
    name = f"Night walker {width}"
    _make(organiser.page, name)
    code = _make_link(organiser.page)
    address = _take(learner.page, code)
    assert employer.page.request.get(address).status == 404
    picture = tmp_path / "badge.png"
    _share_and_download(learner.page, picture)
    _check(employer.page, picture)
    _take_back(organiser.page, name)
    employer.page.goto(address)
    assert "Given by mistake." in employer.page.inner_text("main")
    _is_whole(employer.page)
    for watched in (organiser, learner, employer):
        assert [fault for fault in watched.faults if "404" not in fault] == []


def _make(page: Page, name: str) -> None:
    page.get_by_role("link", name="Make a badge").first.click()
    page.fill("input[name='name.en']", name)
    page.fill("textarea[name='description.en']", "Finds the way in the dark and leads others.")
    page.fill("textarea[name='criteria.en']", "Walk with us three times and lead once.")
    page.locator("label.pick:has(input[name=shape][value=hexagon])").click()
    page.wait_for_selector("img[data-preview][src*='shape=hexagon']")
    _is_whole(page)
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Publish it").click()
    _is_whole(page)


def _make_link(page: Page) -> str:
    page.get_by_role("link", name="Give it").click()
    _is_whole(page)
    page.get_by_role("link", name="With a link or QR").click()
    page.fill("input[name=limit]", "1")
    page.get_by_role("button", name="Make the link").click()
    _is_whole(page)
    return page.locator(".poster-code").inner_text()


def _take(page: Page, code: str) -> str:
    page.fill("input[name=code]", code)
    page.get_by_role("button", name="Show the badge").click()
    _is_whole(page)
    page.get_by_role("button", name="Take this badge").click()
    assert "Only you see this badge" in page.inner_text("main")
    return page.url.split("?")[0]


def _share_and_download(page: Page, picture: Path) -> None:
    page.get_by_role("button", name="Share it").click()
    _is_whole(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Picture (PNG)").click()
    download.value.save_as(picture)


def _check(page: Page, picture: Path) -> None:
    page.set_input_files("input[type=file]", picture)
    page.get_by_role("button", name="Check this badge").click()
    assert page.locator(".verdict.is-valid").count() == 1
    _is_whole(page)


def _take_back(page: Page, name: str) -> None:
    page.goto(page.url.split("/organiser/")[0] + "/organiser")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("link", name="Look at it").first.click()
    _is_whole(page)
    page.get_by_role("link", name="Take it back").click()
    page.fill("textarea[name=reason]", "Given by mistake.")
    page.get_by_role("button", name="Take the badge back").click()
    _is_whole(page)


def test_a_list_of_people_is_awarded_with_one_button(visit: Callable[..., Watched]) -> None:
    organiser = visit("/organiser", role="organiser")
    page = organiser.page
    page.get_by_role("link", name="Give it").first.click()
    page.get_by_role("link", name="By e-mail").click()
    page.fill("textarea[name=emails]", "one@example.org, two@example.org\nbroken@")
    page.get_by_role("button", name="Look through the list").click()
    _is_whole(page)
    page.get_by_role("button", name=re.compile("Send 2 badges")).click()
    assert "2 badges are on their way" in page.inner_text("h1")
    _is_whole(page)
    organiser.check()


def test_a_badge_prints_on_one_page(visit: Callable[..., Watched]) -> None:
    page = visit("/my-badges", role="learner").page
    page.locator("main a[href^='/credentials/']").first.click()
    document = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1

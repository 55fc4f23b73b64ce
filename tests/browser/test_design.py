"""The parts of the design at work: small scripts, narrow screens, right to left, high contrast."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.test_every_page import too_wide

pytestmark = pytest.mark.browser

GALLERY = "/dev/components"


def gallery(visit: Callable[..., Watched]) -> Page:
    return visit(GALLERY).page


def test_escape_closes_a_menu_and_gives_the_focus_back(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    menu = page.locator("details.menu").first
    menu.locator("summary").click()
    expect(menu.locator(".menu-list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.locator(".menu-list")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_a_click_elsewhere_closes_a_menu(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    menu = page.locator("details.menu").first
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu.locator(".menu-list")).to_be_hidden()


def test_texts_in_several_languages_show_one_at_a_time(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    first, second = page.locator("[name='title.en']"), page.locator("[name='title.lt']")
    expect(first).to_be_visible()
    expect(second).to_be_hidden()
    tab = page.get_by_role("button", name="Lietuvių", exact=True)
    tab.click()
    expect(first).to_be_hidden()
    second.fill("Naktinis pasivaikščiojimas")
    expect(tab).to_have_class(re.compile("is-filled"))


def test_without_scripts_every_language_is_there(visit: Callable[..., Watched]) -> None:
    page = visit(GALLERY, scripts=False).page
    for code in ("en", "lt", "ar"):
        expect(page.locator(f"[name='title.{code}']")).to_be_visible()


def test_what_was_typed_outlives_a_closed_page(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    page.fill("[name=text]", "Half a page about bats")
    page.reload(wait_until="networkidle")
    expect(page.locator("[name=text]")).to_have_value("Half a page about bats")


def test_the_drop_zone_names_the_file(visit: Callable[..., Watched], tmp_path: Path) -> None:
    page = gallery(visit)
    file = tmp_path / "my badge.png"
    file.write_bytes(b"\x89PNG")
    page.set_input_files("[data-drop] input[type=file]", file)
    expect(page.locator("[data-drop-name]")).to_have_text("my badge.png")


def test_a_link_is_copied_and_the_button_says_so(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("https://")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_every_part_fits_a_screen_of_320_pixels(
    direction: str, visit: Callable[..., Watched]
) -> None:
    page = gallery(visit)
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate("direction => (document.documentElement.dir = direction)", direction)
    assert too_wide(page) == []


def test_nothing_moves_for_who_wants_no_motion(visit: Callable[..., Watched]) -> None:
    page = gallery(visit)
    quick = "getComputedStyle(document.documentElement).getPropertyValue('--quick').trim()"
    assert page.evaluate(quick) in {"0ms", "0s"}

"""Whatever colour a city chooses, its pages can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colnode.colour import contrast
from colnode.errors import Invalid
from colnode.web.colour import city_colours, city_css, corrected, parse_colour

LIGHT = ("#fbf8f2", "#fffdf9", "#f3eee4")
DARK = ("#181613", "#211e1a", "#12100e")
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
@pytest.mark.parametrize(("dark", "grounds"), [(False, LIGHT), (True, DARK)])
def test_every_colour_gives_readable_text_and_visible_marks(
    dark: bool, grounds: tuple[str, ...], colour: str
) -> None:
    found = city_colours(colour, dark=dark)
    for ground in (*grounds, found.soft):
        assert contrast(found.text, ground) >= 4.5
    for ground in grounds:
        assert contrast(found.fill, ground) >= 3
    assert contrast(found.on_fill, found.fill) >= 4.5
    assert contrast(found.on_fill, found.strong) >= 4.5


def test_a_colour_that_reads_well_is_left_alone() -> None:
    assert city_colours("#2347c5").fill == "#2347c5"
    assert city_colours("#2347c5").text == "#2347c5"


def test_a_pale_colour_is_moved_only_as_far_as_needed() -> None:
    moved = corrected("#f0e442", LIGHT, 3.0, "#1c1a17")
    assert 3 <= contrast(moved, LIGHT[2]) < 3.4


def test_short_and_upper_case_notations_are_understood() -> None:
    assert parse_colour(" #2AF ") == "#22aaff"


@pytest.mark.parametrize("bad", ["", "red", "#12345", "#12345g", "#fff;}*{color:red", "rgb(1,2,3)"])
def test_anything_else_never_enters_the_style_sheet(bad: str) -> None:
    with pytest.raises(Invalid, match="six digits"):
        city_css(bad)


def test_the_style_sheet_has_both_schemes() -> None:
    text = city_css("#c8102e")
    assert text.startswith("@layer tokens{:root{--city:#c8102e;")
    assert "prefers-color-scheme:dark" in text
    assert text.count("{") == text.count("}")

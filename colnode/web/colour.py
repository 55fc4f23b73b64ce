"""The city's colour made readable: corrected for contrast, on light paper and on dark.

A city chooses its colour for its flag, not for small text on a screen. Each use gets the nearest
colour that reads well there (WCAG 2.2: 1.4.3 for text, 1.4.11 for lines and marks).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from colnode.colour import contrast, mix
from colnode.errors import Invalid, _

__all__ = ["CityColours", "city_colours", "city_css", "corrected", "parse_colour"]

_TEXT, _MARK, _MARK_IN_THE_DARK = 4.5, 3.0, 4.2
_LIGHT = ("#fbf8f2", "#fffdf9", "#f3eee4")
_DARK = ("#181613", "#211e1a", "#12100e")
_WHITE, _INK, _NIGHT = "#ffffff", "#1c1a17", "#14120f"


@dataclass(frozen=True)
class CityColours:
    """Colours of one scheme as #rrggbb: fill, words on it, words on paper, pressed, pale ground."""

    fill: str
    on_fill: str
    text: str
    strong: str
    soft: str


def parse_colour(text: str) -> str:
    """Return a colour written as #rgb or #rrggbb as lower-case #rrggbb.

    Raises Invalid for anything else, so that nothing foreign enters a style sheet.
    """
    text = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise Invalid(_("Write the colour as # and six digits, for example #2347c5."))
    return text


def corrected(colour: str, grounds: Sequence[str], ratio: float, toward: str) -> str:
    """Return `colour`, moved toward `toward` just far enough to reach `ratio` on all `grounds`."""
    for step in range(51):
        candidate = mix(colour, toward, step / 50)
        if all(contrast(candidate, ground) >= ratio for ground in grounds):
            return candidate
    return toward


def _fill(
    colour: str, grounds: Sequence[str], ratio: float, toward: str, inks: Sequence[str]
) -> tuple[str, str]:
    """Return a fill that stands out from the paper, and what can be written on it."""
    for step in range(51):
        fill = corrected(mix(colour, toward, step / 50), grounds, ratio, toward)
        for ink in inks:
            if contrast(ink, fill) >= _TEXT:
                return fill, ink
    return toward, grounds[0]


def city_colours(colour: str, *, dark: bool = False) -> CityColours:
    """Return the colours of the light or the dark scheme for the city colour `colour`."""
    colour = parse_colour(colour)
    grounds, toward = (_DARK, _WHITE) if dark else (_LIGHT, _INK)
    inks = (_NIGHT, _WHITE) if dark else (_WHITE, _INK)
    fill, on_fill = _fill(colour, grounds, _MARK_IN_THE_DARK if dark else _MARK, toward, inks)
    soft = mix(grounds[1], colour, 0.22 if dark else 0.11)
    text = corrected(colour, (*grounds, soft), _TEXT, toward)
    away = _INK if on_fill == _WHITE else _WHITE
    strong = mix(fill, away, 0.22)
    return CityColours(fill, on_fill, text, strong, soft)


def _rules(colours: CityColours) -> str:
    return (
        f"--city:{colours.fill};--on-city:{colours.on_fill};--city-text:{colours.text};"
        f"--city-strong:{colours.strong};--city-soft:{colours.soft}"
    )


def city_css(colour: str) -> str:
    """Return the text of /city.css for a city colour (#rrggbb). Raises Invalid for a bad colour."""
    light, dark = _rules(city_colours(colour)), _rules(city_colours(colour, dark=True))
    in_the_dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return f"@layer tokens{{:root{{{light}}}{in_the_dark}}}\n"

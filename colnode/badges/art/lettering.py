"""Titles as outlines: shaped with HarfBuzz, bent along a ring, so that no viewer needs a font.

A badge picture travels (baked, printed, mailed, shown by other programs); text that depends on the
fonts of the reader's machine would look different everywhere, and a PNG would need them too.
"""

import math
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uharfbuzz as hb

__all__ = ["Lettering", "can_letter", "letter_line", "letter_ring"]

_FONTS = (("fontpkg_noto_sans", "NotoSans"), ("fontpkg_noto_sans_arabic", "NotoSansArabic"))
_WIDTHS = (100.0, 86.0, 74.0, 62.5)
_WEIGHT = 780.0
_ELLIPSIS = "…"
_LONGEST_CHORD = 7.0
_LONGEST_TEXT = 120

Point = tuple[float, float]
Bend = Callable[[float, float], Point]


@dataclass(frozen=True)
class Lettering:
    """Outlines of a text: SVG path data and the share of the place that it fills (0 to 1)."""

    path: str
    share: float


@dataclass(frozen=True)
class _Glyph:
    font: int
    glyph: int
    x: float
    y: float


@lru_cache(maxsize=16)
def _font(number: int, width: float) -> "tuple[hb.Font, int]":
    import uharfbuzz as hb

    package, name = _FONTS[number]
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"The font package {package} is not installed.")
    path = Path(found.origin).parent / "files" / f"{name}[wdth,wght].ttf"
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    font = hb.Font(face)
    font.set_variations({"wght": _WEIGHT, "wdth": width})
    return font, face.upem


def _font_of(character: str, current: int) -> int:
    if unicodedata.category(character)[0] in "ZMPC" or character in _ELLIPSIS:
        return current
    for number in range(len(_FONTS)):
        if _font(number, _WIDTHS[0])[0].get_nominal_glyph(ord(character)):
            return number
    return 0


def _is_right_to_left(text: str) -> bool:
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _runs(text: str) -> list[tuple[int, str]]:
    runs: list[tuple[int, str]] = []
    current = _font_of(text[0], 0) if text else 0
    for character in text:
        current = _font_of(character, current)
        if runs and runs[-1][0] == current:
            runs[-1] = (current, runs[-1][1] + character)
        else:
            runs.append((current, character))
    return runs[::-1] if _is_right_to_left(text) else runs


@lru_cache(maxsize=512)
def _shape(text: str, width: float) -> tuple[tuple[_Glyph, ...], float]:
    """Return glyphs in visual order and the advance of the whole, both in ems."""
    import uharfbuzz as hb

    glyphs: list[_Glyph] = []
    pen = 0.0
    for number, part in _runs(text):
        font, upem = _font(number, width)
        buffer = hb.Buffer()
        buffer.add_str(part)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x, y = pen + position.x_offset / upem, position.y_offset / upem
            glyphs.append(_Glyph(number, info.codepoint, x, y))
            pen += position.x_advance / upem
    return tuple(glyphs), pen


def can_letter(text: str) -> bool:
    """Return whether the fonts at hand have every letter of `text`."""
    fonts = [_font(number, _WIDTHS[0])[0] for number in range(len(_FONTS))]
    letters = (c for c in unicodedata.normalize("NFC", text) if not c.isspace())
    return all(any(font.get_nominal_glyph(ord(c)) for font in fonts) for c in letters)


class _Pen:
    """Writes bent outlines as path data; long straight lines are cut so that they bend too."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.bend: Bend = lambda x, y: (x, y)
        self._at: Point = (0.0, 0.0)

    def _write(self, letter: str, *points: Point) -> None:
        bent = [self.bend(*point) for point in points]
        self.parts.append(letter + " ".join(f"{x:.1f} {y:.1f}" for x, y in bent))
        self._at = points[-1]

    def moveTo(self, point: Point) -> None:
        self._write("M", point)

    def lineTo(self, point: Point) -> None:
        (x0, y0), (x1, y1) = self._at, point
        start, end = self.bend(x0, y0), self.bend(x1, y1)
        pieces = max(1, math.ceil(math.dist(start, end) / _LONGEST_CHORD))
        for i in range(1, pieces + 1):
            self._write("L", (x0 + (x1 - x0) * i / pieces, y0 + (y1 - y0) * i / pieces))

    def qCurveTo(self, *points: Point) -> None:
        self._write("Q", *points)

    def curveTo(self, *points: Point) -> None:
        self._write("C", *points)

    def closePath(self) -> None:
        self.parts.append("Z")


def _shorter(text: str) -> Iterator[str]:
    yield text
    words = text.split()
    while len(words) > 1:
        words.pop()
        yield " ".join(words) + _ELLIPSIS
    word = words[0] if words else ""
    for length in range(len(word) - 1, 0, -1):
        yield word[:length] + _ELLIPSIS


def _clean(text: str) -> str:
    """Return one line of composed characters, never more than could ever be read on a stamp."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + _ELLIPSIS


def _fit(text: str, room: float, largest: float, smallest: float) -> tuple[str, float, float]:
    """Return text, width axis and size with which the text fits: narrower before much smaller."""
    comfortable = largest - (largest - smallest) * 0.45
    for candidate in _shorter(text):
        for width in _WIDTHS:
            least = comfortable if width != _WIDTHS[-1] else smallest
            size = min(largest, room / max(_shape(candidate, width)[1], 1e-6))
            if size >= least:
                return candidate, width, size
    return "", _WIDTHS[0], largest


def _outline(text: str, width: float, bend_at: Callable[[float, float], Bend]) -> str:
    pen = _Pen()
    for glyph in _shape(text, width)[0]:
        font, upem = _font(glyph.font, width)
        bend = bend_at(glyph.x, glyph.y)
        pen.bend = lambda x, y, bend=bend, upem=upem: bend(x / upem, y / upem)  # type: ignore[misc]
        font.draw_glyph_with_pen(glyph.glyph, pen)
    return "".join(pen.parts)


def letter_ring(
    text: str, radius: float, arc: float, *, largest: float, smallest: float, below: bool = False
) -> Lettering:
    """Return `text` bent around (0, 0), centred at the top or, with `below`, at the foot.

    `radius` is the middle of the ring that the letters stand in, `arc` the radians that they may
    take, sizes are in units of the drawing. A text that is too long ends with an ellipsis.
    """
    text, width, size = _fit(_clean(text), radius * arc, largest, smallest)
    if not text:
        return Lettering("", 0.0)
    span = _shape(text, width)[1] * size
    half_height = 0.36 * size
    baseline = radius - half_height if not below else radius + half_height

    def bend_at(offset_x: float, offset_y: float) -> Bend:
        def bend(x: float, y: float) -> Point:
            angle = ((x + offset_x) * size - span / 2) / radius
            rise = (y + offset_y) * size
            if below:
                return (baseline - rise) * math.sin(angle), (baseline - rise) * math.cos(angle)
            return (baseline + rise) * math.sin(angle), -(baseline + rise) * math.cos(angle)

        return bend

    return Lettering(_outline(text, width, bend_at), span / (radius * arc))


def letter_line(text: str, room: float, *, largest: float, smallest: float) -> Lettering:
    """Return `text` on a straight line, centred at (0, 0), at most `room` units long."""
    text, width, size = _fit(_clean(text), room, largest, smallest)
    if not text:
        return Lettering("", 0.0)
    span = _shape(text, width)[1] * size

    def bend_at(offset_x: float, offset_y: float) -> Bend:
        return lambda x, y: (
            (x + offset_x) * size - span / 2,
            0.36 * size - (y + offset_y) * size,
        )

    return Lettering(_outline(text, width, bend_at), span / room)

"""A badge on paper: one A4 page as PDF, with a QR code that leads to the badge itself.

Texts are shaped, and a page in a language that is written from the right is laid out from there.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from babel import Locale, dates

from colnode import media
from colnode.badges.art import LINE_COLOURS, Colour
from colnode.badges.documents import credential_url, text_in
from colnode.badges.passport import Held
from colnode.badges.pdf_fonts import add_fonts
from colnode.badges.results import words_of
from colnode.errors import _
from colnode.identity import organisations
from colnode.openbadges.summary import summarise

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["colour_of", "draw"]

_WIDTH, _HEIGHT = 297.0, 210.0
_MARGIN = 18.0
_STAMP = 84.0
_QR = 34.0
_TEXT_AT = _MARGIN + _STAMP + 16.0
_TEXT_WIDTH = _WIDTH - _TEXT_AT - _MARGIN
_INK, _SOFT, _PAPER = (29, 27, 22), (90, 85, 76), (253, 251, 245)


@dataclass(frozen=True)
class _Words:
    """What the page says, in one language."""

    city: str
    earned: str
    title: str
    description: str
    organisation: str
    facts: tuple[tuple[str, str], ...]
    results: str
    scan: str
    url: str
    small: str
    name: str | None


def draw(node: "Node", held: Held, *, language: str, name: str | None = None) -> bytes:
    """The certificate as PDF. `name` is printed when it is given, else there is a line to write on.

    Raises NotFound when the badge's picture is missing.
    """
    words = _words(node, held, language, name)
    stamp = media.read(node, held.achievement.image or "")
    is_mirrored = Locale.parse(language, sep="-").text_direction == "rtl"
    page = _Page(colour_of(node.config.city.colour), repr(words), is_mirrored=is_mirrored)
    page.ground()
    page.stamp(stamp)
    page.text(words)
    page.qr(words)
    return page.finish(words, node.clock.now())


def _words(node: "Node", held: Held, language: str, name: str | None) -> _Words:
    credential, achievement = held.credential, held.achievement
    main = node.config.main_language

    def say(text: str) -> str:
        return node.translate(text, language)

    organisation = organisations.get_organisation(node, credential.organisation_id)
    reached = summarise(json.loads(credential.document)).results
    facts = [(say(_("Earned on")), _day(credential.issued_at, language))]
    if credential.valid_until is not None:
        facts.append((say(_("Valid until")), _day(credential.valid_until, language)))
    small = say(_("The name is as its holder gave it. The signed badge keeps it private."))
    return _Words(
        city=node.config.city.name,
        earned=say(_("A badge for")),
        title=text_in(achievement.name, language, achievement.main_language),
        description=text_in(achievement.description, language, achievement.main_language),
        organisation=text_in(organisation.name, language, main),
        facts=((say(_("Given by")), text_in(organisation.name, language, main)), *facts),
        results="   ".join(
            f"{item.name or say(_('Result'))}: {say(words_of(item.value))}" for item in reached
        ),
        scan=say(_("Scan to check this badge")),
        url=credential_url(node, credential.address),
        small=small if name else "",
        name=name,
    )


def _day(moment: datetime, language: str) -> str:
    locale = "en_GB" if language == "en" else language.replace("-", "_")
    return str(dates.format_date(moment, "long", locale=locale))


def colour_of(text: str) -> tuple[int, int, int]:
    """The city's colour as red, green and blue from 0 to 255."""
    plain = text.lstrip("#")
    plain = plain if len(plain) == 6 else LINE_COLOURS[Colour.GREEN].lstrip("#")
    red, green, blue = (int(plain[start : start + 2], 16) for start in (0, 2, 4))
    return red, green, blue


class _Page:
    """One page while it is drawn. Places are given from where reading starts."""

    def __init__(self, colour: tuple[int, int, int], text: str, *, is_mirrored: bool) -> None:
        from fpdf import FPDF

        self._colour = colour
        self._mirrored = is_mirrored
        self._pdf: Any = FPDF(orientation="landscape", format="A4")
        self._folder = TemporaryDirectory(prefix="colnode-paper-")
        add_fonts(self._pdf, [text, "0123456789"], Path(self._folder.name))
        self._pdf.set_text_shaping(True, direction="rtl" if is_mirrored else "ltr")
        self._pdf.set_margin(0)
        self._pdf.set_auto_page_break(False)
        self._pdf.add_page()

    def _x(self, start: float, width: float) -> float:
        return _WIDTH - start - width if self._mirrored else start

    def ground(self) -> None:
        """Paper, a frame, and along its foot the line of the city with its stops."""
        pdf = self._pdf
        pdf.set_fill_color(*_PAPER)
        pdf.rect(0, 0, _WIDTH, _HEIGHT, style="F")
        pdf.set_draw_color(*self._colour)
        pdf.set_line_width(0.5)
        for ring in range(9):  # the passport's waves, held back
            radius = 40 + ring * 9
            with pdf.local_context(stroke_opacity=0.12):
                pdf.circle(self._x(_MARGIN + _STAMP / 2, 0), 88, radius, style="D")
        foot = _HEIGHT - 11
        pdf.set_line_width(2.2)
        pdf.line(0, foot, _WIDTH, foot)
        for stop in range(5):
            place = self._x(_MARGIN + stop * (_WIDTH - 2 * _MARGIN) / 4, 0)
            pdf.set_fill_color(*(self._colour if stop == 4 else _PAPER))
            pdf.circle(place, foot, 2.6, style="DF")

    def stamp(self, picture: bytes) -> None:
        """The badge itself."""
        x = self._x(_MARGIN, _STAMP)
        self._pdf.image(BytesIO(picture), x=x, y=88 - _STAMP / 2, w=_STAMP, h=_STAMP)

    def text(self, words: _Words) -> None:
        """City, name, title, description and facts, as large as they fit."""
        self._line(words.city, 24, 13, self._colour, bold=True)
        self._line(words.earned, 36, 12, _SOFT)
        if words.name:
            self._line(words.name, 42, 22, _INK, bold=True)
        else:
            self._pdf.set_draw_color(*_SOFT)
            self._pdf.set_line_width(0.3)
            x = self._x(_TEXT_AT, 110)
            self._pdf.line(x, 54, x + 110, 54)
        y = self._fitted(words.title, 62, (34, 28, 23, 19, 16), most=32)
        most = 22 if words.results else 30
        y = self._fitted(words.description, y + 5, (13, 12, 11, 10), most=most, colour=_SOFT)
        if words.results:
            y = self._fitted(words.results, y + 3, (13, 12, 11, 10), most=10)
        y = max(y + 8, 128)
        for label, value in words.facts:
            self._line(label, y, 9.5, _SOFT)
            self._line(value, y + 5, 12.5, _INK, bold=True)
            y += 13 if words.results else 15
        if words.small:
            self._line(words.small, 184, 7.5, _SOFT)

    def qr(self, words: _Words) -> None:
        """The code with its quiet zone, in the corner where reading ends, and the address."""
        import segno

        rows = list(segno.make(words.url, error="m", micro=False).matrix_iter(border=2))
        size = _QR / len(rows)
        left, top = self._x(_WIDTH - _MARGIN - _QR, _QR), 146.0
        self._pdf.set_fill_color(255, 255, 255)
        self._pdf.rect(left, top, _QR, _QR, style="F")
        self._pdf.set_fill_color(0, 0, 0)
        for number, row in enumerate(rows):
            for column, is_dark in enumerate(row):
                if is_dark:
                    x, y = left + column * size, top + number * size
                    self._pdf.rect(x, y, size + 0.02, size + 0.02, style="F")
        self._pdf.link(left, top, _QR, _QR, words.url)
        self._pdf.set_font("sans", "", 8)
        self._pdf.set_text_color(*_SOFT)
        wider = 14.0
        self._pdf.set_xy(left if self._mirrored else left - wider, top + _QR + 1)
        self._pdf.multi_cell(_QR + wider, 4, words.scan, align="L" if self._mirrored else "R")
        self._pdf.set_font("sans", "", 6.5)
        self._pdf.set_xy(_MARGIN, 190)
        with self._pdf.local_context():
            self._pdf.set_text_shaping(False)
            self._pdf.cell(_WIDTH - 2 * _MARGIN, 4, words.url, align="C", link=words.url)

    def finish(self, words: _Words, now: datetime) -> bytes:
        """The whole file."""
        self._pdf.set_title(words.title)
        self._pdf.set_author(words.organisation)
        self._pdf.set_creator("colnode")
        self._pdf.set_creation_date(now)
        made = bytes(self._pdf.output())
        self._folder.cleanup()
        return made

    def _write(self, text: str, y: float, size: float, *, dry: bool = False) -> Any:
        write: Callable[..., Any] = self._pdf.multi_cell
        self._pdf.set_xy(self._x(_TEXT_AT, _TEXT_WIDTH), y)
        align = "R" if self._mirrored else "L"
        output = {"dry_run": True, "output": "HEIGHT"} if dry else {}
        return write(_TEXT_WIDTH, size * 0.46, text, align=align, **output)

    def _line(
        self, text: str, y: float, size: float, colour: tuple[int, int, int], *, bold: bool = False
    ) -> None:
        self._pdf.set_text_color(*colour)
        while size > 7:
            self._pdf.set_font("sans", "B" if bold else "", size)
            if self._pdf.get_string_width(text) <= _TEXT_WIDTH - 4:
                break
            size -= 1
        self._write(text, y, size)

    def _fitted(
        self,
        text: str,
        y: float,
        sizes: tuple[float, ...],
        *,
        most: float,
        colour: tuple[int, int, int] = _INK,
    ) -> float:
        """Write a text as large as it fits, cut where nothing fits; returns where it ends."""
        style = "B" if colour is _INK else ""
        self._pdf.set_text_color(*colour)
        height = 0.0
        for size in sizes:
            self._pdf.set_font("sans", style, size)
            height = self._write(text, y, size, dry=True)
            if height <= most:
                break
        while height > most:
            text = text[: int(len(text) * 0.9)].rstrip() + "…"
            height = self._write(text, y, sizes[-1], dry=True)
        self._write(text, y, size)
        return y + height

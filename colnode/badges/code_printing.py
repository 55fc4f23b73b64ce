"""Draws a sheet of codes as a PDF: cards to cut out, each with a QR code and the code in letters.

Pure: texts and pictures in, bytes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from colnode.badges.pdf_fonts import page_fonts

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["Card", "SheetTexts", "draw_sheet"]

_ACROSS, _DOWN = 2, 5
_MARGIN, _PAGE_WIDTH, _PAGE_HEIGHT = 10.0, 210.0, 297.0
_WIDTH = (_PAGE_WIDTH - 2 * _MARGIN) / _ACROSS
_HEIGHT = (_PAGE_HEIGHT - 2 * _MARGIN) / _DOWN
_QR = 34.0
_TITLE = 12.0


@dataclass(frozen=True)
class Card:
    """One code: the address of its QR, and how it is read."""

    url: str
    code: str


@dataclass(frozen=True)
class SheetTexts:
    """What every card says. `how` tells where to type the code, `until` its last day."""

    badge: str
    organisation: str
    how: str
    until: str | None


def draw_sheet(cards: Sequence[Card], texts: SheetTexts, picture: bytes) -> bytes:
    """The PDF, ten cards on a page of A4. `picture` is the badge's, as PNG or WebP."""
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    words = [texts.badge, texts.organisation, texts.how, texts.until or ""]
    with page_fonts(pdf, [*words, *(card.code for card in cards)]):
        for number, card in enumerate(cards):
            place = number % (_ACROSS * _DOWN)
            if place == 0:
                pdf.add_page()
                _draw_cuts(pdf)
            row, column = divmod(place, _ACROSS)
            x, y = _MARGIN + column * _WIDTH, _MARGIN + row * _HEIGHT
            _draw_card(pdf, x, y, card, texts, picture)
        return bytes(pdf.output())


def _draw_cuts(pdf: "FPDF") -> None:
    pdf.set_draw_color(170)
    pdf.set_line_width(0.15)
    pdf.set_dash_pattern(dash=1.2, gap=1.2)
    for column in range(_ACROSS + 1):
        x = _MARGIN + column * _WIDTH
        pdf.line(x, _MARGIN, x, _PAGE_HEIGHT - _MARGIN)
    for row in range(_DOWN + 1):
        y = _MARGIN + row * _HEIGHT
        pdf.line(_MARGIN, y, _PAGE_WIDTH - _MARGIN, y)
    pdf.set_dash_pattern()


def _draw_card(
    pdf: "FPDF", x: float, y: float, card: Card, texts: SheetTexts, picture: bytes
) -> None:
    inside = 4.0
    pdf.image(BytesIO(_qr(card.url)), x + _WIDTH - _QR - inside, y + inside, _QR, _QR)
    pdf.image(BytesIO(picture), x + inside, y + inside, 15, 15)
    width = _WIDTH - _QR - 3 * inside
    pdf.set_text_color(90)
    pdf.set_font("sans", "", 8)
    pdf.set_xy(x + inside + 17, y + inside + 1)
    pdf.multi_cell(width - 17, 3.6, texts.organisation, align="L", max_line_height=3.6)
    pdf.set_text_color(20)
    pdf.set_xy(x + inside, y + inside + 18)
    _draw_title(pdf, texts.badge, width)
    pdf.set_font("sans", "B", 15)
    pdf.set_xy(x + inside, y + _HEIGHT - 17)
    pdf.cell(_WIDTH - 2 * inside, 6, card.code, align="L")
    pdf.set_text_color(70)
    pdf.set_font("sans", "", 8)
    pdf.set_xy(x + inside, y + _HEIGHT - 10.5)
    small = texts.how if texts.until is None else f"{texts.how} {texts.until}"
    pdf.multi_cell(_WIDTH - 2 * inside, 3.4, small, align="L")


def _draw_title(pdf: "FPDF", title: str, width: float) -> None:
    """The badge's name on up to three lines, smaller when it is long."""
    for size in (_TITLE, 10.0, 8.5, 7.0):
        pdf.set_font("sans", "B", size)
        height = size * 0.45
        lines = pdf.multi_cell(width, height, title, dry_run=True, output="LINES", align="L")
        if len(lines) * height <= 15.5:
            break
    pdf.multi_cell(width, height, "\n".join(lines[:4]), align="L")


def _qr(url: str) -> bytes:
    import segno

    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="png", scale=6, border=1)
    return drawn.getvalue()

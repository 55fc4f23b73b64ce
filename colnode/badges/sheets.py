"""Plain printed pages as PDF: a title, then texts below each other, with stops along a line.

The certificate and the code cards draw their own pages; this is for whatever is read from top to
bottom.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from babel import Locale

from colnode.badges.blocks import Block, BlockStyle
from colnode.badges.certificate import colour_of
from colnode.badges.pdf_fonts import add_fonts

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["draw"]

_MARGIN = 20.0
_FOOT = 18.0
_INDENT = 10.0
_INK, _SOFT, _PAPER = (29, 27, 22), (90, 85, 76), (255, 255, 255)

_SETTING = {
    BlockStyle.HEADING: ("B", 14.0, _INK, 5.0),
    BlockStyle.TEXT: ("", 11.0, _INK, 2.5),
    BlockStyle.SMALL: ("", 9.0, _SOFT, 1.5),
    BlockStyle.STOP: ("B", 12.0, _INK, 4.5),
    BlockStyle.NOTE: ("", 10.0, _SOFT, 0.8),
}
"""For each style: weight, size in points, colour, space above in millimetres."""


def draw(node: "Node", title: str, blocks: Sequence[Block], *, language: str) -> bytes:
    """The pages as PDF, in A4, numbered, with the city's name and colour.

    A language that is written from the right is laid out from there.
    """
    sheet = _Sheet(node, title, blocks, language)
    for block in blocks:
        sheet.write(block)
    return sheet.finish()


class _Sheet:
    """Pages while they are drawn."""

    def __init__(self, node: "Node", title: str, blocks: Sequence[Block], language: str) -> None:
        from fpdf import FPDF

        self._city = city = node.config.city.name
        self._colour = colour_of(node.config.city.colour)
        self._mirrored = Locale.parse(language, sep="-").text_direction == "rtl"
        self._folder = TemporaryDirectory(prefix="colnode-paper-")
        self._pdf: Any = FPDF(format="A4")
        self._pdf.footer = self._footer
        texts = [title, city, "0123456789·", *(block.text for block in blocks)]
        add_fonts(self._pdf, texts, Path(self._folder.name))
        self._pdf.set_text_shaping(True, direction="rtl" if self._mirrored else "ltr")
        self._pdf.set_margins(_MARGIN, _MARGIN)
        self._pdf.set_auto_page_break(True, margin=_FOOT)
        self._pdf.set_title(title)
        self._pdf.set_creator("colnode")
        self._pdf.set_creation_date(node.clock.now())
        self._pdf.add_page()
        self._line_from: float | None = None
        self._text(title, "B", 22.0, _INK, above=0.0)

    def write(self, block: Block) -> None:
        """One text; the line runs on along a stop's notes."""
        weight, size, colour, above = _SETTING[block.style]
        if block.style == BlockStyle.STOP and self._pdf.get_y() > self._pdf.h - _FOOT - 20:
            self._break()
        is_on_line = block.style in {BlockStyle.STOP, BlockStyle.NOTE}
        if not is_on_line:
            self._line_from = None
        page, top = self._pdf.page_no(), self._pdf.get_y() + above
        self._text(
            block.text, weight, size, colour, above=above, url=block.url, is_inside=is_on_line
        )
        if page != self._pdf.page_no():
            self._line_from = None  # the text ran on to a new page; the line begins there anew
        elif is_on_line:
            self._rail(top, is_stop=block.style == BlockStyle.STOP)

    def finish(self) -> bytes:
        """The whole file."""
        made = bytes(self._pdf.output())
        self._folder.cleanup()
        return made

    def _footer(self) -> None:
        """City and number at the foot of each page."""
        pdf = self._pdf
        pdf.set_y(-12)
        pdf.set_font("sans", "", 8)
        pdf.set_text_color(*_SOFT)
        pdf.cell(0, 4, f"{self._city} · {pdf.page_no()}", align="C")

    def _break(self) -> None:
        self._pdf.add_page()
        self._line_from = None

    def _text(
        self,
        text: str,
        weight: str,
        size: float,
        colour: tuple[int, int, int],
        *,
        above: float,
        url: str | None = None,
        is_inside: bool = False,
    ) -> None:
        pdf = self._pdf
        indent = _INDENT if is_inside else 0.0
        pdf.set_font("sans", weight, size)
        pdf.set_text_color(*colour)
        pdf.set_xy(_MARGIN + (0 if self._mirrored else indent), pdf.get_y() + above)
        pdf.multi_cell(
            pdf.w - 2 * _MARGIN - indent,
            size * 0.47,
            text,
            align="R" if self._mirrored else "L",
            link=url or "",
            new_x="LMARGIN",
            new_y="NEXT",
        )

    def _rail(self, top: float, *, is_stop: bool) -> None:
        """The line from the last text to the end of this one, and the stop on it."""
        pdf = self._pdf
        x = pdf.w - _MARGIN - 3 if self._mirrored else _MARGIN + 3
        begin = self._line_from if self._line_from is not None else top + 2.5
        pdf.set_draw_color(*self._colour)
        pdf.set_line_width(1.2)
        pdf.line(x, begin, x, pdf.get_y())
        if is_stop:
            pdf.set_fill_color(*_PAPER)
            pdf.set_line_width(0.9)
            pdf.circle(x, top + 2.8, 1.9, style="DF")
        self._line_from = pdf.get_y()

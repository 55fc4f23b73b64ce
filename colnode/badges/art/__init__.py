"""Badge art and covers: pure drawing, seed in, SVG and PNG out. No database, no web, no clock.

The same functions draw the preview while somebody types, the picture of the achievement and the
picture that is baked into a credential. Equal input gives equal bytes, on every machine.
"""

from colnode.badges.art.covers import CoverKind, draw_cover
from colnode.badges.art.lettering import letter_line
from colnode.badges.art.raster import render_png
from colnode.badges.art.shapes import outline
from colnode.badges.art.spec import (
    LINE_COLOURS,
    ArtSpec,
    ArtStatus,
    Colour,
    Shape,
    spec_for,
)
from colnode.badges.art.stamp import draw_svg, frame_picture

__all__ = [
    "LINE_COLOURS",
    "ArtSpec",
    "ArtStatus",
    "Colour",
    "CoverKind",
    "Shape",
    "draw_cover",
    "draw_svg",
    "frame_picture",
    "letter_line",
    "outline",
    "render_png",
    "spec_for",
]

"""The shapes of lucide icons as SVG text, for badge art here and for pages above."""

from functools import lru_cache
from xml.etree import ElementTree

from lucide import IconDoesNotExist
from lucide.jinja import lucide

__all__ = ["icon_shapes"]

_UNKNOWN = "circle-dot"


@lru_cache(maxsize=512)
def icon_shapes(name: str) -> str:
    """Return the shapes of the icon `name`, on a canvas of 24 by 24 units, as SVG text.

    An unknown name, as a plugin may give one, is drawn as a plain stop instead of failing the page.
    """
    try:
        drawing = lucide(name)
    except (IconDoesNotExist, ValueError):
        drawing = lucide(_UNKNOWN)
    shapes = ElementTree.fromstring(drawing)  # noqa: S314 - the text comes from the icon package
    return "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in shapes)

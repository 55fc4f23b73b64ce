"""Icons as inline SVG, drawn from the lucide set. No icon speaks alone: a word stands beside it."""

from functools import lru_cache
from xml.etree import ElementTree

from lucide import IconDoesNotExist
from lucide.jinja import lucide
from markupsafe import Markup

__all__ = ["icon", "icon_shapes"]

_UNKNOWN = "circle-dot"


@lru_cache(maxsize=512)
def icon_shapes(name: str) -> str:
    """Return the shapes of the icon `name`, on a canvas of 24 by 24 units, as SVG text.

    An unknown name, as a plugin may give one, is drawn as a plain stop instead of failing the page.
    """
    try:
        drawing = lucide(name)
    except IconDoesNotExist:
        drawing = lucide(_UNKNOWN)
    shapes = ElementTree.fromstring(drawing)  # noqa: S314 - the text comes from the icon package
    return "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in shapes)


@lru_cache(maxsize=1024)
def icon(name: str, size: int = 20, *, turns: bool = False) -> Markup:
    """Return the icon `name` as inline SVG of `size` CSS pixels, hidden from screen readers.

    `turns` mirrors it where people read from right to left (arrows that point along the text).
    """
    kind = "icon icon-turns" if turns else "icon"
    return Markup(  # noqa: S704 - numbers and the icon package's own shapes, nothing from people
        f'<svg class="{kind}" width="{int(size)}" height="{int(size)}" viewBox="0 0 24 24" '
        'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{icon_shapes(name)}</svg>'
    )

"""Icons as inline SVG, drawn from the lucide set. No icon speaks alone: a word stands beside it."""

from functools import lru_cache

from markupsafe import Markup

from colnode.icons import icon_shapes

__all__ = ["icon"]


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

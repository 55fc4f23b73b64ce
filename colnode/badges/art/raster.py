"""From SVG to PNG."""

from functools import lru_cache

__all__ = ["render_png"]

_KEPT = 16


@lru_cache(_KEPT)
def render_png(svg: str, size: int, height: int | None = None) -> bytes:
    """Return `svg` as a PNG of `size` by `height` pixels, square without a height.

    Equal input gives equal bytes; the last few are kept, because a drawing costs a tenth of a
    second and a badge is often asked for again: as a draft, published, in its next version.

    Letters are outlines already, so no font is read, except for a script that ours do not have.
    Raises ValueError for a text that is no SVG.
    """
    import resvg_py

    needs_fonts = "<text" in svg
    return bytes(
        resvg_py.svg_to_bytes(
            svg, skip_system_fonts=not needs_fonts, width=size, height=height or size
        )
    )

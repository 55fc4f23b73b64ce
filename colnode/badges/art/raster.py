"""From SVG to PNG."""

__all__ = ["render_png"]


def render_png(svg: str, size: int, height: int | None = None) -> bytes:
    """Return `svg` as a PNG of `size` by `height` pixels, square without a height.

    Equal input gives equal bytes.

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

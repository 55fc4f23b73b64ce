"""The shapes of lucide icons as SVG text, for badge art and for pages."""

from functools import lru_cache
from importlib import resources
from xml.etree import ElementTree
from zipimport import zipimporter

__all__ = ["icon_shapes"]

_UNKNOWN = "circle-dot"


@lru_cache(maxsize=512)
def icon_shapes(name: str) -> str:
    """Return the shapes of the icon `name`, on a canvas of 24 by 24 units, as SVG text.

    An unknown name, as a plugin may give one, is drawn as a plain stop instead of failing the page.
    """
    archive = _archive()
    try:
        drawing = archive.get_data(f"{archive.archive}/{name}.svg")
    except OSError:
        drawing = archive.get_data(f"{archive.archive}/{_UNKNOWN}.svg")
    root = ElementTree.fromstring(drawing)  # noqa: S314 - the text comes from the icon package
    for shape in root.iter():
        shape.tag = shape.tag.rpartition("}")[2]
    return "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in root)


@lru_cache(maxsize=1)
def _archive() -> zipimporter:
    """The package's icons. Its own reader opens the archive anew for every icon, 20 ms each."""
    return zipimporter(str(resources.files("lucide").joinpath("lucide.zip")))

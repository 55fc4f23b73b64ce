"""The shapes of lucide icons as SVG text, for badge art and for pages."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from zipimport import zipimporter

__all__ = ["archive_state", "icon_shapes"]

_UNKNOWN = "circle-dot"


@lru_cache(maxsize=512)
def icon_shapes(name: str) -> str:
    """Return the shapes of the icon `name`, on a canvas of 24 by 24 units, as SVG text.

    An unknown name, as a plugin may give one, is drawn as a plain stop instead of failing the page.
    """
    from xml.etree import ElementTree

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
    return zipimporter(str(_path()))


def archive_state() -> str:
    """What tells one version of the set from another: the archive's size and time of change."""
    state = _path().stat()
    return f"{state.st_size}-{state.st_mtime_ns}"


def _path() -> Path:
    """Where it is, without importing the package: its modules are for templates of others."""
    spec = find_spec("lucide")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("lucide.zip")

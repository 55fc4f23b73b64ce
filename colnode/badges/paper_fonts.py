"""Fonts for a PDF: of the variable fonts only the letters and the two weights that it uses.

Making a weight of a whole variable font takes seconds, of a page's letters a moment.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

__all__ = ["FAMILIES", "write_fonts"]

FAMILIES = {"NotoSans": "fontpkg_noto_sans", "NotoSansArabic": "fontpkg_noto_sans_arabic"}
_WEIGHTS = {"": 400, "B": 750}


def write_fonts(folder: Path, text: str) -> Iterator[tuple[str, str, Path]]:
    """Write a font for each family that has letters of the text, and each weight, into a folder.

    Yields family, style ("" or "B") and file. Raises FileNotFoundError for a missing package.
    """
    for family, package in FAMILIES.items():
        data = _subset(_path(package, family), text)
        for style, weight in _WEIGHTS.items():
            file = folder / f"{family}{style}.ttf"
            file.write_bytes(_weighed(data, weight))
            yield family, style, file


def _path(package: str, family: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"The font package {package} is not installed.")
    return Path(found.origin).parent / "files" / f"{family}[wdth,wght].ttf"


def _subset(path: Path, text: str) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=["*"], notdef_outline=True, name_IDs=["*"])
    with TTFont(path, lazy=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=text + " …0123456789")
        subsetter.subset(font)
        return _bytes_of(font)


def _weighed(data: bytes, weight: int) -> bytes:
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(BytesIO(data))
    return _bytes_of(instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}))


def _bytes_of(font: "TTFont") -> bytes:
    out = BytesIO()
    font.save(out)
    return out.getvalue()

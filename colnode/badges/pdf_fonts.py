"""The fonts of printed pages: Noto Sans in two weights, cut down to the characters of the page.

Making a weight of the whole variable font takes ten seconds; of what is on a page, a moment.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["add_fonts", "page_fonts"]

_FONTS = (
    ("sans", "fontpkg_noto_sans", "NotoSans"),
    ("arabic", "fontpkg_noto_sans_arabic", "NotoSansArabic"),
)
_WEIGHTS = (("", 400), ("B", 700))


@contextmanager
def page_fonts(pdf: "FPDF", texts: Iterable[str]) -> Iterator[None]:
    """Let the pages use the family `sans`, regular and bold, for the characters of these texts.

    Arabic comes from its own font by itself. The files last until the context ends, so the pages
    are drawn and put out in it. Raises FileNotFoundError without the font packages.
    """
    with tempfile.TemporaryDirectory() as folder:
        add_fonts(pdf, texts, Path(folder))
        yield


def add_fonts(pdf: "FPDF", texts: Iterable[str], folder: Path) -> None:
    """What page_fonts does, with the files in a folder that lasts until the pages are put out."""
    wanted = set("".join(texts)) | {"…", " "}
    fallbacks = []
    for family, package, name in _FONTS:
        file = _file(package, name)
        known = wanted & _characters(file)
        if not known and family != "sans":
            continue
        for style, weight in _WEIGHTS:
            made = folder / f"{family}{style}.ttf"
            _cut(file, "".join(known), weight, made)
            pdf.add_font(family, style, made)
        if family != "sans":
            fallbacks.append(family)
        wanted -= known
    pdf.set_fallback_fonts(fallbacks, exact_match=False)
    pdf.set_text_shaping(True)


def _file(package: str, name: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"The font package {package} is not installed.")
    return Path(found.origin).parent / "files" / f"{name}[wdth,wght].ttf"


def _characters(file: Path) -> set[str]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return {chr(point) for point in font.getBestCmap()}


def _cut(file: Path, text: str, weight: int, made: Path) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(layout_features=["*"], notdef_outline=True, drop_tables=["STAT"])
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    with TTFont(file, lazy=True) as font:
        cutter.subset(font)
        instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True)
        font.save(made)

"""Decoding what people upload and writing it anew: no metadata, no script, bounded in size."""

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from colnode.errors import Invalid, TooLarge, _

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Picture", "PictureKind", "prepare", "shrink"]

MAX_PIXELS = 40_000_000
MAX_SVG_BYTES = 512 * 1024
MAX_SVG_DEPTH = 64
MAX_SVG_ELEMENTS = 20_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_SVG_ROOT = "http://www.w3.org/2000/svg svg"
_REFERENCE_ELSEWHERE = re.compile(rb"""href\s*=\s*["'](?!\#)|url\(\s*["']?(?!\#)|@import""")


class PictureKind(StrEnum):
    """What a picture is for: a photograph or poster, the image of a badge (PNG or SVG only), or a
    panorama all around one point."""

    PICTURE = "picture"
    BADGE = "badge"
    PANORAMA = "panorama"


_LONGEST_SIDE = {PictureKind.PICTURE: 1600, PictureKind.BADGE: 800, PictureKind.PANORAMA: 4096}


@dataclass(frozen=True)
class Picture:
    """A picture ready to be kept. An SVG has no width and height of its own."""

    data: bytes
    media_type: str
    width: int | None
    height: int | None


def prepare(data: bytes, kind: PictureKind, *, most_bytes: int) -> Picture:
    """Decode PNG, JPEG, WebP or SVG and write it anew, the same bytes each time.

    Rasters are turned upright, scaled down to 1600 pixels (a badge: to 800, as PNG; a panorama: to
    4096) and lose their metadata. Raises TooLarge beyond `most_bytes` or 40 million pixels, Invalid
    for anything else.
    """
    if len(data) > most_bytes:
        raise TooLarge(
            _("The picture has {size} bytes; at most {limit} are accepted."),
            size=len(data),
            limit=most_bytes,
        )
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _prepare_svg(data)
    try:
        with _open(data) as image:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge(
                    _("The picture has {width} x {height} pixels; at most {limit} are accepted."),
                    width=image.width,
                    height=image.height,
                    limit=MAX_PIXELS,
                )
            return _rewrite(image, str(image.format), kind)
    except _decoder_errors() as error:
        raise Invalid(
            _("The picture is damaged or of another kind. PNG, JPEG, WebP and SVG are accepted.")
        ) from error


def shrink(data: bytes, width: int) -> bytes:
    """A raster that `prepare` wrote, as WebP no wider than `width` pixels."""
    from PIL import Image

    with _open(data) as image:
        image.draft("RGB", (width, width))
        image.load()
        height = max(1, round(image.height * width / image.width))
        small = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        out = BytesIO()
        small.save(out, "WEBP", quality=80)
        return out.getvalue()


def _decoder_errors() -> tuple[type[BaseException], ...]:
    """What Pillow raises for a picture that is torn, hostile or too large."""
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    return (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, *bombs)


def _open(data: bytes) -> "Image.Image":
    from PIL import Image

    return Image.open(BytesIO(data), formats=_FORMATS)


def _rewrite(image: "Image.Image", source_format: str, kind: PictureKind) -> Picture:
    from PIL import Image, ImageOps

    side = _LONGEST_SIDE[kind]
    image.draft("RGB", (side, side))
    image.load()
    upright = ImageOps.exif_transpose(image)
    target = "PNG" if kind is PictureKind.BADGE else source_format
    mode = "RGBA" if upright.has_transparency_data and target != "JPEG" else "RGB"
    clean = upright.convert(mode)
    if max(clean.size) > side:
        clean.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    clean.info = {}
    options: dict[str, dict[str, Any]] = {
        "PNG": {"compress_level": 9},
        "JPEG": {"quality": 85, "progressive": True, "optimize": True},
        "WEBP": {"quality": 85},
    }
    out = BytesIO()
    clean.save(out, target, **options[target])
    return Picture(out.getvalue(), f"image/{target.lower()}", clean.width, clean.height)


def _prepare_svg(data: bytes) -> Picture:
    if len(data) > MAX_SVG_BYTES:
        raise TooLarge(
            _("The picture has {size} bytes; at most {limit} are accepted."),
            size=len(data),
            limit=MAX_SVG_BYTES,
        )
    from py_svg_hush import filter_svg

    _check_svg(data)
    try:
        filtered = filter_svg(data, {})
    except ValueError as error:
        raise Invalid(_("The SVG picture is damaged and cannot be read.")) from error
    if _REFERENCE_ELSEWHERE.search(filtered):
        raise Invalid(
            _("The SVG picture refers to another file. Embed what it needs as shapes, then retry.")
        )
    return Picture(filtered, "image/svg+xml", None, None)


def _check_svg(data: bytes) -> None:
    """Refuse what would exhaust a reader: entities, deep nesting, very many elements."""
    depth = elements = 0
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        if elements == 0 and name != _SVG_ROOT:
            raise Invalid(_("This is XML, but not an SVG picture."))
        depth += 1
        elements += 1
        if depth > MAX_SVG_DEPTH or elements > MAX_SVG_ELEMENTS:
            raise TooLarge(_("The SVG picture has too many elements; simplify it, then retry."))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(_name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            raise Invalid(_("The SVG picture declares entities, which are not accepted."))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Invalid(_("The SVG picture is damaged and cannot be read.")) from error

"""Baking: a credential inside the PNG or SVG picture of its badge, and out again.

Source: Open Badges 3.0 section 5.3 (baking), Open Badges 2.0 Baked Badges 1.0.
"""

from colnode.errors import Invalid, _
from colnode.openbadges import baking_png, baking_svg

__all__ = ["bake_png", "bake_svg", "is_png", "looks_like_svg", "unbake"]

MAX_FILE_BYTES = 16 * 1024 * 1024

is_png = baking_png.is_png
looks_like_svg = baking_svg.looks_like_svg


def bake_png(png: bytes, payload: bytes | str, *, is_version_2: bool = False) -> bytes:
    """The PNG with the credential in an iTXt chunk `openbadgecredential`, uncompressed.

    A credential that was baked before is replaced; nothing else in the picture changes. `payload`
    is signed JSON or a compact JWS. With `is_version_2` the keyword is `openbadges`, and `payload`
    an Open Badges 2.0 assertion. Raises Invalid when `png` is not a whole PNG.
    """
    return baking_png.bake(_sized(png), _text(payload), is_version_2=is_version_2)


def bake_svg(svg: bytes, payload: bytes | str) -> bytes:
    """The SVG with the credential in an `openbadges:credential` element.

    JSON goes into the element's text, a compact JWS into its verify attribute. A credential that
    was baked before is replaced. Raises Invalid for a torn file, a document type or an entity.
    """
    return baking_svg.bake(_sized(svg), _text(payload))


def unbake(file: bytes) -> bytes | None:
    """The credential in a PNG or SVG file as it was baked, or None when there is none.

    Open Badges 3.0 first, then 2.0 (PNG keyword `openbadges`, element `openbadges:assertion`).
    Raises Invalid for a torn file, two credentials, a decompression bomb or an entity in SVG, and
    for a file that is neither PNG nor SVG.
    """
    _sized(file)
    if is_png(file):
        return baking_png.unbake(file)
    if looks_like_svg(file):
        return baking_svg.unbake(file)
    raise Invalid(_("The file is neither PNG nor SVG."))


def _sized(file: bytes) -> bytes:
    if len(file) > MAX_FILE_BYTES:
        raise Invalid(_("The picture is larger than {limit} bytes."), limit=MAX_FILE_BYTES)
    return file


def _text(payload: bytes | str) -> str:
    try:
        return payload.decode("utf-8") if isinstance(payload, bytes) else payload
    except UnicodeDecodeError as error:
        raise Invalid(_("The credential is not UTF-8 text.")) from error

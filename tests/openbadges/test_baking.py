"""Badges inside pictures: in, out, and nothing that a picture could do besides."""

import io
import struct
import zlib

import pytest
from PIL import Image

from colnode.errors import Invalid
from colnode.openbadges.baking import MAX_FILE_BYTES, bake_png, bake_svg, unbake
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import City, ids

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" a="1 > 0"><rect/></svg>'
JWT = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
JSON = '{"name": "\u0160 ]]> & <x/>"}'


def png_bytes() -> bytes:
    """A small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def png() -> bytes:
    return png_bytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    return png[:33] + chunk(kind, data) + png[33:]


@pytest.mark.parametrize("payload", [JSON, JWT])
def test_png_round_trip_keeps_the_picture(png: bytes, payload: str) -> None:
    baked = bake_png(png, payload)
    assert unbake(baked) == payload.encode()
    with Image.open(io.BytesIO(baked)) as before, Image.open(io.BytesIO(png)) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("payload", [JSON, JWT])
def test_svg_round_trip_keeps_the_picture(payload: str) -> None:
    baked = bake_svg(SVG, payload.encode())
    assert unbake(baked) == payload.encode()
    assert b"<rect/></svg>" in baked


def test_baking_again_replaces_the_credential(png: bytes) -> None:
    assert unbake(bake_png(bake_png(png, "{}"), JSON)) == JSON.encode()
    assert bake_png(bake_png(png, "{}"), JSON) == bake_png(png, JSON)
    assert bake_svg(bake_svg(SVG, JWT), JSON) == bake_svg(SVG, JSON)


def test_svg_without_content_can_be_baked() -> None:
    baked = bake_svg(b'<svg xmlns="http://www.w3.org/2000/svg"/>', JSON)
    assert unbake(baked) == JSON.encode()
    prefixed = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" />'
    assert unbake(bake_svg(prefixed, JWT)) == JWT.encode()


def test_text_that_is_too_large_is_refused(png: bytes) -> None:
    text = b"openbadgecredential\0\0\0\0\0" + b"x" * (4 * 1024 * 1024 + 1)
    with pytest.raises(Invalid):
        unbake(with_chunk(png, b"iTXt", text))


def test_picture_without_a_badge_gives_nothing(png: bytes) -> None:
    assert unbake(png) is None
    assert unbake(SVG) is None


def test_baked_badge_verifies(city: City, png: bytes) -> None:
    for picture, form in (
        (bake_png(png, city.badge()), "png"),
        (bake_svg(SVG, city.badge()), "svg"),
    ):
        verdict = city.verify(picture)
        assert verdict.outcome is Outcome.VALID
        assert verdict.format == form


def test_picture_without_a_badge_is_not_a_badge(city: City, png: bytes) -> None:
    assert city.verify(png).outcome is Outcome.NOT_A_BADGE
    assert city.verify(SVG).outcome is Outcome.NOT_A_BADGE


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt", "compressed iTXt"])
def test_open_badges_2_0_texts_are_read(png: bytes, kind: str) -> None:
    data = {
        "tEXt": b"openbadges\0{}",
        "zTXt": b"openbadges\0\0" + zlib.compress(b"{}"),
        "iTXt": b"openbadges\0\0\0\0\0{}",
        "compressed iTXt": b"openbadges\0\1\0en\0\0" + zlib.compress(b"{}"),
    }[kind]
    assert unbake(with_chunk(png, kind[-4:].encode(), data)) == b"{}"


def test_open_badges_2_0_element_is_read() -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">'
        b'<openbadges:assertion verify="a.b.c"/></svg>'
    )
    assert unbake(svg) == b"a.b.c"


def bombs() -> dict[str, tuple[bytes, bytes]]:
    huge = zlib.compress(b"\0" * 50_000_000)
    return {
        "zTXt bomb": (b"zTXt", b"openbadgecredential\0\0" + huge),
        "iTXt bomb": (b"iTXt", b"openbadgecredential\0\1\0\0\0" + huge),
        "cut off": (b"zTXt", b"openbadgecredential\0\0" + zlib.compress(b"{}")[:-6]),
        "no zlib": (b"zTXt", b"openbadgecredential\0\0nothing"),
        "unknown method": (b"zTXt", b"openbadgecredential\0\1" + zlib.compress(b"{}")),
        "no separators": (b"iTXt", b"openbadgecredential\0\0"),
        "no text": (b"iTXt", b"openbadgecredential"),
        "unknown flag": (b"iTXt", b"openbadgecredential\0\7\0\0\0{}"),
    }


@pytest.mark.parametrize("name", bombs())
def test_text_that_does_harm_or_makes_no_sense_is_refused(png: bytes, name: str) -> None:
    with pytest.raises(Invalid):
        unbake(with_chunk(png, *bombs()[name]))


def test_two_credentials_in_one_picture_are_refused(png: bytes) -> None:
    once = bake_png(png, "{}")
    twice = with_chunk(once, b"iTXt", b"openbadgecredential\0\0\0\0\0[]")
    with pytest.raises(Invalid, match="more than one"):
        unbake(twice)
    with pytest.raises(Invalid, match="more than one"):
        unbake(bake_svg(SVG, "{}").replace(b"<rect/>", element() + b"<rect/>"))


def element() -> bytes:
    return b'<o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0">{}</o:credential>'


def test_torn_png_is_refused(city: City, png: bytes) -> None:
    baked = bake_png(png, "{}")
    flipped = baked[:60] + bytes([baked[60] ^ 1]) + baked[61:]
    for torn in (baked[:-5], baked[:20], flipped, png[:8] + chunk(b"IEND", b"")):
        with pytest.raises(Invalid, match="torn"):
            unbake(torn)
        assert ids(city.verify(torn)) == {"picture_damaged"}
    with pytest.raises(Invalid, match="too many"):
        unbake(png[:33] + chunk(b"tEXt", b"a\0b") * 20_001)
    with pytest.raises(Invalid):
        bake_png(b"no picture", "{}")


@pytest.mark.parametrize(
    "svg",
    [
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://x.example/a.dtd"> %a;]><svg/>',
        b'<!DOCTYPE svg SYSTEM "http://x.example/a.dtd"><svg>&a;</svg>',
        b"<svg>&undefined;</svg>",
        b"<svg><rect></svg>",
        b"<svg",
        b"<!-- svg --><html/>",
        b'<?xml version="1.0" encoding="utf-7"?><svg/>',
        b"<svg>" + b"<g>" * 250 + b"</g>" * 250 + b"</svg>",
        b"<svg>" + element().replace(b"{}", b"<x/>") + b"</svg>",
    ],
)
def test_svg_that_does_more_than_show_is_refused(city: City, svg: bytes) -> None:
    with pytest.raises(Invalid):
        unbake(svg)
    with pytest.raises(Invalid):
        bake_svg(svg, "{}")
    assert city.verify(svg).outcome is Outcome.INVALID


def test_plain_document_type_is_accepted() -> None:
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    assert unbake(bake_svg(doctype + SVG.partition(b"\n")[2], JSON)) == JSON.encode()


def test_other_files_and_large_ones_are_refused() -> None:
    with pytest.raises(Invalid, match="neither"):
        unbake(b"GIF89a")
    with pytest.raises(Invalid, match="larger"):
        unbake(b"\x89PNG\r\n\x1a\n" + bytes(MAX_FILE_BYTES))
    with pytest.raises(Invalid):
        bake_svg(SVG, b"\xff")


def test_link_baked_into_an_old_picture_is_followed(city: City, png: bytes) -> None:
    url = "https://old.example/assertion.json"
    picture = with_chunk(png, b"tEXt", b"openbadges\0" + url.encode())
    verdict = city.verify(picture)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert city.pages.asked == [url]

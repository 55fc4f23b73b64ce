"""What happens to an uploaded picture before it is kept."""

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from colnode.errors import Invalid, TooLarge
from colnode.media import Picture, PictureKind, prepare

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawn(
    kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object
) -> bytes:
    image = Image.linear_gradient("L").resize(size).convert(mode)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def svg(inside: str) -> bytes:
    return f"<svg {NAMESPACE}>{inside}</svg>".encode()


def prepared(data: bytes, kind: PictureKind = PictureKind.PICTURE) -> Picture:
    return prepare(data, kind, most_bytes=10_000_000)


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_raster_is_written_anew_in_its_own_format_the_same_each_time(kind: str) -> None:
    picture = prepared(drawn(kind))
    assert picture.media_type == f"image/{kind.lower()}"
    assert (picture.width, picture.height) == opened(picture).size == (40, 20)
    assert picture == prepared(drawn(kind))


def test_a_palette_picture_keeps_its_transparency() -> None:
    image = Image.new("P", (8, 8))
    out = BytesIO()
    image.save(out, "PNG", transparency=0)
    assert opened(prepared(out.getvalue())).getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "1", "RGBA"])
def test_every_png_mode_is_accepted(mode: str) -> None:
    image = Image.new(mode, (8, 8))
    out = BytesIO()
    image.save(out, "PNG")
    assert opened(prepared(out.getvalue())).mode in {"RGB", "RGBA"}


def test_a_print_jpeg_becomes_rgb() -> None:
    assert opened(prepared(drawn("JPEG", mode="CMYK"))).mode == "RGB"


def test_where_and_with_what_a_photograph_was_taken_is_dropped() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Jonas"
    exif[0x8825] = {1: "N", 2: (54.0, 41.0, 0.0)}
    photograph = drawn("JPEG", exif=exif, comment=b"at home", icc_profile=b"profile of Jonas")
    written = prepared(photograph).data
    for trace in (b"Jonas", b"at home", b"Exif", b"ICC_PROFILE"):
        assert trace not in written


def test_texts_inside_a_png_are_dropped() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Jonas")
    texts.add_itxt("openbadges", '{"recipient": "jonas@example.org"}')
    assert b"onas" not in prepared(drawn("PNG", pnginfo=texts)).data


def test_a_photograph_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = prepared(drawn("JPEG", size=(40, 20), exif=exif))
    assert (picture.width, picture.height) == (20, 40)


def test_a_large_picture_is_scaled_down() -> None:
    picture = prepared(drawn("JPEG", size=(3200, 1600)))
    assert (picture.width, picture.height) == (1600, 800)


def test_the_image_of_a_badge_becomes_a_png_of_800_pixels_at_most() -> None:
    picture = prepared(drawn("WEBP", size=(1000, 1000)), PictureKind.BADGE)
    assert (picture.media_type, picture.width) == ("image/png", 800)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_torn_picture_is_refused_with_what_to_do(kind: str) -> None:
    whole = drawn(kind, size=(300, 300))
    for length in (20, len(whole) // 2, len(whole) - 60):
        with pytest.raises(Invalid, match="damaged or of another kind"):
            prepared(whole[:length])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"GIF89a" + bytes(100), b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + bytes(50)]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        prepared(data)


def test_a_picture_of_another_format_is_refused_even_where_the_library_knows_it() -> None:
    for kind in ("GIF", "TIFF", "BMP", "ICO"):
        with pytest.raises(Invalid):
            prepared(drawn(kind))


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = BytesIO()
    Image.new("1", (8000, 8000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(TooLarge, match="8000 x 8000 pixels"):
        prepared(bomb.getvalue())


def test_more_bytes_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLarge, match="at most 100"):
        prepare(drawn("PNG"), PictureKind.PICTURE, most_bytes=100)


def test_an_svg_loses_scripts_events_links_and_comments() -> None:
    hostile = svg(
        "<!-- by Jonas --><script>alert(1)</script><rect width='9' onload='alert(2)'/>"
        "<a href='javascript:alert(3)'><circle r='3'/></a>"
        "<foreignObject><p>text</p></foreignObject>"
    )
    picture = prepared(hostile)
    assert (picture.media_type, picture.width) == ("image/svg+xml", None)
    assert b"<rect" in picture.data
    assert b"<circle" in picture.data
    for trace in (b"alert", b"onload", b"foreign", b"Jonas"):
        assert trace not in picture.data


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="/etc/passwd"/>',
        '<image href="https://evil.example/x.png"/>',
        '<use xlink:href="other.svg#a"/>',
        '<g style="fill:url(https://evil.example/x)"/>',
        '<rect fill="url(other.svg#a)"/>',
    ],
)
def test_an_svg_that_refers_to_another_file_is_refused(inside: str) -> None:
    with pytest.raises(Invalid, match="refers to another file"):
        prepared(svg(inside))


def test_an_svg_may_refer_to_its_own_parts() -> None:
    picture = prepared(svg('<rect id="a" fill="url(#g)"/><use href="#a"/>'))
    assert b'href="#a"' in picture.data


@pytest.mark.parametrize(
    "data",
    [
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><rect></svg>",
        b"<svg/>",
        b"<html><body/></html>",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]>" + svg("<text>&a;</text>"),
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
        + svg("<text>&a;</text>"),
    ],
)
def test_a_broken_or_treacherous_svg_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        prepared(data)


def test_an_svg_that_would_exhaust_the_machine_is_refused() -> None:
    for inside in ("<g>" * 60_000 + "</g>" * 60_000, "<g/>" * 30_000, "x" * 600_000):
        with pytest.raises(TooLarge):
            prepared(svg(inside))

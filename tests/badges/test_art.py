"""Badge pictures are deterministic, self-contained, readable and valid."""

import dataclasses
import io
import re
from xml.etree import ElementTree

import py_svg_hush
import pytest
from PIL import Image

from colnode.badges.art import (
    ArtSpec,
    ArtStatus,
    Colour,
    CoverKind,
    Shape,
    draw_cover,
    draw_svg,
    frame_picture,
    render_png,
    spec_for,
)
from colnode.badges.art.lettering import letter_ring
from colnode.badges.art.spec import LINE_COLOURS
from colnode.colour import contrast, readable_on

TITLES = [
    "Bat listener",
    "Donaudampfschifffahrtsgesellschaftskapitänsausbildung für Anfängerinnen",
    "خطاط مبتدئ في المدينة",
    "Užupio vaikštūnė",
    "Ξενάγηση στην πόλη",
    "日本語入門",
    '"><script>alert(1)</script>',
    "",
    "word " * 300,
]
ALLOWED = {
    *("svg", "title", "defs", "linearGradient", "stop", "clipPath", "g", "path", "circle", "rect"),
    *("ellipse", "line", "polyline", "polygon", "text", "textPath", "image"),
}


def parts_of(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())


def assert_is_safe(svg: str) -> None:
    for part in parts_of(svg):
        assert part.tag.removeprefix("{http://www.w3.org/2000/svg}") in ALLOWED
        for name, value in part.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            if name.endswith("href"):
                assert value.startswith(("#", "data:image/png;base64,"))
            assert not re.search(r"url\((?!#)", value)


@pytest.mark.parametrize("shape", list(Shape))
def test_every_shape_is_a_safe_document(shape: Shape) -> None:
    assert_is_safe(draw_svg(ArtSpec(title="Choir voice", shape=shape, foot="Vilnius")))


@pytest.mark.parametrize("title", TITLES)
def test_stamp_is_a_safe_document_whatever_the_title(title: str) -> None:
    svg = draw_svg(ArtSpec(title=title, foot="Vilnius"))
    assert_is_safe(svg)
    assert (parts_of(svg)[1].text or "") == title


def test_the_same_description_gives_the_same_bytes() -> None:
    spec = spec_for("a seed", "Robot builder", "bot", foot="Vilnius")
    svg = draw_svg(spec)
    assert svg == draw_svg(dataclasses.replace(spec))
    assert render_png(svg, 256) == render_png(svg, 256)


def test_thirty_badges_look_different_from_one_another() -> None:
    specs = [spec_for(f"badge {i}", "One title", "award") for i in range(30)]
    assert len({render_png(draw_svg(spec), 64) for spec in specs}) == 30
    assert {spec.shape for spec in specs} == set(Shape)


def test_two_stamps_in_one_page_share_no_id() -> None:
    first, second = (draw_svg(ArtSpec(title=title)) for title in ("One", "Two"))
    ids = [{part.get("id") for part in parts_of(svg)} - {None} for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_drawn_title_needs_no_font() -> None:
    svg = draw_svg(ArtSpec(title="خطاط مبتدئ"))
    assert "<text" not in svg
    assert letter_ring("خطاط", 178, 5.5, largest=40, smallest=17).path.count("M") > 3


def test_a_script_without_a_font_of_ours_stays_text() -> None:
    assert "日本語入門</textPath>" in draw_svg(ArtSpec(title="日本語入門"))


def test_a_title_that_is_too_long_is_made_to_fit_the_ring() -> None:
    lettering = letter_ring("very " * 200, 178, 5.5, largest=40, smallest=17)
    assert 0.5 < lettering.share < 1.001


def test_a_png_has_the_asked_size_and_clear_corners() -> None:
    picture = Image.open(io.BytesIO(render_png(draw_svg(ArtSpec(title="Choir voice")), 320)))
    assert picture.size == (320, 320)
    assert picture.getpixel((0, 0))[3] == 0
    assert picture.getpixel((160, 160))[3] == 255


def test_the_status_is_written_across_the_stamp() -> None:
    plain = ArtSpec(title="Choir voice")
    for status in ArtStatus:
        banded = draw_svg(dataclasses.replace(plain, status=status, status_words="Nebegalioja"))
        assert_is_safe(banded)
        assert render_png(banded, 64) != render_png(draw_svg(plain), 64)


def test_an_unknown_icon_still_gives_a_picture() -> None:
    svg = draw_svg(ArtSpec(title="Choir voice", icon="../no/such icon"))
    assert_is_safe(svg)
    assert render_png(svg, 64).startswith(b"\x89PNG")


def test_an_uploaded_picture_is_framed_by_the_ring() -> None:
    upload = io.BytesIO()
    Image.new("RGB", (40, 40), "#00ff00").save(upload, "PNG")
    svg = frame_picture(upload.getvalue(), ArtSpec(title="Choir voice"))
    assert_is_safe(svg)
    framed = Image.open(io.BytesIO(render_png(svg, 256)))
    assert framed.getpixel((128, 128))[:3] == (0, 255, 0)


def test_the_sanitiser_that_uploads_pass_keeps_our_own_drawing_whole() -> None:
    svg = draw_svg(ArtSpec(title="Choir voice", foot="Vilnius"))
    clean = py_svg_hush.filter_svg(svg.encode()).decode()
    assert render_png(clean, 128) == render_png(svg, 128)


@pytest.mark.parametrize("kind", list(CoverKind))
@pytest.mark.parametrize("seed", ["one", "two", "three", "four"])
def test_a_cover_is_safe_and_follows_its_seed(kind: CoverKind, seed: str) -> None:
    svg = draw_cover(seed, kind, [Colour.ROSE], icon="music")
    assert_is_safe(svg)
    assert svg == draw_cover(seed, kind, [Colour.ROSE], icon="music")
    assert svg != draw_cover(seed + "!", kind, [Colour.ROSE], icon="music")


def test_paper_or_ink_reads_well_on_every_line_colour() -> None:
    for colour in LINE_COLOURS.values():
        assert contrast(readable_on(colour), colour) >= 3.7

"""The image of a badge: drawn from its specification, or an uploaded picture in the same ring."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colnode import media
from colnode.badges.art import ArtSpec, Colour, Shape, draw_svg, frame_picture, render_png
from colnode.badges.documents import text_in
from colnode.badges.models import Achievement
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["art_spec", "draw", "store"]

_PIXELS = 640
_FRAMED_PIXELS = 608


def art_spec(art: Mapping[str, Any], *, title: str, foot: str) -> ArtSpec:
    """The specification that is stored, read leniently: what is unknown becomes the usual."""

    def one(kind: type[Shape] | type[Colour], name: str, usual: str) -> Any:
        value = art.get(name)
        return kind(value if value in {item.value for item in kind} else usual)

    return ArtSpec(
        title=str(art.get("title") or title)[:60],
        shape=one(Shape, "shape", Shape.ROUND),
        icon=str(art.get("icon") or "award"),
        first=one(Colour, "first", Colour.BLUE),
        second=one(Colour, "second", Colour.AMBER),
        foot=foot,
        seed=str(art.get("seed") or title),
    )


def draw(node: "Node", achievement: Achievement) -> str:
    """The achievement's image as SVG."""
    spec = _spec(node, achievement)
    if achievement.picture is None:
        return draw_svg(spec)
    picture = media.find(node, achievement.picture)
    data = media.read(node, picture.digest)
    if picture.media_type == "image/svg+xml":
        data = render_png(data.decode("utf-8"), _FRAMED_PIXELS)
    return frame_picture(data, spec)


def store(node: "Node", achievement: Achievement) -> str:
    """Render the image as PNG into the media store; returns its digest.

    What was rendered here needs no second writing, unlike what people upload.
    """
    data = render_png(draw(node, achievement), _PIXELS)
    return media.keep(node, media.Picture(data, "image/png", _PIXELS, _PIXELS)).digest


def _spec(node: "Node", achievement: Achievement) -> ArtSpec:
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    return art_spec(
        achievement.art,
        title=text_in(achievement.name, main, main),
        foot=text_in(organisation.name, main, node.config.main_language),
    )

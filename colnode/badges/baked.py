"""A credential inside the picture of its badge, as PNG or SVG."""

from typing import TYPE_CHECKING

from colnode import media
from colnode.badges import images
from colnode.badges.passport import Held
from colnode.errors import NotFound, _
from colnode.openbadges import baking

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["as_png", "as_svg"]


def as_png(node: "Node", held: Held) -> bytes:
    """The badge's PNG with the signed credential in it (Open Badges 3.0 section 5.3)."""
    if held.achievement.image is None:
        raise NotFound(_("There is no such picture."))
    return baking.bake_png(media.read(node, held.achievement.image), held.credential.document)


def as_svg(node: "Node", held: Held) -> bytes:
    """The badge's SVG with the signed credential in it (Open Badges 3.0 section 5.3)."""
    drawing = images.draw(node, held.achievement).encode("utf-8")
    return baking.bake_svg(drawing, held.credential.document)

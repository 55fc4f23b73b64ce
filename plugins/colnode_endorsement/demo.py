"""Endorsements of a demonstration city: given, received by a learner, and one that waits."""

import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from colnode.plugin import DemoScene
from colnode_endorsement import asking, giving
from colnode_endorsement.content import Content

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["load"]


def load(node: "Node", scene: DemoScene) -> None:
    """Add the city's endorsements, in the caller's unit; nothing for an unknown city."""
    file = resources.files("colnode_endorsement") / "demo.toml"
    given = tomllib.loads(file.read_text(encoding="utf-8")).get(scene.city, {})
    for item in given.get("endorsements", ()):
        giving.give(
            node,
            scene.organisations[item["by"]],
            _about(node, scene, item["about"]),
            content=Content(item["text"], item.get("opportunity", ""), item.get("link", "")),
            actor_id=scene.people.get("organiser"),
        )
    for item in given.get("requests", ()):
        asking.ask(
            node,
            _about(node, scene, item["about"]),
            actor_id=scene.people["admin"],
            organisation_id=scene.organisations[item["asker"]],
            endorser_id=scene.organisations[item["to"]],
            message=item["text"],
        )


def _about(node: "Node", scene: DemoScene, name: str) -> str:
    kind, _slash, key = name.partition("/")
    known = scene.achievements if kind == "achievement" else scene.organisations
    return f"{node.id}/{kind}/{known[key]}"

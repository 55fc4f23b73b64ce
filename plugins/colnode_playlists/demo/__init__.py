"""Playlists of a demonstration city over its badges and activities, and people on the way."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from colnode.plugin import DemoScene, catalogue
from colnode_playlists import journeys, library, service
from colnode_playlists.content import Branch, Content, Kind, Step

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["load"]


def load(node: "Node", scene: DemoScene) -> None:
    """Add the city's playlists and who is on the way, in the caller's unit; none for others.

    A stop whose activity is not there (the map is switched off) is left out.
    """
    file = resources.files("colnode_playlists.demo") / f"{scene.city}.toml"
    if not file.is_file():
        return
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    activities = _activities(node)
    made: dict[str, str] = {}
    for playlist in given["playlists"]:
        content = _named(node, _content(scene, playlist, activities, made))
        row = service.create(
            node,
            content=content,
            actor_id=scene.people["organiser"],
            organisation_id=scene.organisations[playlist["organisation"]],
        )
        service.publish(node, row.id, actor_id=scene.people["organiser"])
        made[playlist["key"]] = library.reference_of(node, row.id)
    for way in given["ways"]:
        person_id = scene.people[way["person"]]
        for key in way["playlists"]:
            journeys.start(node, person_id, made[key])
        for key, step_id in way.get("ticks", ()):
            journeys.tick(node, person_id, made[key], step_id)


def _activities(node: "Node") -> dict[str, catalogue.RecordView]:
    """The city's own activities by their English title."""
    query = catalogue.Query(types=("activity",), origin=catalogue.OWN, limit=500)
    return {item.title.get("en", ""): item for item in catalogue.search(node, query).items}


def _content(
    scene: DemoScene,
    given: Mapping[str, Any],
    activities: Mapping[str, catalogue.RecordView],
    made: Mapping[str, str],
) -> Content:
    steps = [_step(scene, step, activities, made) for step in given["steps"]]
    kept = {step.id for step in steps if step is not None}
    badge = given.get("achievement")
    inside = [step.branch for step in steps if step is not None]
    branches = [_branch(item, inside.count(item["id"])) for item in given.get("branches", ())]
    known = kept | {branch.id for branch in branches if branch.needed}
    return Content(
        title=given["title"],
        description=given["description"],
        steps=tuple(
            replace(step, after=tuple(name for name in step.after if name in known))
            for step in steps
            if step is not None
        ),
        branches=tuple(branch for branch in branches if branch.needed),
        tags=tuple(given["tags"]),
        languages=tuple(given["languages"]),
        age_from=given.get("age_from"),
        age_to=given.get("age_to"),
        line=given["line"],
        achievement=f"self/achievement/{scene.achievements[badge]}" if badge else "",
        giving=given.get("giving", "none"),
    )


def _named(node: "Node", content: Content) -> Content:
    """The content with the names that its badges and playlists have in the catalogue."""
    steps = []
    for step in content.steps:
        known = service.step_for(node, step.reference) if step.reference else step
        steps.append(replace(step, title=known.title, url=known.url))
    return replace(content, steps=tuple(steps))


def _branch(given: Mapping[str, Any], count: int) -> Branch:
    title = {name: text for name, text in given.items() if name not in {"id", "needed"}}
    return Branch(given["id"], min(given["needed"], count), title)


def _step(
    scene: DemoScene,
    given: Mapping[str, Any],
    activities: Mapping[str, catalogue.RecordView],
    made: Mapping[str, str],
) -> Step | None:
    texts = {
        name.removesuffix("_text"): text for name, text in given.items() if name.endswith("_text")
    }
    step = Step(
        id=given["id"],
        kind=Kind.RECORD,
        title={"en": given["id"]},
        text=texts,
        is_optional=given.get("is_optional", False),
        minutes=given.get("minutes"),
        after=tuple(given.get("after", ())),
        branch=given.get("branch", ""),
    )
    if "task" in given:
        return replace(step, kind=Kind.TASK, title=given["task"])
    if "playlist" in given:
        return replace(step, reference=made[given["playlist"]])
    if "badge" in given:
        reference = f"self/achievement/{scene.achievements[given['badge']]}"
        return replace(step, reference=reference)
    activity = activities.get(given["activity"])
    return replace(step, reference=f"self/activity/{activity.id}") if activity else None

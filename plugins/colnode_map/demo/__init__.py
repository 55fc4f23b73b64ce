"""The map's share of a demonstration city: activities around today, and the ground below them."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from colnode.plugin import DemoScene, draw_cover, media
from colnode_map import backgrounds, joining, service
from colnode_map.content import CATEGORIES, Content, Step
from colnode_map.models import Activity
from colnode_map.states import Mode
from colnode_map.words import CATEGORY_ICONS

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["load"]

_LINE_COLOURS = ("blue", "vermilion", "green", "rose", "amber", "sky", "violet", "slate")


def load(node: "Node", scene: DemoScene) -> None:
    """Add the city's ground and activities, in the caller's unit; nothing for an unknown city."""
    file = resources.files("colnode_map.demo") / f"{scene.city}.toml"
    if not file.is_file():
        return
    ground = resources.files("colnode_map") / "data" / f"{scene.city}.geojson"
    if ground.is_file():
        backgrounds.replace(node, ground.read_bytes(), actor_id=scene.people.get("admin"))
    given = tomllib.loads(file.read_text(encoding="utf-8"))["activities"]
    for number, activity in enumerate(given):
        organisation_id = scene.organisations[activity["organisation"]]
        content = _content(node, scene, activity, picture=_cover(node, number, activity))
        actor_id = scene.people.get("organiser")
        made = service.create(node, organisation_id, content=content, actor_id=actor_id)
        service.publish(node, made.id, actor_id=actor_id)
        for key in activity.get("joined", ()):
            _join(node, made, scene.people[key])


def _join(node: "Node", activity: Activity, person_id: str) -> None:
    """Let somebody join the next date; who comes after the last place waits."""
    (occasion, *_later) = joining.whats_on(node, service.content_of(activity), most=1)
    at = occasion.starts_at if occasion.key else None
    joining.join(node, activity.id, person_id=person_id, at=at, invitation=activity.invitation)


def _content(node: "Node", scene: DemoScene, given: Mapping[str, Any], *, picture: str) -> Content:
    starts_at, ends_at = _times(node, given)
    return Content(
        title=given["title"],
        category=given["category"],
        mode=given.get("mode", Mode.IN_PERSON),
        description=given["text"],
        place_name=given.get("place", ""),
        address=given.get("address", ""),
        latitude=given.get("latitude"),
        longitude=given.get("longitude"),
        join_url=given.get("link", ""),
        is_always_open=starts_at is None,
        starts_at=starts_at,
        ends_at=ends_at,
        duration_minutes=given.get("minutes"),
        languages=tuple(given["languages"]),
        price_cents=given["price_cents"],
        age_from=given.get("age_from"),
        age_to=given.get("age_to"),
        accessibility=tuple(given.get("accessibility", ())),
        achievements=tuple(
            f"self/achievement/{scene.achievements[key]}" for key in given.get("badges", ())
        ),
        picture=picture,
        rule=given.get("repeat", ""),
        steps=tuple(Step(text) for text in given.get("steps", ())),
        completes_itself=given.get("completes_itself", False),
        needs_joining=given.get("joining", False),
        joins_series=given.get("series", False),
        capacity=given.get("places"),
        is_by_invitation=given.get("invitation", False),
    )


def _times(node: "Node", given: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From the day counted from today, in the city's time; None for what is always open."""
    if "day" not in given:
        return None, None
    zone = ZoneInfo(node.config.city.time_zone)
    today = node.clock.now().astimezone(zone).date()
    hour, _colon, minute = given["at"].partition(":")

    def moment(day: int) -> datetime:
        date = today + timedelta(days=day)
        return datetime(date.year, date.month, date.day, int(hour), int(minute), tzinfo=zone)

    starts_at = moment(given["day"])
    length = timedelta(minutes=given.get("minutes", 0))
    if "last_day" in given:
        return starts_at, moment(given["last_day"]) + length
    return starts_at, starts_at + length


def _cover(node: "Node", number: int, given: Mapping[str, Any]) -> str:
    place = CATEGORIES.index(given["category"])
    colours = [_LINE_COLOURS[place], _LINE_COLOURS[(place + 3) % 8]]
    drawing = draw_cover(
        f"{given['title']['en']}:{number}",
        "activity",
        colours,
        icon=CATEGORY_ICONS[given["category"]],
    )
    return media.store(node, drawing.encode()).digest

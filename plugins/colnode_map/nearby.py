"""Finding where "near here" is from what somebody typed: an address, a street, a district, a place
where something is on. The list is the city's own; nobody else is asked."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from colnode.plugin import catalogue
from colnode_map import addresses, backgrounds
from colnode_map.filters import Filters
from colnode_map.models import Activity, Address
from colnode_map.states import State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["find_place", "place_names", "with_place"]

_Point = tuple[float, float]
_NAMED = ("district", "park")
_MOST_NAMES = 200
_MOST_PLACES = 5_000


def with_place(node: "Node", filters: Filters) -> Filters:
    """The filters with the point of the place that was typed; without one when nobody knows it."""
    if not filters.place:
        return filters
    return replace(filters, near=find_place(node, filters.place))


def find_place(node: "Node", text: str) -> _Point | None:
    """The point (latitude, longitude) of a place in the city, None when it is not known."""
    known = addresses.find_points(node, [text]).get(text)
    if known is not None:
        return known.latitude, known.longitude
    return _of_street(node, text) or _of_ground(node, text) or _of_activity(node, text)


def place_names(node: "Node") -> list[str]:
    """Districts and parks that can be typed, in order."""
    return sorted({name for name, _point in _ground_names(node)}, key=str.casefold)[:_MOST_NAMES]


def _of_street(node: "Node", text: str) -> _Point | None:
    """The middle of a street, from the house numbers that are known."""
    key = addresses.key_of(text.split(",", maxsplit=1)[0], "1")
    if key is None:
        return None
    street = key.removesuffix("1")
    latitude, longitude = node.db.execute(
        select(func.avg(Address.latitude), func.avg(Address.longitude)).where(
            Address.key.startswith(street, autoescape=True)
        )
    ).one()
    return None if latitude is None else (float(latitude), float(longitude))


def _of_ground(node: "Node", text: str) -> _Point | None:
    wanted = catalogue.fold([text])
    return next(
        (point for name, point in _ground_names(node) if catalogue.fold([name]) == wanted), None
    )


def _ground_names(node: "Node") -> Iterator[tuple[str, _Point]]:
    """Names on the city's background, in each language, with the middle of what they name."""
    background = backgrounds.get_background(node)
    if background is None:
        return
    for feature in json.loads(background.geojson)["features"]:
        facts = feature["properties"]
        if facts.get("kind") not in _NAMED or not facts.get("name"):
            continue
        name = facts["name"]
        points = list(_points(feature["geometry"]["coordinates"]))
        across, up = [point[0] for point in points], [point[1] for point in points]
        middle = ((min(up) + max(up)) / 2, (min(across) + max(across)) / 2)
        for said in name.values() if isinstance(name, dict) else [name]:
            yield str(said), middle


def _points(coordinates: Iterable[Any]) -> Iterator[tuple[float, float]]:
    listed = list(coordinates)
    if listed and isinstance(listed[0], (int, float)):
        yield float(listed[0]), float(listed[1])
        return
    for part in listed:
        yield from _points(part)


def _of_activity(node: "Node", text: str) -> _Point | None:
    """Where something public is on at a place of this name."""
    wanted = catalogue.fold([text])
    rows = node.db.execute(
        select(Activity.place_name, Activity.latitude, Activity.longitude)
        .where(
            Activity.state == State.PUBLISHED,
            Activity.is_by_invitation.is_(False),
            Activity.latitude.is_not(None),
            Activity.place_name != "",
        )
        .distinct()
        .order_by(Activity.place_name)
        .limit(_MOST_PLACES)
    ).all()
    folded = [
        (catalogue.fold([name]), (latitude, longitude))
        for name, latitude, longitude in rows
        if latitude is not None and longitude is not None
    ]
    same = [point for name, point in folded if name == wanted]
    like = [point for name, point in folded if wanted and name.startswith(wanted)]
    return next(iter((*same, *like)), None)

"""What lies nearest to a point: the same order on every database, over a bounded set.

A database finds what lies in a box around the point by its index; how far each of these few is
away is worked out here, because not every SQLite has trigonometric functions.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.sql.elements import ColumnElement

from colnode.catalogue.models import Record
from colnode.catalogue.places import distance_km

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["nearest"]

_REACHES_KM = (0.5, 2.0, 8.0, 32.0, 128.0, 512.0)
_WORLD_KM = 20_100.0
_KM_IN_A_DEGREE = 111.195


def nearest(
    node: "Node",
    conditions: Sequence[ColumnElement[bool]],
    point: tuple[float, float],
    *,
    wanted: int,
    most: int,
) -> list[int]:
    """Row numbers of the records nearest to (latitude, longitude), at most `most`.

    The first `wanted` are in order; those after them, up to what matches, follow in any order: they
    only say how much there is. What has no place is left out. At most `most` records are looked at
    in each of seven circles that grow until there are enough.
    """
    ranked: list[tuple[float, int]] = []
    for reach in (*_REACHES_KM, _WORLD_KM):
        ranked = _ranked(node, [*conditions, *_box(point, reach)], point, reach, most)
        if len(ranked) >= wanted:
            break
    near = [number for _far, number in ranked]
    known = set(near)
    every = select(Record.no).where(Record.latitude.is_not(None), *conditions).limit(most)
    return [*near, *(number for number in node.db.scalars(every) if number not in known)][:most]


def _ranked(
    node: "Node",
    conditions: Sequence[ColumnElement[bool]],
    point: tuple[float, float],
    reach: float,
    most: int,
) -> list[tuple[float, int]]:
    """Distance and row number of what lies within reach, nearest first, later records first."""
    rows = node.db.execute(
        select(Record.no, Record.latitude, Record.longitude)
        .where(Record.latitude.is_not(None), *conditions)
        .order_by(Record.no.desc())
        .limit(most)
    )
    found = [
        (distance_km(point, (latitude, longitude)), -number)
        for number, latitude, longitude in rows
        if latitude is not None and longitude is not None
    ]
    return [(far, -number) for far, number in sorted(found) if far <= reach]


def _box(point: tuple[float, float], reach: float) -> list[ColumnElement[bool]]:
    """The box around a circle of `reach` kilometres; nothing when it holds the whole world."""
    latitude, longitude = point
    high = reach / _KM_IN_A_DEGREE
    south, north = latitude - high, latitude + high
    if reach >= _WORLD_KM:
        return []
    conditions: list[ColumnElement[bool]] = [Record.latitude.between(south, north)]
    if south <= -89 or north >= 89:  # around a pole: every longitude is near
        return conditions
    sine = math.sin(math.radians(high)) / math.cos(math.radians(latitude))
    wide = math.degrees(math.asin(min(1.0, sine)))
    west, east = longitude - wide, longitude + wide
    if west >= -180 and east <= 180:
        across: ColumnElement[bool] = Record.longitude.between(west, east)
    else:
        across = or_(
            Record.longitude >= (west + 540) % 360 - 180,
            Record.longitude <= (east + 540) % 360 - 180,
        )
    return [*conditions, across]

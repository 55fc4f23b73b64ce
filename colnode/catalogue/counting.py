"""Dots of the map: from the counted clusters where they can answer, else by counting records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, and_, cast, func, literal, null, or_, select, text
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from colnode.catalogue.clusters import FINEST, SHOWN, in_units
from colnode.catalogue.conditions import conditions_of, explained
from colnode.catalogue.matching import matches
from colnode.catalogue.models import Edition, Record, RecordCluster, RecordClusterChange
from colnode.catalogue.places import CELL_ZOOM, tile_of, tile_of_cell
from colnode.catalogue.query import Bounds, Query
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.catalogue.refresh import resting_types
from colnode.catalogue.views import RecordView, get_many, is_visible

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Cluster", "cluster"]

_NOW = timedelta(minutes=1)
_UNITS = 10_000_000


@dataclass(frozen=True)
class Cluster:
    """Records that are one dot on the map. A single one has its row's type, id and origin."""

    latitude: float
    longitude: float
    count: int
    view: RecordView | None


def cluster(node: "Node", query: Query, *, zoom: int, most: int = 500) -> list[Cluster]:
    """The places of matching records at a map zoom (0 to 26), gathered so that dots stay apart.

    Records whose cells share a square of 64 pixels are one cluster; the `most` largest, largest
    first. Up to zoom 12, what has not ended now, of any types, categories and one or all origins,
    is read from counted clusters, and the box is widened to whole squares; anything else is counted
    inside the box.
    """
    level = min(zoom + 2, CELL_ZOOM)
    if level <= FINEST and _is_counted(node, query):
        rows = _counted(node, query, level, most)
    else:
        rows = _counting(node, query, level, most)
    single = [number for count, _lat, _lon, number in rows if count == 1]
    found = get_many(node, single) if single else []
    views = dict(zip(single, found, strict=True)) if len(found) == len(single) else {}
    return [
        Cluster(
            latitude / count / _UNITS,
            longitude / count / _UNITS,
            count,
            views.get(number) if count == 1 else None,
        )
        for count, latitude, longitude, number in rows
    ]


def _is_counted(node: "Node", query: Query) -> bool:
    """Whether the clusters know the answer: nothing else than what they count by is asked for."""
    asked = Query(
        types=query.types,
        origin=query.origin,
        categories=query.categories,
        bounds=query.bounds,
        ends_after=query.ends_after,
        own_first=query.own_first,
        by_time=query.by_time,
        limit=query.limit,
        cursor=query.cursor,
        with_facets=query.with_facets,
    )
    if query != asked or query.ends_after is None:
        return False
    return abs(query.ends_after - node.clock.now()) <= _NOW


def _counted(node: "Node", query: Query, level: int, most: int) -> list[tuple[int, int, int, int]]:
    """Clusters, with what was not yet added to them and less what is over, in one statement.

    So another transaction that adds it meanwhile is seen either wholly or not at all.
    """
    assert query.ends_after is not None
    boxes = _boxes(query.bounds, level)
    stored = _stored(node, query, level, boxes).limit(most).subquery()
    asked = select(stored).union_all(_noted(node, query), _over(node, query, query.ends_after))
    rows = node.db.execute(asked).all()
    sums = {(row[0], row[1]): list(row[3:]) for row in rows if row.cell is None}
    is_whole = len(sums) < most
    for _x, _y, cell, *values in rows if len(rows) > len(sums) else ():
        if cell is None:
            continue
        place = tile_of_cell(cell, level)
        if place in sums:
            sums[place] = [a + b for a, b in zip(sums[place], values, strict=True)]
        elif is_whole and (not boxes or any(_is_in(place, box) for box in boxes)):
            sums[place] = values
    found = sorted((-values[0], place, values) for place, values in sums.items())
    return [(values[0], values[1], values[2], values[3]) for _n, _at, values in found if values[0]]


Box = tuple[int, int, int, int]


def _boxes(bounds: Bounds | None, level: int) -> Sequence[Box]:
    """The squares that a box on the map touches: left, top, right, bottom; none for everywhere."""
    if bounds is None:
        return ()
    left, top = tile_of(bounds.north, bounds.west, level)
    right, bottom = tile_of(bounds.south, bounds.east, level)
    if bounds.west <= bounds.east:
        return ((left, top, right, bottom),)
    return ((left, top, (1 << level) - 1, bottom), (0, top, right, bottom))


def _is_in(place: tuple[int, int], box: Box) -> bool:
    left, top, right, bottom = box
    return left <= place[0] <= right and top <= place[1] <= bottom


def _stored(node: "Node", query: Query, level: int, boxes: Sequence[Box]) -> Any:
    row = RecordCluster
    squares = [
        and_(row.x.between(left, right), row.y.between(top, bottom))
        for left, top, right, bottom in boxes
    ]
    categories = query.categories or [""]
    is_one = len(query.types) == len(categories) == 1
    sums = [row.count, row.latitude_sum, row.longitude_sum, row.number_sum]
    cell = null().cast(BigInteger).label("cell")
    asked = select(row.x, row.y, cell, *(sums if is_one else map(_whole_sum, sums)))
    asked = asked.where(
        _scope(query, row.edition_no),
        row.category.in_(categories),
        row.zoom == level,
        *_of_types(node, query, row.type),
        *([or_(*squares)] if squares else []),
    )
    if is_one:
        return asked.order_by(row.count.desc(), row.x, row.y)
    return asked.group_by(row.x, row.y).order_by(func.sum(row.count).desc(), row.x, row.y)


def _whole_sum(column: Any) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger).label(column.key)


def _scope(query: Query, column: SQLColumnExpression[int]) -> ColumnElement[bool]:
    if query.origin is None:
        return column == SHOWN
    if query.origin == OWN:
        return column == OWN_EDITION
    shown = select(Edition.no).where(Edition.origin == query.origin, Edition.is_shown.is_(True))
    return column.in_(shown)


def _of_types(node: "Node", query: Query, column: Any) -> Iterable[ColumnElement[bool]]:
    if query.types:
        yield column.in_(query.types)
    resting = resting_types(node)
    if resting:
        yield column.not_in(resting)


def _noted(node: "Node", query: Query) -> Any:
    """What was written and waits to be added to the clusters."""
    row = RecordClusterChange
    none = null().cast(Integer)
    counts = (row.count, row.count * row.latitude, row.count * row.longitude)
    asked = select(none, none, row.cell, *counts, row.count * row.record_no)
    return asked.where(
        _edition_condition(query, row.edition_no),
        *_of_types(node, query, row.type),
        *([row.category.in_(query.categories)] if query.categories else []),
    )


def _over(node: "Node", query: Query, after: datetime) -> Any:
    """What the clusters still count and is over by now.

    Coalesced columns are of no index: the partial one of what is counted is the only good way.
    """
    row = Record
    none = null().cast(Integer)
    sums = (literal(-1), -in_units(row.latitude), -in_units(row.longitude), -row.no)
    return select(none, none, row.cell, *sums).where(
        text("is_counted"),
        row.over_at <= after,
        _edition_condition(query, func.coalesce(row.edition_no, OWN_EDITION)),
        *_of_types(node, query, func.coalesce(row.type, "")),
        *([row.category.in_(query.categories)] if query.categories else []),
    )


def _edition_condition(query: Query, column: SQLColumnExpression[int]) -> ColumnElement[bool]:
    if query.origin is not None:
        return _scope(query, column)
    return is_visible(column)


def _counting(node: "Node", query: Query, level: int, most: int) -> list[tuple[int, int, int, int]]:
    """What matches inside the box, counted record by record."""
    shift = 2 * (CELL_ZOOM - level)
    group = Record.cell // literal(1 << shift, BigInteger)
    rows = node.db.execute(
        select(
            func.count(),
            cast(func.sum(in_units(Record.latitude)), BigInteger),
            cast(func.sum(in_units(Record.longitude)), BigInteger),
            func.min(Record.no),
        )
        .where(Record.cell.is_not(None), *conditions_of(query), *matches(node, query))
        .where(*explained(node))
        .group_by(group)
        .order_by(func.count().desc(), func.min(Record.no))
        .limit(most)
    )
    return [(count, latitude, longitude, number) for count, latitude, longitude, number in rows]

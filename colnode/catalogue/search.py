"""Finding records: words, type, place, time, language, tags, with counts to narrow down by.

One question is answered over a bounded set of candidates, so that no search gets slower than
ranking that many rows, however large the catalogue is.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    and_,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from colnode.catalogue.models import Edition, Record, RecordFacet, RecordOccurrence
from colnode.catalogue.places import CELL_ZOOM
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.catalogue.refresh import resting_types
from colnode.catalogue.text import words
from colnode.catalogue.views import RecordView, get_many, is_visible
from colnode.db import UTCDateTime
from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Bounds", "Cluster", "Query", "Results", "cluster", "search"]

_MOST_CANDIDATES = 2_000
_ALWAYS = literal(datetime(9999, 1, 1, tzinfo=UTC), UTCDateTime())
"""Sorts what has no beginning behind everything that has one."""
_MOST_VALUES = 30


@dataclass(frozen=True)
class Bounds:
    """A box on the map in WGS 84 degrees; west > east crosses the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Query:
    """What is looked for. Several types, languages or origins: any of them; several tags: all.

    `facets` are values of registered facets by name: any of the values, of every facet.
    """

    text: str = ""
    types: Sequence[str] = ()
    origin: str | None = None
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    categories: Sequence[str] = ()
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bounds: Bounds | None = None
    starts_before: datetime | None = None
    ends_after: datetime | None = None
    is_online: bool | None = None
    foreign_only: bool = False
    own_first: bool = False
    by_time: bool = False
    limit: int = 24
    cursor: str | None = None
    with_facets: bool = False


@dataclass(frozen=True)
class Results:
    """One page of what was found. `total_is_at_least` is exact below 2,000."""

    items: list[RecordView]
    total_is_at_least: int
    next_cursor: str | None
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """Records that are one dot on the map. A single one has its row's type, id and origin."""

    latitude: float
    longitude: float
    count: int
    view: RecordView | None


def search(node: "Node", query: Query) -> Results:
    """Records that match, best first: ranked by words, else newest (or soonest) first.

    Raises Invalid for a cursor that did not come from here.
    """
    found = _candidates(node, query)
    total = node.db.scalar(select(func.count()).select_from(found)) or 0
    order: list[Any] = [found.c.is_foreign] if query.own_first else []
    order += [found.c.score if _is_ascending(query) else found.c.score.desc(), found.c.no.desc()]
    start = _read_cursor(query.cursor)
    limit = max(1, min(query.limit, 500))
    page = select(found.c.no).order_by(*order).offset(start).limit(limit)
    items = get_many(node, node.db.scalars(page))
    after = start + limit
    next_cursor = _write_cursor(after) if after < total else None
    return Results(items, total, next_cursor, _facets(node, found) if query.with_facets else {})


def cluster(node: "Node", query: Query, *, zoom: int, most: int = 500) -> list[Cluster]:
    """The places of matching records at a map zoom (0 to 26), gathered so that dots stay apart.

    Records whose cells share a quarter of a tile are one cluster; largest first.
    """
    shift = 2 * max(0, CELL_ZOOM - min(zoom + 2, CELL_ZOOM))
    group = Record.cell // literal_column(str(1 << shift), BigInteger)
    rows = node.db.execute(
        select(
            func.count(),
            func.avg(Record.latitude),
            func.avg(Record.longitude),
            func.min(Record.no),
        )
        .where(Record.cell.is_not(None), *_conditions(query), *_matches(node, query))
        .where(*_explained(node))
        .group_by(group)
        .order_by(func.count().desc())
        .limit(most)
    ).all()
    single = [number for count, _lat, _lon, number in rows if count == 1]
    views = dict(zip(single, get_many(node, single), strict=True))
    return [Cluster(lat, lon, count, views.get(number)) for count, lat, lon, number in rows]


def _candidates(node: "Node", query: Query) -> Subquery:
    is_foreign = case((Record.edition_no == OWN_EDITION, 0), else_=1).label("is_foreign")
    columns = [Record.no, is_foreign]
    chosen = select(*columns, _score(node, query).label("score")).where(*_conditions(query))
    chosen = chosen.where(*_explained(node))
    typed = words(query.text)
    if typed:
        chosen = chosen.join(_SEARCH, Record.no == _outer_row(node)).where(_match(node, typed))
    elif query.own_first:
        chosen = chosen.order_by(is_foreign, *_natural_order(query))
    else:
        chosen = chosen.order_by(*_natural_order(query))
    return chosen.limit(_MOST_CANDIDATES).subquery("found")


_SEARCH = table(
    "record_search", column("rowid"), column("no"), column("words"), column("record_search")
)
"""The full-text index: a virtual table of SQLite with a rowid, or one of PostgreSQL with a no."""


def _is_postgresql(node: "Node") -> bool:
    return node.engine.dialect.name == "postgresql"


def _row(node: "Node") -> ColumnElement[int]:
    return _SEARCH.c.no if _is_postgresql(node) else _SEARCH.c.rowid


def _outer_row(node: "Node") -> ColumnElement[int]:
    """The row of a match. The sign keeps SQLite from asking the index once for each record."""
    return _SEARCH.c.no if _is_postgresql(node) else literal_column("+record_search.rowid")


def _match(node: "Node", typed: Sequence[str]) -> ColumnElement[bool]:
    if _is_postgresql(node):
        return _SEARCH.c.words.op("@@", is_comparison=True)(_tsquery(typed))
    wanted = " ".join(f'"{word}"*' for word in typed)
    return _SEARCH.c.record_search.op("MATCH", is_comparison=True)(wanted)


def _tsquery(typed: Sequence[str]) -> ColumnElement[Any]:
    wanted = " & ".join(f"'{word}':*" for word in typed)
    return func.to_tsquery(literal_column("'simple'::regconfig"), wanted)


def _matches(node: "Node", query: Query) -> list[ColumnElement[bool]]:
    typed = words(query.text)
    if not typed:
        return []
    return [Record.no.in_(select(_row(node)).where(_match(node, typed)))]


def _score(node: "Node", query: Query) -> ColumnElement[Any]:
    """What to sort by: how well the words fit, else the time."""
    typed = words(query.text)
    if not typed:
        return _time_key(query)
    if _is_postgresql(node):
        return -func.ts_rank(_SEARCH.c.words, _tsquery(typed))
    return literal_column("bm25(record_search, 10.0, 1.0)")


def _is_ascending(query: Query) -> bool:
    return query.by_time or bool(words(query.text))


def _time_key(query: Query) -> ColumnElement[Any]:
    if query.by_time:
        return func.coalesce(Record.starts_at, _ALWAYS)
    return Record.updated_at.expression


def _natural_order(query: Query) -> list[Any]:
    key = _time_key(query)
    return [key if query.by_time else key.desc(), Record.no.desc()]


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [is_visible()]
    if query.types:
        conditions.append(Record.type.in_(query.types))
    if query.origin == OWN:
        conditions.append(Record.edition_no == OWN_EDITION)
    elif query.origin is not None:
        of_origin = select(Edition.no).where(Edition.origin == query.origin)
        conditions.append(Record.edition_no.in_(of_origin))
    if query.foreign_only:
        conditions.append(Record.edition_no != OWN_EDITION)
    if query.categories:
        conditions.append(Record.category.in_(query.categories))
    if query.is_online is not None:
        conditions.append(Record.is_online.is_(query.is_online))
    if query.languages:
        conditions.append(_has_facet("language", query.languages))
    conditions += [_has_facet("tag", [tag]) for tag in query.tags]
    conditions += [_has_facet(name, values) for name, values in query.facets.items() if values]
    return conditions + _place_conditions(query.bounds) + _time_conditions(query)


def _explained(node: "Node") -> list[ColumnElement[bool]]:
    """Leave out what no plugin explains any more; almost always there is nothing of that."""
    resting = resting_types(node)
    return [Record.type.not_in(resting)] if resting else []


def _has_facet(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    holders = select(RecordFacet.record_no).where(
        RecordFacet.name == name, RecordFacet.value.in_(values)
    )
    return Record.no.in_(holders)


def _place_conditions(bounds: Bounds | None) -> list[ColumnElement[bool]]:
    if bounds is None:
        return []
    if bounds.west <= bounds.east:
        across: ColumnElement[bool] = Record.longitude.between(bounds.west, bounds.east)
    else:
        across = or_(Record.longitude >= bounds.west, Record.longitude <= bounds.east)
    return [Record.latitude.between(bounds.south, bounds.north), across]


def _time_conditions(query: Query) -> list[ColumnElement[bool]]:
    """What is on between the two moments; of a repeating record, one of its times.

    A repeating record's own times are those of its next occurrence, so its beginning lies before
    every later one's.
    """
    after, before = query.ends_after, query.starts_before
    conditions: list[ColumnElement[bool]] = []
    if before is not None:
        conditions.append(Record.starts_at < before)
        conditions.append(or_(Record.repeats_until.is_(None), _takes_place(after, before)))
    if after is not None:
        ends = func.coalesce(Record.ends_at, Record.starts_at)
        conditions.append(
            or_(
                Record.ends_at > after,
                and_(Record.ends_at.is_(None), Record.starts_at > after),
                ends.is_(None),
                Record.repeats_until > after,
            )
        )
    return conditions


def _takes_place(after: datetime | None, before: datetime) -> ColumnElement[bool]:
    """Whether a repeating record is on, by its kept occurrences."""
    times = select(RecordOccurrence.record_no).where(
        RecordOccurrence.record_no == Record.no, RecordOccurrence.starts_at < before
    )
    if after is not None:
        times = times.where(RecordOccurrence.ends_at > after)
    return times.exists()


def _facets(node: "Node", found: Subquery) -> Mapping[str, Mapping[str, int]]:
    facets: dict[str, dict[str, int]] = {}
    numbers = select(found.c.no)
    count = func.count().label("count")
    values = (
        select(RecordFacet.name, RecordFacet.value, count)
        .where(RecordFacet.record_no.in_(numbers))
        .group_by(RecordFacet.name, RecordFacet.value)
        .order_by(count.desc(), RecordFacet.value)
    )
    for name, value, number in node.db.execute(values):
        if len(facets.setdefault(name, {})) < _MOST_VALUES:
            facets[name][value] = number
    columns = {"type": Record.type, "category": Record.category}
    for name, kind in columns.items():
        rows = select(kind, count).where(Record.no.in_(numbers)).group_by(kind)
        facets[name] = {value: number for value, number in node.db.execute(rows) if value}
    origin = func.coalesce(Edition.origin, OWN)
    rows_of_origin = (
        select(origin, count)
        .select_from(Record)
        .outerjoin(Edition, Edition.no == Record.edition_no)
        .where(Record.no.in_(numbers))
        .group_by(origin)
    )
    facets["origin"] = {value: number for value, number in node.db.execute(rows_of_origin)}
    return facets


def _write_cursor(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps(start).encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        start = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        start = -1
    if not isinstance(start, int) or isinstance(start, bool) or not 0 <= start <= _MOST_CANDIDATES:
        raise Invalid(_("This page of results does not exist. Search again."))
    return start

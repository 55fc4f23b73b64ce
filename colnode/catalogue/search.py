"""Finding records: words, type, place, time, language, tags, with counts to narrow down by.

One question is answered over a bounded set of candidates, so that no search gets slower than
ranking that many rows, however large the catalogue is. With words, the candidates are the newest
records that have them.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from colnode.catalogue.conditions import conditions_of, explained, near
from colnode.catalogue.matching import (
    SEARCH,
    asked,
    matched,
    newest_first,
    rank,
    row_number,
    whole,
)
from colnode.catalogue.models import Edition, Record, RecordFacet
from colnode.catalogue.nearby import nearest
from colnode.catalogue.query import Query, Results
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.catalogue.text import words
from colnode.catalogue.views import get_many
from colnode.db import UTCDateTime
from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["search"]

_MOST_CANDIDATES = 2_000
_FIRST_SLICE = 8_192
_COMMON = 0.01
_ALWAYS = literal(datetime(9999, 1, 1, tzinfo=UTC), UTCDateTime())
"""Sorts what has no beginning behind everything that has one."""
_MOST_VALUES = 30


def search(node: "Node", query: Query) -> Results:
    """Records that match, best first: ranked by words, else newest (or soonest) first.

    Raises Invalid for a cursor that did not come from here.
    """
    start = _read_cursor(query.cursor)
    limit = max(1, min(query.limit, 500))
    found = (
        nearest(node, asked(node, query), query.near, wanted=start + limit, most=_MOST_CANDIDATES)
        if query.near is not None
        else _candidates(node, query)
    )
    after = start + limit
    items = get_many(node, found[start:after])
    next_cursor = _write_cursor(after) if after < len(found) else None
    return Results(
        items, len(found), next_cursor, _facets(node, found) if query.with_facets else {}
    )


def _candidates(node: "Node", query: Query) -> Sequence[int]:
    """The numbers of what was found, in its order: own records first where that is asked.

    Own ones have places of their own among the candidates, however many others there are.
    """
    find = partial(_with_words if words(query.text) else _in_order, node)
    streets = near(query.bounds)
    if streets is not None and not words(query.text):
        return _in_streets(node, query, streets)
    if not query.own_first or query.origin is not None or query.foreign_only:
        return find(query, _MOST_CANDIDATES)
    own = find(replace(query, origin=OWN), _MOST_CANDIDATES)
    if len(own) == _MOST_CANDIDATES:
        return own
    return [*own, *find(replace(query, foreign_only=True), _MOST_CANDIDATES - len(own))]


def _conditions(node: "Node", query: Query) -> list[ColumnElement[bool]]:
    return [*conditions_of(query), *explained(node)]


def _in_streets(node: "Node", query: Query, streets: Subquery) -> Sequence[int]:
    order = _natural_order(query)
    if query.own_first:
        order.insert(0, case((Record.edition_no == OWN_EDITION, 0), else_=1))
    found = select(Record.no).join(streets, streets.c.no == Record.no)
    found = found.where(*_conditions(node, query))
    return node.db.scalars(found.order_by(*order).limit(_MOST_CANDIDATES)).all()


def _in_order(node: "Node", query: Query, most: int) -> Sequence[int]:
    found = select(Record.no).where(*_conditions(node, query)).order_by(*_natural_order(query))
    return node.db.scalars(found.limit(most)).all()


def _with_words(node: "Node", query: Query, most: int) -> Sequence[int]:
    """The newest that have the words, those that fit best first."""
    found: list[tuple[int, int]] = []
    for words_and_place in _slices(node, query):
        newest = (
            select(rank(query), Record.no)
            .join(SEARCH, Record.no == row_number(node))
            .where(*words_and_place, *whole(node, query), *_conditions(node, query))
            .order_by(newest_first(node))
            .limit(most - len(found))
        )
        found += [(fits, number) for fits, number in node.db.execute(newest)]
        if len(found) == most:
            break
    return [number for _rank, number in sorted(found, reverse=True)]


def _slices(node: "Node", query: Query) -> Iterator[Sequence[ColumnElement[bool]]]:
    """Conditions that find what has the words, the newest first.

    SQLite gives what it finds as it goes. PostgreSQL gathers everything that has the words, which
    is quick for rare ones; for common ones, of which a sample of the newest tells, it is asked row
    by row for ranges of numbers, each twice as long as the last.
    """
    if node.engine.dialect.name != "postgresql":
        yield (matched(node, query),)
        return
    newest = select(func.max(Record.no))
    if query.origin == OWN:
        newest = newest.where(Record.edition_no == OWN_EDITION)
    last, length = node.db.scalar(newest) or 0, _FIRST_SLICE
    fits = matched(node, query, row_by_row=True)
    sample = select(func.count()).select_from(SEARCH)
    sample = sample.where(fits, SEARCH.c.no.between(last - length + 1, last))
    if (node.db.scalar(sample) or 0) < length * _COMMON:
        yield (matched(node, query),)
        return
    while last > 0:
        first = last - length + 1
        yield fits, Record.no.between(first, last), SEARCH.c.no.between(first, last)
        last, length = first - 1, length * 2


def _natural_order(query: Query) -> list[Any]:
    if query.by_time:
        return [func.coalesce(Record.starts_at, _ALWAYS), Record.no.desc()]
    return [Record.updated_at.desc(), Record.no.desc()]


def _facets(node: "Node", numbers: Sequence[int]) -> Mapping[str, Mapping[str, int]]:
    facets: dict[str, dict[str, int]] = {}
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

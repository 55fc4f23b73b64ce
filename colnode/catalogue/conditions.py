"""What a question means as conditions on the rows of records; its words are in matching."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from colnode.catalogue.models import Edition, Record, RecordFacet, RecordOccurrence
from colnode.catalogue.places import ranges_over
from colnode.catalogue.query import Bounds, Query
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.catalogue.refresh import resting_types
from colnode.catalogue.views import is_visible

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["conditions_of", "explained", "near"]

_SMALL_DEGREES = 0.1


def conditions_of(query: Query) -> list[ColumnElement[bool]]:
    """The conditions of everything but the words."""
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
    conditions += [
        _has_facet(name, [value]) for name, values in query.facets_all.items() for value in values
    ]
    if query.among is not None:
        conditions.append(_is_among(query.among, query.among_tags))
    return conditions + _place_conditions(query.bounds) + _time_conditions(query)


def explained(node: "Node") -> list[ColumnElement[bool]]:
    """Leave out what no plugin explains any more; almost always there is nothing of that."""
    resting = resting_types(node)
    return [Record.type.not_in(resting)] if resting else []


def near(bounds: Bounds | None) -> Subquery | None:
    """The numbers (no) of records in the cells below a box of some streets, None for larger ones.

    To be joined with the records: both databases then begin with the index of cells, whatever else
    is asked. There are two parts at least, because SQLite would put a single one into the whole.
    """
    if bounds is None or not (
        0 <= bounds.east - bounds.west <= _SMALL_DEGREES
        and bounds.north - bounds.south <= _SMALL_DEGREES
    ):
        return None
    ranges = ranges_over(bounds.west, bounds.south, bounds.east, bounds.north)
    first, after = ranges.pop()
    middle = (first + after) // 2
    ranges += [(first, middle), (middle, after)]
    parts = [
        select(Record.no).where(Record.cell >= first, Record.cell < after)
        for first, after in ranges
    ]
    return union_all(*parts).subquery("near")


def _has_facet(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    holders = select(RecordFacet.record_no).where(
        RecordFacet.name == name, RecordFacet.value.in_(values)
    )
    return Record.no.in_(holders)


def _is_among(references: Sequence[str], tags: Sequence[str]) -> ColumnElement[bool]:
    ids: dict[tuple[str, str], list[str]] = {}
    for reference in references:
        origin, record_type, record_id = reference.split("/", 2)
        ids.setdefault((origin, record_type), []).append(record_id)
    parts: list[ColumnElement[bool]] = [_has_facet("tag", tags)] if tags else []
    for (origin, record_type), some in ids.items():
        edition = Record.edition_no == OWN_EDITION
        if origin != OWN:
            edition = Record.edition_no.in_(select(Edition.no).where(Edition.origin == origin))
        parts.append(and_(edition, Record.type == record_type, Record.id.in_(some)))
    return or_(false(), *parts)


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
        conditions.append(Record.over_at > after)
    return conditions


def _takes_place(after: datetime | None, before: datetime) -> ColumnElement[bool]:
    """Whether a repeating record is on, by its kept occurrences."""
    times = select(RecordOccurrence.record_no).where(
        RecordOccurrence.record_no == Record.no, RecordOccurrence.starts_at < before
    )
    if after is not None:
        times = times.where(RecordOccurrence.ends_at > after)
    return times.exists()

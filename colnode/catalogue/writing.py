"""Rows of the catalogue: how a body becomes columns, facets and searchable words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import delete, insert, tuple_

from colnode.catalogue.models import Record, RecordFacet, RecordOccurrence
from colnode.catalogue.occurrences import keep_occurrences
from colnode.catalogue.places import cell_of, is_point
from colnode.catalogue.text import fold, mark
from colnode.db import insert_into
from colnode.host.types import Indexed

if TYPE_CHECKING:
    from sqlalchemy import Table

    from colnode.node import Node

__all__ = ["NEVER", "Put", "delete_rows", "to_text", "write_rows"]

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When what has no end is over."""

_MOST_FACETS = 40
_DIGITS = 7
"""Of a coordinate in degrees: a centimetre, so that both databases add up the same sums."""
_ROWS_AT_ONCE = 500
_RECORDS = cast("Table", Record.__table__)
_FACETS = cast("Table", RecordFacet.__table__)


@dataclass(frozen=True)
class Put:
    """One record to store: its body as the JSON text that is kept, and what search needs of it."""

    type: str
    id: str
    text: str
    indexed: Indexed
    updated_at: datetime


def write_rows(node: "Node", edition_no: int, puts: Sequence[Put]) -> None:
    """Insert or overwrite records of one edition, with facets and coming occurrences."""
    for start in range(0, len(puts), _ROWS_AT_ONCE):
        _write_some(node, edition_no, puts[start : start + _ROWS_AT_ONCE])


def _write_some(node: "Node", edition_no: int, puts: Sequence[Put]) -> None:
    indexed = {(put.type, put.id): put.indexed for put in puts}
    now = node.clock.now()
    rows = {(put.type, put.id): _columns(edition_no, put, now) for put in puts}
    numbers = _upsert(node, list(rows.values()))
    for kept in (RecordFacet, RecordOccurrence):
        node.db.execute(delete(kept).where(kept.record_no.in_(numbers)))
    facets = [
        {"record_no": number, "name": name, "value": value}
        for number, key in numbers.items()
        for name, value in _facets(indexed[key])
    ]
    if facets:
        node.db.connection().execute(insert(_FACETS), facets)
    texts = {(put.type, put.id): put.text for put in puts}
    keep_occurrences(
        node,
        [
            (number, key[0], texts[key])
            for number, key in numbers.items()
            if indexed[key].repeats_until is not None
        ],
    )


def delete_rows(node: "Node", edition_no: int, keys: Iterable[tuple[str, str]]) -> int:
    """Delete the records with these (type, id) from an edition; returns how many there were."""
    wanted = list(keys)
    gone = 0
    for start in range(0, len(wanted), _ROWS_AT_ONCE):
        some = wanted[start : start + _ROWS_AT_ONCE]
        query = delete(Record).where(
            Record.edition_no == edition_no, tuple_(Record.type, Record.id).in_(some)
        )
        gone += len(node.db.execute(query.returning(Record.no)).all())
    return gone


def _upsert(node: "Node", rows: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    statement = insert_into(node.db, Record)
    overwritten = {name: statement.excluded[name] for name in rows[0] if name not in _KEY}
    query = statement.on_conflict_do_update(index_elements=_KEY, set_=overwritten)
    returning = query.returning(_RECORDS.c.no, _RECORDS.c.type, _RECORDS.c.id)
    found = node.db.connection().execute(returning, rows)
    return {no: (kind, record_id) for no, kind, record_id in found}


_KEY = ["edition_no", "type", "id"]


def _columns(edition_no: int, put: Put, now: datetime) -> dict[str, Any]:
    indexed = put.indexed
    latitude, longitude = indexed.latitude, indexed.longitude
    cell = None
    if latitude is not None and longitude is not None and is_point(latitude, longitude):
        latitude, longitude = round(latitude, _DIGITS), round(longitude, _DIGITS)
        cell = cell_of(latitude, longitude)
    over_at = _over_at(indexed)
    words = [*indexed.summary.values(), *_words(indexed.tags), indexed.category]
    return {
        "edition_no": edition_no,
        "type": put.type,
        "id": put.id,
        "title": dict(indexed.title),
        "summary": dict(indexed.summary),
        "body": put.text,
        "category": indexed.category,
        "pictures": [asdict(picture) for picture in indexed.pictures],
        "languages": list(indexed.languages),
        "tags": list(indexed.tags),
        "latitude": None if cell is None else latitude,
        "longitude": None if cell is None else longitude,
        "cell": cell,
        "is_online": indexed.is_online,
        "starts_at": _utc(indexed.starts_at),
        "ends_at": _utc(indexed.ends_at),
        "repeats_until": _utc(indexed.repeats_until),
        "over_at": over_at,
        "is_counted": cell is not None and over_at > now,
        "updated_at": put.updated_at,
        "title_text": fold(indexed.title.values()),
        "more_text": " ".join([fold(words), *_marks(edition_no, put.type, indexed)]),
    }


def _over_at(indexed: Indexed) -> datetime:
    """When the last time of a record is over; one without any time never is."""
    ends_at = _utc(indexed.ends_at or indexed.starts_at)
    if ends_at is None:
        return NEVER
    return max(ends_at, _utc(indexed.repeats_until) or ends_at)


def _marks(edition_no: int, record_type: str, indexed: Indexed) -> Iterable[str]:
    """What `narrowing` looks for (colnode.catalogue.matching)."""
    facts = [("own", "no" if edition_no else "yes"), ("type", record_type)]
    facts += [("category", indexed.category), ("online", "yes" if indexed.is_online else "no")]
    facts += [("language", value) for value in indexed.languages]
    facts += [("tag", value) for value in indexed.tags]
    return dict.fromkeys(mark(name, value) for name, value in facts)


def _words(tags: Iterable[str]) -> list[str]:
    """Tags that people read; one with a colon is for programs, as in price:free."""
    return [tag for tag in tags if ":" not in tag]


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None


def _facets(indexed: Indexed) -> Iterable[tuple[str, str]]:
    pairs = [("language", value) for value in indexed.languages]
    pairs += [(name, value) for name, values in indexed.facets.items() for value in values]
    pairs += [("tag", value) for value in indexed.tags]
    return list(dict.fromkeys(pairs))[:_MOST_FACETS]


def to_text(body: Mapping[str, Any]) -> str:
    """A body as the compact JSON text that is stored and published."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

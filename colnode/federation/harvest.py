"""What harvesters follow: own records in the order of their newest change, the gone ones included.

A table derived from the log, which `follow` brings up to date. It knows no protocol: oai_pmh.py.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from colnode.db import insert_into
from colnode.federation import sequencer
from colnode.federation.entries import Op
from colnode.federation.models import HarvestEntry, LogEntry

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "HarvestEntry",
    "Selection",
    "count",
    "earliest",
    "find",
    "follow",
    "newest",
    "organisation_ids",
    "page",
    "types",
]

_ROWS_AT_ONCE = 500
_RECORD_OPS = (Op.PUT, Op.DEL, Op.REDACT)
_ORGANISATION = "organisation"
_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")


@dataclass(frozen=True)
class Selection:
    """Which entries: changed from a moment on, before another, of a type or an organisation."""

    from_at: datetime | None = None
    before: datetime | None = None
    type: str | None = None
    organisation_id: str | None = None


def follow(node: "Node") -> None:
    """Take over what the log has gained, in short transactions."""
    while _has_more(node):
        with node.unit():
            sequencer.lock_head(node, is_checked=False)  # two at once would overwrite new with old
            _take_over(node, node.db.execute(_unseen(node).limit(_ROWS_AT_ONCE)).all())


def _has_more(node: "Node") -> bool:
    with node.reading():
        return node.db.execute(_unseen(node).limit(1)).first() is not None


def _unseen(node: "Node") -> Select[int, str, str, str, bytes | None]:
    seen = node.db.scalar(select(func.max(HarvestEntry.seq))) or 0
    return (
        select(
            LogEntry.seq,
            LogEntry.op,
            LogEntry.type,
            LogEntry.record_id,
            LogEntry.body,
        )
        .where(LogEntry.seq > seen, LogEntry.op.in_(_RECORD_OPS))
        .order_by(LogEntry.seq)
    )


def _take_over(node: "Node", rows: Iterable[Any]) -> None:
    """Take entries over as changed now: the moment from which a harvester can see them."""
    rows = list(rows)
    before = node.db.scalar(select(func.max(HarvestEntry.changed_at)))
    now = node.clock.now()
    changed_at = now if before is None else max(before, now)
    organisations = _known_organisations(node, {row.record_id for row in rows})
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.op == Op.PUT and row.body is not None:
            organisations[row.record_id] = _organisation_of(row.type, row.record_id, row.body)
        found[row.record_id] = {
            "record_id": row.record_id,
            "seq": row.seq,
            "type": row.type,
            "organisation_id": organisations.get(row.record_id),
            "changed_at": changed_at,
            "is_deleted": row.op != Op.PUT,
        }
    if found:
        statement = insert_into(node.db, HarvestEntry)
        names = ("seq", "organisation_id", "changed_at", "is_deleted")
        overwritten = {name: statement.excluded[name] for name in names}
        query = statement.on_conflict_do_update(index_elements=["record_id"], set_=overwritten)
        node.db.execute(query, list(found.values()))


def _known_organisations(node: "Node", record_ids: Iterable[str]) -> dict[str, str | None]:
    query = select(HarvestEntry.record_id, HarvestEntry.organisation_id)
    rows = node.db.execute(query.where(HarvestEntry.record_id.in_(list(record_ids))))
    return {record_id: organisation_id for record_id, organisation_id in rows}


def _organisation_of(record_type: str, record_id: str, body: bytes) -> str | None:
    """The organisation behind a record: itself, or the one that the body names by its id."""
    if record_type == _ORGANISATION:
        return record_id.partition("/")[2]
    record: Mapping[str, Any] = json.loads(body)["record"]
    named = record.get("organisation")
    for member in ("organizer", "provider"):
        if named is None and isinstance(record.get(member), dict):
            named = record[member].get("identifier")
    return named if isinstance(named, str) and _ID.fullmatch(named) else None


def page(
    node: "Node", selection: Selection, *, after: int = 0, limit: int = 100
) -> list[HarvestEntry]:
    """Up to `limit` entries behind a seq, in the order of seq.

    A record that changes meanwhile moves behind the cursor, so that nobody misses it.
    """
    query = _selected(node, selection, select(HarvestEntry), after)
    if query is None:
        return []
    return list(node.db.scalars(query.order_by(HarvestEntry.seq).limit(limit)))


def newest(
    node: "Node", selection: Selection, *, types: Iterable[str], limit: int
) -> Sequence[HarvestEntry]:
    """The `limit` live entries of these types that changed last, the newest first."""
    query = _selected(node, selection, select(HarvestEntry), 0)
    if query is None:
        return []
    query = query.where(HarvestEntry.is_deleted.is_(False), HarvestEntry.type.in_(list(types)))
    return node.db.scalars(query.order_by(HarvestEntry.seq.desc()).limit(limit)).all()


def count(node: "Node", selection: Selection, *, most: int) -> int | None:
    """How many entries there are, None when there are more than `most`."""
    query = _selected(node, selection, select(HarvestEntry.seq), 0)
    if query is None:
        return 0
    found = node.db.scalar(select(func.count()).select_from(query.limit(most + 1).subquery())) or 0
    return found if found <= most else None


def _selected(
    node: "Node", selection: Selection, query: Select[Any], after: int
) -> Select[Any] | None:
    """The query for entries of a selection; times become bounds of seq, which grows with them."""
    at, seq = HarvestEntry.changed_at, HarvestEntry.seq
    if selection.from_at is not None:
        rising = select(seq).where(at >= selection.from_at).order_by(at, seq)
        first = node.db.scalar(rising.limit(1))
        if first is None:
            return None
        after = max(after, first - 1)
    if selection.before is not None:
        falling = select(seq).where(at < selection.before).order_by(at.desc(), seq.desc())
        last = node.db.scalar(falling.limit(1))
        if last is None:
            return None
        query = query.where(seq <= last)
    if selection.type is not None:
        query = query.where(HarvestEntry.type == selection.type)
    if selection.organisation_id is not None:
        query = query.where(HarvestEntry.organisation_id == selection.organisation_id)
    return query.where(seq > after)


def find(node: "Node", record_id: str) -> HarvestEntry | None:
    """The entry of a record by type/id, None when there never was one."""
    return node.db.get(HarvestEntry, record_id)


def earliest(node: "Node") -> datetime:
    """No entry changed before this moment; now, when there is none."""
    query = select(HarvestEntry.changed_at).order_by(HarvestEntry.changed_at).limit(1)
    return node.db.scalar(query) or node.clock.now()


def types(node: "Node") -> Sequence[str]:
    """The types of record that this city knows or has ever published."""
    published = node.db.scalars(select(HarvestEntry.type).distinct())
    return sorted({*node.host.record_types, *published})


def organisation_ids(node: "Node", *, after: int, limit: int) -> Sequence[tuple[int, str]]:
    """Up to `limit` organisations in the catalogue behind a seq: their seq and id."""
    query = (
        select(HarvestEntry.seq, HarvestEntry.organisation_id)
        .where(HarvestEntry.type == _ORGANISATION, HarvestEntry.is_deleted.is_(False))
        .where(HarvestEntry.seq > after)
        .order_by(HarvestEntry.seq)
    )
    return [(seq, found or "") for seq, found in node.db.execute(query.limit(limit))]

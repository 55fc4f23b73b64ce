"""What takes place more than once: the single times of repeating records, kept for the months to
come and renewed as time goes by."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, update

from colnode.catalogue.models import Record, RecordOccurrence

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["RENEW_JOB", "keep_occurrences", "renew_occurrences"]

RENEW_JOB = "catalogue.renew"
"""The hourly job of `renew_occurrences`."""

_WINDOW = timedelta(days=400)
_MOST = 500
_AT_ONCE = 200


def keep_occurrences(node: "Node", repeating: Iterable[tuple[int, str, str]]) -> None:
    """Write the coming times of repeating records, given as (number, type, body as JSON text).

    The times of each record become those of the occurrence that is on or comes next.
    """
    now = node.clock.now()
    numbers, rows, times = [], [], []
    for number, record_type, text in repeating:
        numbers.append(number)
        coming = _coming(node, record_type, json.loads(text), now)
        rows += [{"record_no": number, "starts_at": a, "ends_at": b} for a, b in coming]
        times += [{"no": number, "starts_at": a, "ends_at": b} for a, b in coming[:1]]
    if not numbers:
        return
    node.db.execute(delete(RecordOccurrence).where(RecordOccurrence.record_no.in_(numbers)))
    if rows:
        node.db.execute(insert(RecordOccurrence), rows)
    if times:
        node.db.execute(update(Record), times)


def _coming(
    node: "Node", record_type: str, body: Mapping[str, Any], now: datetime
) -> Sequence[tuple[datetime, datetime]]:
    kind = node.host.record_types.get(record_type)
    if kind is None or kind.occurrences is None:
        return ()
    found = islice(kind.occurrences(body, now, now + _WINDOW), _MOST)
    return sorted({start.astimezone(UTC): end.astimezone(UTC) for start, end in found}.items())


def renew_occurrences(node: "Node") -> None:
    """The job: whatever has just taken place moves on to its next time, a portion in each unit.

    With it the window of kept occurrences moves on, too.
    """
    after = 0
    while True:
        with node.unit():
            passed = _passed(node, after)
            keep_occurrences(node, passed)
        if len(passed) < _AT_ONCE:
            return
        after = passed[-1][0]


def _passed(node: "Node", after: int) -> Sequence[tuple[int, str, str]]:
    """Repeating records whose kept time is over while they go on, by number."""
    now = node.clock.now()
    query = select(Record.no, Record.type, Record.body).where(
        Record.no > after,
        Record.repeats_until > now,
        or_(Record.starts_at.is_(None), func.coalesce(Record.ends_at, Record.starts_at) <= now),
    )
    rows = node.db.execute(query.order_by(Record.no).limit(_AT_ONCE))
    return [(number, kind, text) for number, kind, text in rows]

"""Appending to this node's log: outbox rows get their place, the new head is signed.

Whoever appends holds the one row of log_head for its transaction, so that entries are dense and
in commit order on SQLite and PostgreSQL alike. Entries, head and checkpoint are one commit.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from colnode import catalogue
from colnode.clock import format_rfc3339
from colnode.federation import checkpoint, hints, identity, serving, standing, subtrees
from colnode.federation.entries import (
    NULL_BODY,
    Header,
    Op,
    digest_of,
    make_body,
    read_body,
    read_header,
)
from colnode.federation.log import Frontier, State, bucket_of, leaf_hash
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead
from colnode.identity import keys

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Change", "append", "append_waiting", "lock_head", "renew", "run", "sign"]

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 2_000
_LIFE = timedelta(hours=48)
_RENEW_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Change:
    """One entry to append. `record_id` is type/id, empty for identity entries."""

    op: Op
    body: bytes | None
    type: str = ""
    record_id: str = ""


def run(node: "Node") -> None:
    """Append all that waits, follow the configuration, keep the checkpoint fresh.

    Does nothing while the node may not write: what waits in the outbox goes on waiting.
    """
    with node.reading():
        if node.db.get(LogHead, 1) is None:
            return
    if standing.check(node) is not None:
        return
    _fill_subtrees(node)
    before = _size(node)
    while append_waiting(node):
        pass
    _announce_changes(node)
    if _size(node) > before:
        with node.unit():
            hints.tell_soon(node)
    renew(node)


def _size(node: "Node") -> int:
    with node.reading():
        return node.db.scalar(select(LogHead.size)) or 0


def append_waiting(node: "Node") -> bool:
    """Append up to 2,000 outbox rows in one transaction; whether there were any."""
    with node.reading():
        if not catalogue.read_outbox(node, limit=1):
            return False
    with node.unit():
        head = lock_head(node)
        rows = catalogue.read_outbox(node, limit=_ROWS_AT_ONCE)
        changes = [
            Change(Op.DEL if body is None else Op.PUT, body, kind, f"{kind}/{record_id}")
            for _no, kind, record_id, body in rows
        ]
        append(node, head, changes)
        catalogue.drop_outbox(node, [row[0] for row in rows])
    return len(rows) == _ROWS_AT_ONCE


def lock_head(node: "Node", *, is_checked: bool = True) -> LogHead:
    """The head of the log, locked until the transaction ends.

    Raises ReadOnly when the node may not write, unless the check is left to the caller.
    """
    head = node.db.scalars(
        select(LogHead)
        .where(LogHead.no == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if is_checked:
        standing.check_writable(node, head)
    return head


def append(
    node: "Node", head: LogHead, changes: Sequence[Change], *, sign_head: bool = True
) -> None:
    """Append entries and sign the new head, in the caller's transaction, which holds the lock."""
    latest = _latest(node, [change.record_id for change in changes if change.record_id])
    rows: list[dict[str, Any]] = []
    replaced: dict[int, int] = {}
    for change in changes:
        seq = head.size + len(rows) + 1
        before = latest.get(change.record_id)
        was_live = before is not None and before.op == Op.PUT
        if change.op is Op.DEL and not was_live:
            continue
        row = _row(node, change, seq, before.rev + 1 if before else 1)
        rows.append(row)
        if change.record_id:
            head.count += (change.op is Op.PUT) - was_live
            latest[change.record_id] = _Latest(seq, row["rev"], change.op)
        if before is not None:
            replaced[before.seq] = seq
    if rows:
        _write(node, head, rows, replaced)
        if sign_head:
            sign(node, head)


@dataclass(frozen=True)
class _Latest:
    seq: int
    rev: int
    op: str


def _latest(node: "Node", record_ids: Iterable[str]) -> dict[str, _Latest]:
    wanted = sorted(set(record_ids))
    found: dict[str, _Latest] = {}
    for start in range(0, len(wanted), 500):
        query = select(LogEntry.record_id, LogEntry.seq, LogEntry.rev, LogEntry.op).where(
            LogEntry.record_id.in_(wanted[start : start + 500]), LogEntry.replaced_at_seq.is_(None)
        )
        for record_id, seq, rev, op in node.db.execute(query):
            found[record_id] = _Latest(seq, rev, op)
    return found


def _row(node: "Node", change: Change, seq: int, rev: int) -> dict[str, Any]:
    header, body = _lines(node, change, seq, rev)
    line = header.to_line()
    if read_header(line) != header:
        raise RuntimeError(f"an entry that nobody could read: {line!r}")
    return {
        "seq": seq,
        "op": change.op,
        "type": change.type,
        "record_id": header.live_id,
        "rev": header.rev,
        "header": line,
        "body": body,
        "leaf": leaf_hash(line),
        "bucket": None if change.op is Op.DEL else bucket_of(header.live_id),
        "replaced_at_seq": None,
    }


def _lines(node: "Node", change: Change, seq: int, rev: int) -> tuple[Header, bytes]:
    ts = format_rfc3339(node.clock.now())
    if change.op is Op.DEL:
        return Header(seq, Op.DEL, ts, change.type, change.record_id, rev), NULL_BODY
    body = change.body or NULL_BODY
    if change.op is not Op.PUT:
        return Header(seq, change.op, ts, digest=digest_of(body)), body
    line = make_body("record", body)
    known = node.host.record_types.get(change.type)
    schema = known.schema_url if known else f"urn:colnode:record:{change.type}"
    licence = node.config.federation.licence
    header = Header(
        seq, Op.PUT, ts, change.type, change.record_id, rev, schema, licence, digest_of(line)
    )
    return header, line


def _write(
    node: "Node", head: LogHead, rows: list[dict[str, Any]], replaced: Mapping[int, int]
) -> None:
    for row in rows:
        row["replaced_at_seq"] = replaced.get(row["seq"])
    older = [
        {"seq": seq, "replaced_at_seq": by} for seq, by in replaced.items() if seq <= head.size
    ]
    node.db.execute(insert(LogEntry), rows)
    if older:
        node.db.execute(update(LogEntry), older)
    frontier = Frontier.from_bytes(head.size, head.frontier)
    frontier.extend(row["leaf"] for row in rows)
    state = State(head.buckets)
    _refresh(node, state, sorted({bucket_of(row["record_id"]) for row in rows}))
    subtrees.extend(node, frontier.size)
    head.size, head.frontier, head.buckets = frontier.size, frontier.to_bytes(), state.to_bytes()


def _refresh(node: "Node", state: State, buckets: Sequence[int]) -> None:
    for start in range(0, len(buckets), 500):
        some = buckets[start : start + 500]
        leaves: dict[int, list[bytes]] = {bucket: [] for bucket in some}
        query = select(LogEntry.bucket, LogEntry.leaf).where(
            LogEntry.bucket.in_(some), LogEntry.replaced_at_seq.is_(None)
        )
        for bucket, leaf in node.db.execute(query):
            leaves[bucket or 0].append(leaf)
        for bucket, members in leaves.items():
            state.set(bucket, members)


def sign(node: "Node", head: LogHead) -> None:
    """Sign a checkpoint of the head as it stands and forget older ones of the same size."""
    now = node.clock.now()
    frontier = Frontier.from_bytes(head.size, head.frontier)
    signed = checkpoint.Checkpoint(
        origin=node.id,
        size=head.size,
        root=frontier.root(),
        epoch=head.epoch,
        state=State(head.buckets).root(),
        count=head.count,
        issued_at=now,
        expires_at=now + _LIFE,
        url=node.config.server.base_url,
    )
    note = checkpoint.sign_note(signed, keys.node_signing_key(node))
    node.db.execute(delete(LogCheckpoint).where(LogCheckpoint.size == head.size))
    node.db.add(
        LogCheckpoint(
            size=head.size, note=note, frontier=head.frontier, expires_at=signed.expires_at
        )
    )
    node.db.flush()
    node.after_commit(lambda: _show(node))


def _show(node: "Node") -> None:
    """Take the new checkpoint to the witness file at once; nobody is shown it before."""
    serving.forget(node)
    with node.reading():
        serving.current_head(node)


def renew(node: "Node") -> None:
    """Sign the head again when its checkpoint is older than a day, or from the future.

    The latter was signed while the clock was wrong, and no reader takes it.
    """
    now = node.clock.now()
    soon = now + _LIFE - _RENEW_AFTER
    newest = select(LogCheckpoint.expires_at).order_by(LogCheckpoint.no.desc()).limit(1)
    with node.reading():
        expires_at = node.db.scalar(newest)
    if expires_at is not None and soon < expires_at <= now + _LIFE:
        return
    with node.unit():
        sign(node, lock_head(node))


def _fill_subtrees(node: "Node") -> None:
    """Make what proofs need of a log that was written before they were kept."""
    with node.reading():
        if not subtrees.is_behind(node, node.db.get_one(LogHead, 1).size):
            return
    with node.unit():
        subtrees.extend(node, lock_head(node).size)


def _announce_changes(node: "Node") -> None:
    """Append a node entry when name, address or territory in the configuration changed."""
    wanted = identity.describe(node.config)
    with node.reading():
        known = _announced(node)
    if known == wanted:
        return
    with node.unit():
        head = lock_head(node)
        if _announced(node) != wanted:
            append(node, head, [Change(Op.NODE, identity.node_body(wanted))])


def _announced(node: "Node") -> identity.Description | None:
    query = select(LogEntry.body).where(LogEntry.op == Op.NODE).order_by(LogEntry.seq.desc())
    line = node.db.scalar(query.limit(1))
    return identity.Description(**read_body(line, Op.NODE)) if line else None

"""What this node proves about its log: that a record is in it and current, that it only grew."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from colnode.errors import Gone, Invalid, NotFound, _
from colnode.federation import proofs, serving, subtrees
from colnode.federation.entries import NULL_BODY, Op
from colnode.federation.log import bucket_of
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["bundle", "consistency", "leaves"]

MOST_LEAVES = 65_536


def bundle(node: "Node", live_id: str) -> bytes:
    """One live record, given as type/id, with all that proves it, as JSON (docs/federation.md).

    Raises NotFound for a record that never was, Gone for one that is over.
    """
    size, buckets = node.db.execute(select(LogHead.size, LogHead.buckets)).one()
    entry = node.db.execute(
        select(LogEntry.seq, LogEntry.op, LogEntry.header, LogEntry.body)
        .where(LogEntry.record_id == live_id, LogEntry.seq <= size)
        .order_by(LogEntry.seq.desc())
        .limit(1)
    ).first()
    if entry is None:
        raise NotFound(_("There is no such record."))
    seq, op, header, body = entry
    if op != Op.PUT:
        raise Gone(_("This record is not offered any more."))
    bucket = bucket_of(live_id)
    members = select(LogEntry.leaf).where(LogEntry.bucket == bucket, LogEntry.seq <= size)
    is_live = or_(LogEntry.replaced_at_seq.is_(None), LogEntry.replaced_at_seq > size)
    note = node.db.scalars(select(LogCheckpoint.note).where(LogCheckpoint.size == size)).one()
    path = proofs.inclusion_path(seq - 1, size, _roots(node))
    document = {
        "bundle": 1,
        "checkpoint": note.decode(),
        "identity": serving.identity_lines(node).decode(),
        "header": header.decode(),
        "body": (body or NULL_BODY).decode(),
        "inclusion": _hex(path),
        "current": {
            "leaves": _hex(sorted(node.db.scalars(members.where(is_live)))),
            "path": _hex(proofs.bucket_path(buckets, bucket)),
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def consistency(node: "Node", first: int, second: int) -> bytes:
    """The proof that the log of one size begins the log of another, as JSON.

    Raises Invalid for sizes that no proof is between, CursorInFuture for one that is not reached.
    """
    size = serving.size_reached(node, second)
    if not 0 < first <= second:
        raise Invalid(_("from should be at least 1 and at most to."))
    path = proofs.consistency_path(first, second, _roots(node))
    document = {"consistency": 1, "from": first, "to": second, "size": size, "path": _hex(path)}
    return json.dumps(document, separators=(",", ":")).encode()


def leaves(node: "Node", after: int) -> bytes:
    """Up to 65,536 leaf hashes behind a seq, 32 bytes each. Raises CursorInFuture."""
    size = serving.size_reached(node, after)
    query = (
        select(LogEntry.leaf)
        .where(LogEntry.seq > after, LogEntry.seq <= size)
        .order_by(LogEntry.seq)
        .limit(MOST_LEAVES)
    )
    return b"".join(node.db.scalars(query))


def _roots(node: "Node") -> proofs.Roots:
    return lambda first, last: subtrees.root(node, first, last)


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [item.hex() for item in hashes]

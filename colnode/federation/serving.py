"""What this node tells about its log: checkpoint, identity, entries, snapshot, as exact bytes."""

import hashlib
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, or_, select

from colnode.errors import Conflict, Gone, Unavailable, _
from colnode.federation import witness
from colnode.federation.entries import IDENTITY_OPS, NULL_BODY, Op
from colnode.federation.models import LogCheckpoint, LogEntry

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Head",
    "Page",
    "current_head",
    "entries_page",
    "forget",
    "identity_lines",
    "size_reached",
    "snapshot",
]

_MEMORY = "federation.head"
_FRESH_SECONDS = 1.0
PAGE_ENTRIES = 1_000
PAGE_BYTES = 2 * 1024 * 1024
_SNAPSHOT_ROWS = 500


class CursorInFuture(Conflict):
    """Somebody asks for entries after one that does not exist yet."""

    code = "cursor-in-future"


class OtherEpoch(Conflict):
    """Somebody reads an epoch that is over."""

    code = "other-epoch"


class CursorTooOld(Gone):
    """What is asked for is not kept any more; the snapshot is."""

    code = "cursor-too-old"


@dataclass(frozen=True)
class Head:
    """The newest signed checkpoint as served."""

    size: int
    epoch: int
    note: bytes
    etag: str
    no: int
    read_at: float


@dataclass(frozen=True)
class Page:
    """Consecutive entries as NDJSON. A full page never changes unless something is redacted."""

    lines: bytes
    last_seq: int
    is_full: bool


def current_head(node: "Node") -> Head:
    """The newest checkpoint, from memory when it was read less than a second ago.

    What is newest in the database is in the witness file before it is shown; a database that is
    behind shows what the witness holds, so that nobody reads a log that goes backwards. Raises
    Unavailable when the node has no identity yet.
    """
    head = node.memory.get(_MEMORY)
    if isinstance(head, Head) and time.monotonic() - head.read_at < _FRESH_SECONDS:
        return head
    row = node.db.execute(
        select(LogCheckpoint.no, LogCheckpoint.size, LogCheckpoint.note, LogCheckpoint.frontier)
        .order_by(LogCheckpoint.no.desc())
        .limit(1)
    ).first()
    if row is None:
        raise Unavailable(_("This city has not been set up yet."))
    no, size, note, frontier = row
    epoch = int(note.split(b"\n", 4)[3].removeprefix(b"epoch "))
    shown = witness.keep(node, witness.Witness(node.id, epoch, size, note, frontier))
    etag = hashlib.sha256(shown.note).hexdigest()[:32]
    found = Head(shown.size, shown.epoch, shown.note, etag, no, time.monotonic())
    node.memory[_MEMORY] = found
    return found


def forget(node: "Node") -> None:
    """Forget what is in memory, because there is a newer checkpoint."""
    node.memory.pop(_MEMORY, None)


def identity_lines(node: "Node", *, size: int | None = None) -> bytes:
    """The identity entries as NDJSON, header and body lines in turn; those up to `size`."""
    query = select(LogEntry.header, LogEntry.body).where(LogEntry.op.in_(IDENTITY_OPS))
    if size is not None:
        query = query.where(LogEntry.seq <= size)
    return _ndjson(node.db.execute(query.order_by(LogEntry.seq)).all())


def _ndjson(rows: "Collection[tuple[bytes, bytes | None]]") -> bytes:
    parts: list[bytes] = []
    for header, body in rows:
        parts += (header, body or NULL_BODY)
    return b"\n".join(parts) + b"\n" if parts else b""


def entries_page(
    node: "Node", after: int, *, types: Collection[str] = (), epoch: int | None = None
) -> Page:
    """Up to 1,000 entries or 2 MiB after a seq. Bodies of types that are not asked for are null.

    Raises CursorInFuture and OtherEpoch, CursorTooOld for entries that were lost (section 9).
    """
    head = _head_beyond(node, after)
    if epoch is not None and epoch != head.epoch:
        raise OtherEpoch(_("This log is in epoch {epoch} now."), epoch=head.epoch)
    size_reached(node, after)
    query = (
        select(LogEntry.seq, LogEntry.op, LogEntry.type, LogEntry.header, LogEntry.body)
        .where(LogEntry.seq > after, LogEntry.seq <= head.size)
        .order_by(LogEntry.seq)
        .limit(PAGE_ENTRIES)
    )
    parts: list[bytes] = []
    count, last, is_cut = 0, after, False
    for seq, op, kind, header, body in node.db.execute(query):
        if seq != last + 1:  # nobody holds what was lost here; the snapshot does not need it
            is_cut = True
            break
        line = body if body is not None and _is_wanted(op, kind, types) else NULL_BODY
        count += len(header) + len(line) + 2
        if count > PAGE_BYTES and parts:
            is_cut = True
            break
        parts += (header, line)
        last = seq
    if is_cut and not parts:
        raise CursorTooOld(_("There is no snapshot at {size}. Ask for the checkpoint."), size=after)
    lines = b"\n".join(parts) + b"\n" if parts else b""
    return Page(lines, last, is_cut or len(parts) == 2 * PAGE_ENTRIES)


def size_reached(node: "Node", seq: int) -> int:
    """How many entries are signed, when `seq` is among them. Raises CursorInFuture."""
    size = _head_beyond(node, seq).size
    if seq > size:
        raise CursorInFuture(_("This log has {size} entries so far."), size=size)
    return size


def _head_beyond(node: "Node", seq: int) -> Head:
    """The newest checkpoint; one from memory only when it is beyond this seq."""
    head = current_head(node)
    if seq >= head.size:
        forget(node)
        head = current_head(node)
    return head


def _is_wanted(op: str, kind: str, types: Collection[str]) -> bool:
    return op != Op.PUT or not types or kind in types


def snapshot(node: "Node", size: int, *, after: int = 0) -> Iterator[bytes]:
    """The snapshot at a signed size in NDJSON pieces; with `after`, its records behind that seq.

    First a line with the checkpoint, the frontier and the identity entries' number, then those
    entries, then the live records in the order of seq. Raises CursorTooOld for any other size.
    """
    row = node.db.execute(
        select(LogCheckpoint.note, LogCheckpoint.frontier).where(LogCheckpoint.size == size)
    ).first()
    if row is None:
        raise CursorTooOld(_("There is no snapshot at {size}. Ask for the checkpoint."), size=size)
    note, frontier = row
    identity = identity_lines(node, size=size)
    head = {
        "snapshot": 1,
        "checkpoint": note.decode(),
        "frontier": [frontier[at : at + 32].hex() for at in range(0, len(frontier), 32)],
        "identity": identity.count(b"\n") // 2,
    }
    first = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return _pieces(node, first + identity, size, after)


def _pieces(node: "Node", first: bytes, size: int, after: int) -> Iterator[bytes]:
    yield first
    seq = after
    while True:
        with node.reading():
            rows = node.db.execute(_live_at(size, seq)).all()
        if not rows:
            return
        seq = rows[-1][0]
        yield _ndjson([(header, body) for _seq, header, body in rows])


def _live_at(size: int, after: int) -> Select[int, bytes, bytes | None]:
    return (
        select(LogEntry.seq, LogEntry.header, LogEntry.body)
        .where(LogEntry.seq > after, LogEntry.seq <= size, LogEntry.op == Op.PUT)
        .where(or_(LogEntry.replaced_at_seq.is_(None), LogEntry.replaced_at_seq > size))
        .order_by(LogEntry.seq)
        .limit(_SNAPSHOT_ROWS)
    )

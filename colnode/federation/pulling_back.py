"""This city's own log as another city holds it: fetched, proven, taken in.

Who reads this city keeps its identity entries and its live records as they were signed. What was
replaced before anybody's last reading is held by nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from colnode import catalogue
from colnode.errors import Invalid, Untrusted, _
from colnode.federation import replica
from colnode.federation.entries import IDENTITY_OPS, NULL_BODY
from colnode.federation.identity import Identity, check_follows, read_identity
from colnode.federation.log import Frontier, State, bucket_of
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead
from colnode.federation.remote import Remote
from colnode.federation.replica import Entry, read_entry

if TYPE_CHECKING:
    from colnode.federation.checkpoint import Checkpoint
    from colnode.federation.remote import Pair
    from colnode.node import Node

__all__ = ["Copy", "agrees", "fetch", "take_in"]

_ROWS_AT_ONCE = 500
_MOST_BYTES = 2 * 1024 * 1024 * 1024


@dataclass(frozen=True)
class Copy:
    """Another city's copy of this city's catalogue at a signed checkpoint, proven as a whole."""

    url: str
    note: bytes
    checkpoint: "Checkpoint"
    frontier: Frontier
    identity: Identity
    entries: Sequence[Entry]
    state: State


def fetch(node: "Node", url: str, known: Identity) -> Copy:
    """Fetch the copy that the city at an address holds. Asks the network; changes nothing.

    `known` are identity entries of this city that were proven. Raises Untrusted when it does not
    add up, Unavailable when it is not given out.
    """
    remote = Remote(node.http, url, origin=known.node_id)
    note = remote.checkpoint()
    if note is None:
        raise Untrusted(_("The checkpoint is malformed."))
    target = known.open(note.data)
    with remote.snapshot(target.size, after=0, max_bytes=_MOST_BYTES) as (head, pairs):
        theirs = read_identity(head.identity, known.node_id)
        check_follows(theirs, known)
        if theirs.open(head.note) != target:
            raise Untrusted(_("The snapshot belongs to another checkpoint."))
        entries = [*_identity_entries(head.identity), *_live(pairs, target.size)]
    try:
        frontier = Frontier(target.size, head.frontier)
    except ValueError:
        raise Untrusted(_("The snapshot is malformed.")) from None
    replica.check_frontier(frontier, target)
    state = _state_of(entries)
    count = sum(1 for entry in entries if not entry.is_identity)
    replica.check_totals(state, count, target)
    return Copy(url, head.note, target, frontier, theirs, entries, state)


def _identity_entries(lines: bytes) -> list[Entry]:
    parts = lines[:-1].split(b"\n")
    return [read_entry(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]


def _live(pairs: "Iterable[Pair]", size: int) -> list[Entry]:
    entries = [read_entry(*pair) for pair in pairs]
    if any(entry.is_identity or entry.header.seq > size for entry in entries):
        raise Untrusted(_("The records of the snapshot are out of order."))
    return entries


def _state_of(entries: Iterable[Entry]) -> State:
    leaves: dict[int, list[bytes]] = {}
    for entry in entries:
        leaves.setdefault(bucket_of(entry.header.live_id), []).append(entry.leaf)
    state = State()
    for bucket, members in leaves.items():
        state.set(bucket, members)
    return state


def agrees(node: "Node", head: LogHead, copy: Copy) -> bool:
    """Whether what the copy has of the database's part of the log is what the database has."""
    query = select(LogEntry.seq, LogEntry.leaf).where(LogEntry.seq <= head.size)
    ours = {seq: leaf for seq, leaf in node.db.execute(query)}
    theirs = {entry.header.seq: entry.leaf for entry in copy.entries}
    return all(ours.get(seq) == leaf for seq, leaf in theirs.items() if seq <= head.size)


def take_in(node: "Node", head: LogHead, copy: Copy) -> tuple[int, bool]:
    """Bring the log and the catalogue to where the copy is, in the caller's unit.

    Gives how many entries came, and whether the log has every entry again: then it goes on as if
    nothing had happened. Otherwise the lost ones were replaced since, and a new epoch is needed.
    """
    before = head.size
    new = [entry for entry in copy.entries if entry.header.seq > before]
    has_all = len(new) == copy.checkpoint.size - before
    is_whole = has_all and _grown(head, new) == copy.frontier.hashes
    gone = _replace(node, copy)
    rows = [_row(entry) for entry in new]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        node.db.execute(insert(LogEntry), rows[start : start + _ROWS_AT_ONCE])
    head.size, head.epoch = copy.checkpoint.size, copy.checkpoint.epoch
    head.count, head.frontier = copy.checkpoint.count, copy.frontier.to_bytes()
    head.buckets = copy.state.to_bytes()
    node.db.execute(delete(LogCheckpoint).where(LogCheckpoint.size >= head.size))
    node.db.add(
        LogCheckpoint(
            size=head.size,
            note=copy.note,
            frontier=head.frontier,
            expires_at=copy.checkpoint.expires_at,
        )
    )
    node.db.flush()
    _show(node, new, gone)
    return len(new), is_whole


def _grown(head: LogHead, new: Sequence[Entry]) -> list[bytes]:
    frontier = Frontier.from_bytes(head.size, head.frontier)
    frontier.extend(entry.leaf for entry in sorted(new, key=lambda entry: entry.header.seq))
    return frontier.hashes


def _replace(node: "Node", copy: Copy) -> list[str]:
    """Note of each record of the database that is live no more, by what; gives those that ended."""
    live = {entry.header.live_id: entry.header.seq for entry in copy.entries}
    query = select(LogEntry.seq, LogEntry.record_id).where(
        LogEntry.replaced_at_seq.is_(None), LogEntry.op.not_in(IDENTITY_OPS)
    )
    ended, rows = [], []
    for seq, live_id in node.db.execute(query):
        now = live.get(live_id)
        if now is None:
            ended.append(live_id)
        if now != seq:
            rows.append({"seq": seq, "replaced_at_seq": now or copy.checkpoint.size})
    if rows:
        node.db.execute(update(LogEntry), rows)
    return ended


def _row(entry: Entry) -> dict[str, Any]:
    header = entry.header
    return {
        "seq": header.seq,
        "op": header.op,
        "type": header.type,
        "record_id": header.live_id,
        "rev": header.rev,
        "header": entry.line,
        "body": entry.body,
        "leaf": entry.leaf,
        "bucket": bucket_of(header.live_id),
        "replaced_at_seq": None,
    }


def _show(node: "Node", new: Sequence[Entry], gone: Sequence[str]) -> None:
    """Bring the city's own catalogue to what the log says again."""
    puts = []
    for entry in new:
        kind = node.host.record_types.get(entry.header.type)
        if kind is None or entry.body == NULL_BODY:
            continue
        try:
            puts.append(replica.read_record(node, kind, entry))
        except (Invalid, Untrusted):
            continue
    parted = (live_id.partition("/") for live_id in gone)
    ended = [(kind, record_id) for kind, _slash, record_id in parted]
    catalogue.replace(node, catalogue.OWN_EDITION, puts, ended)

"""Reading what changed at a peer: entries of its log, applied in one transaction."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, insert, select, update

from colnode.errors import TooLarge, Unavailable, Untrusted, _
from colnode.federation import replica
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.log import Frontier, State
from colnode.federation.models import Peer, Stage, StagedEntry
from colnode.federation.pictures import want
from colnode.federation.reading import Reading, Superseded
from colnode.federation.replica import Entry, Room, read_entry

__all__ = ["read_changes"]


def read_changes(reading: Reading, target: Checkpoint, note: bytes) -> None:
    try:
        _follow_log(reading, target, note)
    except (Untrusted, TooLarge):
        reading.discard()
        raise


def _follow_log(reading: Reading, target: Checkpoint, note: bytes) -> None:
    frontier = _begin_changes(reading)
    pending: list[Entry] = []
    while frontier.size < target.size:
        page = _page(reading, frontier.size, target)
        pending += page
        frontier.extend(entry.leaf for entry in page)
        reading.result.entries += len(page)
        reading.progress(frontier.size - reading.peer.size, target.size - reading.peer.size)
        if frontier.size < target.size:
            if not reading.has_stage:
                _open_stage(reading, note)
            _stage_entries(reading, pending, frontier)
            pending = []
    replica.check_frontier(frontier, target)
    _switch_changes(reading, pending, target, note, frontier)


def _page(reading: Reading, after: int, target: Checkpoint) -> list[Entry]:
    pairs = reading.remote.entries(after, target.epoch)
    if not pairs:
        raise Unavailable(_("The city does not give out all of its entries yet."))
    page: list[Entry] = []
    for number, pair in enumerate(pairs, start=after + 1):
        if number > target.size:
            break
        entry = read_entry(*pair)
        if entry.header.seq != number:
            raise Untrusted(
                _("Entry {found} came where entry {expected} should be."),
                found=entry.header.seq,
                expected=number,
            )
        page.append(entry)
    return page


def _begin_changes(reading: Reading) -> Frontier:
    """Take over what was staged, if anything; gives the tree as far as it has been read."""
    with reading.node.reading():
        stage = reading.node.db.get(Stage, reading.peer.id)
    if stage is None or stage.edition_no is not None or stage.seq <= reading.peer.size:
        return Frontier.from_bytes(reading.peer.size, reading.peer.frontier)
    with reading.node.unit():
        reading.node.db.execute(
            update(Stage).where(Stage.peer_id == reading.peer.id).values(token=reading.token)
        )
    reading.has_stage = True
    return Frontier.from_bytes(stage.seq, stage.frontier)


def _open_stage(reading: Reading, note: bytes) -> None:
    """Begin to stage: more is to come than one page."""
    with reading.node.unit():
        reading.locked_peer()
        reading.node.db.execute(delete(StagedEntry).where(StagedEntry.peer_id == reading.peer.id))
        reading.node.db.merge(
            Stage(
                peer_id=reading.peer.id,
                token=reading.token,
                note=note,
                edition_no=None,
                seq=reading.peer.size,
                frontier=reading.peer.frontier,
                byte_count=0,
            )
        )
    reading.has_stage = True


def _stage_entries(reading: Reading, entries: Sequence[Entry], frontier: Frontier) -> None:
    rows = [
        {
            "peer_id": reading.peer.id,
            "seq": entry.header.seq,
            "header": entry.line,
            "body": entry.body,
        }
        for entry in entries
    ]
    with reading.node.unit():
        reading.hold_stage(seq=frontier.size, frontier=frontier.to_bytes())
        reading.node.db.execute(insert(StagedEntry), rows)


def _staged(reading: Reading) -> Iterator[Entry]:
    query = select(StagedEntry.header, StagedEntry.body).where(
        StagedEntry.peer_id == reading.peer.id
    )
    for header, body in reading.node.db.execute(query.order_by(StagedEntry.seq)):
        yield read_entry(header, body)


def _switch_changes(
    reading: Reading, pending: Sequence[Entry], target: Checkpoint, note: bytes, frontier: Frontier
) -> None:
    """Apply what was read, prove the result as a whole and show it, in one transaction."""
    limits = reading.node.config.federation
    with reading.node.unit():
        peer = reading.locked_peer()
        if reading.has_stage:
            reading.hold_stage(seq=target.size)
        is_as_before = (peer.epoch, peer.size) == (reading.peer.epoch, reading.peer.size)
        if not is_as_before or peer.edition_no is None or peer.buckets is None:
            raise Superseded(_("Another reading of this city took over."))
        entries = [*(_staged(reading) if reading.has_stage else ()), *pending]
        room = Room(
            limits.records_per_origin - peer.count, limits.bytes_per_origin - peer.byte_count
        )
        before = room.byte_count
        state = State(peer.buckets)
        change, pictures = replica.apply(reading.node, peer.edition_no, entries, state, room)
        replica.check_totals(state, peer.count + change, target)
        held = peer.byte_count + before - room.byte_count
        reading.write_proven(peer, target, note, frontier, state, held)
        _follow_identity(reading, peer, entries, note)
        want(reading.node, peer.id, pictures)
        for table in (StagedEntry, Stage):
            reading.node.db.execute(delete(table).where(table.peer_id == peer.id))
        reading.finish(peer)
        reading.tell_plugins(peer.node_id, entries)
    reading.result.size = target.size


def _follow_identity(reading: Reading, peer: Peer, entries: Sequence[Entry], note: bytes) -> None:
    new = [entry.line + b"\n" + entry.body + b"\n" for entry in entries if entry.is_identity]
    if new:
        reading.write_identity(peer, peer.identity + b"".join(new), note)

"""Reading a peer for the first time: everything, from a snapshot, staged as an unseen edition."""

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from colnode import catalogue
from colnode.errors import Gone, TooLarge, Unavailable, Untrusted, _
from colnode.federation import changes, peers, replica
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.entries import Op
from colnode.federation.identity import read_identity
from colnode.federation.log import Frontier
from colnode.federation.models import Stage, StagedEntry
from colnode.federation.pictures import want
from colnode.federation.reading import Reading, Superseded
from colnode.federation.remote import Pair, SnapshotHead
from colnode.federation.replica import Entry, Room, read_entry

__all__ = ["read_all"]

_BATCH = 1_000


def read_all(reading: Reading, target: Checkpoint, note: bytes) -> None:
    reading.result.is_first = reading.peer.edition_no is None
    stage = _begin_all(reading, note)
    try:
        staged = reading.open(stage.note)
        _follow_snapshot(reading, staged, stage)
    except Gone as error:
        reading.discard()
        raise Unavailable(
            _("The city's catalogue changed while it was read. It is tried again.")
        ) from error
    except (Untrusted, TooLarge):
        reading.discard()
        raise
    if target.size > staged.size:
        with reading.node.reading():
            reading.peer = peers.get_peer(reading.node, reading.peer.id)
        changes.read_changes(reading, target, note)


def _begin_all(reading: Reading, note: bytes) -> Stage:
    """Take over a staged reading, or begin one."""
    with reading.node.unit():
        peer = reading.locked_peer()
        if peer.edition_no is not None and peer.epoch >= reading.identity.epoch:
            raise Superseded(_("Another reading of this city took over."))
        stage = _usable_stage(reading)
        if stage is None:
            edition_no = catalogue.open_edition(
                reading.node, reading.peer.node_id, name=reading.peer.name, url=reading.peer.url
            )
            stage = Stage(
                peer_id=reading.peer.id,
                note=note,
                edition_no=edition_no,
                seq=0,
                frontier=b"",
                byte_count=0,
            )
            reading.node.db.add(stage)
        stage.token = reading.token
    return stage


def _usable_stage(reading: Reading) -> Stage | None:
    """What was staged of this epoch's first reading; what is of an earlier epoch is thrown away."""
    db, peer_id = reading.node.db, reading.peer.id
    stage = db.get(Stage, peer_id)
    if stage is None:
        return None
    if stage.edition_no is not None and _is_of_this_epoch(reading, stage):
        return stage
    for table in (StagedEntry, Stage):
        db.execute(delete(table).where(table.peer_id == peer_id))
    db.expunge(stage)
    return None


def _is_of_this_epoch(reading: Reading, stage: Stage) -> bool:
    try:
        return reading.identity.open(stage.note).epoch == reading.identity.epoch
    except Untrusted:
        return False


def _follow_snapshot(reading: Reading, target: Checkpoint, stage: Stage) -> None:
    limits = reading.node.config.federation
    room = Room(limits.records_per_origin, limits.bytes_per_origin)
    edition_no = stage.edition_no or 0
    with reading.node.reading():
        count, held = replica.totals_of(reading.node, edition_no)
    room.records, room.byte_count = room.records - count, room.byte_count - held
    largest = 2 * limits.bytes_per_origin + 1024 * target.count
    with reading.remote.snapshot(target.size, after=stage.seq, max_bytes=largest) as (head, pairs):
        identity = _open_snapshot(reading, head, target)
        before = [read_entry(*pair) for pair in identity] if stage.seq == 0 else []
        seq = stage.seq
        while batch := list(islice(pairs, _BATCH)):
            entries = _live_entries(batch, seq, target.size)
            seq = entries[-1].header.seq
            _stage_live(reading, edition_no, [*before, *entries], seq, room)
            before = []
            count += len(entries)
            reading.result.entries += len(entries)
            reading.progress(count, target.count)
            if count > target.count:
                break
        if before:
            _stage_live(reading, edition_no, before, target.size, room)
    _switch_edition(reading, edition_no, target, head)


def _open_snapshot(reading: Reading, head: SnapshotHead, target: Checkpoint) -> list[Pair]:
    """Hold the head of a snapshot to the checkpoint; gives its identity entries."""
    found = reading.open(head.note)
    if (found.size, found.root, found.epoch, found.state, found.count) != (
        target.size,
        target.root,
        target.epoch,
        target.state,
        target.count,
    ):
        raise Untrusted(_("The snapshot belongs to another checkpoint."))
    try:
        frontier = Frontier(target.size, head.frontier)
    except ValueError:
        raise Untrusted(_("The snapshot is malformed.")) from None
    replica.check_frontier(frontier, target)
    identity = read_identity(head.identity, reading.peer.node_id)
    if identity.last_seq > target.size:
        raise Untrusted(_("The identity entries are out of order."))
    lines = head.identity[:-1].split(b"\n")
    return list(zip(lines[::2], lines[1::2], strict=True))


def _stage_live(
    reading: Reading, edition_no: int, entries: Sequence[Entry], seq: int, room: Room
) -> None:
    try:
        with reading.node.unit():
            reading.hold_stage(seq=seq)
            pictures = replica.store_live(reading.node, edition_no, entries, room)
            want(reading.node, reading.peer.id, pictures)
    except IntegrityError:
        raise Untrusted(_("The snapshot has a record twice.")) from None


def _switch_edition(
    reading: Reading, edition_no: int, target: Checkpoint, head: SnapshotHead
) -> None:
    """Prove the staged edition as a whole and show it, in one transaction."""
    with reading.node.unit():
        peer = reading.locked_peer()
        reading.hold_stage(seq=target.size)
        state = replica.state_of(reading.node, edition_no)
        count, held = replica.totals_of(reading.node, edition_no)
        replica.check_totals(state, count, target)
        peer.edition_no = edition_no
        frontier = Frontier(target.size, head.frontier)
        reading.write_proven(peer, target, head.note, frontier, state, held)
        reading.write_identity(peer, head.identity, head.note)
        catalogue.show_edition(reading.node, peer.node_id, edition_no)
        reading.node.db.execute(delete(Stage).where(Stage.peer_id == peer.id))
        reading.finish(peer)
    reading.result.size = target.size


def _live_entries(batch: Sequence[Pair], after: int, size: int) -> list[Entry]:
    """The records of a snapshot, which come in the order of seq."""
    entries = [read_entry(*pair) for pair in batch]
    seq = after
    for entry in entries:
        if entry.header.op != Op.PUT or not seq < entry.header.seq <= size:
            raise Untrusted(_("The records of the snapshot are out of order."))
        seq = entry.header.seq
    return entries

"""Reading a peer: fetched, staged unseen, proven, then switched in one transaction.

FEDERATION.md section 5. What is not proven is never shown; a reading that was interrupted goes on
where it stopped; two at once are harmless, the later one takes over.
"""

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from colnode import audit, catalogue, jobs
from colnode.errors import (
    ColnodeError,
    Conflict,
    Gone,
    Refused,
    TooLarge,
    Unavailable,
    Untrusted,
    _,
)
from colnode.federation import peers, replica
from colnode.federation.checkpoint import Checkpoint, open_note
from colnode.federation.entries import Op, read_body
from colnode.federation.identity import Description, read_description, read_identity
from colnode.federation.log import Frontier, State
from colnode.federation.models import Peer, Stage, StagedEntry, WantedPicture
from colnode.federation.pictures import PICTURES_JOB, want
from colnode.federation.remote import Note, Pair, Remote, SnapshotHead
from colnode.federation.replica import Entry, Room, read_entry

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["SyncResult", "sync"]

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

_BATCH = 1_000
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=24)
_MOST_LIFE = timedelta(hours=48)
_MOST_HOOKS = 1_000
_HEADERS_PER_RECORD = 10
_ENTRIES_PER_RECORD = 100


@dataclass
class SyncResult:
    """What one reading brought: entries read, the size proven, what it cost."""

    size: int
    entries: int = 0
    requests: int = 0
    byte_count: int = 0
    is_first: bool = False


def sync(node: "Node", peer_id: str, *, progress: Progress | None = None) -> SyncResult:
    """Read what is new at a peer. Opens its own transactions: call it outside of a unit.

    Raises Refused when the peer is not allowed, Unavailable, Untrusted and TooLarge as the peer
    gives cause; the failure is kept with the peer, and nothing that was shown changes.
    """
    with node.reading():
        peer = peers.get_peer(node, peer_id)
    if peer.state != peers.TrustState.ALLOWED:
        raise Refused(_("This city is not read: allow it first."))
    reading = _Reading(node, peer, progress or (lambda _done, _all: None))
    try:
        result = reading.run()
    except ColnodeError as error:
        if not isinstance(error, Superseded):
            _note_failure(node, peer_id, error)
        raise
    _note_success(node, peer_id, reading.proven)
    return result


class Superseded(Conflict):
    """Another reading of the same peer took over."""


def _note_success(node: "Node", peer_id: str, proven: tuple[Note, Checkpoint] | None) -> None:
    minutes = node.config.federation.poll_minutes
    seconds = minutes * 60 * (0.8 + secrets.randbelow(4001) / 10_000)
    with node.unit():
        peer = peers.get_peer(node, peer_id)
        peer.failures, peer.problem = 0, None
        if proven is not None and peer.edition_no is not None and peer.size == proven[1].size:
            note, target = proven
            peer.note, peer.etag, peer.expires_at = note.data, note.etag, target.expires_at
        peer.checked_at = node.clock.now()
        peer.next_poll_at = node.clock.now() + timedelta(seconds=seconds)


def _note_failure(node: "Node", peer_id: str, error: ColnodeError) -> None:
    with node.unit():
        peer = peers.get_peer(node, peer_id)
        peer.failures += 1
        peer.problem = peers.problem_of(error)
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(peer.failures - 1, 20))
        peer.next_poll_at = node.clock.now() + wait
        if isinstance(error, Untrusted):
            audit.record(
                node,
                "peer.untrusted",
                subject_type="peer",
                subject_id=peer.id,
                reason=str(error)[:500],
            )


class _Reading:
    """One reading of one peer."""

    def __init__(self, node: "Node", peer: Peer, progress: Progress) -> None:
        self.node = node
        self.peer = peer
        self.progress = progress
        self.remote = Remote(node.http, peer.url)
        self.token = secrets.token_hex(16)
        self.has_stage = False
        self.proven: tuple[Note, Checkpoint] | None = None
        self.result = SyncResult(peer.size)

    def run(self) -> SyncResult:
        note = self.remote.checkpoint(self.peer.etag)
        if note is not None:
            target = open_note(note.data, self.peer.node_id, peers.key_of(self.peer))
            self._check_progress(target)
            if self.peer.edition_no is None:
                self._read_all(target, note.data)
            elif target.size > self.peer.size:
                self._read_changes(target, note.data)
            self.proven = (note, target)
        self.result.requests = self.remote.requests
        self.result.byte_count = self.remote.byte_count
        return self.result

    def _check_progress(self, target: Checkpoint) -> None:
        """Hold a new checkpoint to the last one (FEDERATION.md section 5)."""
        peers.check_clock(self.node, target)
        if target.expires_at - target.issued_at > _MOST_LIFE:
            raise Untrusted(_("The checkpoint claims to be valid for longer than 48 hours."))
        most = self.node.config.federation.records_per_origin
        if target.count > _HEADERS_PER_RECORD * most or target.size > _ENTRIES_PER_RECORD * most:
            raise TooLarge(_("This city's catalogue is larger than this node accepts."))
        if self.peer.note is None:
            return
        known = open_note(self.peer.note, self.peer.node_id, peers.key_of(self.peer))
        if target.epoch != known.epoch:
            raise Untrusted(
                _("The city started its log anew. This version cannot follow. Update colnode.")
            )
        if target.size < known.size:
            raise Untrusted(
                _("The city has taken back what it signed: {size} entries after {known}."),
                size=target.size,
                known=known.size,
            )
        if target.size == known.size and (target.root, target.state, target.count) != (
            known.root,
            known.state,
            known.count,
        ):
            raise Untrusted(_("The city has signed two different logs of the same size."))

    # -- everything, from a snapshot -----------------------------------------------------------

    def _read_all(self, target: Checkpoint, note: bytes) -> None:
        self.result.is_first = True
        stage = self._begin_all(note)
        try:
            staged = open_note(stage.note, self.peer.node_id, peers.key_of(self.peer))
            self._follow_snapshot(staged, stage)
        except Gone as error:
            self._discard()
            raise Unavailable(
                _("The city's catalogue changed while it was read. It is tried again.")
            ) from error
        except (Untrusted, TooLarge):
            self._discard()
            raise
        if target.size > staged.size:
            with self.node.reading():
                self.peer = peers.get_peer(self.node, self.peer.id)
            self._read_changes(target, note)

    def _begin_all(self, note: bytes) -> Stage:
        """Take over a staged reading, or begin one."""
        with self.node.unit():
            stage = self.node.db.get(Stage, self.peer.id)
            if stage is None:
                edition_no = catalogue.open_edition(
                    self.node, self.peer.node_id, name=self.peer.name, url=self.peer.url
                )
                stage = Stage(
                    peer_id=self.peer.id,
                    note=note,
                    edition_no=edition_no,
                    seq=0,
                    frontier=b"",
                    byte_count=0,
                )
                self.node.db.add(stage)
            stage.token = self.token
        return stage

    def _follow_snapshot(self, target: Checkpoint, stage: Stage) -> None:
        limits = self.node.config.federation
        room = Room(limits.records_per_origin, limits.bytes_per_origin)
        edition_no = stage.edition_no or 0
        with self.node.reading():
            count, held = replica.totals_of(self.node, edition_no)
        room.records, room.byte_count = room.records - count, room.byte_count - held
        largest = 2 * limits.bytes_per_origin + 1024 * target.count
        with self.remote.snapshot(target.size, after=stage.seq, max_bytes=largest) as (head, pairs):
            identity = self._open_snapshot(head, target)
            before = [read_entry(*pair) for pair in identity] if stage.seq == 0 else []
            seq = stage.seq
            while batch := list(islice(pairs, _BATCH)):
                entries = _live_entries(batch, seq, target.size)
                seq = entries[-1].header.seq
                self._stage_live(edition_no, [*before, *entries], seq, room)
                before = []
                count += len(entries)
                self.result.entries += len(entries)
                self.progress(count, target.count)
                if count > target.count:
                    break
            if before:
                self._stage_live(edition_no, before, target.size, room)
        self._switch_edition(edition_no, target, head)

    def _open_snapshot(self, head: SnapshotHead, target: Checkpoint) -> list[Pair]:
        """Hold the head of a snapshot to the checkpoint; gives its identity entries."""
        found = open_note(head.note, self.peer.node_id, peers.key_of(self.peer))
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
        identity = read_identity(head.identity, self.peer.node_id)
        if identity.last_seq > target.size:
            raise Untrusted(_("The identity entries are out of order."))
        lines = head.identity[:-1].split(b"\n")
        return list(zip(lines[::2], lines[1::2], strict=True))

    def _stage_live(self, edition_no: int, entries: Sequence[Entry], seq: int, room: Room) -> None:
        try:
            with self.node.unit():
                self._hold_stage(seq=seq)
                pictures = replica.store_live(self.node, edition_no, entries, room)
                want(self.node, self.peer.id, pictures)
        except IntegrityError:
            raise Untrusted(_("The snapshot has a record twice.")) from None

    def _hold_stage(self, *, seq: int, frontier: bytes = b"") -> None:
        """Move the stage on, unless another reading took it over."""
        moved = self.node.db.execute(
            update(Stage)
            .where(Stage.peer_id == self.peer.id, Stage.token == self.token)
            .values(seq=seq, frontier=frontier)
            .returning(Stage.peer_id)
        ).all()
        if not moved:
            raise Superseded(_("Another reading of this city took over."))

    def _switch_edition(self, edition_no: int, target: Checkpoint, head: SnapshotHead) -> None:
        """Prove the staged edition as a whole and show it, in one transaction."""
        identity = read_identity(head.identity, self.peer.node_id)
        with self.node.unit():
            self._hold_stage(seq=target.size)
            state = replica.state_of(self.node, edition_no)
            count, held = replica.totals_of(self.node, edition_no)
            replica.check_totals(state, count, target)
            peer = self._locked_peer()
            peer.edition_no = edition_no
            peer.identity = identity.lines
            frontier = Frontier(target.size, head.frontier)
            self._write_proven(peer, target, head.note, frontier, state, held)
            self._describe(peer, identity.description)
            catalogue.show_edition(self.node, peer.node_id, edition_no)
            self.node.db.execute(delete(Stage).where(Stage.peer_id == peer.id))
            self._finish(peer)
        self.result.size = target.size

    # -- changes, from the log -----------------------------------------------------------------

    def _read_changes(self, target: Checkpoint, note: bytes) -> None:
        try:
            self._follow_log(target, note)
        except (Untrusted, TooLarge):
            self._discard()
            raise

    def _follow_log(self, target: Checkpoint, note: bytes) -> None:
        frontier = self._begin_changes()
        pending: list[Entry] = []
        while frontier.size < target.size:
            page = self._page(frontier.size, target)
            pending += page
            frontier.extend(entry.leaf for entry in page)
            self.result.entries += len(page)
            self.progress(frontier.size - self.peer.size, target.size - self.peer.size)
            if frontier.size < target.size:
                if not self.has_stage:
                    self._open_stage(note)
                self._stage_entries(pending, frontier)
                pending = []
        replica.check_frontier(frontier, target)
        self._switch_changes(pending, target, note, frontier)

    def _page(self, after: int, target: Checkpoint) -> list[Entry]:
        pairs = self.remote.entries(after, target.epoch)
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

    def _begin_changes(self) -> Frontier:
        """Take over what was staged, if anything; gives the tree as far as it has been read."""
        with self.node.reading():
            stage = self.node.db.get(Stage, self.peer.id)
        if stage is None or stage.edition_no is not None or stage.seq <= self.peer.size:
            return Frontier.from_bytes(self.peer.size, self.peer.frontier)
        with self.node.unit():
            self.node.db.execute(
                update(Stage).where(Stage.peer_id == self.peer.id).values(token=self.token)
            )
        self.has_stage = True
        return Frontier.from_bytes(stage.seq, stage.frontier)

    def _open_stage(self, note: bytes) -> None:
        """Begin to stage: more is to come than one page."""
        with self.node.unit():
            self.node.db.execute(delete(StagedEntry).where(StagedEntry.peer_id == self.peer.id))
            self.node.db.merge(
                Stage(
                    peer_id=self.peer.id,
                    token=self.token,
                    note=note,
                    edition_no=None,
                    seq=self.peer.size,
                    frontier=self.peer.frontier,
                    byte_count=0,
                )
            )
        self.has_stage = True

    def _stage_entries(self, entries: Sequence[Entry], frontier: Frontier) -> None:
        rows = [
            {
                "peer_id": self.peer.id,
                "seq": entry.header.seq,
                "header": entry.line,
                "body": entry.body,
            }
            for entry in entries
        ]
        with self.node.unit():
            self._hold_stage(seq=frontier.size, frontier=frontier.to_bytes())
            self.node.db.execute(insert(StagedEntry), rows)

    def _staged(self) -> Iterator[Entry]:
        query = select(StagedEntry.header, StagedEntry.body).where(
            StagedEntry.peer_id == self.peer.id
        )
        for header, body in self.node.db.execute(query.order_by(StagedEntry.seq)):
            yield read_entry(header, body)

    def _switch_changes(
        self, pending: Sequence[Entry], target: Checkpoint, note: bytes, frontier: Frontier
    ) -> None:
        """Apply what was read, prove the result as a whole and show it, in one transaction."""
        limits = self.node.config.federation
        with self.node.unit():
            if self.has_stage:
                self._hold_stage(seq=target.size)
            peer = self._locked_peer()
            if peer.size != self.peer.size or peer.edition_no is None or peer.buckets is None:
                raise Superseded(_("Another reading of this city took over."))
            entries = [*(self._staged() if self.has_stage else ()), *pending]
            room = Room(
                limits.records_per_origin - peer.count, limits.bytes_per_origin - peer.byte_count
            )
            before = room.byte_count
            state = State(peer.buckets)
            change, pictures = replica.apply(self.node, peer.edition_no, entries, state, room)
            replica.check_totals(state, peer.count + change, target)
            held = peer.byte_count + before - room.byte_count
            self._write_proven(peer, target, note, frontier, state, held)
            self._follow_identity(peer, entries)
            want(self.node, peer.id, pictures)
            for table in (StagedEntry, Stage):
                self.node.db.execute(delete(table).where(table.peer_id == peer.id))
            self._finish(peer)
            self._tell_plugins(peer.node_id, entries)
        self.result.size = target.size

    def _follow_identity(self, peer: Peer, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.header.op == Op.NODE:
                peer.identity += entry.line + b"\n" + entry.body + b"\n"
                self._describe(peer, read_description(read_body(entry.body, Op.NODE)))
            elif entry.header.op == Op.GENESIS:
                raise Untrusted(_("A log can begin only once."))

    # -- both ----------------------------------------------------------------------------------

    def _locked_peer(self) -> Peer:
        peer = self.node.db.scalars(
            select(Peer).where(Peer.id == self.peer.id).with_for_update()
        ).one()
        if peer.state != peers.TrustState.ALLOWED:
            raise Superseded(_("The city was blocked while it was read."))
        return peer

    def _write_proven(
        self,
        peer: Peer,
        target: Checkpoint,
        note: bytes,
        frontier: Frontier,
        state: State,
        held: int,
    ) -> None:
        peer.note, peer.etag = note, None
        peer.size, peer.epoch, peer.count = target.size, target.epoch, target.count
        peer.frontier, peer.buckets = frontier.to_bytes(), state.to_bytes()
        peer.byte_count = held
        peer.expires_at = target.expires_at
        peer.changed_at = self.node.clock.now()

    def _describe(self, peer: Peer, description: Description) -> None:
        """Take over what a proven node entry says, the address for the next reading too."""
        peer.name = dict(description.name)
        peer.description = asdict(description)
        if peer.url != description.url:
            audit.record(
                self.node,
                "peer.moved",
                subject_type="peer",
                subject_id=peer.id,
                detail={"from": peer.url, "to": description.url},
            )
            peer.url = description.url
        catalogue.rename_origin(self.node, peer.node_id, name=peer.name, url=peer.url)

    def _finish(self, peer: Peer) -> None:
        node = self.node
        jobs.enqueue(node, PICTURES_JOB, {"peer_id": peer.id}, key=f"{PICTURES_JOB}:{peer.id}")
        if catalogue.hidden_editions(node, peer.node_id):
            key = f"{peers.CLEAN_JOB}:{peer.node_id}"
            jobs.enqueue(node, peers.CLEAN_JOB, {"origin": peer.node_id}, key=key)

    def _tell_plugins(self, origin: str, entries: Sequence[Entry]) -> None:
        """Tell plugins of each record that changed; of very many, the event table knows."""
        ids = [entry.header.id for entry in entries[:_MOST_HOOKS] if not entry.is_identity]

        def tell() -> None:
            for kind, _slash, record_id in (live_id.partition("/") for live_id in ids):
                self.node.host.calls.after(
                    "record_changed",
                    node=self.node,
                    origin=origin,
                    record_type=kind,
                    record_id=record_id,
                )

        self.node.after_commit(tell)

    def _discard(self) -> None:
        """Forget everything that was staged; what is shown stays as it was."""
        node, peer = self.node, self.peer
        with node.unit():
            mine = node.db.scalar(
                select(Stage.token).where(Stage.peer_id == peer.id, Stage.token == self.token)
            )
            if mine is None:
                return
            for table in (StagedEntry, Stage):
                node.db.execute(delete(table).where(table.peer_id == peer.id))
            if peer.edition_no is None:
                node.db.execute(delete(WantedPicture).where(WantedPicture.peer_id == peer.id))
            key = f"{peers.CLEAN_JOB}:{peer.node_id}"
            jobs.enqueue(node, peers.CLEAN_JOB, {"origin": peer.node_id}, key=key)


def _live_entries(batch: Sequence[Pair], after: int, size: int) -> list[Entry]:
    """The records of a snapshot, which come in the order of seq."""
    entries = [read_entry(*pair) for pair in batch]
    seq = after
    for entry in entries:
        if entry.header.op != Op.PUT or not seq < entry.header.seq <= size:
            raise Untrusted(_("The records of the snapshot are out of order."))
        seq = entry.header.seq
    return entries

"""One reading of one peer: what its parts share, and how it is staged, finished or discarded."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from colnode import catalogue, jobs
from colnode.errors import Conflict, _
from colnode.federation import peers
from colnode.federation.checkpoint import Checkpoint, UnknownKey
from colnode.federation.identity import Identity, check_follows, read_identity
from colnode.federation.job_names import CLEAN_JOB, PICTURES_JOB
from colnode.federation.log import Frontier, State
from colnode.federation.models import Peer, Stage, StagedEntry, WantedPicture
from colnode.federation.remote import Note, Remote
from colnode.federation.replica import Entry

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Progress", "Reading", "Superseded", "SyncResult"]

Progress = Callable[[int, int], None]

_MOST_HOOKS = 1_000


@dataclass
class SyncResult:
    """What one reading brought: entries read, the size proven, what it cost."""

    size: int
    entries: int = 0
    requests: int = 0
    byte_count: int = 0
    is_first: bool = False


class Superseded(Conflict):
    """Another reading of the same peer took over."""


class Reading:
    """One reading of one peer."""

    def __init__(self, node: "Node", peer: Peer, progress: Progress) -> None:
        self.node = node
        self.peer = peer
        self.progress = progress
        self.remote = Remote(node.http, peer.url)
        self.token = secrets.token_hex(16)
        self.has_stage = False
        self.identity = peers.identity_of(peer)
        self.proven: tuple[Note, Checkpoint] | None = None
        self.result = SyncResult(peer.size)

    def open(self, note: bytes) -> Checkpoint:
        """The checkpoint in a note of this peer; a key that is not known yet is asked about.

        Raises Untrusted when the identity entries do not lead from what is trusted to that key.
        """
        try:
            return self.identity.open(note)
        except UnknownKey:
            offered = read_identity(self.remote.identity(), self.peer.node_id)
            check_follows(offered, self.identity)
            self.identity = offered
            return offered.open(note)

    def hold_stage(self, *, seq: int, frontier: bytes = b"") -> None:
        """Move the stage on, unless another reading took it over."""
        moved = self.node.db.execute(
            update(Stage)
            .where(Stage.peer_id == self.peer.id, Stage.token == self.token)
            .values(seq=seq, frontier=frontier)
            .returning(Stage.peer_id)
        ).all()
        if not moved:
            raise Superseded(_("Another reading of this city took over."))

    def locked_peer(self) -> Peer:
        """The peer, locked until the transaction ends. It is taken before the stage."""
        peer = self.node.db.scalars(
            select(Peer).where(Peer.id == self.peer.id).with_for_update()
        ).one()
        if peer.state != peers.TrustState.ALLOWED:
            raise Superseded(_("The city was blocked while it was read."))
        return peer

    def write_proven(
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

    def write_identity(self, peer: Peer, lines: bytes, note: bytes) -> None:
        """Take over what proven identity entries say: keys, name, the address to read from next.

        Raises Untrusted when they do not go on from what is known, or did not sign the checkpoint.
        """
        identity: Identity = read_identity(lines, peer.node_id)
        check_follows(identity, peers.identity_of(peer))
        identity.open(note)
        peer.identity = identity.lines
        peer.public_key = identity.key.public_bytes
        description = identity.description
        peer.name = dict(description.name)
        peer.description = asdict(description)
        if peer.url != description.url:
            peers.note_move(self.node, peer, description.url)
        catalogue.rename_origin(self.node, peer.node_id, name=peer.name, url=peer.url)

    def finish(self, peer: Peer) -> None:
        node = self.node
        jobs.enqueue(node, PICTURES_JOB, {"peer_id": peer.id}, key=f"{PICTURES_JOB}:{peer.id}")
        if catalogue.hidden_editions(node, peer.node_id):
            key = f"{CLEAN_JOB}:{peer.node_id}"
            jobs.enqueue(node, CLEAN_JOB, {"origin": peer.node_id}, key=key)

    def tell_plugins(self, origin: str, entries: Sequence[Entry]) -> None:
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

    def discard(self) -> None:
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
            key = f"{CLEAN_JOB}:{peer.node_id}"
            jobs.enqueue(node, CLEAN_JOB, {"origin": peer.node_id}, key=key)

"""Reading a peer: fetched, staged unseen, proven, then switched in one transaction.

docs/federation.md section 5. What is not proven is never shown; a reading that was interrupted
goes on where it stopped; two at once are harmless, the later one takes over.
"""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from colnode import audit
from colnode.errors import ColnodeError, Refused, TooLarge, Untrusted, _
from colnode.federation import evidence, peers
from colnode.federation.bundles import contradict, make_evidence
from colnode.federation.changes import read_changes
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.first_reading import read_all
from colnode.federation.reading import Progress, Reading, Superseded, SyncResult
from colnode.federation.remote import Note

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Superseded", "SyncResult", "sync"]

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=24)
_MOST_LIFE = timedelta(hours=48)
_HEADERS_PER_RECORD = 10
_ENTRIES_PER_RECORD = 100


def sync(node: "Node", peer_id: str, *, progress: Progress | None = None) -> SyncResult:
    """Read what is new at a peer. Opens its own transactions: call it outside of a unit.

    Raises Refused when the peer is not allowed, Unavailable, Untrusted and TooLarge as the peer
    gives cause; the failure is kept with the peer, and nothing that was shown changes.
    """
    with node.reading():
        peer = peers.get_peer(node, peer_id)
    if peer.state != peers.TrustState.ALLOWED:
        raise Refused(_("This city is not read: allow it first."))
    reading = Reading(node, peer, progress or (lambda _done, _all: None))
    try:
        result = _run(reading)
    except ColnodeError as error:
        if not isinstance(error, Superseded):
            _note_failure(node, peer_id, error)
        raise
    _note_success(node, peer_id, reading.proven)
    return result


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
        if isinstance(error, evidence.Forked):
            evidence.keep(node, error.evidence)
        if isinstance(error, Untrusted):
            audit.record(
                node,
                "peer.untrusted",
                subject_type="peer",
                subject_id=peer.id,
                reason=str(error)[:500],
            )


def _run(reading: Reading) -> SyncResult:
    note = reading.remote.checkpoint(reading.peer.etag)
    if note is not None:
        target = reading.open(note.data)
        _check_progress(reading, target, note.data)
        if reading.peer.edition_no is None or target.epoch != reading.peer.epoch:
            read_all(reading, target, note.data)
        elif target.size > reading.peer.size:
            read_changes(reading, target, note.data)
        reading.proven = (note, target)
    reading.result.requests = reading.remote.requests
    reading.result.byte_count = reading.remote.byte_count
    return reading.result


def _check_progress(reading: Reading, target: Checkpoint, note: bytes) -> None:
    """Hold a new checkpoint to the last one (docs/federation.md section 5)."""
    peers.check_clock(reading.node, target)
    if target.expires_at - target.issued_at > _MOST_LIFE:
        raise Untrusted(_("The checkpoint claims to be valid for longer than 48 hours."))
    most = reading.node.config.federation.records_per_origin
    if target.count > _HEADERS_PER_RECORD * most or target.size > _ENTRIES_PER_RECORD * most:
        raise TooLarge(_("This city's catalogue is larger than this node accepts."))
    if reading.peer.note is None:
        return
    known = peers.identity_of(reading.peer).open(reading.peer.note)
    if target.epoch > known.epoch:
        return
    if target.epoch < known.epoch:
        raise Untrusted(_("The checkpoint is of an epoch that is over."))
    if target.size < known.size:
        raise Untrusted(
            _("The city has taken back what it signed: {size} entries after {known}."),
            size=target.size,
            known=known.size,
        )
    if contradict(known, target):
        forked = evidence.Forked(_("The city has signed two different logs of the same size."))
        forked.evidence = make_evidence(reading.identity.lines, reading.peer.note, note)
        raise forked

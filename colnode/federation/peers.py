"""The other cities that this one knows, and what the admin decided about each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from colnode import audit, catalogue, jobs
from colnode.db import LangMap
from colnode.errors import ColnodeError, Conflict, Invalid, NotFound, Refused, Untrusted, _
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.entries import Op, digest_of, read_body, read_header
from colnode.federation.identity import Description, Identity, check_follows, read_identity
from colnode.federation.job_names import CLEAN_JOB, SYNC_JOB
from colnode.federation.models import Peer, ReplicaRecord, Stage, StagedEntry, WantedPicture
from colnode.federation.remote import Remote, base_url

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Offer",
    "Peer",
    "Sample",
    "TrustState",
    "accept_offer",
    "add",
    "allow",
    "block",
    "faults",
    "find_peer",
    "get_peer",
    "history",
    "list_peers",
    "look",
    "sync_soon",
]

_MOST_SAMPLES = 50
_CLOCK_TOLERANCE = timedelta(hours=1)
_LONGEST_WAIT = timedelta(hours=25)


class TrustState(StrEnum):
    """What the admin decided about a city (docs/federation.md section 6)."""

    PENDING = "pending"
    ALLOWED = "allowed"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Sample:
    """A record that a city offers, before anything of it is stored."""

    type: str
    id: str
    title: LangMap


@dataclass(frozen=True)
class Offer:
    """What a city shows of itself before an admin decides: who it is, how much, some records."""

    address: str
    identity: Identity
    checkpoint: Checkpoint
    samples: Sequence[Sample]

    @property
    def description(self) -> Description:
        """What the city says of itself."""
        return self.identity.description


def look(node: "Node", address: str) -> Offer:
    """Read who is at an address and up to 50 of its newest records; stores nothing.

    Raises Invalid (no address), Unavailable (nobody answers), Untrusted (it does not add up).
    """
    url = base_url(address)
    remote = Remote(node.http, url)
    identity = read_identity(remote.identity())
    note = remote.checkpoint()
    if note is None:
        raise Untrusted(_("The checkpoint is malformed."))
    found = identity.open(note.data)
    check_clock(node, found)
    begins_at = min(item.seq for item in identity.authorities if item.epoch == found.epoch) - 1
    after = max(begins_at if found.epoch else 0, found.size - _MOST_SAMPLES)
    pairs = remote.entries(after, found.epoch, seconds=20)
    samples = [_sample(node, *pair) for pair in pairs[:_MOST_SAMPLES]]
    return Offer(url, identity, found, [sample for sample in samples if sample])


def check_clock(node: "Node", found: Checkpoint) -> None:
    """Raise Refused when a checkpoint is from the future: a clock error, not a crime."""
    if found.issued_at > node.clock.now() + _CLOCK_TOLERANCE:
        raise Refused(
            _("The clock of {url} or of this machine is wrong: its newest entry is from {time}."),
            url=found.url,
            time=found.issued_at.isoformat(timespec="minutes"),
        )


def _sample(node: "Node", header_line: bytes, body: bytes) -> Sample | None:
    header = read_header(header_line)
    kind = node.host.record_types.get(header.type)
    if header.op != Op.PUT or kind is None or digest_of(body) != header.digest:
        return None
    try:
        value = read_body(body, "record")
        indexed = catalogue.index_body(node, kind, value, body.decode())
    except (Untrusted, Invalid):
        return None
    return Sample(header.type, header.id.partition("/")[2], dict(indexed.title))


def add(node: "Node", address: str, *, actor_id: str | None = None) -> Peer:
    """Look at an address and remember the city there as pending. Asks the network.

    A known city that has moved there is followed: its signed identity says so. Raises what `look`
    raises, and Conflict when the city is known at its address already or is this one.
    """
    offer = look(node, address)
    with node.unit():
        return accept_offer(node, offer.address, offer.identity.lines, actor_id=actor_id)


def accept_offer(
    node: "Node", address: str, identity_lines: bytes, *, actor_id: str | None = None
) -> Peer:
    """Remember a city as pending from its address and its identity entries, which prove its id.

    A known city is followed to the address, if its own newest node entry names that. Raises
    Untrusted and Invalid, and Conflict when it is known already or is this one.
    """
    identity = read_identity(identity_lines)
    if identity.node_id == node.id:
        raise Conflict(_("This is the address of your own city."))
    known = node.db.scalar(select(Peer).where(Peer.node_id == identity.node_id))
    if known is not None and known.url != base_url(address) == identity.description.url:
        return _follow_move(node, known, identity, actor_id)
    if known is not None:
        raise Conflict(_("{name} is in your list already."), name=name_of(identity.description))
    peer = Peer(
        node_id=identity.node_id,
        url=base_url(address),
        state=TrustState.PENDING,
        name=identity.description.name,
        description=asdict(identity.description),
        identity=identity.lines,
        public_key=identity.key.public_bytes,
        next_poll_at=node.clock.now(),
        created_at=node.clock.now(),
    )
    node.db.add(peer)
    node.db.flush()
    _note(node, peer, "peer.added", actor_id, None)
    return peer


def _follow_move(node: "Node", peer: Peer, identity: Identity, actor_id: str | None) -> Peer:
    """Read a city at the address that it says it moved to. What it says is proven when it is read.

    Raises Untrusted when its identity does not go on from what is known of it.
    """
    check_follows(identity, identity_of(peer))
    note_move(node, peer, identity.description.url, actor_id)
    peer.etag, peer.failures, peer.problem = None, 0, None
    if peer.state == TrustState.ALLOWED:
        sync_soon(node, peer.id)
    node.db.flush()
    return peer


def note_move(node: "Node", peer: Peer, url: str, actor_id: str | None = None) -> None:
    """Read a city at another address from now on, and keep in mind where it was."""
    audit.record(
        node,
        "peer.moved",
        subject_type="peer",
        subject_id=peer.id,
        actor_id=actor_id,
        detail={"from": peer.url, "to": url},
    )
    peer.url = url


def name_of(description: Description) -> str:
    """The city's name in any language, for messages."""
    return next(iter(description.name.values()))


def get_peer(node: "Node", peer_id: str) -> Peer:
    """The peer with this id; raises NotFound."""
    peer = node.db.get(Peer, peer_id)
    if peer is None:
        raise NotFound(_("There is no such city in your list."))
    return peer


def find_peer(node: "Node", text: str) -> Peer:
    """The one peer that an id, a node id, a name or an address means; raises NotFound, Conflict."""
    wanted = text.strip()
    found = [
        peer
        for peer in list_peers(node)
        if wanted in {peer.id, peer.node_id, peer.url, peer.url.partition("://")[2]}
        or wanted.rstrip("/") == peer.url
        or wanted.casefold() in {name.casefold() for name in peer.name.values()}
    ]
    if not found:
        raise NotFound(_("There is no such city in your list: {text}."), text=text)
    if len(found) > 1:
        raise Conflict(_("Several cities are called {text}. Use the address."), text=text)
    return found[0]


def list_peers(node: "Node", *, state: str | None = None) -> Sequence[Peer]:
    """All known cities by state and age."""
    query = select(Peer).order_by(Peer.state, Peer.created_at)
    if state is not None:
        query = query.where(Peer.state == state)
    return node.db.scalars(query).all()


def allow(
    node: "Node", peer_id: str, *, actor_id: str | None = None, reason: str | None = None
) -> Peer:
    """Read a city from now on and show what it offers.

    Raises Invalid when the city was blocked and no reason is given.
    """
    peer = get_peer(node, peer_id)
    if peer.state == TrustState.ALLOWED:
        return peer
    if peer.state == TrustState.BLOCKED:
        _check_reason(reason)
    peer.state = TrustState.ALLOWED
    peer.reason = (reason or "").strip() or None
    _note(node, peer, "peer.allowed", actor_id, peer.reason)
    sync_soon(node, peer.id)
    return peer


def block(node: "Node", peer_id: str, *, actor_id: str | None = None, reason: str) -> Peer:
    """Stop reading a city and take everything of it off every page at once.

    Its stored records are deleted in the background. Raises Invalid without a reason.
    """
    _check_reason(reason)
    peer = get_peer(node, peer_id)
    peer.state = TrustState.BLOCKED
    peer.reason = reason.strip()
    forget_replica(node, peer)
    _note(node, peer, "peer.blocked", actor_id, peer.reason)
    return peer


def _check_reason(reason: str | None) -> None:
    if not (reason or "").strip():
        message = _("Say why, so that the next admin understands.")
        raise Invalid(message, fields={"reason": message})


def history(node: "Node", peer_id: str) -> Sequence[audit.AuditEvent]:
    """The newest 50 events of a city, newest first: who decided what, when and why.

    Raises NotFound.
    """
    return audit.latest_events(node, limit=50, subject_id=get_peer(node, peer_id).id)


def forget_replica(node: "Node", peer: Peer) -> None:
    """Hide everything read from a peer; the clean-up job deletes it."""
    catalogue.hide(node, peer.node_id)
    for table in (StagedEntry, Stage, WantedPicture):
        node.db.execute(delete(table).where(table.peer_id == peer.id))
    peer.edition_no, peer.size, peer.count, peer.byte_count = None, 0, 0, 0
    peer.frontier, peer.buckets, peer.note, peer.etag = b"", None, None, None
    peer.problem, peer.failures = None, 0
    node.db.flush()
    jobs.enqueue(node, CLEAN_JOB, {"origin": peer.node_id}, key=f"{CLEAN_JOB}:{peer.node_id}")


def sync_soon(node: "Node", peer_id: str) -> None:
    """Have a city read as soon as a worker is free."""
    peer = get_peer(node, peer_id)
    peer.next_poll_at = node.clock.now()
    node.db.flush()
    jobs.enqueue(node, SYNC_JOB, {"peer_id": peer_id}, key=f"{SYNC_JOB}:{peer_id}")


def due_peers(node: "Node", *, limit: int) -> Sequence[str]:
    """Ids of allowed peers whose time has come, the longest waiting first.

    Nobody waits for longer than a day: a later time was noted while the clock was wrong.
    """
    now = node.clock.now()
    is_due = or_(Peer.next_poll_at <= now, Peer.next_poll_at > now + _LONGEST_WAIT)
    query = (
        select(Peer.id)
        .where(Peer.state == TrustState.ALLOWED, is_due)
        .order_by(Peer.next_poll_at)
        .limit(limit)
    )
    return node.db.scalars(query).all()


def faults(node: "Node", peer_id: str) -> Mapping[str, str]:
    """Up to 50 records of a city that are not shown, by id, with the reason."""
    peer = get_peer(node, peer_id)
    if peer.edition_no is None:
        return {}
    query = select(ReplicaRecord.id, ReplicaRecord.fault).where(
        ReplicaRecord.edition_no == peer.edition_no, ReplicaRecord.fault.is_not(None)
    )
    return {live_id: str(fault) for live_id, fault in node.db.execute(query.limit(50))}


def identity_of(peer: Peer) -> Identity:
    """What is proven of who a peer is and who signs for it."""
    return read_identity(peer.identity, peer.node_id)


def problem_of(error: ColnodeError) -> dict[str, Any]:
    """An error as it is kept with the peer: message, parameters and what kind it is."""
    parameters = {name: str(value)[:500] for name, value in error.parameters.items()}
    return {"code": error.code, "message": error.message, "parameters": parameters}


def _note(node: "Node", peer: Peer, action: str, actor_id: str | None, reason: str | None) -> None:
    audit.record(
        node,
        action,
        subject_type="peer",
        subject_id=peer.id,
        actor_id=actor_id,
        reason=reason,
        detail={"node_id": peer.node_id, "url": peer.url},
    )

"""Whether this node may write: is its database the newest one that others have read from?

A database that was put back from a backup, or a second copy of the city that goes on by itself,
would sign another story under the same numbers. Such a node serves what it has, writes nothing and
says so, until `colnode recover` has found out how to go on. docs/federation.md section 9.
"""

import json
import logging
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.errors import ReadOnly, Unavailable, Untrusted, _
from colnode.federation import identity, serving, witness
from colnode.federation.checkpoint import Checkpoint, UnknownKey
from colnode.federation.log import tree_root
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead, Peer
from colnode.federation.remote import Remote
from colnode.node import NodeFact, get_fact, set_fact

if TYPE_CHECKING:
    from colnode.federation.identity import Identity
    from colnode.node import Node

__all__ = [
    "check",
    "check_peer",
    "check_writable",
    "fault",
    "held_by",
    "is_behind",
    "is_contradicted",
    "judge",
    "resume",
    "stop_restored",
]

_log = logging.getLogger(__name__)
_FACT = "read_only"


_BEHIND = _(
    "The database is older than what other cities have read ({found} entries instead of {shown}). "
    "The city can be read and nothing can be changed. Run `colnode recover` on the server."
)
_FORKED = _(
    "A second copy of this city signs its catalogue. The city can be read and nothing can be "
    "changed. Stop the other copy, then run `colnode recover` on the server."
)
_RESTORED = _(
    "The city was restored from a backup. It can be read and nothing can be changed until "
    "`colnode recover` has asked other cities what they read since."
)


def fault(node: "Node") -> ReadOnly | None:
    """Why nothing may be written, None when all is well. Works in the caller's unit."""
    value = get_fact(node, _FACT)
    if value is None:
        return None
    kept = json.loads(value)
    return ReadOnly(kept["message"], **kept["parameters"])


def is_behind(found: ReadOnly) -> bool:
    """Whether others have read more of the same log, and not another one."""
    return found.message == _BEHIND


def stop_restored(node: "Node") -> None:
    """Note, in the caller's unit, that the database was put back from a backup."""
    _stop(node, ReadOnly(_RESTORED))


def resume(node: "Node") -> None:
    """Let the city write again, in the caller's unit."""
    row = node.db.get(NodeFact, _FACT)
    if row is not None:
        node.db.delete(row)
        node.db.flush()


def check(node: "Node") -> ReadOnly | None:
    """Compare the database with the witness file; why nothing may be written, None if all is well.

    Opens units of its own. Raises ConfigurationError when the witness cannot be read.
    """
    with node.reading():
        known = fault(node)
        head = node.db.get(LogHead, 1)
        found = _compare(node, head) if head is not None and known is None else known
    if found is not None and known is None:
        _stop_now(node, found)
    return found


def check_writable(node: "Node", head: LogHead) -> None:
    """Raise ReadOnly unless the log may be appended to at this head."""
    found = fault(node) or _compare(node, head)
    if found is not None:
        raise found


def _compare(node: "Node", head: LogHead) -> ReadOnly | None:
    shown = witness.read(node.config)
    if shown is None or shown.node_id != node.id:
        return None
    if shown.place > (head.epoch, head.size):
        return ReadOnly(_BEHIND, found=head.size, shown=shown.size)
    if shown.epoch == head.epoch and shown.size == head.size and shown.frontier != head.frontier:
        return ReadOnly(_FORKED)
    return None


def check_peer(node: "Node", peer_id: str) -> ReadOnly | None:
    """Compare the database with what one other city holds of this one. Asks the network.

    Opens units of its own; a city that does not answer or holds nothing of ours says nothing.
    """
    with node.reading():
        url = node.db.get_one(Peer, peer_id).url
    try:
        held = held_by(node, url)
    except (Unavailable, Untrusted):
        return None
    if held is None:
        return None
    with node.reading():
        found = judge(node, *held)
    if found is not None:
        _stop_now(node, found)
    return found


def judge(node: "Node", theirs: "Identity", held: Checkpoint) -> ReadOnly | None:
    """What a proven checkpoint of this city, held elsewhere, says of the database; None: agrees."""
    head = node.db.get_one(LogHead, 1)
    if not is_contradicted(node, head, held):
        return None
    ours = identity.read_identity(serving.identity_lines(node), node.id)
    if (held.epoch, held.size) > (head.epoch, head.size) and _goes_on(theirs, ours):
        return ReadOnly(_BEHIND, found=head.size, shown=held.size)
    return ReadOnly(_FORKED)


def _goes_on(offered: "Identity", ours: "Identity") -> bool:
    try:
        identity.check_follows(offered, ours)
    except Untrusted:
        return False
    return True


def held_by(node: "Node", url: str) -> "tuple[Identity, Checkpoint] | None":
    """What another city holds of this one: identity and checkpoint, proven; None for nothing.

    Raises Unavailable when it does not answer, Untrusted when it does not add up.
    """
    with node.reading():
        remote = Remote(node.http, url, origin=node.id)
        ours = identity.read_identity(serving.identity_lines(node), node.id)
    try:
        note = remote.checkpoint()
    except Unavailable:
        return None
    if note is None:
        return None
    try:
        return ours, ours.open(note.data)
    except UnknownKey:
        theirs = identity.read_identity(remote.identity(), ours.node_id)
        return theirs, theirs.open(note.data)


def is_contradicted(node: "Node", head: LogHead, found: Checkpoint) -> bool:
    """Whether a proven checkpoint of this city is not one of the log that the database has."""
    if found.epoch != head.epoch:
        return found.epoch > head.epoch
    if found.size > head.size:
        return True
    known = select(LogCheckpoint.note).where(LogCheckpoint.size == found.size)
    for note in node.db.scalars(known):
        if _root_line(note) == _root_line(found.to_text().encode()):
            return False
    leaves = node.db.scalars(
        select(LogEntry.leaf).where(LogEntry.seq <= found.size).order_by(LogEntry.seq)
    ).all()
    return len(leaves) == found.size and tree_root(leaves) != found.root


def _root_line(note: bytes) -> bytes:
    return note.split(b"\n", 3)[2]


def _stop_now(node: "Node", found: ReadOnly) -> None:
    _log.error("%s", found)
    with node.unit():
        _stop(node, found)


def _stop(node: "Node", found: ReadOnly) -> None:
    kept = {"message": found.message, "parameters": found.parameters}
    set_fact(node, _FACT, json.dumps(kept))

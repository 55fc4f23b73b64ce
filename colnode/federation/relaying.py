"""What this node holds of another city's log, in the form in which that city would serve it.

So a city that lost its database finds its own signed catalogue with those who read it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from colnode.errors import NotFound, _
from colnode.federation.entries import NULL_BODY, read_header
from colnode.federation.models import Peer, ReplicaRecord
from colnode.federation.peers import TrustState
from colnode.federation.serving import CursorTooOld

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["checkpoint_of", "identity_of", "snapshot_of"]

_ROWS = 500


def checkpoint_of(node: "Node", origin: str) -> bytes:
    """The checkpoint of an origin up to which this node has read it. Raises NotFound."""
    note = _followed(node, origin).note
    if note is None:
        raise NotFound(_("Nothing of this city has been read yet."))
    return note


def identity_of(node: "Node", origin: str) -> bytes:
    """The identity entries of an origin as NDJSON. Raises NotFound."""
    return _followed(node, origin).identity


def snapshot_of(node: "Node", origin: str, size: int, *, after: int = 0) -> Iterator[bytes]:
    """The snapshot of an origin at the size that this node holds (serving.snapshot).

    Raises NotFound, and CursorTooOld for any other size.
    """
    peer = _followed(node, origin)
    if peer.note is None or peer.edition_no is None or peer.size != size:
        raise CursorTooOld(_("There is no snapshot at {size}. Ask for the checkpoint."), size=size)
    head = {
        "snapshot": 1,
        "checkpoint": peer.note.decode(),
        "frontier": [peer.frontier[at : at + 32].hex() for at in range(0, len(peer.frontier), 32)],
        "identity": peer.identity.count(b"\n") // 2,
    }
    first = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return _pieces(node, first + peer.identity, peer.edition_no, after)


def _followed(node: "Node", origin: str) -> Peer:
    query = select(Peer).where(Peer.node_id == origin, Peer.state == TrustState.ALLOWED)
    peer = node.db.scalar(query)
    if peer is None:
        raise NotFound(_("This city is not read here."))
    return peer


def _pieces(node: "Node", first: bytes, edition_no: int, after: int) -> Iterator[bytes]:
    yield first
    with node.reading():
        places = _in_order(node, edition_no, after)
    for start in range(0, len(places), _ROWS):
        with node.reading():
            lines = _lines(node, edition_no, places[start : start + _ROWS])
        yield b"".join(lines)


def _in_order(node: "Node", edition_no: int, after: int) -> list[tuple[int, int, str]]:
    """Seq, bucket and id of every live record, in the order of seq."""
    row = ReplicaRecord
    query = select(row.bucket, row.id, row.header).where(
        row.edition_no == edition_no, row.type != ""
    )
    found = [
        (read_header(header).seq, bucket, live_id)
        for bucket, live_id, header in node.db.execute(query)
    ]
    return sorted(place for place in found if place[0] > after)


def _lines(node: "Node", edition_no: int, places: Sequence[tuple[int, int, str]]) -> list[bytes]:
    row = ReplicaRecord
    wanted = [(bucket, live_id) for _seq, bucket, live_id in places]
    query = select(row.id, row.header, row.body).where(
        row.edition_no == edition_no, tuple_(row.bucket, row.id).in_(wanted)
    )
    found = {
        live_id: (header, body or NULL_BODY) for live_id, header, body in node.db.execute(query)
    }
    return [b"%b\n%b\n" % found[live_id] for _bucket, live_id in wanted if live_id in found]

"""What cities were caught at, kept as files that anybody can check (bundles.read_evidence)."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.errors import Untrusted
from colnode.federation.bundles import read_evidence
from colnode.federation.models import PeerEvidence

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Forked", "keep", "list_evidence"]


class Forked(Untrusted):
    """A city signed two logs of one size; `evidence` proves it."""

    evidence = b""


def keep(node: "Node", evidence: bytes) -> None:
    """Keep a file of evidence, once. Raises Untrusted when it proves nothing."""
    proven = read_evidence(evidence)
    digest = hashlib.sha256(evidence).hexdigest()
    if node.db.scalar(select(PeerEvidence.id).where(PeerEvidence.digest == digest)):
        return
    origin = proven.identity.node_id
    row = PeerEvidence(node_id=origin, digest=digest, document=evidence, found_at=node.clock.now())
    node.db.add(row)
    node.db.flush()
    audit.record(node, "peer.evidence", subject_type="origin", subject_id=origin)


def list_evidence(node: "Node", origin: str | None = None) -> Sequence[PeerEvidence]:
    """What is kept, of one city if named, oldest first."""
    query = select(PeerEvidence).order_by(PeerEvidence.found_at, PeerEvidence.id)
    if origin is not None:
        query = query.where(PeerEvidence.node_id == origin)
    return node.db.scalars(query).all()

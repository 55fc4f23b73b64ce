"""DIDs that people have proven to control: a challenge of ours, signed in a small presentation."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode import audit
from colnode.badges import rules
from colnode.badges.models import HolderDid
from colnode.badges.verifying import NodeResolver
from colnode.clock import format_rfc3339
from colnode.errors import NotFound, _
from colnode.identity import key_file
from colnode.openbadges.presentation import presentation_to_sign, verify_presentation

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "check",
    "erase",
    "export",
    "forget",
    "list_dids",
    "new_challenge",
    "remember",
    "to_sign",
]

_LIFE = timedelta(minutes=30)


def new_challenge(node: "Node", person_id: str) -> str:
    """A text that only this person's presentation may carry, good for half an hour.

    It is kept nowhere: it says when it ends and is sealed with a secret of the node.
    """
    ends = int((node.clock.now() + _LIFE).timestamp())
    return f"{ends}.{_seal(node, person_id, ends)}"


def to_sign(node: "Node", person_id: str, *, holder: str) -> dict[str, Any]:
    """The presentation that the controller of `holder` signs for this person."""
    challenge = new_challenge(node, person_id)
    return presentation_to_sign(holder, challenge=challenge, domain=node.config.domain)


def check(node: "Node", document: bytes, *, person_id: str) -> str:
    """The DID that the presentation proves for this person; stores nothing, may ask a did:web.

    Raises Invalid and Unavailable.
    """

    def is_ours(challenge: str) -> bool:
        ends, _dot, seal = challenge.partition(".")
        if not ends.isdecimal() or len(ends) > 12:
            return False
        is_sealed = hmac.compare_digest(_seal(node, person_id, int(ends)).encode(), seal.encode())
        return is_sealed and datetime.fromtimestamp(int(ends), UTC) > node.clock.now()

    return verify_presentation(
        document,
        is_challenge=is_ours,
        domain=node.config.domain,
        resolver=NodeResolver(node),
        now=node.clock.now(),
    )


def remember(node: "Node", did: str, *, person_id: str) -> None:
    """Note that a person controls a DID; whoever proved it last has it."""
    held = node.db.get(HolderDid, did)
    if held is None:
        held = HolderDid(did=did, person_id=person_id, proven_at=node.clock.now())
        node.db.add(held)
    held.person_id, held.proven_at = person_id, node.clock.now()
    rules.look_at(node, person_id)
    _note(node, "person.did_proven", person_id)


def list_dids(node: "Node", person_id: str) -> Sequence[HolderDid]:
    """The DIDs of a person, the first proven first."""
    query = select(HolderDid).where(HolderDid.person_id == person_id)
    return node.db.scalars(query.order_by(HolderDid.proven_at, HolderDid.did)).all()


def forget(node: "Node", did: str, *, person_id: str) -> None:
    """Take a DID off the account. Raises NotFound, also for somebody else's."""
    held = node.db.get(HolderDid, did)
    if held is None or held.person_id != person_id:
        raise NotFound(_("This identity is not on your account."))
    node.db.delete(held)
    _note(node, "person.did_removed", person_id)


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's DIDs."""
    node.db.execute(delete(HolderDid).where(HolderDid.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """A person's DIDs."""
    return [
        {"did": held.did, "proven_at": format_rfc3339(held.proven_at)}
        for held in list_dids(node, person_id)
    ]


def _seal(node: "Node", person_id: str, ends: int) -> str:
    secret = key_file.derive_secret(node.config, "did challenge")
    return hmac.new(secret, f"{person_id}\n{ends}".encode(), hashlib.sha256).hexdigest()


def _note(node: "Node", action: str, person_id: str) -> None:
    audit.record(node, action, subject_type="person", subject_id=person_id, actor_id=person_id)
    node.db.flush()

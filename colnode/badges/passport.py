"""The passport: the badges that a person holds, what they share, and how it is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, func, select, update

from colnode import audit
from colnode.badges.models import Achievement, Claim, Credential, CredentialHolder
from colnode.errors import NotFound, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Held",
    "count_holders",
    "erase",
    "export",
    "holder_of",
    "list_credentials",
    "list_holders",
    "open_credential",
    "share",
    "unshare",
]


@dataclass(frozen=True)
class Held:
    """A credential with its achievement, its holder's id and since when it is shared."""

    credential: Credential
    achievement: Achievement
    person_id: str
    shared_at: datetime | None

    @property
    def is_shared(self) -> bool:
        """Everybody who has the address sees it."""
        return self.shared_at is not None

    def is_expired(self, now: datetime) -> bool:
        """Its validity has ended."""
        end = self.credential.valid_until
        return end is not None and end <= now


def list_credentials(node: "Node", person_id: str) -> Sequence[Held]:
    """Everything that a person holds, newest first."""
    return _held(node, CredentialHolder.person_id == person_id, limit=10_000)


def list_holders(
    node: "Node", achievement_id: str, *, limit: int = 1000, offset: int = 0
) -> Sequence[Held]:
    """Who holds an achievement, newest first; for its organisation."""
    return _held(node, Credential.achievement_id == achievement_id, limit=limit, offset=offset)


def holder_of(node: "Node", credential_id: str) -> str | None:
    """The id of the person whose badge it is; None once they have left."""
    holder = node.db.get(CredentialHolder, credential_id)
    return holder.person_id if holder else None


def count_holders(node: "Node", achievement_id: str) -> int:
    """How many badges of an achievement have a holder, those taken back too."""
    query = (
        select(func.count())
        .select_from(Credential)
        .join(CredentialHolder, CredentialHolder.credential_id == Credential.id)
        .where(Credential.achievement_id == achievement_id)
    )
    return node.db.scalar(query) or 0


def open_credential(node: "Node", address: str, *, viewer_id: str | None) -> Held:
    """The credential at an address, for its holder always, for others once it is shared.

    Raises NotFound, the same for an address that doesn't exist and one that isn't shared.
    """
    found = _held(node, Credential.address == address, limit=1)
    if not found or not (found[0].is_shared or found[0].person_id == viewer_id):
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return found[0]


def share(node: "Node", address: str, *, person_id: str) -> Held:
    """Let everybody who has the address see it. Twice is the same as once. Raises NotFound."""
    return _set_shared(node, address, person_id, node.clock.now())


def unshare(node: "Node", address: str, *, person_id: str) -> Held:
    """Make it private again. Copies that others have stay theirs. Raises NotFound."""
    return _set_shared(node, address, person_id, None)


def erase(node: "Node", person_id: str) -> None:
    """Forget whose badges they are, and what they say. The holder's own copies keep verifying.

    A document can name its holder and carries what they and others wrote about them, and nobody
    can open it any more. Its digest stays, so that a copy can still be told from a forgery.
    """
    node.db.execute(delete(Claim).where(Claim.person_id == person_id))
    held = select(CredentialHolder.credential_id).where(CredentialHolder.person_id == person_id)
    node.db.execute(update(Credential).where(Credential.id.in_(held)).values(document="{}"))
    node.db.execute(delete(CredentialHolder).where(CredentialHolder.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Every badge that a person holds, each with its signed document."""
    return [
        {
            "name": dict(held.achievement.name),
            "is_shared": held.is_shared,
            "document": json.loads(held.credential.document),
        }
        for held in list_credentials(node, person_id)
    ]


def _held(
    node: "Node", condition: ColumnElement[bool], *, limit: int, offset: int = 0
) -> Sequence[Held]:
    query = (
        select(Credential, Achievement, CredentialHolder)
        .join(Achievement, Achievement.id == Credential.achievement_id)
        .join(CredentialHolder, CredentialHolder.credential_id == Credential.id)
        .where(condition)
        .order_by(Credential.issued_at.desc(), Credential.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        Held(credential, achievement, holder.person_id, holder.shared_at)
        for credential, achievement, holder in node.db.execute(query)
    ]


def _set_shared(node: "Node", address: str, person_id: str, shared_at: datetime | None) -> Held:
    held = open_credential(node, address, viewer_id=person_id)
    if held.person_id != person_id:
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    if held.is_shared != (shared_at is not None):
        holder = node.db.get_one(CredentialHolder, held.credential.id)
        holder.shared_at = shared_at
        node.db.flush()
        audit.record(
            node,
            "badge.shared" if shared_at else "badge.unshared",
            subject_type="credential",
            subject_id=held.credential.id,
            actor_id=person_id,
        )
    return open_credential(node, address, viewer_id=person_id)

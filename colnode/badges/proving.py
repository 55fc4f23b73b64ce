"""Whose badge is it? What proves that a badge which was brought in is its bringer's own.

Three things do: it was fetched with the person's consent from where it was issued, the subject's
DID signed a challenge of ours, or it names an e-mail address that the person has proven here.
Whether the badge itself is genuine is the verdict's matter, not this one's.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode.badges.models import BroughtBadge, HolderDid
from colnode.identity import people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Identities", "Proof", "identities_of", "proof_of", "recipients_in"]

_EMAIL_TYPES = frozenset({"email", "emailaddress"})
_HASHES = {"sha256": hashlib.sha256, "md5": hashlib.md5}
_MOST_RECIPIENTS = 20


class Proof(StrEnum):
    """How it is known that a badge is its bringer's own."""

    OAUTH = "oauth"
    DID = "did"
    EMAIL = "email"


@dataclass(frozen=True)
class Identities:
    """What a person has proven here: e-mail addresses in lower case, and DIDs."""

    emails: Collection[str] = ()
    dids: Collection[str] = ()


def identities_of(node: "Node", person_id: str) -> Identities:
    """The addresses and DIDs that a person has proven. Raises NotFound."""
    emails = people.get_person(node, person_id).emails
    dids = node.db.scalars(select(HolderDid.did).where(HolderDid.person_id == person_id))
    return Identities([item.address for item in emails if item.proven_at], list(dids))


def proof_of(badge: BroughtBadge, identities: Identities) -> Proof | None:
    """What proves that the badge is the person's, None when nothing does.

    It is worked out each time, so it ends with the address or the DID that it rests on.
    """
    if badge.given_proof is not None:
        return Proof(badge.given_proof)
    if badge.subject_id is not None and badge.subject_id in identities.dids:
        return Proof.DID
    if any(_names(recipient, identities.emails) for recipient in badge.recipients):
        return Proof.EMAIL
    return None


def recipients_in(credential: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The e-mail identities that a badge names, each as {identity, salt, hashed}.

    Open Badges 1 and 2: `recipient` (IdentityObject, or the older hashed text beside a `salt`).
    Open Badges 3.0: `credentialSubject.identifier` (section B.1.9, IdentityObject), a plain
    `email` or a mailto: id of the subject.
    """
    found = [_old_recipient(credential)]
    for subject in _objects(credential.get("credentialSubject")):
        found += [_identity_object(item) for item in _objects(subject.get("identifier"))]
        found += [_plain(subject.get("email"))]
        own = subject.get("id")
        if isinstance(own, str) and own.lower().startswith("mailto:"):
            found.append(_plain(own[len("mailto:") :]))
    return [recipient for recipient in found if recipient is not None][:_MOST_RECIPIENTS]


def _objects(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _old_recipient(assertion: Mapping[str, Any]) -> dict[str, Any] | None:
    recipient = assertion.get("recipient")
    if isinstance(recipient, str):  # Open Badges 0.5 and 1.0
        salt = assertion.get("salt")
        return _recipient(recipient, salt, is_hashed="$" in recipient)
    if not isinstance(recipient, dict) or not _is_email_type(recipient.get("type")):
        return None
    identity = recipient.get("identity")
    is_hashed = recipient.get("hashed") is True
    return _recipient(identity, recipient.get("salt"), is_hashed=is_hashed)


def _identity_object(item: Mapping[str, Any]) -> dict[str, Any] | None:
    if not _is_email_type(item.get("identityType")):
        return None
    is_hashed = item.get("hashed") is True
    return _recipient(item.get("identityHash"), item.get("salt"), is_hashed=is_hashed)


def _is_email_type(value: object) -> bool:
    kinds = value if isinstance(value, list) else [value]
    return any(isinstance(kind, str) and kind.lower() in _EMAIL_TYPES for kind in kinds)


def _plain(value: object) -> dict[str, Any] | None:
    return _recipient(value, None, is_hashed=False)


def _recipient(identity: object, salt: object, *, is_hashed: bool) -> dict[str, Any] | None:
    if not isinstance(identity, str) or not 3 <= len(identity) <= 500:
        return None
    text = salt[:500] if isinstance(salt, str) else ""
    return {"identity": identity.strip(), "salt": text, "hashed": is_hashed}


def _names(recipient: Mapping[str, Any], emails: Iterable[str]) -> bool:
    identity = str(recipient.get("identity", ""))
    if not recipient.get("hashed"):
        return identity.lower() in emails
    algorithm, mark, digest = identity.partition("$")
    hashing = _HASHES.get(algorithm.lower())
    if not mark or hashing is None:
        return False
    salt = str(recipient.get("salt", ""))
    return any(
        hmac.compare_digest(hashing(f"{email}{salt}".encode()).hexdigest(), digest.lower())
        for email in emails
    )

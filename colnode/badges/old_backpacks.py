"""A badge in the form of Open Badges 2.0, hosted here, for backpacks that know nothing newer.

Only for a badge that its holder shares, and only when they ask for it: version 2.0 names the
recipient by a hash of an e-mail address, which version 3.0 as issued here never does. The signed
3.0 badge stays what counts; the copy leads to it as evidence.
Source: Open Badges 2.0 sections 4 (Assertion, BadgeClass, Profile) and 6 (hosted verification).
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode import audit, media
from colnode.badges import achievements, passport, states
from colnode.badges.documents import achievement_url, credential_url, image_url, text_in
from colnode.badges.models import Credential, CredentialHolder, OldCopy
from colnode.badges.passport import Held
from colnode.clock import format_rfc3339
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.identity import organisations, people
from colnode.openbadges import baking

if TYPE_CHECKING:
    from colnode.identity.models import Organisation
    from colnode.node import Node

__all__ = [
    "Opened",
    "assertion",
    "assertion_url",
    "badge_class",
    "baked_png",
    "erase",
    "export",
    "find",
    "issuer",
    "make",
    "open_copy",
    "remove",
    "revocation_list",
]

_CONTEXT = "https://w3id.org/openbadges/v2"


@dataclass(frozen=True)
class Opened:
    """A copy with the badge that it is of."""

    copy: OldCopy
    held: Held


def make(node: "Node", address: str, *, person_id: str, email: str) -> OldCopy:
    """Make a copy for a proven address of the holder; a second call replaces the first one.

    Raises NotFound, Refused for a badge that is not shared, Invalid for an address not proven.
    """
    held = _own(node, address, person_id)
    if not held.is_shared:
        raise Refused(_("Share the badge first: the older site asks this one for it."))
    proven = {item.address for item in people.get_person(node, person_id).emails if item.proven_at}
    if email not in proven:
        message = _("Choose an address that you have confirmed here.")
        raise Invalid(message, fields={"email": message})
    remove(node, address, person_id=person_id)
    salt = secrets.token_hex(16)
    copy = OldCopy(
        address=secrets.token_urlsafe(24),
        credential_id=held.credential.id,
        person_id=person_id,
        identity=f"sha256${hashlib.sha256(f'{email}{salt}'.encode()).hexdigest()}",
        salt=salt,
        created_at=node.clock.now(),
    )
    node.db.add(copy)
    node.db.flush()
    _note(node, held, "badge.old_copy_made", person_id)
    return copy


def remove(node: "Node", address: str, *, person_id: str) -> None:
    """End the copy of a badge; without one nothing happens. Raises NotFound."""
    held = _own(node, address, person_id)
    copy = find(node, held)
    if copy is not None:
        node.db.delete(copy)
        node.db.flush()
        _note(node, held, "badge.old_copy_removed", person_id)


def find(node: "Node", held: Held) -> OldCopy | None:
    """The copy of a badge, None when its holder has not asked for one."""
    return node.db.scalar(select(OldCopy).where(OldCopy.credential_id == held.credential.id))


def open_copy(node: "Node", copy_address: str) -> Opened:
    """The copy at an address, while its badge is shared. Raises NotFound."""
    query = (
        select(OldCopy, Credential.address)
        .join(Credential, Credential.id == OldCopy.credential_id)
        .where(OldCopy.address == copy_address)
    )
    row = node.db.execute(query).one_or_none()
    if row is None:
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return Opened(row[0], passport.open_credential(node, row[1], viewer_id=None))


def assertion_url(node: "Node", copy: OldCopy) -> str:
    """The address that is the assertion's id."""
    return f"{_base(node)}/assertions/{copy.address}"


def assertion(node: "Node", opened: Opened) -> dict[str, Any]:
    """The Assertion; a suspended one says that it is revoked, 2.0 has no other word for it.

    A revoked one has nothing left but that (Open Badges 2.0, Revoking Hosted Assertions).
    """
    copy, credential = opened.copy, opened.held.credential
    if credential.is_revoked:
        return {
            "@context": _CONTEXT,
            "id": assertion_url(node, copy),
            "type": "Assertion",
            "revoked": True,
            "revocationReason": credential.revoked_reason,
        }
    signed_url = credential_url(node, credential.address)
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": assertion_url(node, copy),
        "type": "Assertion",
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": copy.salt,
            "identity": copy.identity,
        },
        "badge": f"{_base(node)}/badges/{credential.achievement_id}",
        "image": f"{assertion_url(node, copy)}.png",
        "verification": {"type": "HostedBadge"},
        "issuedOn": format_rfc3339(credential.issued_at),
        "evidence": {"id": signed_url, "narrative": "The signed badge (Open Badges 3.0)."},
    }
    if credential.valid_until is not None:
        document["expires"] = format_rfc3339(credential.valid_until)
    suspension = states.suspensions(node, [credential.id]).get(credential.id)
    if suspension is not None and suspension.is_suspended:
        document["revoked"] = True
        document["revocationReason"] = "Suspended for a while."
    return document


def badge_class(node: "Node", achievement_id: str) -> dict[str, Any]:
    """The BadgeClass in the achievement's main language. Raises NotFound."""
    achievement = achievements.get_public(node, achievement_id)
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    return {
        "@context": _CONTEXT,
        "id": f"{_base(node)}/badges/{achievement.id}",
        "type": "BadgeClass",
        "name": text_in(achievement.name, main, main),
        "description": text_in(achievement.description, main, main),
        "image": image_url(node, achievement.id),
        "criteria": {
            "id": achievement_url(node, achievement.id),
            "narrative": text_in(achievement.criteria, main, main),
        },
        "issuer": _issuer_url(node, organisation),
        "tags": list(achievement.tags),
    }


def issuer(node: "Node", slug: str) -> dict[str, Any]:
    """The issuer's Profile; its mail goes to the city, a small club's would be a person's.

    Raises NotFound.
    """
    organisation = organisations.by_slug(node, slug)
    main = node.config.main_language
    own_page = f"{node.config.server.base_url}/organisations/{organisation.slug}"
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": _issuer_url(node, organisation),
        "type": "Issuer",
        "name": text_in(organisation.name, main, main),
        "url": organisation.url or own_page,
        "revocationList": f"{_issuer_url(node, organisation)}/revocations",
        "verification": {
            "type": "VerificationObject",
            "allowedOrigins": node.config.domain,
            "startsWith": f"{_base(node)}/assertions/",
        },
    }
    description = text_in(organisation.description, main, main)
    if description:
        document["description"] = description
    if node.config.city.contact:
        document["email"] = node.config.city.contact
    return document


def revocation_list(node: "Node", slug: str) -> dict[str, Any]:
    """The RevocationList over copies of badges that are shared. Raises NotFound."""
    organisation = organisations.by_slug(node, slug)
    query = (
        select(OldCopy, Credential.revoked_reason)
        .join(Credential, Credential.id == OldCopy.credential_id)
        .join(CredentialHolder, CredentialHolder.credential_id == Credential.id)
        .where(Credential.organisation_id == organisation.id)
        .where(Credential.revoked_at.is_not(None), CredentialHolder.shared_at.is_not(None))
        .order_by(OldCopy.created_at)
    )
    return {
        "@context": _CONTEXT,
        "id": f"{_issuer_url(node, organisation)}/revocations",
        "type": "RevocationList",
        "issuer": _issuer_url(node, organisation),
        "revokedAssertions": [
            {"id": assertion_url(node, copy), "revocationReason": reason}
            for copy, reason in node.db.execute(query)
        ],
    }


def baked_png(node: "Node", opened: Opened) -> bytes:
    """The badge's picture with the assertion in it (Open Badges 2.0, Baked Badges 1.0)."""
    image = opened.held.achievement.image
    if image is None:
        raise NotFound(_("There is no such picture."))
    payload = json.dumps(assertion(node, opened), ensure_ascii=False)
    return baking.bake_png(media.read(node, image), payload, is_version_2=True)


def erase(node: "Node", person_id: str) -> None:
    """Delete every copy of a person."""
    node.db.execute(delete(OldCopy).where(OldCopy.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Every copy of a person, with the hash of the address that it names."""
    query = select(OldCopy).where(OldCopy.person_id == person_id).order_by(OldCopy.created_at)
    return [
        {
            "assertion": assertion_url(node, copy),
            "identity": copy.identity,
            "salt": copy.salt,
            "created_at": format_rfc3339(copy.created_at),
        }
        for copy in node.db.scalars(query)
    ]


def _base(node: "Node") -> str:
    return f"{node.config.server.base_url}/ob2"


def _issuer_url(node: "Node", organisation: "Organisation") -> str:
    return f"{_base(node)}/issuers/{organisation.slug}"


def _own(node: "Node", address: str, person_id: str) -> Held:
    held = passport.open_credential(node, address, viewer_id=person_id)
    if held.person_id != person_id:
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return held


def _note(node: "Node", held: Held, action: str, person_id: str) -> None:
    audit.record(
        node,
        action,
        subject_type="credential",
        subject_id=held.credential.id,
        actor_id=person_id,
    )

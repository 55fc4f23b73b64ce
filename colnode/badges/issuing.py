"""Issuing and revoking: the one transaction in which a badge comes to be, or is taken back.

Credential, status index, holder, audit event and jobs are stored together or not at all.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from colnode import audit
from colnode.badges import achievements, messages, status
from colnode.badges.content import check_text
from colnode.badges.documents import (
    CredentialParts,
    achievement_url,
    build,
    credential_url,
    text_in,
)
from colnode.badges.models import (
    Achievement,
    Credential,
    CredentialHolder,
    Offer,
    OfferState,
)
from colnode.badges.more import ResultGiven, from_json
from colnode.badges.more_documents import results_given
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import keys, organisations, people
from colnode.openbadges import issuing as signer

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "accept",
    "check_reason",
    "get_credential",
    "issue",
    "organisation_of",
    "pass_gates",
    "revoke",
    "tell_holder",
]


def accept(node: "Node", offer_id: str, *, person_id: str) -> Credential:
    """Take an offered badge: it is signed now. A second call gives the same credential.

    Raises NotFound, Gone (declined, withdrawn, too old) and Refused (somebody else has it, the
    badge is no longer given, or a plugin says no).
    """
    offer = node.db.scalar(
        select(Offer)
        .where(Offer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise NotFound(_("There is no such offer."))
    if offer.credential_id is not None:
        return _accepted(node, offer.credential_id, person_id)
    if offer.state != OfferState.WAITING or offer.expires_at <= node.clock.now():
        raise Gone(_("This offer is no longer open. Ask the organisation to send it again."))
    credential = issue(
        node,
        offer.achievement_id,
        person_id=person_id,
        narrative=offer.narrative,
        evidence=offer.evidence,
        actor_id=offer.created_by,
    )
    offer.state = OfferState.ACCEPTED
    offer.credential_id = credential.id
    offer.answered_at = node.clock.now()
    node.db.flush()
    return credential


def issue(
    node: "Node",
    achievement_id: str,
    *,
    person_id: str,
    narrative: str | None = None,
    evidence: Sequence[str] = (),
    results: Sequence[ResultGiven] = (),
    actor_id: str | None = None,
) -> Credential:
    """Sign a credential about a random subject and give it to the person, all in this unit.

    `results` are what the person reached of what the achievement describes. Raises Invalid for
    one that it does not describe, and Refused when the achievement isn't published, the
    organisation isn't verified or a plugin's gate says no.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    if not achievement.is_published:
        raise Refused(_("This badge is not given at the moment."))
    organisation = organisations.require_verified(node, achievement.organisation_id)
    status_list_id, position = status.allocate(node, organisation.id)
    parts = _parts(node, achievement, person_id, status_list_id, position, narrative, evidence)
    if results:
        url = achievement_url(node, achievement_id)
        reached = results_given(from_json(achievement.more), url, results)
        parts = replace(parts, results=reached)
    document = build(node, achievement, organisation, parts)
    document = pass_gates(node, achievement_id, person_id, document)
    key, method = keys.signing_key(node, organisation.id, kind="ed25519")
    signed = signer.issue(
        document, key=key, verification_method=method, created=parts.issued_at
    ).decode("utf-8")
    credential = Credential(
        id=new_id(),
        address=parts.address,
        achievement_id=achievement_id,
        organisation_id=organisation.id,
        document=signed,
        digest=hashlib.sha256(signed.encode("utf-8")).hexdigest(),
        status_list_id=status_list_id,
        status_position=position,
        issued_at=parts.issued_at,
        valid_until=parts.valid_until,
    )
    node.db.add(credential)
    node.db.flush()
    node.db.add(
        CredentialHolder(
            credential_id=credential.id, person_id=person_id, received_at=parts.issued_at
        )
    )
    _note(node, credential, "badge.issued", "credential_issued", actor_id=actor_id)
    return credential


def revoke(node: "Node", credential_id: str, *, actor_id: str, reason: str) -> Credential:
    """Take a badge back. Page, list and status list say so as soon as the unit is committed.

    The holder is told by mail. Twice is the same as once; the first reason stays. Raises
    NotFound, and Invalid without a reason.
    """
    checked = check_reason(reason)
    credential = node.db.scalar(
        select(Credential)
        .where(Credential.id == credential_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if credential is None:
        raise NotFound(_("There is no such badge."))
    if credential.is_revoked:
        return credential
    credential.revoked_at = node.clock.now()
    credential.revoked_reason = checked
    status.mark(node, credential)
    tell_holder(node, credential, checked)
    _note(
        node, credential, "badge.revoked", "credential_revoked", actor_id=actor_id, reason=checked
    )
    return credential


def check_reason(reason: str) -> str:
    """Why a badge is taken back, trimmed. Raises Invalid when nothing is said."""
    checked = check_text(reason, longest=500)
    if checked is None:
        message = _("Say why the badge is taken back. Its holder will read it.")
        raise Invalid(message, fields={"reason": message})
    return checked


def get_credential(node: "Node", credential_id: str) -> Credential:
    """A credential by its internal id. Raises NotFound."""
    credential = node.db.get(Credential, credential_id)
    if credential is None:
        raise NotFound(_("There is no such badge."))
    return credential


def organisation_of(node: "Node", credential_id: str) -> str:
    """The id of the organisation that issued the credential. Raises NotFound."""
    return get_credential(node, credential_id).organisation_id


def tell_holder(node: "Node", credential: Credential, reason: str) -> None:
    """Mail the holder, if there is one who can be reached, that the badge was taken back."""
    holder = node.db.get(CredentialHolder, credential.id)
    person = people.get_person(node, holder.person_id) if holder else None
    if person is None or person.email is None:
        return
    organisation = organisations.get_organisation(node, credential.organisation_id)
    achievement = achievements.get_achievement(node, credential.achievement_id)
    main = node.config.main_language
    messages.send_revoked(
        node,
        to=person.email,
        language=person.language,
        organisation=text_in(organisation.name, person.language, main),
        badge=text_in(achievement.name, person.language, achievement.main_language),
        reason=reason,
        url=credential_url(node, credential.address),
    )


def _accepted(node: "Node", credential_id: str, person_id: str) -> Credential:
    holder = node.db.get(CredentialHolder, credential_id)
    if holder is None or holder.person_id != person_id:
        raise Refused(_("This badge was already accepted with another account."))
    return get_credential(node, credential_id)


def _parts(
    node: "Node",
    achievement: Achievement,
    person_id: str,
    status_list_id: str,
    position: int,
    narrative: str | None,
    evidence: Sequence[str],
) -> CredentialParts:
    now = node.clock.now().replace(microsecond=0)
    days = achievement.valid_days
    return CredentialParts(
        address=secrets.token_urlsafe(24),
        subject_id=uuid4().urn,
        issued_at=now,
        valid_until=now + timedelta(days=days) if days else None,
        status_list_id=status_list_id,
        status_position=position,
        language=people.get_person(node, person_id).language,
        narrative=narrative,
        evidence=tuple(evidence),
    )


def pass_gates(
    node: "Node", achievement_id: str, person_id: str | None, document: dict[str, Any]
) -> dict[str, Any]:
    """Ask the plugins; their members join the document, those of the core stay as they are.

    Raises Refused when a plugin says no or wants to replace what the core wrote.
    """
    calls = node.host.calls
    frozen: Mapping[str, Any] = json.loads(json.dumps(document))
    calls.gate(
        "credential_issuing",
        node=node,
        achievement_id=achievement_id,
        person_id=person_id,
        document=frozen,
    )
    additions: dict[str, Any] = {}
    for plugin, members in calls.gate(
        "credential_document", node=node, achievement_id=achievement_id, document=frozen
    ):
        taken = set(members or {}) & (set(document) | set(additions) | {"proof"})
        if taken:
            raise Refused(
                _("The plugin {plugin} may not replace {member} of a badge."),
                plugin=plugin,
                member=min(taken),
            )
        additions.update(members or {})
    return document | additions


def _note(
    node: "Node",
    credential: Credential,
    action: str,
    hook: str,
    *,
    actor_id: str | None,
    reason: str | None = None,
) -> None:
    credential_id = credential.id
    audit.record(
        node,
        action,
        subject_type="credential",
        subject_id=credential_id,
        actor_id=actor_id,
        reason=reason,
        detail={
            "achievement_id": credential.achievement_id,
            "organisation_id": credential.organisation_id,
        },
    )
    node.after_commit(lambda: node.host.calls.after(hook, node=node, credential_id=credential_id))

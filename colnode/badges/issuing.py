"""Issuing and revoking: the one transaction in which a badge comes to be, or is taken back.

Credential, status index, holder, audit event and jobs are stored together or not at all.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from colnode import audit
from colnode.badges import achievements, endorsing, messages, rules, states, status
from colnode.badges.content import check_text
from colnode.badges.documents import CredentialParts, achievement_url, build
from colnode.badges.models import (
    Achievement,
    Credential,
    CredentialHolder,
    Offer,
    OfferState,
)
from colnode.badges.more import ResultGiven, from_json
from colnode.badges.more_documents import results_given
from colnode.badges.results import from_stored
from colnode.badges.telling import tell_holder
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import keys, organisations, people
from colnode.openbadges import issuing as signer

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.node import Node

__all__ = [
    "accept",
    "check_named",
    "check_reason",
    "get_credential",
    "issue",
    "locked",
    "mark_revoked",
    "organisation_of",
    "pass_gates",
    "revoke",
]


def accept(
    node: "Node",
    offer_id: str,
    *,
    person_id: str,
    reflection: str | None = None,
    is_named: bool = False,
) -> Credential:
    """Take an offered badge: it is signed now. A second call gives the same credential.

    The person may add a reflection and, of age, be named. Raises NotFound, Gone (declined,
    withdrawn, too old), Refused (somebody else has it, the badge is no longer given, or a plugin
    says no) and Invalid (a bad text, too young to be named).
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
        reflection=reflection,
        is_named=is_named,
        valid_until=offer.valid_until,
        results=from_stored(
            achievements.get_achievement(node, offer.achievement_id), offer.results
        ),
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
    reflection: str | None = None,
    is_named: bool = False,
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] = (),
    actor_id: str | None = None,
    replaces: Credential | None = None,
) -> Credential:
    """Sign a credential and give it to the person, all in this unit.

    Its subject is a random one, or that of the credential which it `replaces`. `valid_until` is
    its end where that differs from the achievement's; `results` are what the person reached of
    what the achievement describes. Raises Refused when the achievement isn't published (unless it
    replaces one), the organisation isn't verified or a plugin's gate says no, and Invalid for a bad
    reflection, a result that is not described or when somebody not of age would be named.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    if not achievement.is_published and replaces is None:
        raise Refused(_("This badge is not given at the moment."))
    organisation = organisations.require_verified(node, achievement.organisation_id)
    person = people.get_person(node, person_id)
    status_list_id, position = status.allocate(node, organisation.id)
    now = node.clock.now().replace(microsecond=0)
    parts = CredentialParts(
        address=secrets.token_urlsafe(24),
        subject_id=uuid4().urn,
        issued_at=now,
        valid_until=valid_until or _end(achievement, now),
        status_list_id=status_list_id,
        status_position=position,
        language=person.language,
        narrative=narrative,
        evidence=tuple(evidence),
        reflection=check_text(reflection, longest=2_000, field="reflection"),
        name=check_named(node, person) if is_named else None,
        suspension=states.allocate(node, organisation.id),
        endorsements=endorsing.gathered(node, achievement_id, organisation.id),
    )
    if results:
        url = achievement_url(node, achievement_id)
        parts = replace(parts, results=results_given(from_json(achievement.more), url, results))
    if replaces is not None:
        parts = _taking_over(parts, replaces)
    document = build(node, achievement, organisation, parts)
    document = pass_gates(node, achievement_id, person_id, document)
    credential = _store(node, achievement, parts, document)
    if parts.suspension is not None:
        states.remember(node, credential.id, parts.suspension)
    node.db.add(CredentialHolder(credential_id=credential.id, person_id=person_id, received_at=now))
    node.db.flush()
    rules.look_at(node, person_id)
    _note(node, credential, "badge.issued", "credential_issued", actor_id=actor_id)
    return credential


def _store(
    node: "Node", achievement: Achievement, parts: CredentialParts, document: dict[str, Any]
) -> Credential:
    organisation_id = achievement.organisation_id
    key, method = keys.signing_key(node, organisation_id, kind="ed25519")
    signed = signer.issue(
        document, key=key, verification_method=method, created=parts.issued_at
    ).decode("utf-8")
    credential = Credential(
        id=new_id(),
        address=parts.address,
        achievement_id=achievement.id,
        organisation_id=organisation_id,
        document=signed,
        digest=hashlib.sha256(signed.encode("utf-8")).hexdigest(),
        status_list_id=parts.status_list_id,
        status_position=parts.status_position,
        issued_at=parts.issued_at,
        valid_until=parts.valid_until,
    )
    node.db.add(credential)
    node.db.flush()
    return credential


def revoke(node: "Node", credential_id: str, *, actor_id: str, reason: str) -> Credential:
    """Take a badge back. Page, list and status list say so as soon as the unit is committed.

    The holder is told by mail. Twice is the same as once; the first reason stays. Raises
    NotFound, and Invalid without a reason.
    """
    checked = check_reason(reason)
    credential = locked(node, credential_id)
    if credential.is_revoked:
        return credential
    mark_revoked(node, credential, actor_id=actor_id, reason=checked)
    tell_holder(node, credential, messages.send_revoked, reason=checked)
    return credential


def check_named(node: "Node", person: "Person") -> str:
    """The name by which somebody is named in a badge. Raises Invalid for who is not of age."""
    if not people.is_adult(node, person):
        message = _("Only people of age can be named in a badge.")
        raise Invalid(message, fields={"is_named": message})
    return person.display_name


def mark_revoked(node: "Node", credential: Credential, *, actor_id: str, reason: str) -> None:
    """Write that a credential, which the caller has locked, is taken back. Tells nobody."""
    credential.revoked_at = node.clock.now()
    credential.revoked_reason = reason
    status.mark(node, credential.status_list_id, credential.status_position)
    _note(node, credential, "badge.revoked", "credential_revoked", actor_id=actor_id, reason=reason)


def locked(node: "Node", credential_id: str) -> Credential:
    """A credential that nobody else changes until the unit ends. Raises NotFound."""
    query = select(Credential).where(Credential.id == credential_id).with_for_update()
    credential = node.db.scalar(query.execution_options(populate_existing=True))
    if credential is None:
        raise NotFound(_("There is no such badge."))
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


def _accepted(node: "Node", credential_id: str, person_id: str) -> Credential:
    credential = states.current_of(node, get_credential(node, credential_id))
    holder = node.db.get(CredentialHolder, credential.id)
    if holder is None or holder.person_id != person_id:
        raise Refused(_("This badge was already accepted with another account."))
    return credential


def _end(achievement: Achievement, issued_at: datetime) -> datetime | None:
    days = achievement.valid_days
    return issued_at + timedelta(days=days) if days else None


def _taking_over(parts: CredentialParts, old: Credential) -> CredentialParts:
    """The same subject, on the same day."""
    signed = json.loads(old.document)
    return replace(
        parts,
        subject_id=signed["credentialSubject"]["id"],
        awarded_at=datetime.fromisoformat(signed["awardedDate"]),
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

"""Correcting a badge: it is signed anew under a new id, and the old one is taken back.

A signed document cannot be changed, so the reason of the old one names the new one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from colnode import audit
from colnode.badges import achievements, issuing, messages
from colnode.badges.checking import check_end, check_evidence
from colnode.badges.content import check_text
from colnode.badges.documents import REFLECTION, credential_url
from colnode.badges.models import CollectionItem, Correction, Credential, CredentialHolder
from colnode.badges.more import ResultGiven
from colnode.badges.results import kinds_of, still_fitting
from colnode.badges.telling import tell_holder
from colnode.errors import Invalid, Refused, _
from colnode.identity import people
from colnode.openbadges.summary import summarise

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Told", "correct", "told_by"]


@dataclass(frozen=True)
class Told:
    """What a credential says beyond its achievement. `evidence` are addresses."""

    narrative: str | None
    evidence: Sequence[str]
    reflection: str | None
    name: str | None
    results: Sequence[ResultGiven] = ()


def correct(
    node: "Node",
    credential_id: str,
    *,
    actor_id: str,
    reason: str,
    narrative: str | None,
    evidence: Sequence[str],
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] | None = None,
) -> Credential:
    """Give the badge anew with other words, and take the old one back; returns the new one.

    The achievement's texts are those of today. The earner, their reflection, their name if it is
    in the badge, the day it was earned and whether it is shared stay; so do its end unless
    `valid_until` is given, and its results, as far as the badge still describes them, unless
    `results` are. The holder is told by mail. Raises NotFound, Refused (taken back,
    corrected or left behind already, not verified) and Invalid.
    """
    old = issuing.locked(node, credential_id)
    if old.is_revoked:
        raise Refused(_("This badge was taken back or corrected already."))
    holder = node.db.get(CredentialHolder, credential_id)
    if holder is None:
        raise Refused(_("The person who had this badge has left, so nobody would get a new one."))
    why = check_text(reason, longest=300)
    if why is None:
        message = _("Say what was wrong. Its holder will read it.")
        raise Invalid(message, fields={"reason": message})
    told, person = told_by(old), people.get_person(node, holder.person_id)
    new = issuing.issue(
        node,
        old.achievement_id,
        person_id=person.id,
        narrative=check_text(narrative, longest=2_000),
        evidence=check_evidence(evidence),
        reflection=told.reflection,
        is_named=told.name is not None and people.is_adult(node, person),
        valid_until=check_end(node, valid_until) or old.valid_until,
        results=_kept(node, old, told) if results is None else results,
        actor_id=actor_id,
        replaces=old,
    )
    _show_alike(node, holder, new)
    node.db.add(
        Correction(
            old_credential_id=old.id, new_credential_id=new.id, corrected_at=node.clock.now()
        )
    )
    issuing.mark_revoked(node, old, actor_id=actor_id, reason=_reason(node, why, new))
    tell_holder(node, new, messages.send_corrected, reason=why)
    _note(node, new, actor_id)
    return new


def _kept(node: "Node", old: Credential, told: Told) -> Sequence[ResultGiven]:
    """Not by address: the badge may describe other results today than when it was given."""
    achievement = achievements.get_achievement(node, old.achievement_id)
    return still_fitting(kinds_of(achievement), told.results)


def _show_alike(node: "Node", old: CredentialHolder, new: Credential) -> None:
    """The new badge is shown where the old one was."""
    holder = node.db.get_one(CredentialHolder, new.id)
    holder.shared_at, holder.listed_at = old.shared_at, old.listed_at
    holder.hidden_at = old.hidden_at
    node.db.execute(
        update(CollectionItem)
        .where(CollectionItem.credential_id == old.credential_id)
        .values(credential_id=new.id)
    )


def told_by(credential: Credential) -> Told:
    """What the signed document says."""
    document: dict[str, Any] = json.loads(credential.document)
    subject = document["credentialSubject"]
    evidence = document.get("evidence", ())
    identities = subject.get("identifier", ())
    return Told(
        narrative=subject.get("narrative"),
        evidence=[item["id"] for item in evidence if "id" in item],
        reflection=next(
            (item.get("narrative") for item in evidence if item.get("genre") == REFLECTION), None
        ),
        name=next((item["identityHash"] for item in identities), None),
        results=[
            ResultGiven(result.name, result.value)
            for result in summarise(document).results
            if result.name is not None
        ],
    )


def _reason(node: "Node", why: str, new: Credential) -> str:
    template = _("{reason} The corrected badge: {url}")
    words = node.translate(template, node.config.main_language)
    return words.format(reason=why, url=credential_url(node, new.address))


def _note(node: "Node", new: Credential, actor_id: str) -> None:
    node.db.flush()
    audit.record(
        node,
        "badge.corrected",
        subject_type="credential",
        subject_id=new.id,
        actor_id=actor_id,
        detail={"achievement_id": new.achievement_id, "organisation_id": new.organisation_id},
    )

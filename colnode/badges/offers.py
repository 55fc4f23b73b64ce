"""Offers by e-mail while they wait: found by their link, sent again, taken back, declined."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select, update

from colnode import audit
from colnode.badges import achievements, messages
from colnode.badges.documents import text_in
from colnode.badges.models import Achievement, CredentialHolder, Offer, OfferState
from colnode.clock import format_rfc3339
from colnode.errors import Gone, NotFound, Refused, _
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "DAYS_OPEN",
    "count_waiting",
    "decline",
    "digest_of",
    "erase",
    "export",
    "find_offer",
    "get_offer",
    "is_open",
    "list_offers",
    "mail",
    "mark_opened",
    "note",
    "note_mailed",
    "offers_for",
    "organisation_of",
    "send_again",
    "waiting_at",
    "withdraw",
]

DAYS_OPEN = 90
"""How long an offer can be taken."""


def find_offer(node: "Node", token: str) -> Offer:
    """The offer of a mailed link. Raises NotFound; its state and end are the caller's to show."""
    digest = digest_of(token)
    query = select(Offer).where(or_(Offer.token_digest == digest, Offer.reminder_digest == digest))
    offer = node.db.scalar(query)
    if offer is None:
        raise NotFound(_("This link is not known here. Open the newest mail about the badge."))
    return offer


def get_offer(node: "Node", offer_id: str) -> Offer:
    """An offer by its id. Raises NotFound."""
    offer = node.db.get(Offer, offer_id)
    if offer is None:
        raise NotFound(_("There is no such offer."))
    return offer


def organisation_of(node: "Node", offer_id: str) -> str:
    """The id of the organisation that made the offer. Raises NotFound."""
    return get_offer(node, offer_id).organisation_id


def list_offers(node: "Node", achievement_id: str, *, limit: int = 1000) -> Sequence[Offer]:
    """Offers of an achievement that nobody has accepted, newest first."""
    query = select(Offer).where(
        Offer.achievement_id == achievement_id, Offer.state != OfferState.ACCEPTED
    )
    return node.db.scalars(query.order_by(Offer.created_at.desc(), Offer.id).limit(limit)).all()


def count_waiting(node: "Node", organisation_id: str) -> int:
    """How many offers of an organisation nobody has answered."""
    query = select(func.count()).select_from(Offer)
    query = query.where(
        Offer.organisation_id == organisation_id,
        Offer.state == OfferState.WAITING,
        Offer.expires_at > node.clock.now(),
    )
    return node.db.scalar(query) or 0


def offers_for(node: "Node", person_id: str) -> Sequence[Offer]:
    """Open offers to the proven e-mail addresses of a person, newest first."""
    emails = people.get_person(node, person_id).emails
    addresses = [item.address for item in emails if item.proven_at is not None]
    query = select(Offer).where(
        Offer.email.in_(addresses),
        Offer.state == OfferState.WAITING,
        Offer.expires_at > node.clock.now(),
    )
    return node.db.scalars(query.order_by(Offer.created_at.desc())).all()


def is_open(node: "Node", offer: Offer) -> bool:
    """Whether it can still be taken."""
    return offer.state == OfferState.WAITING and offer.expires_at > node.clock.now()


def note_mailed(node: "Node", offer_id: str) -> None:
    """The job that follows an offer's mail: it has left. The first time counts."""
    with node.unit():
        offer = node.db.get(Offer, offer_id)
        if offer is not None and offer.mailed_at is None:
            offer.mailed_at = node.clock.now()


def mark_opened(node: "Node", offer_id: str) -> None:
    """Somebody looked at the offer's page. The first time counts."""
    offer = get_offer(node, offer_id)
    if offer.opened_at is None:
        offer.opened_at = node.clock.now()
        node.db.flush()


def send_again(node: "Node", offer_id: str, *, actor_id: str) -> Offer:
    """Mail a waiting offer once more with a new link; the old link ends."""
    offer = _locked(node, offer_id)
    organisations.require_verified(node, offer.organisation_id)
    if offer.state != OfferState.WAITING or offer.email is None:
        raise Gone(_("This offer is no longer open."))
    token = secrets.token_urlsafe(24)
    offer.token_digest = digest_of(token)
    offer.expires_at = node.clock.now() + timedelta(days=DAYS_OPEN)
    node.db.flush()
    achievement = achievements.get_achievement(node, offer.achievement_id)
    mail(node, achievement, offer, token)
    note(node, offer, "offer.sent_again", actor_id)
    return offer


def withdraw(node: "Node", offer_id: str, *, actor_id: str) -> Offer:
    """Take a waiting offer back; its link ends. An accepted one is revoked instead."""
    offer = _locked(node, offer_id)
    if offer.state == OfferState.ACCEPTED:
        raise Refused(_("This badge was accepted already. Take the badge back instead."))
    _close(node, offer, OfferState.WITHDRAWN)
    note(node, offer, "offer.withdrawn", actor_id)
    return offer


def decline(node: "Node", offer_id: str, *, person_id: str | None) -> Offer:
    """The person doesn't want it. The edge has checked that the offer is theirs."""
    offer = _locked(node, offer_id)
    if offer.state == OfferState.ACCEPTED:
        raise Refused(_("You have accepted this badge already. You find it under My badges."))
    _close(node, offer, OfferState.DECLINED)
    note(node, offer, "offer.declined", person_id)
    return offer


def erase(node: "Node", person_id: str) -> None:
    """Forget to whom offers went; those that wait are taken back."""
    held = select(CredentialHolder.credential_id).where(CredentialHolder.person_id == person_id)
    addresses = [item.address for item in people.get_person(node, person_id).emails]
    is_theirs = or_(Offer.email.in_(addresses), Offer.credential_id.in_(held))
    is_waiting = Offer.state == OfferState.WAITING
    state = case((is_waiting, "withdrawn"), else_=Offer.state)
    node.db.execute(
        update(Offer)
        .where(is_theirs)
        .values(email=None, narrative=None, evidence=[], results={}, state=state)
        .execution_options(synchronize_session=False)
    )


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Every offer that went to an address of the person."""
    addresses = [item.address for item in people.get_person(node, person_id).emails]
    query = select(Offer).where(Offer.email.in_(addresses)).order_by(Offer.created_at, Offer.id)
    return [
        {
            "achievement_id": offer.achievement_id,
            "email": offer.email,
            "state": offer.state,
            "narrative": offer.narrative,
            "evidence": list(offer.evidence),
            "results": dict(offer.results),
            "sent_at": format_rfc3339(offer.created_at),
            "opened_at": format_rfc3339(offer.opened_at) if offer.opened_at else None,
            "answered_at": format_rfc3339(offer.answered_at) if offer.answered_at else None,
        }
        for offer in node.db.scalars(query)
    ]


def waiting_at(node: "Node", achievement_id: str, addresses: Sequence[str]) -> dict[str, str]:
    """Which of the addresses have an open offer of the badge, with its id. Old ones are closed."""
    query = select(Offer).where(
        Offer.achievement_id == achievement_id,
        Offer.state == OfferState.WAITING,
        Offer.email.in_(addresses),
    )
    open_offers = {}
    for offer in node.db.scalars(query):
        if offer.expires_at > node.clock.now():
            open_offers[str(offer.email)] = offer.id
        else:
            _close(node, offer, OfferState.WITHDRAWN)
    return open_offers


def mail(node: "Node", achievement: Achievement, offer: Offer, token: str) -> None:
    """Mail the link of an offer. Raises Invalid for an impossible address."""
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    messages.send_offer(
        node,
        to=offer.email or "",
        language=main,
        organisation=text_in(organisation.name, main, node.config.main_language),
        badge=text_in(achievement.name, main, main),
        token=token,
        days=DAYS_OPEN,
        offer_id=offer.id,
    )


def _locked(node: "Node", offer_id: str) -> Offer:
    query = select(Offer).where(Offer.id == offer_id).with_for_update()
    offer = node.db.scalar(query.execution_options(populate_existing=True))
    if offer is None:
        raise NotFound(_("There is no such offer."))
    return offer


def _close(node: "Node", offer: Offer, state: OfferState) -> None:
    if offer.state == OfferState.WAITING:
        offer.state = state
        offer.answered_at = node.clock.now()
        node.db.flush()


def digest_of(token: str) -> str:
    """What is kept of a mailed token."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def note(node: "Node", offer: Offer, action: str, actor_id: str | None) -> None:
    """Write into the trail what became of an offer."""
    audit.record(
        node,
        action,
        subject_type="offer",
        subject_id=offer.id,
        actor_id=actor_id,
        detail={"achievement_id": offer.achievement_id, "organisation_id": offer.organisation_id},
    )

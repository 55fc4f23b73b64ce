"""Awards by e-mail: an offer for each address, mailed with a token; the person accepts later."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode import audit
from colnode.badges import achievements, messages
from colnode.badges.content import check_text
from colnode.badges.documents import text_in
from colnode.badges.models import Achievement, Offer, OfferState
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "AwardResult",
    "award",
    "count_waiting",
    "decline",
    "find_offer",
    "get_offer",
    "is_open",
    "list_offers",
    "offers_for",
    "organisation_of",
    "send_again",
    "split_emails",
    "withdraw",
]

_EMAIL = re.compile(r"[^\s@<>,;\"()\[\]\\]{1,64}@[^\s@<>,;\"()\[\]\\]+\.[^\s@<>,;\"()\[\]\\.]{2,}")
_MOST = 500
_DAYS_OPEN = 90


@dataclass(frozen=True)
class AwardResult:
    """What became of one address: `outcome` is sent, waiting (offered before) or wrong."""

    email: str
    outcome: str
    offer_id: str | None = None


def split_emails(text: str) -> list[str]:
    """The addresses of a pasted list: lines, commas, semicolons, `Name <address>`; no doubles."""
    found: list[str] = []
    for part in re.split(r"[\n,;]+", text):
        inside = re.search(r"<([^<>]*)>", part)
        word = (inside.group(1) if inside else part).strip()
        found += [word.lower()] if inside or " " not in word else word.lower().split()
    return list(dict.fromkeys(word for word in found if word))


def award(
    node: "Node",
    achievement_id: str,
    *,
    emails: Sequence[str],
    actor_id: str,
    narrative: str | None = None,
    evidence: Sequence[str] = (),
    is_trial: bool = False,
) -> list[AwardResult]:
    """Offer the badge to each address and mail it; one result per address, in order.

    With `is_trial` nothing is stored or mailed: the results are what would happen.
    An address with an open offer of this badge is not mailed again. Raises Refused (the badge is
    not published, the organisation not verified) and Invalid (no address, too many, bad texts).
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then send it."))
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    if not addresses or len(addresses) > _MOST:
        message = _("Give at least one e-mail address, and at most 500 at a time.")
        raise Invalid(message, fields={"emails": message})
    text = _check_narrative(narrative, addresses)
    links = check_evidence(evidence)
    waiting = _waiting(node, achievement_id, addresses)
    results = []
    for email in addresses:
        if not is_email(email):
            results.append(AwardResult(email, "wrong"))
        elif email in waiting:
            results.append(AwardResult(email, "waiting", waiting[email]))
        elif is_trial:
            results.append(AwardResult(email, "sent"))
        else:
            results.append(_offer(node, achievement, email, actor_id, text, links))
    return results


def is_email(text: str) -> bool:
    """Whether it looks like an e-mail address; only the mail itself can tell."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def check_evidence(evidence: Sequence[str]) -> list[str]:
    """Addresses of evidence. Raises Invalid for what is not an http(s) address."""
    links = [link.strip() for link in evidence if link.strip()]
    if len(links) > 20 or any(
        not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]{1,2000}", link) for link in links
    ):
        message = _("Evidence is up to 20 web addresses that start with https://.")
        raise Invalid(message, fields={"evidence": message})
    return links


def send_again(node: "Node", offer_id: str, *, actor_id: str) -> Offer:
    """Mail a waiting offer once more with a new link; the old link ends."""
    offer = _locked(node, offer_id)
    organisations.require_verified(node, offer.organisation_id)
    if offer.state != OfferState.WAITING or offer.email is None:
        raise Gone(_("This offer is no longer open."))
    token = secrets.token_urlsafe(24)
    offer.token_digest = _digest(token)
    offer.expires_at = node.clock.now() + timedelta(days=_DAYS_OPEN)
    node.db.flush()
    achievement = achievements.get_achievement(node, offer.achievement_id)
    _mail(node, achievement, offer.email, token)
    _note(node, offer, "offer.sent_again", actor_id)
    return offer


def withdraw(node: "Node", offer_id: str, *, actor_id: str) -> Offer:
    """Take a waiting offer back; its link ends. An accepted one is revoked instead."""
    offer = _locked(node, offer_id)
    if offer.state == OfferState.ACCEPTED:
        raise Refused(_("This badge was accepted already. Take the badge back instead."))
    _close(node, offer, OfferState.WITHDRAWN)
    _note(node, offer, "offer.withdrawn", actor_id)
    return offer


def decline(node: "Node", offer_id: str, *, person_id: str | None) -> Offer:
    """The person doesn't want it. The edge has checked that the offer is theirs."""
    offer = _locked(node, offer_id)
    if offer.state == OfferState.ACCEPTED:
        raise Refused(_("You have accepted this badge already. You find it under My badges."))
    _close(node, offer, OfferState.DECLINED)
    _note(node, offer, "offer.declined", person_id)
    return offer


def find_offer(node: "Node", token: str) -> Offer:
    """The offer of a mailed link. Raises NotFound; its state and end are the caller's to show."""
    offer = node.db.scalar(select(Offer).where(Offer.token_digest == _digest(token)))
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


def is_open(node: "Node", offer: Offer) -> bool:
    """Whether it can still be taken."""
    return offer.state == OfferState.WAITING and offer.expires_at > node.clock.now()


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


def _offer(
    node: "Node",
    achievement: Achievement,
    email: str,
    actor_id: str,
    narrative: str | None,
    evidence: list[str],
) -> AwardResult:
    token = secrets.token_urlsafe(24)
    now = node.clock.now()
    offer = Offer(
        id=new_id(),
        achievement_id=achievement.id,
        organisation_id=achievement.organisation_id,
        email=email,
        token_digest=_digest(token),
        narrative=narrative,
        evidence=evidence,
        created_by=actor_id,
        created_at=now,
        expires_at=now + timedelta(days=_DAYS_OPEN),
    )
    try:
        _mail(node, achievement, email, token)
    except Invalid:  # the mailer knows more about addresses than the pattern above
        return AwardResult(email, "wrong")
    node.db.add(offer)
    node.db.flush()
    _note(node, offer, "offer.sent", actor_id)
    return AwardResult(email, "sent", offer.id)


def _mail(node: "Node", achievement: Achievement, email: str, token: str) -> None:
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    messages.send_offer(
        node,
        to=email,
        language=main,
        organisation=text_in(organisation.name, main, node.config.main_language),
        badge=text_in(achievement.name, main, main),
        token=token,
        days=_DAYS_OPEN,
    )


def _waiting(node: "Node", achievement_id: str, addresses: Sequence[str]) -> dict[str, str]:
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


def _close(node: "Node", offer: Offer, state: OfferState) -> None:
    if offer.state == OfferState.WAITING:
        offer.state = state
        offer.answered_at = node.clock.now()
        node.db.flush()


def _check_narrative(narrative: str | None, addresses: Sequence[str]) -> str | None:
    text = check_text(narrative, longest=2_000)
    if text and any(address in text.lower() for address in addresses):
        message = _("Leave e-mail addresses out of the text. It becomes part of the badge.")
        raise Invalid(message, fields={"narrative": message})
    return text


def _locked(node: "Node", offer_id: str) -> Offer:
    query = select(Offer).where(Offer.id == offer_id).with_for_update()
    offer = node.db.scalar(query.execution_options(populate_existing=True))
    if offer is None:
        raise NotFound(_("There is no such offer."))
    return offer


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _note(node: "Node", offer: Offer, action: str, actor_id: str | None) -> None:
    audit.record(
        node,
        action,
        subject_type="offer",
        subject_id=offer.id,
        actor_id=actor_id,
        detail={"achievement_id": offer.achievement_id, "organisation_id": offer.organisation_id},
    )

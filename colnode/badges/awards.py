"""Awards by e-mail: an offer for each address, mailed with a token; the person accepts later."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select, update

from colnode import audit
from colnode.badges import achievements, messages
from colnode.badges.content import check_text
from colnode.badges.documents import text_in
from colnode.badges.models import Achievement, CredentialHolder, Offer, OfferState
from colnode.badges.more import ResultGiven
from colnode.badges.results import check_results, kinds_of, to_stored
from colnode.clock import format_rfc3339
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "AwardResult",
    "AwardRow",
    "award",
    "award_rows",
    "check_end",
    "check_evidence",
    "count_waiting",
    "decline",
    "digest_of",
    "erase",
    "export",
    "find_offer",
    "get_offer",
    "is_email",
    "is_open",
    "list_offers",
    "mark_opened",
    "note_mailed",
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
class AwardRow:
    """One badge to offer. `valid_until` is its own end, None for the badge's usual one."""

    email: str
    narrative: str | None = None
    evidence: Sequence[str] = ()
    valid_until: datetime | None = None
    results: Sequence[ResultGiven] = ()


@dataclass(frozen=True)
class AwardResult:
    """What became of one address.

    `outcome` is sent, waiting (offered before), double (in an earlier row), or wrong: the address
    is none, unless `reason`, an English template with `parameters`, says what else is.
    """

    email: str
    outcome: str
    offer_id: str | None = None
    reason: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)


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
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] = (),
    is_trial: bool = False,
) -> list[AwardResult]:
    """Offer the badge to each address and mail it; one result per address, in order.

    `results` are what all of them reached of what the achievement describes.

    With `is_trial` nothing is stored or mailed: the results are what would happen.
    An address with an open offer of this badge is not mailed again. Raises Refused (the badge is
    not published, the organisation not verified) and Invalid (no address, too many, bad texts, a
    result that the badge does not have).
    """
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    if not addresses or len(addresses) > _MOST:
        message = _("Give at least one e-mail address, and at most 500 at a time.")
        raise Invalid(message, fields={"emails": message})
    text = _check_narrative(narrative, addresses)
    links, end = check_evidence(evidence), check_end(node, valid_until)
    described = kinds_of(achievements.get_achievement(node, achievement_id))
    reached = check_results(described, results)
    rows = [AwardRow(email, text, links, end, reached) for email in addresses]
    return award_rows(node, achievement_id, rows=rows, actor_id=actor_id, is_trial=is_trial)


def award_rows(
    node: "Node",
    achievement_id: str,
    *,
    rows: Sequence[AwardRow],
    actor_id: str,
    is_trial: bool = False,
) -> list[AwardResult]:
    """Offer the badge once for each row, whose texts may differ; one result per row, in order.

    A row that is wrong stops no other. With `is_trial` nothing is stored or mailed. Raises
    Refused (the badge is not published, the organisation not verified).
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then send it."))
    waiting = _waiting(node, achievement_id, [row.email for row in rows])
    seen: set[str] = set()
    results = []
    for row in rows:
        if row.email in seen:
            results.append(AwardResult(row.email, "double"))
            continue
        seen.add(row.email)
        if row.email in waiting:
            results.append(AwardResult(row.email, "waiting", waiting[row.email]))
        else:
            results.append(_award_row(node, achievement, row, actor_id, is_trial))
    return results


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


def _award_row(
    node: "Node", achievement: Achievement, row: AwardRow, actor_id: str, is_trial: bool
) -> AwardResult:
    if not is_email(row.email):
        return AwardResult(row.email, "wrong")
    try:
        checked = AwardRow(
            row.email,
            _check_narrative(row.narrative, [row.email]),
            check_evidence(row.evidence),
            check_end(node, row.valid_until),
            check_results(kinds_of(achievement), row.results),
        )
    except Invalid as error:
        return AwardResult(row.email, "wrong", reason=error.message, parameters=error.parameters)
    if is_trial:
        return AwardResult(row.email, "sent")
    return _offer(node, achievement, checked, actor_id)


def check_end(
    node: "Node", moment: datetime | None, *, field: str = "valid_until"
) -> datetime | None:
    """An end that an organiser chose, if any. Raises Invalid that names `field` when it is past."""
    if moment is not None and moment <= node.clock.now():
        message = _("Choose a day that is still to come.")
        raise Invalid(message, fields={field: message})
    return moment


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
    offer.token_digest = digest_of(token)
    offer.expires_at = node.clock.now() + timedelta(days=_DAYS_OPEN)
    node.db.flush()
    achievement = achievements.get_achievement(node, offer.achievement_id)
    _mail(node, achievement, offer, token)
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


def _offer(node: "Node", achievement: Achievement, row: AwardRow, actor_id: str) -> AwardResult:
    token = secrets.token_urlsafe(24)
    now = node.clock.now()
    offer = Offer(
        id=new_id(),
        achievement_id=achievement.id,
        organisation_id=achievement.organisation_id,
        email=row.email,
        token_digest=digest_of(token),
        narrative=row.narrative,
        evidence=list(row.evidence),
        created_by=actor_id,
        created_at=now,
        expires_at=now + timedelta(days=_DAYS_OPEN),
        valid_until=row.valid_until,
        results=to_stored(row.results),
    )
    try:
        _mail(node, achievement, offer, token)
    except Invalid:  # the mailer knows more about addresses than the pattern above
        return AwardResult(row.email, "wrong")
    node.db.add(offer)
    node.db.flush()
    _note(node, offer, "offer.sent", actor_id)
    return AwardResult(row.email, "sent", offer.id)


def _mail(node: "Node", achievement: Achievement, offer: Offer, token: str) -> None:
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    messages.send_offer(
        node,
        to=offer.email or "",
        language=main,
        organisation=text_in(organisation.name, main, node.config.main_language),
        badge=text_in(achievement.name, main, main),
        token=token,
        days=_DAYS_OPEN,
        offer_id=offer.id,
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


def digest_of(token: str) -> str:
    """What is kept of a mailed token."""
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

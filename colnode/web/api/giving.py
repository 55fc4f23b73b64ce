"""Giving badges over the API: offers by e-mail, claim links, what was given, taking it back."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import achievements, awards, claims, issuing, offers, passport
from colnode.badges.passport import Held
from colnode.web.api.more import ResultsGiven, read_results
from colnode.web.api.spec import operation, with_offset
from colnode.web.auth import current_node, current_person_id, require

if TYPE_CHECKING:
    from colnode.badges.models import ClaimLink, Offer

__all__ = ["bp"]

bp = Blueprint("api_giving", __name__)


class AwardRequest(BaseModel):
    """Whom to offer the badge. With `is_trial` nothing is stored or mailed.

    `valid_until` is the end of these badges, without it the badge's usual one; `results` are what
    all of these people reached.
    """

    emails: list[str] = Field(min_length=1, max_length=500)
    narrative: str | None = None
    evidence: list[str] = []
    valid_until: datetime | None = None
    results: ResultsGiven = []
    is_trial: bool = False


class AwardItem(BaseModel):
    """What became of one address: sent, waiting (offered before) or wrong."""

    email: str
    outcome: str
    offer_id: str | None


class AwardList(BaseModel):
    """One result per address, in order."""

    items: list[AwardItem]


class OfferItem(BaseModel):
    """An offer by e-mail that nobody has accepted."""

    id: str
    email: str | None
    state: str
    created_at: datetime
    expires_at: datetime


class OfferList(BaseModel):
    """Offers, newest first."""

    items: list[OfferItem]


class ClaimLinkRequest(BaseModel):
    """A link for up to `limit` people until `expires_at`; without them it has no end.

    `valid_until` is the end of the badges that it gives, `results` what everybody reached who
    uses it.
    """

    limit: int | None = None
    expires_at: datetime | None = None
    label: str | None = None
    valid_until: datetime | None = None
    results: ResultsGiven = []


class ClaimLinkItem(BaseModel):
    """A claim link."""

    id: str
    url: str
    code: str
    label: str | None
    limit: int | None
    used: int
    is_open: bool
    expires_at: datetime | None
    created_at: datetime


class ClaimLinkList(BaseModel):
    """Claim links, newest first."""

    items: list[ClaimLinkItem]


class IssuedItem(BaseModel):
    """A badge that was given, without its holder."""

    id: str
    achievement_id: str
    issued_at: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None


class IssuedList(BaseModel):
    """Badges that were given, newest first."""

    items: list[IssuedItem]


class RevokeRequest(BaseModel):
    """Why the badge is taken back; its holder and everybody who sees the badge reads it."""

    reason: str


@bp.route("/achievements/<achievement_id>/awards", methods=["POST"])
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", body=AwardRequest, response=AwardList, is_issuing=True)
def award(achievement_id: str, json: AwardRequest) -> AwardList:
    """Offer a badge to e-mail addresses; an address with an open offer is not mailed again."""
    results = awards.award(
        current_node(),
        achievement_id,
        emails=json.emails,
        actor_id=current_person_id(),
        narrative=json.narrative,
        evidence=json.evidence,
        valid_until=with_offset("valid_until", json.valid_until),
        results=read_results(json.results),
        is_trial=json.is_trial,
    )
    return AwardList(
        items=[
            AwardItem(email=item.email, outcome=item.outcome, offer_id=item.offer_id)
            for item in results
        ]
    )


@bp.route("/achievements/<achievement_id>/offers")
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", response=OfferList)
def list_offers(achievement_id: str) -> OfferList:
    """List offers that nobody has accepted."""
    found = offers.list_offers(current_node(), achievement_id)
    return OfferList(items=[_offer(item) for item in found])


@bp.route("/offers/<offer_id>/withdraw", methods=["POST"])
@require("badge.award", organisation_of=offers)
@operation(tag="badges", response=OfferItem)
def withdraw_offer(offer_id: str) -> OfferItem:
    """Take an offer back before it is accepted."""
    return _offer(offers.withdraw(current_node(), offer_id, actor_id=current_person_id()))


@bp.route("/offers/<offer_id>/send-again", methods=["POST"])
@require("badge.award", organisation_of=offers)
@operation(tag="badges", response=OfferItem, is_issuing=True)
def send_offer_again(offer_id: str) -> OfferItem:
    """Mail an offer once more to somebody who has not answered."""
    return _offer(offers.send_again(current_node(), offer_id, actor_id=current_person_id()))


@bp.route("/achievements/<achievement_id>/claim-links")
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", response=ClaimLinkList)
def list_claim_links(achievement_id: str) -> ClaimLinkList:
    """List the claim links of a badge."""
    found = claims.list_links(current_node(), achievement_id)
    return ClaimLinkList(items=[_claim_link(item) for item in found])


@bp.route("/achievements/<achievement_id>/claim-links", methods=["POST"])
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", body=ClaimLinkRequest, response=ClaimLinkItem, status=201, is_issuing=True)
def create_claim_link(achievement_id: str, json: ClaimLinkRequest) -> ClaimLinkItem:
    """Make a claim link."""
    link = claims.create_link(
        current_node(),
        achievement_id,
        actor_id=current_person_id(),
        limit=json.limit,
        expires_at=with_offset("expires_at", json.expires_at),
        label=json.label,
        valid_until=with_offset("valid_until", json.valid_until),
        results=read_results(json.results),
    )
    return _claim_link(link)


@bp.route("/claim-links/<claim_link_id>/close", methods=["POST"])
@require("badge.award", organisation_of=claims)
@operation(tag="badges", response=ClaimLinkItem)
def close_claim_link(claim_link_id: str) -> ClaimLinkItem:
    """End a claim link; badges that it gave stay."""
    return _claim_link(
        claims.close_link(current_node(), claim_link_id, actor_id=current_person_id())
    )


@bp.route("/achievements/<achievement_id>/credentials")
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", response=IssuedList)
def list_issued(achievement_id: str) -> IssuedList:
    """List the badges that were given, without their holders' names."""
    found = passport.list_holders(current_node(), achievement_id)
    return IssuedList(items=[_issued(held) for held in found])


@bp.route("/credentials/<credential_id>/revoke", methods=["POST"])
@require("badge.revoke", organisation_of=issuing)
@operation(tag="badges", body=RevokeRequest)
def revoke(credential_id: str, json: RevokeRequest) -> None:
    """Take a badge back; page, list and verification say so at once."""
    issuing.revoke(current_node(), credential_id, actor_id=current_person_id(), reason=json.reason)


def _offer(item: "Offer") -> OfferItem:
    return OfferItem(
        id=item.id,
        email=item.email,
        state=item.state,
        created_at=item.created_at,
        expires_at=item.expires_at,
    )


def _claim_link(link: "ClaimLink") -> ClaimLinkItem:
    node = current_node()
    return ClaimLinkItem(
        id=link.id,
        url=claims.claim_url(node, link),
        code=link.code,
        label=link.label,
        limit=link.most,
        used=link.used,
        is_open=claims.is_open(node, link),
        expires_at=link.expires_at,
        created_at=link.created_at,
    )


def _issued(held: Held) -> IssuedItem:
    credential = held.credential
    return IssuedItem(
        id=credential.id,
        achievement_id=credential.achievement_id,
        issued_at=credential.issued_at,
        valid_until=credential.valid_until,
        revoked_at=credential.revoked_at,
        revoked_reason=credential.revoked_reason,
    )

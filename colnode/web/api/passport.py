"""One's own badges over the API, and checking any badge."""

import json as json_text
from datetime import datetime
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import claims, issuing, offers, passport, verifying
from colnode.badges.documents import credential_url
from colnode.badges.passport import Held
from colnode.errors import NotFound, _
from colnode.openbadges.findings import Verdict
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, reads_only, require
from colnode.web.verdicts import headline, lines_of

__all__ = ["bp"]

bp = Blueprint("api_passport", __name__)


class HeldItem(BaseModel):
    """A badge of one's own. `address` is the end of `url`; `document` is the signed credential."""

    address: str
    url: str
    achievement_id: str
    name: dict[str, str]
    issued_at: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None
    is_shared: bool
    document: dict[str, Any]


class HeldList(BaseModel):
    """One's badges, newest first."""

    items: list[HeldItem]


class WaitingItem(BaseModel):
    """A badge that waits for one of one's proven addresses."""

    offer_id: str
    achievement_id: str
    organisation_id: str
    expires_at: datetime


class WaitingList(BaseModel):
    """Badges that wait, newest first."""

    items: list[WaitingItem]


class Addition(BaseModel):
    """What the earner adds: their own words, and, of age, their name; both are in it for good."""

    reflection: str | None = None
    is_named: bool = False


class ClaimRequest(Addition):
    """The code of a claim link or a printed card, and what the earner adds."""

    code: str = Field(max_length=60)


class VerifyRequest(BaseModel):
    """A badge: a JSON document as such or as text, a JWT, or the address of a badge."""

    badge: dict[str, Any] | str


class FindingItem(BaseModel):
    """One check: status ok, warning, failed or unknown."""

    id: str
    status: str
    text: str


class ResultItem(BaseModel):
    """What the earner reached; a name only where the badge describes the result."""

    name: str | None
    value: str


class VerdictItem(BaseModel):
    """The verdict: valid, invalid, indeterminate or not_a_badge, with every check."""

    outcome: str
    sentence: str
    findings: list[FindingItem]
    name: str | None
    issuer_id: str | None
    issuer_name: str | None
    results: list[ResultItem] = []


@bp.route("/me/credentials")
@require("account.use")
@operation(tag="my badges", response=HeldList)
def list_credentials() -> HeldList:
    """List one's own badges with their signed documents."""
    found = passport.list_credentials(current_node(), current_person_id())
    return HeldList(items=[_held(held) for held in found])


@bp.route("/me/offers")
@require("account.use")
@operation(tag="my badges", response=WaitingList)
def list_waiting() -> WaitingList:
    """List the badges that wait for one's addresses."""
    found = offers.offers_for(current_node(), current_person_id())
    items = [
        WaitingItem(
            offer_id=offer.id,
            achievement_id=offer.achievement_id,
            organisation_id=offer.organisation_id,
            expires_at=offer.expires_at,
        )
        for offer in found
    ]
    return WaitingList(items=items)


@bp.route("/me/offers/<offer_id>/accept", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=Addition, response=HeldItem, is_issuing=True)
def accept(offer_id: str, json: Addition) -> HeldItem:
    """Take a badge that waits; it is signed now. Twice gives the same badge."""
    node = current_node()
    if not _is_waiting(offer_id) and not offers.get_offer(node, offer_id).is_accepted:
        raise NotFound(_("There is no such offer."))
    credential = issuing.accept(
        node,
        offer_id,
        person_id=current_person_id(),
        reflection=json.reflection,
        is_named=json.is_named,
    )
    return _own(credential.address)


@bp.route("/me/offers/<offer_id>/decline", methods=["POST"])
@require("account.use")
@operation(tag="my badges")
def decline(offer_id: str) -> None:
    """Say no to a badge that waits."""
    if not _is_waiting(offer_id):
        raise NotFound(_("There is no such offer."))
    offers.decline(current_node(), offer_id, person_id=current_person_id())


def _is_waiting(offer_id: str) -> bool:
    waiting = offers.offers_for(current_node(), current_person_id())
    return any(offer.id == offer_id for offer in waiting)


@bp.route("/me/claims", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=ClaimRequest, response=HeldItem, is_issuing=True)
def claim(json: ClaimRequest) -> HeldItem:
    """Take the badge of a claim link. Twice gives the same badge."""
    credential = claims.claim(
        current_node(),
        json.code,
        person_id=current_person_id(),
        reflection=json.reflection,
        is_named=json.is_named,
    )
    return _own(credential.address)


@bp.route("/me/credentials/<address>/share", methods=["POST"])
@require("account.use")
@operation(tag="my badges", response=HeldItem)
def share(address: str) -> HeldItem:
    """Let everybody who has the address see a badge."""
    return _held(passport.share(current_node(), address, person_id=current_person_id()))


@bp.route("/me/credentials/<address>/unshare", methods=["POST"])
@require("account.use")
@operation(tag="my badges", response=HeldItem)
def unshare(address: str) -> HeldItem:
    """Make a badge private again."""
    return _held(passport.unshare(current_node(), address, person_id=current_person_id()))


@bp.route("/verify", methods=["POST"])
@require("public.read")
@reads_only
@operation(tag="verify", body=VerifyRequest, response=VerdictItem)
def verify(json: VerifyRequest) -> VerdictItem:
    """Check any Open Badge; nothing of it is kept."""
    badge = json.badge
    text = badge if isinstance(badge, str) else json_text.dumps(badge, ensure_ascii=False)
    node = current_node()
    return _verdict(verifying.with_plugins(node, verifying.verify_text(node, text)))


def _own(address: str) -> HeldItem:
    return _held(passport.open_credential(current_node(), address, viewer_id=current_person_id()))


def _held(held: Held) -> HeldItem:
    credential = held.credential
    return HeldItem(
        address=credential.address,
        url=credential_url(current_node(), credential.address),
        achievement_id=credential.achievement_id,
        name=held.achievement.name,
        issued_at=credential.issued_at,
        valid_until=credential.valid_until,
        revoked_at=credential.revoked_at,
        revoked_reason=credential.revoked_reason,
        is_shared=held.is_shared,
        document=json_text.loads(credential.document),
    )


def _verdict(verdict: Verdict) -> VerdictItem:
    return VerdictItem(
        outcome=str(verdict.outcome),
        sentence=headline(verdict),
        findings=[
            FindingItem(id=found.id, status=str(found.status), text=line.title)
            for found, line in zip(verdict.findings, lines_of(verdict), strict=True)
        ],
        name=verdict.summary.name,
        issuer_id=verdict.summary.issuer_id,
        issuer_name=verdict.summary.issuer_name,
        results=[ResultItem(name=item.name, value=item.value) for item in verdict.summary.results],
    )

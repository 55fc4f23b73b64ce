"""Badges over the API, for organisers: make, publish, award, link, list holders, take back."""

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode import media
from colnode.badges import achievements, awards, claims, issuing, passport
from colnode.badges.content import Content
from colnode.badges.documents import achievement_url
from colnode.badges.passport import Held
from colnode.errors import Invalid, NotFound, _
from colnode.media import PictureKind
from colnode.web.api.more import (
    MoreContent,
    MoreItem,
    ResultsGiven,
    read_more,
    read_results,
    show_more,
)
from colnode.web.api.spec import operation, with_offset
from colnode.web.auth import current_node, current_person_id, may, require

if TYPE_CHECKING:
    from colnode.badges.models import Achievement, ClaimLink, Offer

__all__ = ["bp"]

bp = Blueprint("api_badges", __name__)

Texts = dict[str, str]


class Art(BaseModel):
    """The drawing of a badge: one of eight shapes, a lucide icon, two of the line colours."""

    shape: str = Field(default="round", max_length=20)
    icon: str = Field(default="award", max_length=40)
    first: str = Field(default="blue", max_length=20)
    second: str = Field(default="amber", max_length=20)
    seed: str = Field(default="", max_length=60)


class AchievementContent(BaseModel):
    """What an organiser writes. Texts are {"en": "...", "lt": "..."}.

    `picture_base64` is a PNG, JPEG, WebP or SVG that takes the place of the icon; without it an
    edited badge keeps its picture unless `remove_picture` is true.
    """

    name: Texts
    description: Texts = {}
    criteria: Texts = {}
    main_language: str = Field(default="", max_length=35)
    tags: list[str] = Field(default=[], max_length=20)
    art: Art = Art()
    kind: str = "Badge"
    valid_days: int | None = None
    more: MoreContent = MoreContent()
    picture_base64: str | None = None
    remove_picture: bool = False


class AchievementEdit(AchievementContent):
    """The whole content anew. `revision` is the one that you read; another one is a conflict."""

    revision: int


class AchievementItem(BaseModel):
    """A badge that can be earned. `url` is its page and its Open Badges document."""

    id: str
    url: str
    organisation_id: str
    state: str
    revision: int
    name: Texts
    description: Texts
    criteria: Texts
    main_language: str
    tags: list[str]
    art: dict[str, str]
    kind: str
    valid_days: int | None
    more: MoreItem
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None


class AchievementList(BaseModel):
    """Badges of an organisation, the last changed first."""

    items: list[AchievementItem]


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


@bp.route("/organisations/<organisation_id>/achievements")
@require("badge.award")
@operation(tag="badges", response=AchievementList)
def list_achievements(organisation_id: str) -> AchievementList:
    """List an organisation's badges, drafts too."""
    found = achievements.list_of_organisation(current_node(), organisation_id)
    return AchievementList(items=[_achievement(item) for item in found])


@bp.route("/organisations/<organisation_id>/achievements", methods=["POST"])
@require("badge.edit")
@operation(tag="badges", body=AchievementContent, response=AchievementItem, status=201)
def create_achievement(organisation_id: str, json: AchievementContent) -> AchievementItem:
    """Make a badge; it starts as a draft."""
    node = current_node()
    made = achievements.create(
        node, organisation_id, content=_content(json), actor_id=current_person_id()
    )
    return _achievement(made)


@bp.route("/achievements/<achievement_id>")
@require("public.read")
@operation(tag="badges", response=AchievementItem)
def show_achievement(achievement_id: str) -> AchievementItem:
    """Show a badge; a draft to its organisation alone."""
    found = achievements.get_achievement(current_node(), achievement_id)
    if not found.is_public and not may("badge.award", found.organisation_id):
        raise NotFound(_("There is no such badge."))
    return _achievement(found)


@bp.route("/achievements/<achievement_id>", methods=["PUT"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", body=AchievementEdit, response=AchievementItem)
def edit_achievement(achievement_id: str, json: AchievementEdit) -> AchievementItem:
    """Change a badge; badges that were given keep what was signed."""
    node = current_node()
    before = achievements.content_of(achievements.get_achievement(node, achievement_id))
    content = _content(json, before)
    edited = achievements.edit(
        node, achievement_id, content=content, actor_id=current_person_id(), revision=json.revision
    )
    return _achievement(edited)


@bp.route("/achievements/<achievement_id>/publish", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", response=AchievementItem)
def publish_achievement(achievement_id: str) -> AchievementItem:
    """Show a badge to everybody and let it be given."""
    return _achievement(
        achievements.publish(current_node(), achievement_id, actor_id=current_person_id())
    )


@bp.route("/achievements/<achievement_id>/retire", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", response=AchievementItem)
def retire_achievement(achievement_id: str) -> AchievementItem:
    """Stop giving a badge; everybody who has it keeps it."""
    return _achievement(
        achievements.retire(current_node(), achievement_id, actor_id=current_person_id())
    )


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
    found = awards.list_offers(current_node(), achievement_id)
    return OfferList(items=[_offer(item) for item in found])


@bp.route("/offers/<offer_id>/withdraw", methods=["POST"])
@require("badge.award", organisation_of=awards)
@operation(tag="badges", response=OfferItem)
def withdraw_offer(offer_id: str) -> OfferItem:
    """Take an offer back before it is accepted."""
    return _offer(awards.withdraw(current_node(), offer_id, actor_id=current_person_id()))


@bp.route("/offers/<offer_id>/send-again", methods=["POST"])
@require("badge.award", organisation_of=awards)
@operation(tag="badges", response=OfferItem, is_issuing=True)
def send_offer_again(offer_id: str) -> OfferItem:
    """Mail an offer once more to somebody who has not answered."""
    return _offer(awards.send_again(current_node(), offer_id, actor_id=current_person_id()))


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


def _content(given: AchievementContent, before: Content | None = None) -> Content:
    """The content anew; a picture that is not taken away and what it was copied from stay."""
    node = current_node()
    picture = before.picture if before and not given.remove_picture else None
    if given.picture_base64 is not None:
        try:
            data = base64.b64decode(given.picture_base64, validate=True)
        except (binascii.Error, ValueError):
            message = _("The picture is not written in base64.")
            raise Invalid(message, fields={"picture_base64": message}) from None
        picture = media.store(node, data, kind=PictureKind.BADGE).digest
    return Content(
        name=given.name,
        description=given.description,
        criteria=given.criteria,
        main_language=given.main_language or node.config.main_language,
        tags=tuple(given.tags),
        art=given.art.model_dump(),
        picture=picture,
        kind=given.kind,
        valid_days=given.valid_days,
        more=read_more(given.more, before.more.source if before else None),
    )


def _achievement(item: "Achievement") -> AchievementItem:
    return AchievementItem(
        id=item.id,
        url=achievement_url(current_node(), item.id),
        organisation_id=item.organisation_id,
        state=item.state,
        revision=item.revision,
        name=item.name,
        description=item.description,
        criteria=item.criteria,
        main_language=item.main_language,
        tags=item.tags,
        art=item.art,
        kind=item.kind,
        valid_days=item.valid_days,
        more=show_more(achievements.content_of(item).more),
        version=item.version,
        created_at=item.created_at,
        changed_at=item.changed_at,
        published_at=item.published_at,
    )


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

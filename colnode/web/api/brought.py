"""Badges from elsewhere over the API, and who sees a badge of one's own."""

import base64
import json as json_text
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import bringing, brought, brought_reading, stamps, verifying
from colnode.badges.stamps import Stamp, Visibility
from colnode.errors import Invalid, _
from colnode.web.api.spec import operation, read_base64
from colnode.web.auth import current_node, current_person_id, reads_only, require
from colnode.web.rendering import error_text

__all__ = ["bp"]

bp = Blueprint("api_brought", __name__)


class StampItem(BaseModel):
    """A badge of one's own, given here or brought in; `state` is empty while all is well.

    `proof` says how a badge from elsewhere is known to be one's own: oauth, did or email.
    """

    address: str
    name: dict[str, str]
    issuer: dict[str, str]
    earned_at: datetime
    is_from_here: bool
    state: str | None
    proof: str | None
    visibility: Visibility
    is_hidden: bool


class StampList(BaseModel):
    """Every badge of one's own, the latest earned first, hidden ones too."""

    items: list[StampItem]


class BringRequest(BaseModel):
    """A badge as a JSON document or as text (JSON, a JWT), or a file (PNG, SVG, ...) in base64.

    `source_url` is where it was found.
    """

    badge: dict[str, Any] | str | None = None
    file: str | None = Field(default=None, max_length=14_000_000)
    source_url: str | None = Field(default=None, max_length=2_000)


class LookRequest(BaseModel):
    """The address of a badge."""

    url: str = Field(max_length=2_000, pattern="^https?://")


class FoundItem(BaseModel):
    """What is at an address, unchecked; send `file` and `url` to keep it."""

    name: str | None
    issuer_id: str | None
    issuer_name: str | None
    url: str
    file: str


class ArchiveRequest(BaseModel):
    """A ZIP of badges in base64."""

    file: str = Field(max_length=14_000_000)


class ArrivalItem(BaseModel):
    """One file of the archive: kept, known or refused; `address` is the badge's."""

    label: str
    outcome: str
    address: str | None
    reason: str | None


class ArrivalList(BaseModel):
    """One result for each file, in order."""

    items: list[ArrivalItem]


class FindingItem(BaseModel):
    """One check of the last time: status ok, warning, failed or unknown."""

    id: str
    status: str
    text: str


class BroughtItem(BaseModel):
    """A badge from elsewhere. `outcome` is unchecked, valid, invalid or indeterminate."""

    stamp: StampItem
    badge_id: str | None
    achievement_id: str | None
    issuer_id: str | None
    outcome: str
    checked_at: datetime | None
    findings: list[FindingItem]
    document: str


class VisibilityRequest(BaseModel):
    """Who sees the badge: private, link (whoever has the address) or public (on one's page too)."""

    visibility: Literal["private", "link", "public"]


@bp.route("/me/stamps")
@require("account.use")
@operation(tag="my badges", response=StampList)
def list_stamps() -> StampList:
    """List every badge of one's own, from here and from elsewhere."""
    found = stamps.list_stamps(current_node(), current_person_id())
    return StampList(items=[stamp_item(stamp) for stamp in found])


@bp.route("/me/brought", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=BringRequest, response=BroughtItem, status=201)
def bring_in(json: BringRequest) -> BroughtItem:
    """Bring a badge in from elsewhere; it is checked soon after. Twice gives the same one."""
    badge = bringing.bring_in(
        current_node(),
        person_id=current_person_id(),
        document=_document(json),
        source_url=json.source_url,
    )
    return _item(badge.address)


@bp.route("/me/brought/look", methods=["POST"])
@require("account.use")
@reads_only
@operation(tag="my badges", body=LookRequest, response=FoundItem)
def look(json: LookRequest) -> FoundItem:
    """Fetch the badge at an address; nothing of it is kept."""
    document = verifying.fetch_address(current_node(), json.url)
    summary = brought_reading.read_badge(document).summary
    return FoundItem(
        name=summary.name,
        issuer_id=summary.issuer_id,
        issuer_name=summary.issuer_name,
        url=json.url,
        file=base64.b64encode(document).decode("ascii"),
    )


@bp.route("/me/brought/archive", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=ArchiveRequest, response=ArrivalList)
def bring_in_archive(json: ArchiveRequest) -> ArrivalList:
    """Bring in every badge of a ZIP; a file that is none stops no other."""
    arrivals = bringing.bring_in_zip(
        current_node(), person_id=current_person_id(), archive=read_base64(json.file, field="file")
    )
    return ArrivalList(items=[_arrival(item) for item in arrivals])


@bp.route("/me/brought/<address>")
@require("account.use")
@operation(tag="my badges", response=BroughtItem)
def show(address: str) -> BroughtItem:
    """Read a badge from elsewhere with its last check and its bytes in base64."""
    return _item(address)


@bp.route("/me/brought/<address>/check", methods=["POST"])
@require("account.use")
@operation(tag="my badges", response=BroughtItem)
def check_again(address: str) -> BroughtItem:
    """Have a badge from elsewhere checked again; `checked_at` is null until that is done."""
    brought.check_again(current_node(), address, person_id=current_person_id())
    return _item(address)


@bp.route("/me/brought/<address>", methods=["DELETE"])
@require("account.use")
@operation(tag="my badges")
def remove(address: str) -> None:
    """Remove a badge from elsewhere."""
    brought.remove(current_node(), address, person_id=current_person_id())


@bp.route("/me/stamps/<address>/visibility", methods=["PUT"])
@require("account.use")
@operation(tag="my badges", body=VisibilityRequest, response=StampItem)
def set_visibility(address: str, json: VisibilityRequest) -> StampItem:
    """Decide who sees a badge."""
    chosen = Visibility(json.visibility)
    return stamp_item(
        stamps.set_visibility(
            current_node(), address, person_id=current_person_id(), visibility=chosen
        )
    )


@bp.route("/me/stamps/<address>/hide", methods=["POST"])
@require("account.use")
@operation(tag="my badges", response=StampItem)
def hide(address: str) -> StampItem:
    """Keep a badge out of sight; it becomes private."""
    return stamp_item(stamps.hide(current_node(), address, person_id=current_person_id()))


@bp.route("/me/stamps/<address>/show", methods=["POST"])
@require("account.use")
@operation(tag="my badges", response=StampItem)
def show_again(address: str) -> StampItem:
    """Take a hidden badge back."""
    return stamp_item(stamps.show_again(current_node(), address, person_id=current_person_id()))


def stamp_item(stamp: Stamp) -> StampItem:
    """A stamp as the API gives it."""
    return StampItem(
        address=stamp.address,
        name=stamp.name,
        issuer=stamp.issuer,
        earned_at=stamp.earned_at,
        is_from_here=stamp.is_from_here,
        state=stamp.state,
        proof=stamp.proof,
        visibility=stamp.visibility,
        is_hidden=stamp.hidden_at is not None,
    )


def _document(json: BringRequest) -> bytes:
    if json.file is not None:
        return read_base64(json.file, field="file")
    if json.badge is None:
        raise Invalid(_("Send a badge or a file."))
    badge = json.badge
    text = badge if isinstance(badge, str) else json_text.dumps(badge, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _arrival(arrival: bringing.Arrival) -> ArrivalItem:
    reason = arrival.reason
    return ArrivalItem(
        label=arrival.label,
        outcome=arrival.outcome,
        address=arrival.badge.address if arrival.badge else None,
        reason=error_text(reason.message, reason.parameters) if reason else None,
    )


def _item(address: str) -> BroughtItem:
    node, person_id = current_node(), current_person_id()
    badge = brought.get_own(node, address, person_id=person_id)
    return BroughtItem(
        stamp=stamp_item(stamps.get_stamp(node, address, person_id=person_id)),
        badge_id=badge.badge_id,
        achievement_id=badge.achievement_id,
        issuer_id=badge.issuer_id,
        outcome=badge.outcome,
        checked_at=badge.checked_at,
        findings=[
            FindingItem(id=item.id, status=str(item.status), text=item.text)
            for item in brought.findings_of(badge)
        ],
        document=base64.b64encode(brought.read_document(node, badge)).decode("ascii"),
    )

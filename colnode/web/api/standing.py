"""What becomes of a badge that was given, over the API: correct, suspend, resume, count."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel

from colnode.badges import achievements, correcting, issuing, measuring, states, suspending
from colnode.badges.documents import credential_url
from colnode.badges.measuring import ClaimRate
from colnode.web.api.more import ResultsGiven, read_results
from colnode.web.api.spec import operation, with_offset
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_standing", __name__)


class CorrectionRequest(BaseModel):
    """What the badge shall say instead; its end and results stay where none are given.

    `reason` is what was wrong: its holder and everybody who sees the old badge reads it.
    """

    reason: str
    narrative: str | None = None
    evidence: list[str] = []
    valid_until: datetime | None = None
    results: ResultsGiven | None = None


class CorrectionItem(BaseModel):
    """The badge that took the place of the old one."""

    id: str
    url: str
    issued_at: datetime
    valid_until: datetime | None


class SuspensionRequest(BaseModel):
    """Why the badge is suspended; its holder and everybody who sees it reads it."""

    reason: str


class SuspensionSetting(BaseModel):
    """Whether badges that are given from now on can be suspended."""

    is_on: bool


class ClaimRateItem(BaseModel):
    """Offers by e-mail at each stage, and badges that were taken with links and codes."""

    offered: int
    mailed: int
    opened: int
    accepted: int
    with_code: int


@bp.route("/credentials/<credential_id>/correct", methods=["POST"])
@require("badge.revoke", organisation_of=issuing)
@operation(
    tag="badges", body=CorrectionRequest, response=CorrectionItem, status=201, is_issuing=True
)
def correct(credential_id: str, json: CorrectionRequest) -> CorrectionItem:
    """Give a badge anew under a new id; the old one is taken back and names the new one."""
    node = current_node()
    new = correcting.correct(
        node,
        credential_id,
        actor_id=current_person_id(),
        reason=json.reason,
        narrative=json.narrative,
        evidence=json.evidence,
        valid_until=with_offset("valid_until", json.valid_until),
        results=None if json.results is None else read_results(json.results),
    )
    return CorrectionItem(
        id=new.id,
        url=credential_url(node, new.address),
        issued_at=new.issued_at,
        valid_until=new.valid_until,
    )


@bp.route("/credentials/<credential_id>/suspend", methods=["POST"])
@require("badge.revoke", organisation_of=issuing)
@operation(tag="badges", body=SuspensionRequest)
def suspend(credential_id: str, json: SuspensionRequest) -> None:
    """Let a badge not count until it is resumed."""
    suspending.suspend(
        current_node(), credential_id, actor_id=current_person_id(), reason=json.reason
    )


@bp.route("/credentials/<credential_id>/resume", methods=["POST"])
@require("badge.revoke", organisation_of=issuing)
@operation(tag="badges")
def resume(credential_id: str) -> None:
    """Let a suspended badge count again."""
    suspending.resume(current_node(), credential_id, actor_id=current_person_id())


@bp.route("/organisations/<organisation_id>/suspension")
@require("badge.award")
@operation(tag="organisations", response=SuspensionSetting)
def show_suspension(organisation_id: str) -> SuspensionSetting:
    """Show whether an organisation's new badges can be suspended."""
    return SuspensionSetting(is_on=states.has_suspension(current_node(), organisation_id))


@bp.route("/organisations/<organisation_id>/suspension", methods=["PUT"])
@require("organisation.edit")
@operation(tag="organisations", body=SuspensionSetting, response=SuspensionSetting)
def set_suspension(organisation_id: str, json: SuspensionSetting) -> SuspensionSetting:
    """Turn suspension on or off for the badges that are given from now on."""
    states.set_suspension(
        current_node(), organisation_id, is_on=json.is_on, actor_id=current_person_id()
    )
    return json


@bp.route("/achievements/<achievement_id>/claim-rate")
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", response=ClaimRateItem)
def claim_rate(achievement_id: str) -> ClaimRateItem:
    """Count how many offers of a badge were mailed, opened and accepted."""
    return _rate(measuring.claim_rate(current_node(), achievement_id=achievement_id))


@bp.route("/organisations/<organisation_id>/claim-rate")
@require("badge.award")
@operation(tag="organisations", response=ClaimRateItem)
def claim_rate_of_organisation(organisation_id: str) -> ClaimRateItem:
    """Count how many offers of an organisation were mailed, opened and accepted."""
    return _rate(measuring.claim_rate(current_node(), organisation_id=organisation_id))


def _rate(found: ClaimRate) -> ClaimRateItem:
    return ClaimRateItem(
        offered=found.offered,
        mailed=found.mailed,
        opened=found.opened,
        accepted=found.accepted,
        with_code=found.with_code,
    )

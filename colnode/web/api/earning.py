"""The other ways to earn, over the API: tables, printed codes, requests and their review, rules."""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import (
    achievements,
    applications,
    award_tables,
    claims,
    codes,
    request_files,
    rules,
)
from colnode.badges.applications import Reviewer
from colnode.badges.request_files import Upload
from colnode.errors import NotFound, _
from colnode.web.api.more import ResultsGiven, read_results
from colnode.web.api.spec import operation, read_base64, with_offset
from colnode.web.auth import current_node, current_person_id, may, require
from colnode.web.rendering import error_text

if TYPE_CHECKING:
    from colnode.badges.models import Application, GivingRule

__all__ = ["bp"]

bp = Blueprint("api_earning", __name__)


class TableRequest(BaseModel):
    """A CSV text whose first line names the columns: email, narrative, evidence, valid_until.

    A column `result: NAME` is a result that the badge describes. With `is_trial` nothing is stored
    or mailed.
    """

    table: str = Field(max_length=1_000_000)
    is_trial: bool = False


class RowItem(BaseModel):
    """What became of a row: sent, waiting (offered before), double or wrong; `reason` says why."""

    line: int
    email: str
    outcome: str
    offer_id: str | None
    reason: str | None


class RowList(BaseModel):
    """One result per row, in order."""

    items: list[RowItem]


class SheetRequest(BaseModel):
    """How many single-use codes, until when; `valid_until` is the end of the badges they give.

    `results` are what everybody reached who uses one.
    """

    count: int
    expires_at: datetime | None = None
    label: str | None = None
    valid_until: datetime | None = None
    results: ResultsGiven = []


class SheetItem(BaseModel):
    """A sheet of codes; `codes` are those that nobody has used."""

    id: str
    label: str | None
    count: int
    used: int
    is_open: bool
    expires_at: datetime | None
    codes: list[str]


class ReviewerSetting(BaseModel):
    """Who answers requests for a badge; null: it cannot be asked for."""

    reviewer: Literal["self", "peer", "organiser"] | None


class UploadItem(BaseModel):
    """A picture or a PDF in base64, up to 5 MB."""

    name: str = Field(max_length=200)
    file: str = Field(max_length=7_000_000)


class FileItem(BaseModel):
    """A file of a request."""

    id: str
    name: str
    media_type: str
    byte_count: int


class FileContent(FileItem):
    """A file of a request with its bytes in base64."""

    file: str


class FileList(BaseModel):
    """The files of a request, in the order in which they were sent."""

    items: list[FileItem]


class ApplicationRequest(BaseModel):
    """What somebody did, and web addresses that show it. Both become part of the badge.

    `files` do not: they are seen by whoever may answer.
    """

    narrative: str
    evidence: list[str] = []
    is_named: bool = False
    files: list[UploadItem] = Field(default=[], max_length=5)


class ApplicationItem(BaseModel):
    """A request. `credential_id` is the badge, once it was granted."""

    id: str
    achievement_id: str
    state: str
    narrative: str
    evidence: list[str]
    comment: str | None
    credential_id: str | None
    created_at: datetime
    answered_at: datetime | None


class ApplicationList(BaseModel):
    """Requests."""

    items: list[ApplicationItem]


class ReviewRequest(BaseModel):
    """The answer to a request; one that is not granted needs a comment.

    `results` are what the person reached; they become part of the badge.
    """

    is_granted: bool
    comment: str | None = None
    results: ResultsGiven = []


class RuleRequest(BaseModel):
    """A badge gives itself to whoever has done every one of `things`, as `rule` understands it."""

    rule: str
    things: list[str] = Field(min_length=1, max_length=50)


class RuleItem(BaseModel):
    """A rule at work."""

    id: str
    rule: str
    things: list[str]
    created_at: datetime
    ended_at: datetime | None


class RuleList(BaseModel):
    """Rules, newest first."""

    items: list[RuleItem]


@bp.route("/achievements/<achievement_id>/awards/table", methods=["POST"])
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", body=TableRequest, response=RowList, is_issuing=True)
def award_table(achievement_id: str, json: TableRequest) -> RowList:
    """Offer a badge to each row of a CSV table, each with its own words."""
    results = award_tables.award_table(
        current_node(),
        achievement_id,
        text=json.table,
        actor_id=current_person_id(),
        is_trial=json.is_trial,
    )
    items = [
        RowItem(
            line=row.line,
            email=row.result.email,
            outcome=row.result.outcome,
            offer_id=row.result.offer_id,
            reason=error_text(row.result.reason, row.result.parameters)
            if row.result.reason
            else None,
        )
        for row in results
    ]
    return RowList(items=items)


@bp.route("/achievements/<achievement_id>/code-sheets", methods=["POST"])
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", body=SheetRequest, response=SheetItem, status=201, is_issuing=True)
def create_code_sheet(achievement_id: str, json: SheetRequest) -> SheetItem:
    """Make codes that work once each; the page of the sheet has them as a PDF to print."""
    made = codes.create_sheet(
        current_node(),
        achievement_id,
        count=json.count,
        actor_id=current_person_id(),
        expires_at=with_offset("expires_at", json.expires_at),
        label=json.label,
        valid_until=with_offset("valid_until", json.valid_until),
        results=read_results(json.results),
    )
    return _sheet(made.id)


@bp.route("/code-sheets/<code_sheet_id>")
@require("badge.award", organisation_of=codes)
@operation(tag="badges", response=SheetItem)
def show_code_sheet(code_sheet_id: str) -> SheetItem:
    """Show a sheet with the codes that are left."""
    return _sheet(code_sheet_id)


@bp.route("/code-sheets/<code_sheet_id>/close", methods=["POST"])
@require("badge.award", organisation_of=codes)
@operation(tag="badges", response=SheetItem)
def close_code_sheet(code_sheet_id: str) -> SheetItem:
    """End every code of a sheet; badges that they gave stay."""
    codes.close_sheet(current_node(), code_sheet_id, actor_id=current_person_id())
    return _sheet(code_sheet_id)


@bp.route("/achievements/<achievement_id>/reviewer")
@require("public.read")
@operation(tag="requests", response=ReviewerSetting)
def show_reviewer(achievement_id: str) -> ReviewerSetting:
    """Show whether a badge can be asked for, and who answers."""
    found = achievements.get_public(current_node(), achievement_id)
    return _reviewer(found.id)


@bp.route("/achievements/<achievement_id>/reviewer", methods=["PUT"])
@require("badge.award", organisation_of=achievements)
@operation(tag="requests", body=ReviewerSetting, response=ReviewerSetting)
def set_reviewer(achievement_id: str, json: ReviewerSetting) -> ReviewerSetting:
    """Say who answers requests for a badge."""
    reviewer = Reviewer(json.reviewer) if json.reviewer else None
    applications.set_reviewer(
        current_node(), achievement_id, reviewer=reviewer, actor_id=current_person_id()
    )
    return _reviewer(achievement_id)


@bp.route("/achievements/<achievement_id>/requests", methods=["POST"])
@require("account.use")
@operation(
    tag="requests", body=ApplicationRequest, response=ApplicationItem, status=201, is_issuing=True
)
def ask(achievement_id: str, json: ApplicationRequest) -> ApplicationItem:
    """Ask for a badge; where people review themselves, it is granted at once."""
    made = applications.apply_for(
        current_node(),
        achievement_id,
        person_id=current_person_id(),
        narrative=json.narrative,
        evidence=json.evidence,
        is_named=json.is_named,
        files=[Upload(item.name, read_base64(item.file, field="files")) for item in json.files],
    )
    return _application(made)


@bp.route("/requests/<application_id>/files")
@require("account.use")
@operation(tag="requests", response=FileList)
def list_files(application_id: str) -> FileList:
    """List the files of a request, for who sent it and for who may answer."""
    found = request_files.list_files(current_node(), _visible(application_id).id)
    return FileList(items=[FileItem.model_validate(item, from_attributes=True) for item in found])


@bp.route("/requests/<application_id>/files/<file_id>")
@require("account.use")
@operation(tag="requests", response=FileContent)
def show_file(application_id: str, file_id: str) -> FileContent:
    """Read a file of a request, for who sent it and for who may answer."""
    found = _visible(application_id)
    view, data = request_files.get_file(current_node(), found.id, file_id)
    return FileContent(**asdict(view), file=base64.b64encode(data).decode("ascii"))


@bp.route("/achievements/<achievement_id>/requests")
@require("badge.award", organisation_of=achievements)
@operation(tag="requests", response=ApplicationList)
def list_for_organiser(achievement_id: str) -> ApplicationList:
    """List the requests for a badge, those that wait first."""
    found = applications.list_for_organiser(current_node(), achievement_id)
    return ApplicationList(items=[_application(item) for item in found])


@bp.route("/me/requests")
@require("account.use")
@operation(tag="requests", response=ApplicationList)
def list_own() -> ApplicationList:
    """List one's own requests, newest first."""
    found = applications.list_own(current_node(), current_person_id())
    return ApplicationList(items=[_application(item) for item in found])


@bp.route("/me/reviews")
@require("account.use")
@operation(tag="requests", response=ApplicationList)
def list_for_peer() -> ApplicationList:
    """List others' requests that one may answer because one has the badge."""
    found = applications.list_for_peer(current_node(), current_person_id())
    return ApplicationList(items=[_application(item) for item in found])


@bp.route("/requests/<application_id>/review", methods=["POST"])
@require("account.use")
@operation(tag="requests", body=ReviewRequest, response=ApplicationItem, is_issuing=True)
def review(application_id: str, json: ReviewRequest) -> ApplicationItem:
    """Answer a request, as an organiser or as somebody who has the badge."""
    node = current_node()
    found = applications.get_application(node, application_id)
    if not _may_review(found):
        raise NotFound(_("There is no such request."))
    done = applications.review(
        node,
        application_id,
        reviewer_id=current_person_id(),
        is_organiser=may("badge.award", found.organisation_id),
        is_granted=json.is_granted,
        comment=json.comment,
        results=read_results(json.results),
    )
    return _application(done)


@bp.route("/me/requests/<application_id>/withdraw", methods=["POST"])
@require("account.use")
@operation(tag="requests", response=ApplicationItem)
def withdraw(application_id: str) -> ApplicationItem:
    """Take one's own request back."""
    done = applications.withdraw(current_node(), application_id, person_id=current_person_id())
    return _application(done)


@bp.route("/achievements/<achievement_id>/rules")
@require("badge.award", organisation_of=achievements)
@operation(tag="badges", response=RuleList)
def list_rules(achievement_id: str) -> RuleList:
    """List the rules by which a badge gives itself."""
    found = rules.list_rules(current_node(), achievement_id)
    return RuleList(items=[_rule(item) for item in found])


@bp.route("/achievements/<achievement_id>/rules", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", body=RuleRequest, response=RuleItem, status=201, is_issuing=True)
def create_rule(achievement_id: str, json: RuleRequest) -> RuleItem:
    """Let a badge give itself; `all_badges` takes the ids of badges of this city."""
    made = rules.create_rule(
        current_node(),
        achievement_id,
        rule=json.rule,
        things=json.things,
        actor_id=current_person_id(),
    )
    return _rule(made)


@bp.route("/rules/<giving_rule_id>/end", methods=["POST"])
@require("badge.edit", organisation_of=rules)
@operation(tag="badges", response=RuleItem)
def end_rule(giving_rule_id: str) -> RuleItem:
    """Let a rule give nothing any more; what it gave stays."""
    return _rule(rules.end_rule(current_node(), giving_rule_id, actor_id=current_person_id()))


def _may_review(found: "Application") -> bool:
    return applications.may_review(
        current_node(),
        found,
        reviewer_id=current_person_id(),
        is_organiser=may("badge.award", found.organisation_id),
    )


def _visible(application_id: str) -> "Application":
    found = applications.get_application(current_node(), application_id)
    if found.person_id != current_person_id() and not _may_review(found):
        raise NotFound(_("There is no such request."))
    return found


def _sheet(code_sheet_id: str) -> SheetItem:
    node = current_node()
    view = codes.view_sheet(node, code_sheet_id)
    left = codes.open_codes(node, code_sheet_id) if view.is_open else ()
    return SheetItem(
        id=view.sheet.id,
        label=view.sheet.label,
        count=view.count,
        used=view.used,
        is_open=view.is_open,
        expires_at=view.sheet.expires_at,
        codes=[claims.spaced(link.code) for link in left],
    )


def _reviewer(achievement_id: str) -> ReviewerSetting:
    found = applications.reviewer_of(current_node(), achievement_id)
    return ReviewerSetting(reviewer=found.value if found else None)


def _application(item: "Application") -> ApplicationItem:
    return ApplicationItem(
        id=item.id,
        achievement_id=item.achievement_id,
        state=item.state,
        narrative=item.narrative,
        evidence=list(item.evidence),
        comment=item.comment,
        credential_id=item.credential_id,
        created_at=item.created_at,
        answered_at=item.answered_at,
    )


def _rule(item: "GivingRule") -> RuleItem:
    return RuleItem(
        id=item.id,
        rule=item.rule,
        things=list(item.things),
        created_at=item.created_at,
        ended_at=item.ended_at,
    )

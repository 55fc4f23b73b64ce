"""Activities at /api/v1: list, read, make, change, publish, cancel, delete."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from colnode.plugin import (
    NotFound,
    _,
    catalogue,
    current_node,
    current_person,
    enqueue,
    error_text,
    may,
    operation,
    require,
)
from colnode_map import importing, records, service
from colnode_map.content import Content
from colnode_map.filters import read_bounds, read_filters
from colnode_map.forms import with_point
from colnode_map.models import Activity, Mode, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("map_api", __name__)
_TAG = "activities"


class ActivityInput(BaseModel):
    """An activity as it is written. Times carry a zone, price_cents 0 is free."""

    model_config = ConfigDict(extra="forbid")

    title: dict[str, str]
    category: str = "event"
    mode: Mode = Mode.IN_PERSON
    description: dict[str, str] = {}
    place_name: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    join_url: str = ""
    is_always_open: bool = False
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    duration_minutes: int | None = None
    languages: list[str] = []
    price_cents: int | None = None
    currency: str = "EUR"
    age_from: int | None = None
    age_to: int | None = None
    accessibility: list[str] = []
    achievements: list[str] = []
    picture: str | None = Field(None, pattern="^[0-9a-f]{64}$")


class NewActivity(ActivityInput):
    """An activity of an organisation; `publishes` shows it at once."""

    organisation_id: str
    publishes: bool = False


class ActivityChange(ActivityInput):
    """A whole new text; `revision` is the one that was read."""

    revision: int | None = None


class ActivityOutput(ActivityInput):
    """An activity of this city or, with an `origin`, of another one."""

    id: str
    origin: str
    city: dict[str, str] = {}
    home_url: str | None = None
    organisation_id: str
    organisation: dict[str, str] = {}
    state: State
    revision: int | None = None
    changed_at: datetime


class ActivityList(BaseModel):
    """One page of activities; `next` is the cursor of the next one."""

    items: list[ActivityOutput]
    total_is_at_least: int
    next: str | None


class ActivityQuery(BaseModel):
    """What to look for; empty means everything that has not ended."""

    q: str = ""
    category: str = ""
    week: str = ""
    online: str = ""
    free: str = ""
    own: str = ""
    language: str = ""
    organiser: str = ""
    age: str = ""
    earns: str = ""
    bbox: str = ""
    limit: int = Field(24, ge=1, le=100)
    after: str | None = None


def _content(node: "Node", given: ActivityInput) -> Content:
    values = given.model_dump(exclude={"organisation_id", "publishes", "revision"})
    for name in ("languages", "accessibility", "achievements"):
        values[name] = tuple(values[name])
    return with_point(node, Content(**values))


def _own(activity: Activity) -> ActivityOutput:
    content = service.content_of(activity)
    return ActivityOutput(
        **_members(content),
        id=activity.id,
        origin=catalogue.OWN,
        organisation_id=activity.organisation_id,
        state=State(activity.state),
        revision=activity.revision,
        changed_at=activity.changed_at,
    )


def _of_record(record: catalogue.RecordView) -> ActivityOutput:
    organiser = records.organiser_of(record.body)
    return ActivityOutput(
        **_members(records.content_of(record.body)),
        id=record.id,
        origin=record.origin,
        city={} if record.is_own else dict(record.origin_name),
        home_url=record.home_url,
        organisation_id=organiser.id,
        organisation=dict(organiser.name),
        state=State.PUBLISHED,
        changed_at=record.updated_at,
    )


def _members(content: Content) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(content).items()
    }


def _owner(node: "Node", activity_id: str) -> str:
    return service.organisation_of(node, activity_id)


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None


@bp.route("/activities")
@require("public.read")
@operation(tag=_TAG, query=ActivityQuery, response=ActivityList)
def list_activities(query: ActivityQuery) -> ActivityList:
    """Activities of this and other cities that have not ended, soonest first."""
    node = current_node()
    filters = read_filters(query.model_dump(exclude={"bbox", "limit", "after"}))
    results = catalogue.search(
        node,
        filters.query(
            node.clock.now(),
            bounds=read_bounds(query.bbox),
            limit=query.limit,
            cursor=query.after,
        ),
    )
    return ActivityList(
        items=[_of_record(item) for item in results.items],
        total_is_at_least=results.total_is_at_least,
        next=results.next_cursor,
    )


@bp.route("/activities", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=NewActivity, response=ActivityOutput, status=201)
def create_activity(json: NewActivity) -> ActivityOutput:
    """Make an activity of an organisation in which you are an editor."""
    node = current_node()
    if not may("activity.edit", json.organisation_id):
        raise NotFound(_("There is no such organisation among those that you may edit."))
    activity = service.create(
        node, json.organisation_id, content=_content(node, json), actor_id=_actor_id()
    )
    if json.publishes:
        service.publish(node, activity.id, actor_id=_actor_id())
    return _own(activity)


@bp.route("/activities/<activity_id>")
@require("public.read")
@operation(tag=_TAG, response=ActivityOutput)
def get_activity(activity_id: str) -> ActivityOutput:
    """One activity of this city; a draft only for its organisers."""
    activity = service.get_activity(current_node(), activity_id)
    if activity.state == State.DRAFT and not may("activity.edit", activity.organisation_id):
        raise NotFound(_("There is no such activity."))
    return _own(activity)


@bp.route("/activities/<activity_id>", methods=["PUT"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, body=ActivityChange, response=ActivityOutput)
def change_activity(activity_id: str, json: ActivityChange) -> ActivityOutput:
    """Replace what an activity says."""
    node = current_node()
    return _own(
        service.edit(
            node,
            activity_id,
            content=_content(node, json),
            actor_id=_actor_id(),
            revision=json.revision,
        )
    )


@bp.route("/activities/<activity_id>/publish", methods=["POST"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, response=ActivityOutput)
def publish_activity(activity_id: str) -> ActivityOutput:
    """Show a draft to everybody."""
    return _own(service.publish(current_node(), activity_id, actor_id=_actor_id()))


@bp.route("/activities/<activity_id>/cancel", methods=["POST"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, response=ActivityOutput)
def cancel_activity(activity_id: str) -> ActivityOutput:
    """Call an activity off."""
    return _own(service.cancel(current_node(), activity_id, actor_id=_actor_id()))


@bp.route("/activities/<activity_id>", methods=["DELETE"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, status=204)
def delete_activity(activity_id: str) -> None:
    """Remove an activity and its page."""
    service.delete(current_node(), activity_id, actor_id=_actor_id())


class ImportInput(BaseModel):
    """A spreadsheet as CSV text. With `dry_run` nothing is kept."""

    model_config = ConfigDict(extra="forbid")

    csv: str = Field(max_length=20_000_000)
    publishes: bool = True
    skips_wrong: bool = False
    dry_run: bool = False


class ImportFault(BaseModel):
    """What is wrong in one row."""

    row: int
    column: str | None
    text: str


class ImportOutput(BaseModel):
    """What an import would do, does or did. `id` is None for a dry run."""

    id: str | None
    state: str
    done: int
    total: int
    new: int
    changed: int
    unchanged: int
    drafts: int
    without_point: int
    faults: list[ImportFault]


@bp.route("/organisations/<organisation_id>/activities/imports", methods=["POST"])
@require("activity.edit")
@operation(tag=_TAG, body=ImportInput, response=ImportOutput, status=202)
def import_activities(organisation_id: str, json: ImportInput) -> ImportOutput:
    """Import a spreadsheet in the background, or say row by row what that would do."""
    node, data = current_node(), json.csv.encode()
    if json.dry_run:
        found = importing.check(node, organisation_id, data)
        return _import(None, "checked", 0, len(found.rows), found.summary())
    run = importing.upload(
        node, organisation_id, data, file_name="api.csv", person_id=_actor_id() or ""
    )
    importing.start_run(
        node,
        organisation_id,
        run.id,
        publishes=json.publishes,
        skips_wrong=json.skips_wrong,
    )
    enqueue(node, importing.IMPORT_JOB, {"run_id": run.id}, key=f"{importing.IMPORT_JOB}:{run.id}")
    return _import(run.id, run.state, run.done, run.total, run.result)


@bp.route("/organisations/<organisation_id>/activities/imports/<run_id>")
@require("activity.edit")
@operation(tag=_TAG, response=ImportOutput)
def get_import(organisation_id: str, run_id: str) -> ImportOutput:
    """How far an import is, or what it did."""
    run = importing.get_run(current_node(), organisation_id, run_id)
    return _import(run.id, run.state, run.done, run.total, run.result)


def _import(
    run_id: str | None, state: str, done: int, total: int, result: Mapping[str, Any]
) -> ImportOutput:
    counts = ("new", "changed", "unchanged", "drafts", "without_point")
    faults = [
        ImportFault(
            row=fault["row"],
            column=fault["column"],
            text=error_text(fault["message"], fault["parameters"]),
        )
        for fault in result["faults"]
    ]
    return ImportOutput(
        id=run_id,
        state=str(state),
        done=done,
        total=total,
        faults=faults,
        **{name: result[name] for name in counts},
    )

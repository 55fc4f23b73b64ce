"""Activities at /api/v1: list, read, make, change, publish, cancel, delete."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from colnode.plugin import (
    NotFound,
    _,
    catalogue,
    current_node,
    current_person,
    may,
    media,
    operation,
    require,
)
from colnode_map import along, joining, nearby, records, service
from colnode_map.api_models import (
    ActivityChange,
    ActivityInput,
    ActivityList,
    ActivityOutput,
    ActivityQuery,
    CancelInput,
    InvitationQuery,
    NewActivity,
    PictureOutput,
    PictureQuery,
)
from colnode_map.content import Content, Step
from colnode_map.filters import read_bounds, read_filters
from colnode_map.forms import with_point
from colnode_map.models import Activity
from colnode_map.repeating import local_now
from colnode_map.states import State
from colnode_map.viewing import visible_activity

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("map_api", __name__)
_TAG = "activities"


def _content(node: "Node", given: ActivityInput) -> Content:
    values = given.model_dump(exclude={"organisation_id", "publishes", "revision", "is_far_away"})
    values["steps"] = [Step(step["text"], step["id"]) for step in values["steps"]]
    for name in (
        "languages",
        "accessibility",
        "achievements",
        "keywords",
        "exceptions",
        "steps",
    ):
        values[name] = tuple(values[name])
    return with_point(node, Content(**values))


def _own(activity: Activity) -> ActivityOutput:
    """An own activity, with its secrets for those only who may know them."""
    node, person = current_node(), current_person()
    content = service.content_of(activity)
    knows = may("activity.edit", activity.organisation_id)
    if not (knows or (person and joining.has_place(node, activity.id, person.id))):
        content = replace(content, join_url="" if content.hides_link else content.join_url)
    return ActivityOutput(
        **_members(content),
        invitation=activity.invitation if knows and content.is_by_invitation else None,
        cancel_reason=activity.cancel_reason,
        id=activity.id,
        origin=catalogue.OWN,
        organisation_id=activity.organisation_id,
        state=State(activity.state),
        revision=activity.revision,
        changed_at=activity.changed_at,
    )


def _of_record(
    record: catalogue.RecordView, near: tuple[float, float] | None = None
) -> ActivityOutput:
    organiser = records.organiser_of(record.body)
    far = None
    if near and record.latitude is not None and record.longitude is not None:
        far = catalogue.distance_km(near, (record.latitude, record.longitude))
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
        distance_km=far,
    )


def _members(content: Content) -> dict[str, Any]:
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(content).items()
    }
    return values | {"steps": [{"id": step.id, "text": step.text} for step in content.steps]}


def _owner(node: "Node", activity_id: str) -> str:
    return service.organisation_of(node, activity_id)


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None


@bp.route("/activities")
@require("public.read")
@operation(tag=_TAG, query=ActivityQuery, response=ActivityList)
def list_activities(query: ActivityQuery) -> ActivityList:
    """Activities of this and other cities that have not ended, soonest first; nearest first with
    `near` or `place`."""
    node = current_node()
    given = query.model_dump(exclude={"bbox", "limit", "after"}, by_alias=True)
    person = current_person()
    asked = read_filters(given).of_activities
    filters = along.with_stops(node, asked, person.id if person else None)
    filters = nearby.with_place(node, filters)
    results = catalogue.search(
        node,
        filters.query(
            local_now(node),
            bounds=read_bounds(query.bbox),
            limit=query.limit,
            cursor=query.after,
        ),
    )
    return ActivityList(
        items=[_of_record(item, filters.near) for item in results.items],
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
        node,
        json.organisation_id,
        content=_content(node, json),
        actor_id=_actor_id(),
        is_far_away=json.is_far_away,
    )
    if json.publishes:
        service.publish(node, activity.id, actor_id=_actor_id())
    return _own(activity)


@bp.route("/activities/<activity_id>")
@require("public.read")
@operation(tag=_TAG, query=InvitationQuery, response=ActivityOutput)
def get_activity(activity_id: str, query: InvitationQuery) -> ActivityOutput:
    """One activity of this city; a draft only for its organisers, one by invitation for those
    who were invited. The link of a meeting is given to those who have a place."""
    return _own(visible_activity(activity_id, invitation=query.invitation))


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
            is_far_away=json.is_far_away,
        )
    )


@bp.route("/organisations/<organisation_id>/activities/pictures", methods=["POST"])
@require("activity.edit")
@operation(tag=_TAG, query=PictureQuery, response=PictureOutput, status=201)
def send_picture(organisation_id: str, query: PictureQuery) -> PictureOutput:
    """Keep a picture for activities: the bytes of a PNG, JPEG or WebP are the body."""
    kept = media.store(current_node(), request.get_data(), kind=query.kind)
    return PictureOutput(digest=kept.digest, width=kept.width, height=kept.height)


@bp.route("/activities/<activity_id>/publish", methods=["POST"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, response=ActivityOutput)
def publish_activity(activity_id: str) -> ActivityOutput:
    """Show a draft to everybody."""
    return _own(service.publish(current_node(), activity_id, actor_id=_actor_id()))


@bp.route("/activities/<activity_id>/cancel", methods=["POST"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, body=CancelInput, response=ActivityOutput)
def cancel_activity(activity_id: str, json: CancelInput) -> ActivityOutput:
    """Call an activity off; everybody who joined gets the reason by mail."""
    return _own(
        service.cancel(current_node(), activity_id, actor_id=_actor_id(), reason=json.reason)
    )


@bp.route("/activities/<activity_id>", methods=["DELETE"])
@require("activity.edit", organisation_of=_owner)
@operation(tag=_TAG, status=204)
def delete_activity(activity_id: str) -> None:
    """Remove an activity and its page."""
    service.delete(current_node(), activity_id, actor_id=_actor_id())

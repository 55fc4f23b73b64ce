"""Operations under /api/v1 for taking part: dates, joining, leaving, steps, who comes, who was."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict

from colnode.plugin import (
    current_node,
    current_person_id,
    names_of_people,
    operation,
    require,
)
from colnode_map import (
    attendance,
    completing,
    joining,
    my_activities,
    own_calendar,
    service,
)
from colnode_map.api_models import InvitationQuery
from colnode_map.calendar_feed import own_address
from colnode_map.models import Registration
from colnode_map.stored import content_of
from colnode_map.viewing import visible_activity

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("map_taking_api", __name__)
_TAG = "activities"


class JoinInput(BaseModel):
    """The date that is meant, for what repeats; the secret, for what is by invitation."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None
    invitation: str = ""


class LeaveInput(BaseModel):
    """The date that is meant, for what repeats."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None


class CheckInInput(LeaveInput):
    """The code that is on the wall now."""

    code: str


class CalendarOutput(BaseModel):
    """Where the calendar is; None without one. Whoever has the address can read it."""

    address: str | None


class PlaceOutput(BaseModel):
    """What a person has of an activity: a place, or one on the waiting list."""

    id: str
    activity_id: str
    starts_at: datetime | None
    state: str
    attended_at: datetime | None


class MyActivities(BaseModel):
    """Everything that the person has joined, and the activities that they have completed."""

    items: list[PlaceOutput]
    completed: list[str]


class DateOutput(BaseModel):
    """One date that people can join, or the whole activity. `closed` says why nobody can now."""

    starts_at: datetime | None
    ends_at: datetime | None
    joined: int
    waiting: int
    capacity: int | None
    closed: str | None


class DateList(BaseModel):
    """The next dates, soonest first."""

    items: list[DateOutput]


class PersonOutput(PlaceOutput):
    """Somebody who comes, by the name that they go by."""

    name: str


class PeopleQuery(BaseModel):
    """The date that is meant, for what repeats."""

    starts_at: AwareDatetime | None = None


class PeopleList(BaseModel):
    """Who comes: those with a place first."""

    items: list[PersonOutput]


class TickInput(BaseModel):
    """Whether it is done, or whether somebody was there."""

    model_config = ConfigDict(extra="forbid")

    is_done: bool


class StepsOutput(BaseModel):
    """The steps that the person has ticked off, and when the activity was completed by it."""

    done: list[str]
    completed_at: datetime | None


def _place(found: Registration) -> PlaceOutput:
    return PlaceOutput.model_validate(found, from_attributes=True)


@bp.route("/activities/<activity_id>/dates")
@require("public.read")
@operation(tag=_TAG, query=InvitationQuery, response=DateList)
def list_dates(activity_id: str, query: InvitationQuery) -> DateList:
    """The next dates with their places."""
    node = current_node()
    activity = visible_activity(activity_id, invitation=query.invitation)
    dates = joining.whats_on(node, content_of(activity), most=24)
    counts = joining.count_places(node, activity_id, [date.key for date in dates])
    return DateList(
        items=[
            DateOutput(
                starts_at=date.starts_at,
                ends_at=date.ends_at,
                joined=counts[date.key].joined,
                waiting=counts[date.key].waiting,
                capacity=activity.capacity,
                closed=joining.why_closed(node, activity, date),
            )
            for date in dates
        ]
    )


@bp.route("/activities/<activity_id>/join", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=JoinInput, response=PlaceOutput)
def join_activity(activity_id: str, json: JoinInput) -> PlaceOutput:
    """Take a place, or one on the waiting list when it is full."""
    made = joining.join(
        current_node(),
        activity_id,
        person_id=current_person_id(),
        at=json.starts_at,
        invitation=json.invitation,
    )
    return _place(made)


@bp.route("/activities/<activity_id>/leave", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=LeaveInput, status=204)
def leave_activity(activity_id: str, json: LeaveInput) -> None:
    """Give a place back. Who waits longest gets it."""
    joining.leave(current_node(), activity_id, person_id=current_person_id(), at=json.starts_at)


@bp.route("/activities/<activity_id>/check-in", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=CheckInInput, response=PlaceOutput)
def check_in(activity_id: str, json: CheckInInput) -> PlaceOutput:
    """Say that one is there, with the code that is on the wall."""
    found = attendance.check_in(
        current_node(),
        activity_id,
        person_id=current_person_id(),
        code=json.code,
        at=json.starts_at,
    )
    return _place(found)


@bp.route("/activities/<activity_id>/steps/<step_id>", methods=["PUT"])
@require("account.use")
@operation(tag=_TAG, body=TickInput, response=StepsOutput)
def tick_step(activity_id: str, step_id: str, json: TickInput) -> StepsOutput:
    """Tick a step off, or take the tick back."""
    node, person_id = current_node(), current_person_id()
    completing.tick_step(node, activity_id, step_id, person_id=person_id, is_done=json.is_done)
    activity = service.get_activity(node, activity_id)
    completion = completing.get_completion(node, activity_id, person_id)
    return StepsOutput(
        done=sorted(completing.done_steps(node, activity, person_id)),
        completed_at=completion.completed_at if completion else None,
    )


@bp.route("/me/activities")
@require("account.use")
@operation(tag=_TAG, response=MyActivities)
def list_my_activities() -> MyActivities:
    """What the person has joined, the latest first."""
    node, person_id = current_node(), current_person_id()
    joined = my_activities.list_joined(node, person_id)
    completed = my_activities.of_person(node, person_id)["completed"]
    return MyActivities(
        items=[_place(item.registration) for item in joined], completed=sorted(completed)
    )


@bp.route("/me/activities/calendar")
@require("account.use")
@operation(tag=_TAG, response=CalendarOutput)
def get_my_calendar() -> CalendarOutput:
    """The address of the calendar of what the person has joined."""
    return CalendarOutput(address=own_address(current_node(), current_person_id()))


@bp.route("/me/activities/calendar", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, response=CalendarOutput)
def begin_my_calendar() -> CalendarOutput:
    """Make that calendar, or give it a new address; an older one leads nowhere then."""
    node, person_id = current_node(), current_person_id()
    own_calendar.begin(node, person_id)
    return CalendarOutput(address=own_address(node, person_id))


@bp.route("/me/activities/calendar", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, status=204)
def end_my_calendar() -> None:
    """End that calendar."""
    own_calendar.end(current_node(), current_person_id())


@bp.route("/activities/<activity_id>/people")
@require("activity.people", organisation_of=service)
@operation(tag=_TAG, query=PeopleQuery, response=PeopleList)
def list_people(activity_id: str, query: PeopleQuery) -> PeopleList:
    """Who comes. For people of the organisation only."""
    node = current_node()
    content = content_of(service.get_activity(node, activity_id))
    occasion = joining.occasion_at(node, content, query.starts_at)
    listed = joining.places_of(node, activity_id, occasion.key)
    names = names_of_people(node, [item.person_id for item in listed])
    return PeopleList(
        items=[
            PersonOutput(**_place(item).model_dump(), name=names.get(item.person_id, ""))
            for item in listed
        ]
    )


def _owner_of_place(node: "Node", activity_id: str, place_id: str) -> str:
    return service.organisation_of(node, activity_id)


@bp.route("/activities/<activity_id>/people/<place_id>/attendance", methods=["PUT"])
@require("activity.people", organisation_of=_owner_of_place)
@operation(tag=_TAG, body=TickInput, response=PlaceOutput)
def put_attendance(activity_id: str, place_id: str, json: TickInput) -> PlaceOutput:
    """Tick somebody off who was there, or take the tick back."""
    found = attendance.note_attendance(
        current_node(), activity_id, place_id, is_there=json.is_done, actor_id=current_person_id()
    )
    return _place(found)

"""The city's people and audit trail over the API, for its admins."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode import audit
from colnode.identity import links, people
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person, reads_only, require

if TYPE_CHECKING:
    from colnode.identity.models import Person

__all__ = ["bp"]

bp = Blueprint("api_people", __name__)


class PersonQuery(BaseModel):
    """Whom to look for, by name or address; `after` is the last id seen."""

    q: str = Field(default="", max_length=200)
    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class PersonItem(BaseModel):
    """A person as the city's admins see them."""

    id: str
    display_name: str
    email: str | None
    is_admin: bool
    is_suspended: bool
    created_at: datetime


class PersonList(BaseModel):
    """People, newest first."""

    items: list[PersonItem]
    after: str | None


class Invitation(BaseModel):
    """Whom to invite to open an account."""

    email: str = Field(min_length=3, max_length=254)
    language: str | None = Field(default=None, max_length=20)


class Suspension(BaseModel):
    """Why; it is kept in the trail."""

    reason: str = Field(min_length=1, max_length=500)


class AdminChange(BaseModel):
    """Whether the person is a city admin from now on."""

    is_admin: bool


class EventQuery(BaseModel):
    """How far back; `before` is the last seq seen."""

    before: int | None = Field(default=None, ge=1)
    limit: int = Field(default=50, ge=1, le=500)


class EventItem(BaseModel):
    """One thing that somebody or the node itself did."""

    seq: int
    at: datetime
    actor_id: str | None
    action: str
    subject_type: str
    subject_id: str
    reason: str | None


class EventList(BaseModel):
    """Events, newest first."""

    items: list[EventItem]


def _my_id() -> str:
    person = current_person()
    assert person is not None
    return person.id


def _item(person: "Person") -> PersonItem:
    return PersonItem(
        id=person.id,
        display_name=person.display_name,
        email=person.email,
        is_admin=person.is_admin,
        is_suspended=person.suspended_at is not None,
        created_at=person.created_at,
    )


@bp.route("/people/search", methods=["POST"])
@reads_only
@require("city.manage")
@operation(tag="people", body=PersonQuery, response=PersonList)
def search(json: PersonQuery) -> PersonList:
    """Find people. What is looked for is posted: a name or an address is no part of a URL."""
    found = people.list_people(current_node(), text=json.q, after=json.after, limit=json.limit + 1)
    shown = found[: json.limit]
    return PersonList(
        items=[_item(person) for person in shown],
        after=shown[-1].id if len(found) > json.limit else None,
    )


@bp.route("/people/<person_id>")
@require("city.manage")
@operation(tag="people", response=PersonItem)
def show(person_id: str) -> PersonItem:
    """Show one person."""
    return _item(people.get_person(current_node(), person_id))


@bp.route("/people/invitations", methods=["POST"])
@require("city.manage")
@operation(tag="people", body=Invitation)
def invite(json: Invitation) -> None:
    """Mail an invitation to open an account."""
    links.invite_to_city(current_node(), email=json.email, language=json.language)


@bp.route("/people/<person_id>/admin", methods=["PUT"])
@require("city.manage")
@operation(tag="people", body=AdminChange)
def set_admin(person_id: str, json: AdminChange) -> None:
    """Make somebody a city admin, or no longer one."""
    people.set_admin(current_node(), person_id, is_admin=json.is_admin, actor_id=_my_id())


@bp.route("/people/<person_id>/suspend", methods=["POST"])
@require("city.manage")
@operation(tag="people", body=Suspension)
def suspend(person_id: str, json: Suspension) -> None:
    """Close an account for now and sign it out everywhere."""
    people.suspend(current_node(), person_id, actor_id=_my_id(), reason=json.reason)


@bp.route("/people/<person_id>/restore", methods=["POST"])
@require("city.manage")
@operation(tag="people")
def restore(person_id: str) -> None:
    """Open a suspended account again."""
    people.restore(current_node(), person_id, actor_id=_my_id())


@bp.route("/audit")
@require("city.manage")
@operation(tag="people", query=EventQuery, response=EventList)
def trail(query: EventQuery) -> EventList:
    """Show who did what, when and why."""
    events = audit.latest_events(current_node(), limit=query.limit, before=query.before)
    return EventList(
        items=[EventItem.model_validate(event, from_attributes=True) for event in events]
    )

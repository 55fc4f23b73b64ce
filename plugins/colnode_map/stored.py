"""Reading and writing the row of an activity, and showing it to everybody. The verbs that people
use are in service (what it says), joining, attendance and completing (who takes part)."""

import secrets
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode.plugin import NotFound, _, audit, catalogue, media, organisations
from colnode_map import records
from colnode_map.content import Content, Step
from colnode_map.models import Activity
from colnode_map.states import State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "content_of",
    "get_activity",
    "keep_step_ids",
    "locked",
    "note",
    "page_url_of",
    "record_of",
    "set_content",
    "show",
]

_FIELDS = tuple(item.name for item in fields(Content))
_TUPLES = ("languages", "accessibility", "achievements", "keywords", "exceptions")


def get_activity(node: "Node", activity_id: str) -> Activity:
    """An activity in any state. Raises NotFound."""
    activity = node.db.get(Activity, activity_id)
    if activity is None:
        raise NotFound(_("There is no such activity."))
    return activity


def locked(node: "Node", activity_id: str) -> Activity:
    """An activity that nobody else changes, or joins, until this unit ends. Raises NotFound."""
    query = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = node.db.scalar(query.execution_options(populate_existing=True))
    if activity is None:
        raise NotFound(_("There is no such activity."))
    return activity


def content_of(activity: Activity) -> Content:
    """What the activity says, as it was stored."""
    values: dict[str, Any] = {name: getattr(activity, name) for name in _FIELDS}
    for name in _TUPLES:
        values[name] = tuple(values[name])
    values["steps"] = tuple(Step(dict(step["text"]), step["id"]) for step in activity.steps)
    return Content(**values)


def set_content(activity: Activity, content: Content) -> None:
    """Write a checked content into the row."""
    for name in _FIELDS:
        value = getattr(content, name)
        setattr(activity, name, list(value) if isinstance(value, tuple) else value)
    activity.steps = [{"id": step.id, "text": dict(step.text)} for step in content.steps]
    if content.is_by_invitation and not activity.invitation:
        activity.invitation = secrets.token_urlsafe(12)


def keep_step_ids(content: Content, before: Content) -> Content:
    """The content with the ids of steps that were there before, found by a text they share."""
    known = {item: step.id for step in before.steps for item in step.text.items()}
    free = {step.id for step in before.steps}
    steps = []
    for step in content.steps:
        found = step.id or next((known[item] for item in step.text.items() if item in known), "")
        is_free = found in free
        free.discard(found)
        steps.append(replace(step, id=found if is_free else ""))
    return replace(content, steps=tuple(steps))


def page_url_of(node: "Node", activity_id: str) -> str:
    """The address of an activity's page."""
    return f"{node.config.server.base_url}/activities/{activity_id}"


def record_of(node: "Node", activity: Activity) -> dict[str, Any]:
    """The public record of an activity."""
    organisation = organisations.get_organisation(node, activity.organisation_id)
    sizes = [
        media.find(node, digest).byte_count if digest else None
        for digest in (activity.picture, activity.panorama)
    ]
    return records.write(
        content_of(activity),
        records.Organiser(organisation.id, dict(organisation.name)),
        node_id=node.id,
        picture_size=sizes[0],
        panorama_size=sizes[1],
        page_url=page_url_of(node, activity.id),
        time_zone=node.config.city.time_zone,
    )


def show(node: "Node", activity: Activity) -> None:
    """Bring the catalogue up to date; what is by invitation is in no catalogue."""
    if activity.state == State.PUBLISHED and not activity.is_by_invitation:
        catalogue.publish(node, "activity", activity.id, record_of(node, activity))
    else:
        catalogue.withdraw(node, "activity", activity.id)


def note(node: "Node", activity: Activity, action: str, actor_id: str | None) -> None:
    """Write an event of an activity into the city's trail."""
    audit.record(node, action, subject_type="activity", subject_id=activity.id, actor_id=actor_id)

"""What can be done with an activity. Each verb works in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update

from colnode.plugin import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    _,
    audit,
    catalogue,
    media,
    new_id,
    organisations,
)
from colnode_map import records
from colnode_map.content import Content, check_content, missing_for_publishing
from colnode_map.models import Activity, Background, ImportRun, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "cancel",
    "content_of",
    "create",
    "delete",
    "edit",
    "forget_person",
    "get_activity",
    "list_of_organisation",
    "organisation_of",
    "publish",
    "record_of",
    "require_verified",
    "set_content",
    "written_by",
]

_FIELDS = tuple(item.name for item in fields(Content))


def create(
    node: "Node", organisation_id: str, *, content: Content, actor_id: str | None
) -> Activity:
    """Make a draft. Any organisation may, verified or not. Raises Invalid, NotFound."""
    organisations.get_organisation(node, organisation_id)
    now = node.clock.now()
    activity = Activity(
        id=new_id(),
        organisation_id=organisation_id,
        state=State.DRAFT,
        revision=1,
        created_by=actor_id,
        created_at=now,
        changed_at=now,
    )
    set_content(activity, check_content(node, content))
    node.db.add(activity)
    node.db.flush()
    _note(node, activity, "activity.created", actor_id)
    return activity


def edit(
    node: "Node",
    activity_id: str,
    *,
    content: Content,
    actor_id: str | None,
    revision: int | None = None,
) -> Activity:
    """Change an activity; a published one must stay complete.

    `revision` is the one that the editor saw. Raises Conflict when somebody else saved in between,
    Invalid, NotFound, Refused (cancelled).
    """
    activity = _locked(node, activity_id)
    if activity.state == State.CANCELLED:
        raise Refused(_("This activity was cancelled. Make a new one instead."))
    if revision is not None and revision != activity.revision:
        raise Conflict(
            _("Somebody else changed this activity. Look at their text, then save again.")
        )
    checked = check_content(node, content)
    if activity.state == State.PUBLISHED:
        _require_complete(checked)
    set_content(activity, checked)
    activity.revision += 1
    activity.changed_at = node.clock.now()
    node.db.flush()
    if activity.state == State.PUBLISHED:
        catalogue.publish(node, "activity", activity.id, record_of(node, activity))
    _note(node, activity, "activity.edited", actor_id)
    return activity


def publish(node: "Node", activity_id: str, *, actor_id: str | None) -> Activity:
    """Show a draft to everybody, here and in other cities. Twice is the same as once.

    Raises Invalid that names what is missing, Refused when the organisation is not verified.
    """
    activity = _locked(node, activity_id)
    if activity.state == State.PUBLISHED:
        return activity
    if activity.state == State.CANCELLED:
        raise Refused(_("This activity was cancelled. Make a new one instead."))
    require_verified(node, activity.organisation_id)
    _require_complete(content_of(activity))
    activity.state = State.PUBLISHED
    activity.changed_at = node.clock.now()
    node.db.flush()
    catalogue.publish(node, "activity", activity.id, record_of(node, activity))
    _note(node, activity, "activity.published", actor_id)
    return activity


def cancel(node: "Node", activity_id: str, *, actor_id: str | None) -> Activity:
    """It will not take place: it leaves map and catalogue, its page stays and says so."""
    activity = _locked(node, activity_id)
    if activity.state == State.CANCELLED:
        return activity
    if activity.state == State.DRAFT:
        raise Refused(_("Nobody has seen this draft. Delete it instead."))
    activity.state = State.CANCELLED
    activity.changed_at = node.clock.now()
    node.db.flush()
    catalogue.withdraw(node, "activity", activity.id)
    _note(node, activity, "activity.cancelled", actor_id)
    return activity


def delete(node: "Node", activity_id: str, *, actor_id: str | None) -> None:
    """Remove an activity with its page, also from other cities. Raises NotFound."""
    activity = _locked(node, activity_id)
    if activity.state == State.PUBLISHED:
        catalogue.withdraw(node, "activity", activity.id)
    _note(node, activity, "activity.deleted", actor_id)
    node.db.delete(activity)
    node.db.flush()


def get_activity(node: "Node", activity_id: str) -> Activity:
    """An activity in any state. Raises NotFound."""
    activity = node.db.get(Activity, activity_id)
    if activity is None:
        raise NotFound(_("There is no such activity."))
    return activity


def organisation_of(node: "Node", activity_id: str) -> str:
    """The id of the organisation whose activity it is. Raises NotFound."""
    return get_activity(node, activity_id).organisation_id


def list_of_organisation(
    node: "Node", organisation_id: str, *, page: int = 1, per_page: int = 50
) -> tuple[Sequence[Activity], int]:
    """One page of an organisation's activities, latest change first, and how many there are."""
    of_organisation = Activity.organisation_id == organisation_id
    query = select(Activity).where(of_organisation)
    query = query.order_by(Activity.changed_at.desc(), Activity.id.desc())
    found = node.db.scalars(query.offset((page - 1) * per_page).limit(per_page)).all()
    total = node.db.scalar(select(func.count()).select_from(Activity).where(of_organisation))
    return found, total or 0


def written_by(node: "Node", person_id: str) -> list[dict[str, str]]:
    """The activities that a person made, as JSON values."""
    query = select(Activity).where(Activity.created_by == person_id).order_by(Activity.id)
    return [
        {"id": item.id, "title": next(iter(item.title.values())), "state": item.state}
        for item in node.db.scalars(query)
    ]


def forget_person(node: "Node", person_id: str) -> None:
    """Forget that a person made activities, sent spreadsheets or drew the background."""
    of_person = ImportRun.person_id == person_id
    node.db.execute(delete_rows(ImportRun).where(of_person))
    made, drew = Activity.created_by == person_id, Background.uploaded_by == person_id
    node.db.execute(update(Activity).where(made).values(created_by=None))
    node.db.execute(update(Background).where(drew).values(uploaded_by=None))


def merge_person(node: "Node", person_id: str, into_id: str) -> None:
    """Give what a person made, sent and drew to their other account."""
    for column in (ImportRun.person_id, Activity.created_by, Background.uploaded_by):
        change = update(column.class_).where(column == person_id).values({column.key: into_id})
        node.db.execute(change)


def content_of(activity: Activity) -> Content:
    """What the activity says, as it was stored."""
    values: dict[str, Any] = {name: getattr(activity, name) for name in _FIELDS}
    for name in ("languages", "accessibility", "achievements"):
        values[name] = tuple(values[name])
    return Content(**values)


def set_content(activity: Activity, content: Content) -> None:
    """Write a checked content into the row."""
    for name in _FIELDS:
        value = getattr(content, name)
        setattr(activity, name, list(value) if isinstance(value, tuple) else value)


def record_of(node: "Node", activity: Activity) -> dict[str, Any]:
    """The public record of an activity."""
    organisation = organisations.get_organisation(node, activity.organisation_id)
    size = media.find(node, activity.picture).byte_count if activity.picture else None
    return records.write(
        content_of(activity),
        records.Organiser(organisation.id, dict(organisation.name)),
        node_id=node.id,
        picture_size=size,
    )


def require_verified(node: "Node", organisation_id: str) -> None:
    """Raise Refused unless the city has confirmed the organisation."""
    if not organisations.get_organisation(node, organisation_id).is_verified:
        raise Refused(
            _(
                "The city has not confirmed your organisation yet. Your activity is saved as a "
                "draft; you can publish it as soon as that is done."
            )
        )


def _require_complete(content: Content) -> None:
    missing = missing_for_publishing(content)
    if missing:
        raise Invalid(_("Before everybody can see it, something is missing."), fields=missing)


def _locked(node: "Node", activity_id: str) -> Activity:
    query = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = node.db.scalar(query)
    if activity is None:
        raise NotFound(_("There is no such activity."))
    return activity


def _note(node: "Node", activity: Activity, action: str, actor_id: str | None) -> None:
    audit.record(node, action, subject_type="activity", subject_id=activity.id, actor_id=actor_id)

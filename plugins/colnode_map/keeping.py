"""What the map keeps about people: given to them, moved between their accounts, forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from colnode_map.joining import fill
from colnode_map.models import (
    Activity,
    ActivityFile,
    Background,
    Completion,
    FormDraft,
    ImportRun,
    OwnCalendar,
    Registration,
    StepDone,
)
from colnode_map.stored import locked

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["forget_activity", "forget_person", "kept_about", "merge_person"]


def kept_about(node: "Node", person_id: str) -> dict[str, Any]:
    """The activities that a person made, joined, ticked off and completed, as JSON values."""
    made = select(Activity).where(Activity.created_by == person_id).order_by(Activity.id)
    drafts = select(FormDraft).where(FormDraft.person_id == person_id)
    begun = select(OwnCalendar.created_at).where(OwnCalendar.person_id == person_id)
    return {
        "activities": [
            {"id": item.id, "title": next(iter(item.title.values())), "state": item.state}
            for item in node.db.scalars(made)
        ],
        "joined": _joined(node, person_id),
        "steps": [
            {"activity_id": item.activity_id, "step_id": item.step_id, "at": _text(item.done_at)}
            for item in node.db.scalars(select(StepDone).where(StepDone.person_id == person_id))
        ],
        "completed": [
            {"activity_id": item.activity_id, "at": _text(item.completed_at)}
            for item in node.db.scalars(select(Completion).where(Completion.person_id == person_id))
        ],
        "calendar_since": _text(node.db.scalar(begun)),
        "unsaved_forms": [
            {"subject": item.subject, "fields": item.fields, "at": _text(item.saved_at)}
            for item in node.db.scalars(drafts)
        ],
    }


def _joined(node: "Node", person_id: str) -> Sequence[dict[str, Any]]:
    query = (
        select(Registration, Activity.title)
        .join(Activity, Activity.id == Registration.activity_id)
        .where(Registration.person_id == person_id)
        .order_by(Registration.created_at, Registration.id)
    )
    return [
        {
            "activity_id": item.activity_id,
            "title": next(iter(title.values())),
            "starts_at": _text(item.starts_at),
            "state": item.state,
            "joined_at": _text(item.created_at),
            "attended_at": _text(item.attended_at),
        }
        for item, title in node.db.execute(query)
    ]


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def forget_person(node: "Node", person_id: str) -> None:
    """Forget what a person made, sent, joined and did; their places go to those who wait."""
    query = select(Registration).where(Registration.person_id == person_id)
    for registration in node.db.scalars(query.order_by(Registration.activity_id)).all():
        activity = locked(node, registration.activity_id)
        node.db.delete(registration)
        node.db.flush()
        fill(node, activity, registration.occasion)
    for column in (
        ImportRun.person_id,
        StepDone.person_id,
        Completion.person_id,
        FormDraft.person_id,
        OwnCalendar.person_id,
    ):
        node.db.execute(delete(column.class_).where(column == person_id))
    for made in (Activity.created_by, Background.uploaded_by):
        change = update(made.class_).where(made == person_id).values({made.key: None})
        node.db.execute(change)


def merge_person(node: "Node", person_id: str, into_id: str) -> None:
    """Give what a person has to their other account. What both have stays once: of two places on
    one occasion the better one, the other goes to those who wait. The calendar of the first ends.
    """
    _merge_places(node, person_id, into_id)
    _drop_doubles(
        node, StepDone.person_id, (StepDone.activity_id, StepDone.step_id), (person_id, into_id)
    )
    _drop_doubles(node, Completion.person_id, (Completion.activity_id,), (person_id, into_id))
    _drop_doubles(node, FormDraft.person_id, (FormDraft.subject,), (person_id, into_id))
    node.db.execute(delete(OwnCalendar).where(OwnCalendar.person_id == person_id))
    for column in (
        ImportRun.person_id,
        Activity.created_by,
        Background.uploaded_by,
        Registration.person_id,
        StepDone.person_id,
        Completion.person_id,
        FormDraft.person_id,
    ):
        change = update(column.class_).where(column == person_id).values({column.key: into_id})
        node.db.execute(change)
    node.db.expire_all()


def _merge_places(node: "Node", person_id: str, into_id: str) -> None:
    of_both = select(Registration).where(Registration.person_id.in_((person_id, into_id)))
    order = (
        Registration.activity_id,
        Registration.attended_at.is_(None),
        Registration.state,
        Registration.created_at,
    )
    seen: set[tuple[str, str]] = set()
    for registration in node.db.scalars(of_both.order_by(*order)).all():
        place = (registration.activity_id, registration.occasion)
        if place in seen:
            activity = locked(node, registration.activity_id)
            node.db.delete(registration)
            node.db.flush()
            fill(node, activity, registration.occasion)
        seen.add(place)


def _drop_doubles(
    node: "Node",
    person: InstrumentedAttribute[str],
    rest: Sequence[InstrumentedAttribute[str]],
    people: tuple[str, str],
) -> None:
    """Delete rows of the first person of which the second has the same."""
    person_id, into_id = people
    theirs = select(*rest).where(person == into_id)
    doubles = delete(person.class_).where(person == person_id, tuple_(*rest).in_(theirs))
    node.db.execute(doubles.execution_options(synchronize_session=False))


def forget_activity(node: "Node", activity_id: str) -> None:
    """Delete everything that belongs to an activity that is being deleted."""
    for column in (
        Registration.activity_id,
        StepDone.activity_id,
        Completion.activity_id,
        ActivityFile.activity_id,
        FormDraft.subject,
    ):
        node.db.execute(delete(column.class_).where(column == activity_id))

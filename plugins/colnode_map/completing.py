"""Steps that people tick off, and what follows when somebody has completed an activity."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from colnode.plugin import (
    NotFound,
    Refused,
    _,
    catalogue,
    complete_record,
    insert_into,
    offer_badge,
    uncomplete_record,
)
from colnode_map.joining import has_place
from colnode_map.models import Activity, Completion, StepDone
from colnode_map.states import State
from colnode_map.stored import get_activity

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["SOURCE", "complete", "done_steps", "get_completion", "take_back", "tick_step"]

SOURCE = "map"


def tick_step(
    node: "Node", activity_id: str, step_id: str, *, person_id: str, is_done: bool
) -> Completion | None:
    """Tick a step off, or take the tick back; twice is the same as once.

    With the last step the activity is completed where the organiser lets it complete itself.
    Raises NotFound (no such step, or not public) and Refused (people join first, cancelled).
    """
    activity = get_activity(node, activity_id)
    if activity.state == State.DRAFT or step_id not in _ids(activity):
        raise NotFound(_("There is no such step."))
    if activity.state == State.CANCELLED:
        raise Refused(_("This activity is cancelled."))
    if (activity.needs_joining or activity.is_by_invitation) and not has_place(
        node, activity_id, person_id
    ):
        raise Refused(_("Join first, then tick off what you have done."))
    key = {"activity_id": activity_id, "person_id": person_id, "step_id": step_id}
    if not is_done:
        node.db.execute(delete(StepDone).filter_by(**key))
        return None
    values = key | {"done_at": node.clock.now()}
    node.db.execute(insert_into(node.db, StepDone).values(values).on_conflict_do_nothing())
    if activity.completes_itself and set(_ids(activity)) <= done_steps(node, activity, person_id):
        return complete(node, activity, person_id, by_steps=True)
    return None


def _ids(activity: Activity) -> Iterable[str]:
    return [step["id"] for step in activity.steps]


def done_steps(node: "Node", activity: Activity, person_id: str) -> set[str]:
    """The ids of the steps that a person has ticked off."""
    query = select(StepDone.step_id).filter_by(activity_id=activity.id, person_id=person_id)
    return set(node.db.scalars(query))


def get_completion(node: "Node", activity_id: str, person_id: str) -> Completion | None:
    """That and when a person completed an activity, None while they have not."""
    return node.db.get(Completion, (activity_id, person_id))


def complete(
    node: "Node",
    activity: Activity,
    person_id: str,
    *,
    by_steps: bool = False,
    actor_id: str | None = None,
) -> Completion:
    """A person has completed an activity: the badges of its own organisation are offered, once,
    and playlists and rules hear of it. Badges of others are shown on the page only."""
    values = {
        "activity_id": activity.id,
        "person_id": person_id,
        "by_steps": by_steps,
        "completed_at": node.clock.now(),
    }
    insert = insert_into(node.db, Completion).values(values).on_conflict_do_nothing()
    if node.db.execute(insert.returning(Completion.person_id)).scalar():
        reference = f"{catalogue.OWN}/activity/{activity.id}"
        complete_record(node, person_id, reference, source=SOURCE)
        for achievement_id in _own_badges(node, activity):
            _offer(node, activity, person_id, achievement_id, actor_id)
    return node.db.get_one(Completion, (activity.id, person_id))


def _own_badges(node: "Node", activity: Activity) -> list[str]:
    homes = (catalogue.OWN, node.id)
    parts = [link.split("/", 2) for link in activity.achievements]
    return [achievement_id for home, _type, achievement_id in parts if home in homes]


def _offer(
    node: "Node", activity: Activity, person_id: str, achievement_id: str, actor_id: str | None
) -> None:
    try:
        offer_badge(
            node,
            person_id,
            achievement_id,
            organisation_id=activity.organisation_id,
            actor_id=actor_id or activity.created_by,
        )
    except NotFound:
        return  # the badge was deleted since it was linked


def take_back(node: "Node", activity: Activity, person_id: str) -> None:
    """Somebody was ticked by mistake: they have not completed it. An offered badge stays offered;
    the organisation withdraws it where it gives badges."""
    found = get_completion(node, activity.id, person_id)
    if found is None or found.by_steps:
        return
    node.db.delete(found)
    node.db.flush()
    uncomplete_record(node, person_id, f"{catalogue.OWN}/activity/{activity.id}", source=SOURCE)

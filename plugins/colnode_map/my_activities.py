"""What one person has joined, as their page and the API show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode_map.models import Activity, Completion, Registration
from colnode_map.states import Place, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["Joined", "list_joined", "of_person"]

_MOST = 300


@dataclass(frozen=True)
class Joined:
    """A registration with its activity."""

    registration: Registration
    activity: Activity

    @property
    def starts_at(self) -> datetime | None:
        """When it begins, None for what is always open."""
        return self.registration.starts_at

    @property
    def is_waiting(self) -> bool:
        """Whether it is a place on the waiting list."""
        return self.registration.state == Place.WAITING

    @property
    def is_cancelled(self) -> bool:
        """Whether the activity was cancelled."""
        return self.activity.state == State.CANCELLED


def list_joined(node: "Node", person_id: str) -> Sequence[Joined]:
    """Everything that a person has joined, the latest first."""
    query = (
        select(Registration, Activity)
        .join(Activity, Activity.id == Registration.activity_id)
        .where(Registration.person_id == person_id)
        .order_by(Registration.starts_at.desc(), Registration.id.desc())
        .limit(_MOST)
    )
    return [Joined(registration, activity) for registration, activity in node.db.execute(query)]


def of_person(node: "Node", person_id: str) -> dict[str, Any]:
    """`coming`, soonest first and what is always open last; `been`, latest first; `completed`."""
    now = node.clock.now()
    joined = list_joined(node, person_id)
    coming = [item for item in joined if item.starts_at is None or item.starts_at > now]
    dated = sorted(
        (item for item in coming if item.starts_at), key=lambda item: item.starts_at or now
    )
    return {
        "coming": [*dated, *(item for item in coming if item.starts_at is None)],
        "been": [item for item in joined if item not in coming],
        "completed": _completed(node, person_id),
    }


def _completed(node: "Node", person_id: str) -> set[str]:
    query = select(Completion.activity_id).where(Completion.person_id == person_id)
    return set(node.db.scalars(query))

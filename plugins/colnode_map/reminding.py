"""A mail the day before to everybody who has a place, once for each occasion."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode_map import telling
from colnode_map.models import Activity, Registration
from colnode_map.states import Place, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["remind"]

_BEFORE = timedelta(hours=26)
_JUST_JOINED = timedelta(hours=6)


def remind(node: "Node") -> None:
    """The hourly job: each reminder is a unit of its own, so that a kill sends none twice.

    Who has joined within the last hours knows it anyway.
    """
    now = node.clock.now()
    query = select(Registration.id).where(
        Registration.starts_at > now,
        Registration.starts_at <= now + _BEFORE,
        Registration.created_at <= now - _JUST_JOINED,
        Registration.reminded_at.is_(None),
        Registration.attended_at.is_(None),
        Registration.state == Place.JOINED,
    )
    with node.reading():
        due = node.db.scalars(query.order_by(Registration.starts_at)).all()
    for registration_id in due:
        with node.unit():
            _remind_one(node, registration_id)


def _remind_one(node: "Node", registration_id: str) -> None:
    query = select(Registration).where(Registration.id == registration_id).with_for_update()
    found = node.db.scalar(query.execution_options(populate_existing=True))
    if found is None or found.reminded_at is not None:
        return
    activity = node.db.get(Activity, found.activity_id)
    found.reminded_at = node.clock.now()
    if activity is not None and activity.state == State.PUBLISHED:
        telling.tell_tomorrow(node, activity, found)
    node.db.flush()

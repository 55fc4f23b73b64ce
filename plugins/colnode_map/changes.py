"""What follows for those who joined when an organiser changes or cancels an activity."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from colnode_map import telling
from colnode_map.content import Content
from colnode_map.joining import fill, find, key_of, whats_on
from colnode_map.models import Activity, Registration
from colnode_map.repeating import all_times, zone_of
from colnode_map.states import Place
from colnode_map.stored import content_of

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["follow_cancelling", "follow_edit"]

_TIMES = ("starts_at", "ends_at", "rule", "exceptions", "joins_series", "is_always_open")
_PLACES = ("mode", "place_name", "address", "join_url")


def follow_edit(node: "Node", activity: Activity, before: Content) -> None:
    """Move those who joined along with their date, fill new places, and tell what is different.

    Somebody whose day is still there keeps it at its new hour; a day that is gone is told and
    forgotten. `activity` is locked and holds the new content.
    """
    now = content_of(activity)
    has_moved = _differ(now, before, _TIMES)
    is_different = _differ(now, before, _PLACES) or _length(now) != _length(before)
    waiting = _still_coming(node, activity)
    if has_moved:
        _move(node, activity, now, waiting, tells_all=is_different)
    elif is_different:
        for registration in waiting:
            telling.tell_moved(node, activity, registration)
    if now.capacity != before.capacity or has_moved:
        for key in {item.occasion for item in waiting if item.state == Place.WAITING}:
            fill(node, activity, key)


def follow_cancelling(node: "Node", activity: Activity) -> None:
    """Tell everybody who joined something that is still to come, with the reason."""
    for registration in _still_coming(node, activity):
        telling.tell_cancelled(node, activity, registration)


def _length(content: Content) -> timedelta | None:
    if content.starts_at is None or content.ends_at is None:
        return None
    return content.ends_at - content.starts_at


def _differ(one: Content, other: Content, names: tuple[str, ...]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)


def _still_coming(node: "Node", activity: Activity) -> list[Registration]:
    """Registrations of what is not over by the time that they were made for."""
    query = select(Registration).where(
        Registration.activity_id == activity.id,
        Registration.attended_at.is_(None),
        or_(Registration.starts_at.is_(None), Registration.starts_at > node.clock.now()),
    )
    return list(node.db.scalars(query.order_by(Registration.created_at, Registration.id)))


def _move(
    node: "Node",
    activity: Activity,
    now: Content,
    registrations: list[Registration],
    *,
    tells_all: bool,
) -> None:
    zone = zone_of(node)
    by_day = {start.astimezone(zone).date(): start for start, _end in all_times(now, zone)}
    is_by_date = bool(now.rule) and not now.joins_series
    whole = None if is_by_date else whats_on(node, now)[0].starts_at
    for registration in registrations:
        target = _target(registration, by_day, zone) if is_by_date else whole
        if is_by_date and target is None:
            telling.tell_dropped(node, activity, registration)
            node.db.delete(registration)
            node.db.flush()
            continue
        key = key_of(target) if is_by_date and target is not None else ""
        if key != registration.occasion:
            if key in find(node, activity.id, registration.person_id):
                node.db.delete(registration)
                node.db.flush()
                continue
            registration.occasion = key
        if tells_all or target != registration.starts_at:
            registration.starts_at = target
            registration.reminded_at = None
            telling.tell_moved(node, activity, registration)
        node.db.flush()


def _target(
    registration: Registration, by_day: Mapping[date, datetime], zone: ZoneInfo
) -> datetime | None:
    """The new beginning of the day that somebody joined, None when that day is gone."""
    joined = registration.starts_at
    if joined is None:
        return next(iter(by_day.values()), None)
    return by_day.get(joined.astimezone(zone).date())

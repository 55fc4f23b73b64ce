"""Joining and leaving an activity: places, the waiting list, and who has which.

Whoever joins or leaves holds the activity's row, so that two who come at once are served one after
the other on both databases, and no place is given twice.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode.plugin import NotFound, Refused, _, new_id
from colnode_map import telling
from colnode_map.content import Content
from colnode_map.models import Activity, Registration
from colnode_map.repeating import all_times, coming, zone_of
from colnode_map.states import Place, State
from colnode_map.stored import content_of, get_activity, locked, note

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "Occasion",
    "Taken",
    "count_places",
    "fill",
    "find",
    "has_place",
    "join",
    "key_of",
    "lately_and_next",
    "leave",
    "may_see",
    "occasion_at",
    "occasion_of",
    "places_of",
    "whats_on",
    "why_closed",
]


_LATELY = timedelta(days=60)
_MOST_DATES = 80


@dataclass(frozen=True)
class Occasion:
    """What one joins: an activity, or one date of it. `key` names it among the activity's."""

    key: str
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True)
class Taken:
    """How many have a place on an occasion, and how many wait for one."""

    joined: int = 0
    waiting: int = 0


def key_of(starts_at: datetime) -> str:
    """The key of one date: its beginning in UTC."""
    return starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def occasion_at(node: "Node", content: Content, at: datetime | None) -> Occasion:
    """The occasion that begins at `at`, or the only one. Raises NotFound for another moment."""
    if not content.rule or content.joins_series:
        return _whole(node, content)
    for start, end in all_times(content, zone_of(node)):
        if start == at:
            return Occasion(key_of(start), start, end)
    raise NotFound(_("It does not take place then. Look at the dates on its page."))


def occasion_of(content: Content, registration: Registration) -> Occasion:
    """What somebody has joined: the date that they chose, or all of it from its beginning."""
    if not registration.occasion or content.starts_at is None:
        return Occasion("", content.starts_at, content.ends_at)
    starts_at = registration.starts_at
    length = content.ends_at - content.starts_at if content.ends_at else timedelta()
    return Occasion(registration.occasion, starts_at, starts_at and starts_at + length)


def _whole(node: "Node", content: Content) -> Occasion:
    times = list(all_times(content, zone_of(node)))
    if not times:
        return Occasion("", None, None)
    now = node.clock.now()
    starts_at = next((start for start, end in times if end > now), times[-1][0])
    return Occasion("", starts_at, times[-1][1])


def whats_on(node: "Node", content: Content, *, most: int = 12) -> Sequence[Occasion]:
    """The occasions that people can join, soonest first: one, or the next dates of a series."""
    if not content.rule or content.joins_series:
        return [_whole(node, content)]
    times = coming(content, zone_of(node), node.clock.now(), most=most)
    return [Occasion(key_of(start), start, end) for start, end in times]


def lately_and_next(node: "Node", content: Content) -> Sequence[Occasion]:
    """The dates that organisers look at: of the last two months and the next ones, in order."""
    since = node.clock.now() - _LATELY
    times = coming(content, zone_of(node), since, most=_MOST_DATES)
    return [Occasion(key_of(start), start, end) for start, end in times]


def why_closed(node: "Node", activity: Activity, occasion: Occasion) -> str | None:
    """Why nobody can join (an English text), None while it is open."""
    now = node.clock.now()
    if activity.state == State.CANCELLED:
        return _("This activity is cancelled.")
    if not activity.needs_joining:
        return _("You need not sign up for this. Just come along.")
    if occasion.starts_at is not None and (occasion.ends_at or occasion.starts_at) <= now:
        return _("This is over.")
    if activity.is_joining_closed:
        return _("The organiser has closed the list.")
    if activity.joining_until is not None and activity.joining_until <= now:
        return _("It is too late to join.")
    return None


def may_see(node: "Node", activity: Activity, *, person_id: str | None, invitation: str) -> bool:
    """Whether somebody who is no organiser may see the activity: all, or those who were invited."""
    if activity.state == State.DRAFT:
        return False
    if not activity.is_by_invitation:
        return True
    if hmac.compare_digest(invitation.encode(), activity.invitation.encode()):
        return True
    return person_id is not None and bool(find(node, activity.id, person_id))


def join(
    node: "Node",
    activity_id: str,
    *,
    person_id: str,
    at: datetime | None = None,
    invitation: str = "",
) -> Registration:
    """Take a place, or one on the waiting list when it is full. Twice is the same as once.

    `at` is the beginning of the date that one joins, for what repeats. Raises NotFound (no such
    activity or date, or not invited) and Refused (closed, over, cancelled).
    """
    activity = locked(node, activity_id)
    if not may_see(node, activity, person_id=person_id, invitation=invitation):
        raise NotFound(_("There is no such activity."))
    occasion = occasion_at(node, content_of(activity), at)
    existing = _find_one(node, activity_id, occasion.key, person_id)
    if existing is not None:
        return existing
    reason = why_closed(node, activity, occasion)
    if reason is not None:
        raise Refused(reason)
    return add(node, activity, occasion, person_id)


def add(node: "Node", activity: Activity, occasion: Occasion, person_id: str) -> Registration:
    """Write somebody down for an occasion of a locked activity, waiting when it is full."""
    has_place = _free(node, activity, occasion.key) > 0
    made = Registration(
        id=new_id(),
        activity_id=activity.id,
        occasion=occasion.key,
        person_id=person_id,
        state=Place.JOINED if has_place else Place.WAITING,
        starts_at=occasion.starts_at,
        created_at=node.clock.now(),
    )
    node.db.add(made)
    node.db.flush()
    note(node, activity, "activity.joined" if has_place else "activity.waited_for", person_id)
    return made


def leave(
    node: "Node", activity_id: str, *, person_id: str, at: datetime | None = None
) -> Registration | None:
    """Give a place back; who waits longest gets it and a mail. Gives that person's registration.

    Not having joined is no error. Raises NotFound, Refused (somebody who was there already).
    """
    activity = locked(node, activity_id)
    key = key_of(at) if at is not None else ""
    found = _find_one(node, activity_id, key, person_id)
    if found is None:
        return None
    if found.attended_at is not None:
        raise Refused(_("You were there already, so there is nothing to leave."))
    node.db.delete(found)
    node.db.flush()
    note(node, activity, "activity.left", person_id)
    return next(iter(fill(node, activity, key)), None)


def fill(node: "Node", activity: Activity, key: str) -> Sequence[Registration]:
    """Give free places of a locked activity to those who wait longest, and tell them."""
    if activity.state != State.PUBLISHED:
        return ()
    query = (
        select(Registration)
        .where(
            Registration.activity_id == activity.id,
            Registration.occasion == key,
            Registration.state == Place.WAITING,
        )
        .order_by(Registration.created_at, Registration.id)
    )
    moved = node.db.scalars(query.limit(max(0, _free(node, activity, key)))).all()
    for registration in moved:
        registration.state = Place.JOINED
        telling.tell_place(node, activity, registration)
    node.db.flush()
    return moved


def find(node: "Node", activity_id: str, person_id: str) -> Mapping[str, Registration]:
    """What a person has joined of an activity, by the key of the occasion."""
    query = select(Registration).where(
        Registration.activity_id == activity_id, Registration.person_id == person_id
    )
    return {item.occasion: item for item in node.db.scalars(query)}


def has_place(node: "Node", activity_id: str, person_id: str) -> bool:
    """Whether a person has a place on one of the occasions of an activity."""
    found = find(node, activity_id, person_id).values()
    return any(item.state == Place.JOINED for item in found)


def places_of(node: "Node", activity_id: str, key: str) -> Sequence[Registration]:
    """Who comes to an occasion, those with a place first, in the order in which they joined."""
    get_activity(node, activity_id)
    query = select(Registration).where(
        Registration.activity_id == activity_id, Registration.occasion == key
    )
    order = (Registration.state, Registration.created_at, Registration.id)
    return node.db.scalars(query.order_by(*order)).all()


def count_places(node: "Node", activity_id: str, keys: Iterable[str]) -> Mapping[str, Taken]:
    """How many come to each of the occasions."""
    wanted = list(keys)
    rows = node.db.execute(
        select(Registration.occasion, Registration.state, func.count())
        .where(Registration.activity_id == activity_id, Registration.occasion.in_(wanted))
        .group_by(Registration.occasion, Registration.state)
    )
    counts: dict[str, dict[str, int]] = {key: {} for key in wanted}
    for key, state, number in rows:
        counts[key][state] = number
    return {key: Taken(**found) for key, found in counts.items()}


def _free(node: "Node", activity: Activity, key: str) -> int:
    if activity.capacity is None:
        return 1_000_000
    return activity.capacity - count_places(node, activity.id, [key])[key].joined


def _find_one(node: "Node", activity_id: str, key: str, person_id: str) -> Registration | None:
    return find(node, activity_id, person_id).get(key)

"""A person's own calendar: what they have joined, at an address that nobody can guess.

The address has a number that is kept and a proof of it that is worked out from the city's secret,
so it can be shown again, and a copy of the database opens no calendar. Ending it, or making a new
one, makes the old address worthless.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from colnode.plugin import NotFound, _, insert_into, secret
from colnode_map import joining, my_activities
from colnode_map.calendar_file import joined_event, new_calendar
from colnode_map.models import OwnCalendar
from colnode_map.stored import content_of

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["begin", "end", "file_at", "path_of"]

_KEPT = timedelta(days=90)


def begin(node: "Node", person_id: str) -> None:
    """Give the person a calendar with a new address; an older address ends."""
    row = {"number": secrets.token_hex(16), "created_at": node.clock.now()}
    statement = insert_into(node.db, OwnCalendar).values(person_id=person_id, **row)
    node.db.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=row))
    node.db.expire_all()


def end(node: "Node", person_id: str) -> None:
    """Let the address lead nowhere from now on."""
    node.db.execute(delete(OwnCalendar).where(OwnCalendar.person_id == person_id))


def path_of(node: "Node", person_id: str) -> str | None:
    """The last part of the address of a person's calendar, None without one."""
    found = node.db.scalar(select(OwnCalendar.number).where(OwnCalendar.person_id == person_id))
    return f"{found}{_proof(node, found)}" if found else None


def _proof(node: "Node", number: str) -> str:
    return hmac.new(secret(node, "own calendar"), number.encode(), hashlib.sha256).hexdigest()[:32]


def file_at(node: "Node", path: str) -> bytes:
    """The calendar file (RFC 5545) at an address. Raises NotFound for one that leads nowhere.

    It has what comes, what repeats and the last three months. Who waits for a place is entered as
    tentative, what was cancelled as cancelled; what is always open has no time.
    """
    number, proof = path[:32], path[32:]
    if not hmac.compare_digest(_proof(node, number).encode(), proof.encode()):
        raise NotFound(_("There is no such calendar."))
    row = node.db.scalar(select(OwnCalendar).where(OwnCalendar.number == number))
    if row is None:
        raise NotFound(_("There is no such calendar."))
    calendar = new_calendar(node)
    calendar.add("x-wr-calname", node.config.city.name)
    since = node.clock.now() - _KEPT
    for item in my_activities.list_joined(node, row.person_id):
        content = content_of(item.activity)
        occasion = joining.occasion_of(content, item.registration)
        if occasion.starts_at is None or (not content.rule and occasion.starts_at < since):
            continue
        state = "TENTATIVE" if item.is_waiting else "CONFIRMED"
        event = joined_event(node, item.activity, content, occasion)
        event.add("status", "CANCELLED" if item.is_cancelled else state)
        if item.is_waiting and content.hides_link:
            event["location"] = ""
        calendar.add_component(event)
    calendar.add_missing_timezones()
    data: bytes = calendar.to_ical()
    return data

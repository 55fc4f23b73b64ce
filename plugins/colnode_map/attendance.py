"""Who was there: ticked by the organiser, or checked in with the code that hangs on the wall.

The code is signed with a secret of the city, is for one occasion, and changes every minute. The
phone's own camera opens its address.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from colnode.plugin import Gone, NotFound, Refused, _, secret
from colnode_map import completing
from colnode_map.joining import Occasion, add, find, occasion_at
from colnode_map.models import Activity, Registration
from colnode_map.states import Place, State
from colnode_map.stored import content_of, locked, note

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["SECONDS_SHOWN", "check_in", "door_code", "is_fresh", "note_attendance"]

SECONDS_SHOWN = 60
_SLOTS_TO_OPEN, _SLOTS_TO_SEND = 3, 10
"""Minutes in which a code opens its page, and in which that page can be sent."""
_EARLY, _LATE = timedelta(hours=2), timedelta(hours=12)


def door_code(node: "Node", activity_id: str, key: str) -> str:
    """The code of this minute for an occasion: 16 letters and digits."""
    return _code(node, activity_id, key, _slot(node.clock.now()))


def is_fresh(node: "Node", activity_id: str, key: str, code: str, *, sends: bool = False) -> bool:
    """Whether a code was on the wall a moment ago; a page that it opened may be sent for longer."""
    now = _slot(node.clock.now())
    slots = range(now, now - (_SLOTS_TO_SEND if sends else _SLOTS_TO_OPEN), -1)
    given = code.encode()
    return any(
        hmac.compare_digest(_code(node, activity_id, key, slot).encode(), given) for slot in slots
    )


def _slot(now: datetime) -> int:
    return int(now.timestamp()) // SECONDS_SHOWN


def _code(node: "Node", activity_id: str, key: str, slot: int) -> str:
    words = f"{activity_id} {key} {slot}".encode()
    digest = hmac.digest(secret(node, "map check-in"), words, "sha256")
    return base64.b32encode(digest[:10]).decode().lower()


def check_in(
    node: "Node", activity_id: str, *, person_id: str, code: str, at: datetime | None = None
) -> Registration:
    """A person is there, as the code of the wall proves. Twice is the same as once.

    Who has not joined joins by it while there is a place. Raises Gone (an old or wrong code),
    NotFound, Refused (no place, too early, too late, cancelled).
    """
    activity = locked(node, activity_id)
    occasion = occasion_at(node, content_of(activity), at)
    if not is_fresh(node, activity_id, occasion.key, code, sends=True):
        raise Gone(_("This code is too old. Scan the one that is on the wall now."))
    if activity.state != State.PUBLISHED:
        raise Refused(_("This activity is cancelled."))
    _check_time(node, occasion)
    found = find(node, activity_id, person_id).get(occasion.key)
    found = found or add(node, activity, occasion, person_id)
    if found.state == Place.WAITING:
        raise Refused(_("All places are taken, and you are on the waiting list. Ask at the door."))
    _attend(node, activity, found, actor_id=None)
    return found


def _check_time(node: "Node", occasion: Occasion) -> None:
    if occasion.starts_at is None:
        return
    now, ends_at = node.clock.now(), occasion.ends_at or occasion.starts_at
    if now < occasion.starts_at - _EARLY:
        raise Refused(_("It has not begun yet. You can check in two hours before."))
    if now > ends_at + _LATE:
        raise Refused(_("This is over. Ask the organiser to tick you off."))


def note_attendance(
    node: "Node", activity_id: str, registration_id: str, *, is_there: bool, actor_id: str
) -> Registration:
    """The organiser ticks somebody off, or takes the tick back. Raises NotFound.

    Somebody of the waiting list who is there gets a place with it, even beyond the last one.
    """
    activity = locked(node, activity_id)
    found = node.db.get(Registration, registration_id)
    if found is None or found.activity_id != activity_id:
        raise NotFound(_("This person is not on the list."))
    if is_there:
        found.state = Place.JOINED
        _attend(node, activity, found, actor_id=actor_id)
    elif found.attended_at is not None:
        found.attended_at = None
        node.db.flush()
        others = find(node, activity_id, found.person_id).values()
        if not any(item.attended_at for item in others):
            completing.take_back(node, activity, found.person_id)
        note(node, activity, "activity.attendance_undone", actor_id)
    return found


def _attend(
    node: "Node", activity: Activity, registration: Registration, *, actor_id: str | None
) -> None:
    if registration.attended_at is not None:
        return
    registration.attended_at = node.clock.now()
    node.db.flush()
    note(node, activity, "activity.attended", actor_id or registration.person_id)
    completing.complete(node, activity, registration.person_id, actor_id=actor_id)

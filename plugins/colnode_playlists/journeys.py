"""People on the way: starting, resting, leaving, ticking off, arriving; and what is counted of it.

Nothing here decides how far somebody is (progress.py does); here it is noted, so that arriving is
told to the core once and organisers can see where people stop.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode.plugin import (
    Conflict,
    NotFound,
    Refused,
    _,
    ask_for_badge,
    audit,
    complete_record,
    enqueue,
    holder_of,
    insert_into,
)
from colnode_playlists import library, progress
from colnode_playlists.content import Kind
from colnode_playlists.models import EventCursor, Journey, Tick
from colnode_playlists.progress import Facts, Progress, Standing
from colnode_playlists.states import Giving, JourneyState, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "FEWEST",
    "LOOK_JOB",
    "Counts",
    "ask_for_review",
    "candidates",
    "count",
    "export",
    "find",
    "follow_events",
    "has_completed",
    "leave",
    "list_journeys",
    "look",
    "look_again",
    "look_later",
    "merge_person",
    "pause",
    "start",
    "tick",
    "untick",
]

LOOK_JOB = "playlists.look"
SOURCE = "playlists"
FEWEST = 5
"""Below so many people nothing is counted out loud, so that nobody can be made out."""

_EVENTS_AT_ONCE = 500


@dataclass(frozen=True)
class Counts:
    """How many people started, rest, left and arrived, and by step how many passed and wait there.

    Numbers of 1 to 4 are None; `is_hidden` when so few started that nothing can be said.
    """

    started: int | None
    paused: int | None
    left: int | None
    completed: int | None
    passed: Mapping[str, int | None]
    waiting: Mapping[str, int | None]
    is_hidden: bool


def start(node: "Node", person_id: str, reference: str) -> Journey:
    """Set out, or go on after a rest or after having left; what was done still counts.

    Raises NotFound, and Refused for a playlist that is retired and was not begun.
    """
    found = library.get(node, reference)
    journey = find(node, person_id, found.reference)
    if journey is None:
        if found.state == State.RETIRED:
            raise Refused(_("This playlist is retired. Nobody can start it any more."))
        journey = _set_out(node, person_id, found.reference)
        _note(node, "playlist.started", person_id, found.reference)
    elif journey.state != JourneyState.GOING:
        journey.state = JourneyState.GOING
        journey.changed_at = node.clock.now()
        _note(node, "playlist.resumed", person_id, found.reference)
    _update(node, journey, progress.look_up(node, person_id))
    return journey


def pause(node: "Node", person_id: str, reference: str) -> Journey:
    """Rest: it is no longer shown as what comes next; what is done meanwhile still counts."""
    return _change(node, person_id, reference, JourneyState.PAUSED, "playlist.paused")


def leave(node: "Node", person_id: str, reference: str) -> Journey:
    """Leave the line. What was ticked off stays, in case they come back. Raises NotFound."""
    return _change(node, person_id, reference, JourneyState.LEFT, "playlist.left")


def tick(node: "Node", person_id: str, reference: str, step_id: str) -> Journey:
    """Note that the person did a link or a task; sets out if they had not. Twice is once.

    Raises NotFound, and Refused for a stop that counts by itself or is not open yet.
    """
    found = library.get(node, reference)
    step = found.content.step(step_id)
    if step is None:
        raise NotFound(_("There is no such stop."))
    if step.kind == Kind.RECORD:
        raise Refused(_("This stop counts by itself, as soon as you have done it."))
    facts = progress.look_up(node, person_id)
    state = progress.work_out(node, found.reference, found.content, facts)
    standing = next(stop.standing for stop in state.stops if stop.step.id == step_id)
    if standing == Standing.LOCKED:
        raise Refused(_("This stop opens after others. Do those first."))
    values = {
        "person_id": person_id,
        "reference": found.reference,
        "step_id": step_id,
        "ticked_at": node.clock.now(),
    }
    node.db.execute(insert_into(node.db, Tick).values(values).on_conflict_do_nothing())
    return start(node, person_id, found.reference)


def untick(node: "Node", person_id: str, reference: str, step_id: str) -> Journey:
    """Take a tick back. A line that was completed stays completed. Raises NotFound."""
    whole = library.whole(node, reference)
    node.db.execute(
        delete(Tick).where(
            Tick.person_id == person_id, Tick.reference == whole, Tick.step_id == step_id
        )
    )
    journey = _get(node, person_id, whole)
    _update(node, journey, progress.look_up(node, person_id))
    return journey


def ask_for_review(node: "Node", person_id: str, reference: str, *, narrative: str) -> str:
    """Ask for the badge at the end, once all is done; returns the request's id.

    Raises Refused (not complete, no such badge, held already), Conflict (asked already), NotFound.
    """
    found = library.get(node, reference)
    if not found.is_own or found.content.giving != Giving.REVIEWED:
        raise Refused(_("The badge of this playlist is not given on request."))
    facts = progress.look_up(node, person_id)
    if not progress.work_out(node, found.reference, found.content, facts).is_complete:
        raise Refused(_("Some stops are still before you. Finish them, then ask for the badge."))
    achievement_id = found.content.achievement.rpartition("/")[2]
    return ask_for_badge(node, achievement_id, person_id=person_id, narrative=narrative)


def find(node: "Node", person_id: str, reference: str) -> Journey | None:
    """The person's way along a playlist, None when they never set out."""
    return node.db.get(Journey, (person_id, reference))


def list_journeys(node: "Node", person_id: str) -> Sequence[Journey]:
    """The person's ways, those that go on first, the latest change first; not what they left."""
    query = select(Journey).where(
        Journey.person_id == person_id, Journey.state != JourneyState.LEFT
    )
    query = query.order_by(
        Journey.completed_at.is_not(None), Journey.state, Journey.changed_at.desc()
    )
    return node.db.scalars(query).all()


def look(node: "Node", person_id: str) -> None:
    """Work out anew how far a person is everywhere, and note where they have arrived."""
    query = select(Journey).where(
        Journey.person_id == person_id, Journey.state != JourneyState.LEFT
    )
    found = node.db.scalars(query.order_by(Journey.started_at)).all()
    if found:
        facts = progress.look_up(node, person_id)
        for journey in found:
            _update(node, journey, facts)


def look_later(node: "Node", person_id: str) -> None:
    """Look in a job, if the person is on the way at all."""
    query = select(Journey.reference).where(Journey.person_id == person_id).limit(1)
    if node.db.scalar(query) is not None:
        enqueue(node, LOOK_JOB, {"person_id": person_id}, key=f"{LOOK_JOB}:{person_id}")


def look_again(node: "Node") -> None:
    """Once a day: look at everybody who has not arrived, for badges that came by other ways."""
    query = select(Journey.person_id).where(
        Journey.completed_at.is_(None), Journey.state != JourneyState.LEFT
    )
    for person_id in node.db.scalars(query.distinct()).all():
        enqueue(node, LOOK_JOB, {"person_id": person_id}, key=f"{LOOK_JOB}:{person_id}")


def follow_events(node: "Node") -> None:
    """Read on in the node's events, and look at everybody who was given a badge since.

    The first time it begins at the end: whoever sets out is looked at then.
    """
    cursor = node.db.get(EventCursor, "events")
    if cursor is None:
        latest = audit.latest_events(node, limit=1)
        cursor = EventCursor(name="events", seq=latest[0].seq if latest else 0)
        node.db.add(cursor)
    while events := audit.events_after(node, cursor.seq, limit=_EVENTS_AT_ONCE):
        cursor.seq = events[-1].seq
        given = [event.subject_id for event in events if event.action == "badge.issued"]
        holders = {holder_of(node, credential_id) for credential_id in given}
        for person_id in sorted(holder for holder in holders if holder is not None):
            look_later(node, person_id)
    node.db.flush()


def has_completed(node: "Node", person_id: str, playlist_ids: Iterable[str]) -> bool:
    """Whether the person set out on each of these own playlists and has done it all."""
    facts: Facts | None = None
    for playlist_id in playlist_ids:
        reference = library.reference_of(node, playlist_id)
        journey = find(node, person_id, reference)
        if journey is None or journey.state == JourneyState.LEFT:
            return False
        if journey.completed_at is not None:
            continue
        found = library.find(node, reference)
        facts = facts or progress.look_up(node, person_id)
        if (
            found is None
            or not progress.work_out(node, reference, found.content, facts).is_complete
        ):
            return False
    return True


def candidates(node: "Node", playlist_ids: Sequence[str]) -> set[str]:
    """The ids of those who are on the way along all of these own playlists."""
    found: set[str] | None = None
    for playlist_id in playlist_ids:
        query = select(Journey.person_id).where(
            Journey.reference == library.reference_of(node, playlist_id),
            Journey.state != JourneyState.LEFT,
        )
        people = set(node.db.scalars(query))
        found = people if found is None else found & people
    return found or set()


def count(node: "Node", reference: str) -> Counts:
    """Where people stop on a playlist, without anybody who could be made out."""
    found = library.get(node, reference)
    journeys = node.db.scalars(select(Journey).where(Journey.reference == found.reference)).all()
    going = [item for item in journeys if item.state != JourneyState.LEFT]
    is_hidden = len(journeys) < FEWEST
    ids = [step.id for step in found.content.steps]

    def say(number: int) -> int | None:
        return None if is_hidden or 0 < number < FEWEST else number

    return Counts(
        started=say(len(journeys)),
        paused=say(sum(item.state == JourneyState.PAUSED for item in going)),
        left=say(len(journeys) - len(going)),
        completed=say(sum(item.completed_at is not None for item in journeys)),
        passed={name: say(sum(name in item.done for item in journeys)) for name in ids},
        waiting={
            name: say(sum(item.next_step == name and item.completed_at is None for item in going))
            for name in ids
        },
        is_hidden=is_hidden,
    )


def export(node: "Node", person_id: str) -> dict[str, list[dict[str, Any]]]:
    """A person's ways and what they ticked off, as JSON values."""
    ways = select(Journey).where(Journey.person_id == person_id).order_by(Journey.started_at)
    ticks = select(Tick).where(Tick.person_id == person_id).order_by(Tick.ticked_at)
    return {
        "journeys": [
            {
                "playlist": item.reference,
                "state": item.state,
                "started_at": _text(item.started_at),
                "completed_at": _text(item.completed_at),
                "done": item.done,
            }
            for item in node.db.scalars(ways)
        ],
        "ticks": [
            {
                "playlist": item.reference,
                "stop": item.step_id,
                "ticked_at": _text(item.ticked_at),
            }
            for item in node.db.scalars(ticks)
        ],
    }


def merge_person(node: "Node", person_id: str, into_id: str) -> None:
    """Give a person's ways and ticks to their other account; of two, the one further on stays."""
    for item in node.db.scalars(select(Tick).where(Tick.person_id == person_id)).all():
        values = {
            "person_id": into_id,
            "reference": item.reference,
            "step_id": item.step_id,
            "ticked_at": item.ticked_at,
        }
        node.db.execute(insert_into(node.db, Tick).values(values).on_conflict_do_nothing())
        node.db.delete(item)
    for journey in node.db.scalars(select(Journey).where(Journey.person_id == person_id)).all():
        other = find(node, into_id, journey.reference)
        node.db.delete(journey)
        if other is None:
            other = _set_out(node, into_id, journey.reference)
            other.state = journey.state
        elif other.state == JourneyState.LEFT:
            other.state = journey.state
        other.started_at = min(other.started_at, journey.started_at)
        ends = [item.completed_at for item in (other, journey) if item.completed_at is not None]
        other.completed_at = min(ends, default=None)
        other.done = list(dict.fromkeys([*other.done, *journey.done]))
        other.next_step = other.next_step or journey.next_step
    node.db.flush()
    look_later(node, into_id)


def _set_out(node: "Node", person_id: str, reference: str) -> Journey:
    now = node.clock.now()
    journey = Journey(
        person_id=person_id,
        reference=reference,
        state=JourneyState.GOING,
        done=[],
        next_step="",
        started_at=now,
        changed_at=now,
        completed_at=None,
    )
    node.db.add(journey)
    node.db.flush()
    return journey


def _update(node: "Node", journey: Journey, facts: Facts) -> Progress | None:
    """Note how far it is; a playlist that cannot be read leaves everything as it was."""
    found = library.find(node, journey.reference)
    if found is None:
        return None
    state = progress.work_out(node, journey.reference, found.content, facts)
    following = state.next_stop.step.id if state.next_stop else ""
    if (journey.done, journey.next_step) != (state.done_ids, following):
        journey.done, journey.next_step = state.done_ids, following
        journey.changed_at = node.clock.now()
    if state.is_complete and journey.completed_at is None:
        journey.completed_at = node.clock.now()
        complete_record(node, journey.person_id, journey.reference, source=SOURCE)
    node.db.flush()
    return state


def _change(
    node: "Node", person_id: str, reference: str, state: JourneyState, action: str
) -> Journey:
    journey = _get(node, person_id, library.whole(node, reference))
    if journey.state == state:
        return journey
    if state == JourneyState.PAUSED and journey.state == JourneyState.LEFT:
        raise Conflict(_("You have left this playlist. Start it again first."))
    journey.state = state
    journey.changed_at = node.clock.now()
    node.db.flush()
    _note(node, action, person_id, journey.reference)
    return journey


def _get(node: "Node", person_id: str, reference: str) -> Journey:
    journey = find(node, person_id, reference)
    if journey is None:
        raise NotFound(_("You have not started this playlist."))
    return journey


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _note(node: "Node", action: str, person_id: str, reference: str) -> None:
    audit.record(
        node,
        action,
        subject_type="playlist",
        subject_id=reference.rpartition("/")[2],
        actor_id=person_id,
        detail={"reference": reference},
    )

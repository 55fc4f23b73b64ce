"""Taking part as the page of an activity shows it to the one who looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from colnode.plugin import LangMap
from colnode_map import completing, files, joining, models, repeating, states, stored
from colnode_map.content import Content

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["OccasionView", "StepView", "TakingView", "read_at", "taking_of", "view_occasion"]

_MOST_DATES = 24


@dataclass(frozen=True)
class OccasionView:
    """An activity, or one date of it, with its places and what the person has of them."""

    occasion: joining.Occasion
    taken: joining.Taken
    capacity: int | None
    mine: models.Registration | None
    closed: str | None

    @property
    def key(self) -> str:
        """What names the date in an address; empty when there is one only."""
        return self.occasion.key

    @property
    def free(self) -> int | None:
        """How many places are left, None when they are not counted."""
        return None if self.capacity is None else max(0, self.capacity - self.taken.joined)

    @property
    def has_place(self) -> bool:
        """Whether the person has a place."""
        return self.mine is not None and self.mine.state == states.Place.JOINED

    @property
    def is_waiting(self) -> bool:
        """Whether the person waits for a place."""
        return self.mine is not None and self.mine.state == states.Place.WAITING

    @property
    def was_there(self) -> bool:
        """Whether the person was checked in."""
        return self.mine is not None and self.mine.attended_at is not None


@dataclass(frozen=True)
class StepView:
    """A step, and whether the person has ticked it off."""

    id: str
    text: LangMap
    is_done: bool


@dataclass(frozen=True)
class TakingView:
    """Everything of an activity that depends on who looks."""

    occasions: Sequence[OccasionView]
    steps: Sequence[StepView]
    can_tick: bool
    completion: models.Completion | None
    join_url: str
    files: Sequence[models.ActivityFile]
    dates: Sequence[tuple[datetime, datetime]]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)


def taking_of(
    node: Node, activity: models.Activity, person_id: str | None, *, knows: bool
) -> TakingView:
    """What the page shows. `knows` opens the link of a meeting to organisers who did not join."""
    content = stored.content_of(activity)
    mine = joining.find(node, activity.id, person_id) if person_id else {}
    occasions = joining.whats_on(node, content, most=_MOST_DATES)
    counts = joining.count_places(node, activity.id, [item.key for item in occasions])
    done = completing.done_steps(node, activity, person_id) if person_id else set()
    has_place = any(item.state == states.Place.JOINED for item in mine.values())
    is_shut = activity.needs_joining or activity.is_by_invitation
    return TakingView(
        occasions=[
            _occasion(node, activity, item, counts[item.key], mine.get(item.key))
            for item in occasions
        ],
        steps=[StepView(step.id, step.text, step.id in done) for step in content.steps],
        can_tick=person_id is not None and (has_place or not is_shut),
        completion=completing.get_completion(node, activity.id, person_id) if person_id else None,
        join_url=content.join_url if has_place or knows or not content.hides_link else "",
        files=files.list_files(node, activity.id),
        dates=_dates(node, content),
    )


def _dates(node: Node, content: Content) -> Sequence[tuple[datetime, datetime]]:
    """The next dates of what repeats, where they are not listed to be joined one by one."""
    if not content.rule or (content.needs_joining and not content.joins_series):
        return ()
    return repeating.coming(content, repeating.zone_of(node), node.clock.now(), most=_MOST_DATES)


def view_occasion(
    node: Node,
    activity: models.Activity,
    content: Content,
    at: datetime | None,
    person_id: str | None,
) -> OccasionView:
    """One occasion of an activity. Raises NotFound for a date on which it does not take place."""
    occasion = joining.occasion_at(node, content, at)
    taken = joining.count_places(node, activity.id, [occasion.key])[occasion.key]
    mine = joining.find(node, activity.id, person_id) if person_id else {}
    return _occasion(node, activity, occasion, taken, mine.get(occasion.key))


def _occasion(
    node: Node,
    activity: models.Activity,
    occasion: joining.Occasion,
    taken: joining.Taken,
    mine: models.Registration | None,
) -> OccasionView:
    closed = joining.why_closed(node, activity, occasion)
    return OccasionView(occasion, taken, activity.capacity, mine, closed)


def read_at(text: str) -> datetime | None:
    """The date in an address; None for none, and for what is no moment with a zone."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None

"""How far a person is along a playlist, worked out from what they have earned and done.

A badge counts when it is earned (here, elsewhere, years ago), another record when somebody noted
that the person has done it, a link or task when they ticked it off, a playlist when it is complete.
What cannot be known never counts by itself, with one exception: a stop that leads back to a
playlist on the way to it is passed over, for that playlist would otherwise wait for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.plugin import completed_records, earned_achievements, has_earned
from colnode_playlists import library
from colnode_playlists.content import Branch, Content, Kind, Step
from colnode_playlists.models import Tick

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["Facts", "Progress", "Standing", "StopState", "leads_back", "look_up", "work_out"]

_DEEPEST = 8
"""A playlist in a playlist in ...: deeper than this, one counts only if it was completed itself."""
_MOST_VISITED = 200


class Standing(StrEnum):
    """Where a person stands at a stop.

    HERE is the next one, LOCKED opens after others, SPARE is of a branch that is done without it,
    MISSING cannot be read at present, LOOP leads back to a playlist on the way to it.
    """

    DONE = "done"
    HERE = "here"
    OPEN = "open"
    LOCKED = "locked"
    SPARE = "spare"
    MISSING = "missing"
    LOOP = "loop"


@dataclass(frozen=True)
class Facts:
    """What is known about a person: badges by address, records by reference, ticks by playlist."""

    earned: frozenset[str] = frozenset()
    completed: frozenset[str] = frozenset()
    ticked: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class StopState:
    """One stop with where the person stands at it."""

    step: Step
    standing: Standing

    @property
    def is_done(self) -> bool:
        """Whether it lies behind them."""
        return self.standing == Standing.DONE


@dataclass(frozen=True)
class Progress:
    """A whole line: its stops in order, how many must be done and are, and the next one."""

    stops: tuple[StopState, ...]
    needed: int
    done: int
    next_stop: StopState | None
    is_complete: bool

    @property
    def done_ids(self) -> list[str]:
        """The ids of the stops that are done."""
        return [stop.step.id for stop in self.stops if stop.is_done]

    @property
    def waits_for_organiser(self) -> bool:
        """Whether nothing is left to do but stops that cannot be reached."""
        return not self.is_complete and self.next_stop is None


def look_up(node: "Node", person_id: str | None) -> Facts:
    """What is known about a person; nothing about a visitor."""
    if person_id is None:
        return Facts()
    ticked: dict[str, set[str]] = {}
    query = select(Tick.reference, Tick.step_id).where(Tick.person_id == person_id)
    for reference, step_id in node.db.execute(query):
        ticked.setdefault(reference, set()).add(step_id)
    return Facts(
        earned=frozenset(earned_achievements(node, person_id)),
        completed=frozenset(completed_records(node, person_id)),
        ticked={reference: frozenset(ids) for reference, ids in ticked.items()},
    )


def work_out(node: "Node", reference: str, content: Content, facts: Facts) -> Progress:
    """How far somebody is along the playlist at a reference."""
    return _work_out(node, reference, content, facts, (reference,))


def leads_back(node: "Node", reference: str, content: Content) -> bool:
    """Whether the playlist contains itself through others, as far as the catalogue knows them."""
    waiting, seen = _playlists_in(content), set[str]()
    while waiting and len(seen) < _MOST_VISITED:
        inner = waiting.pop()
        if inner == reference:
            return True
        if inner in seen:
            continue
        seen.add(inner)
        found = library.find(node, inner)
        if found is not None:
            waiting += _playlists_in(found.content)
    return False


def _playlists_in(content: Content) -> list[str]:
    return [step.reference for step in content.steps if step.record_type == "playlist"]


def _work_out(
    node: "Node", reference: str, content: Content, facts: Facts, path: tuple[str, ...]
) -> Progress:
    first = {step.id: _first_look(node, reference, step, facts, path) for step in content.steps}
    full = {branch.id for branch in content.branches if _is_full(content, branch, first)}
    passed = full | {name for name, standing in first.items() if _is_passed(standing)}
    stops: list[StopState] = []
    for step in content.steps:
        standing = first[step.id]
        if standing == Standing.OPEN and step.branch in full:
            standing = Standing.SPARE
        elif standing == Standing.OPEN and not _opens(step, content, passed):
            standing = Standing.LOCKED
        stops.append(StopState(step, standing))
    needed, done = _count(content, first, full)
    is_complete = done >= needed and any(stop.is_done for stop in stops)
    return _with_next(stops, needed, done, is_complete=is_complete)


def _first_look(
    node: "Node", reference: str, step: Step, facts: Facts, path: tuple[str, ...]
) -> Standing:
    """Whether a step is done, and if not whether it can be, leaving aside its order."""
    if step.kind != Kind.RECORD:
        is_ticked = step.id in facts.ticked.get(reference, frozenset())
        return Standing.DONE if is_ticked else Standing.OPEN
    if step.reference in facts.completed:
        return Standing.DONE
    if step.record_type == "playlist":
        return _at_playlist(node, step, facts, path)
    record = library.find_record(node, step.reference)
    if step.record_type == "achievement":
        address = str(record.body["id"]) if record is not None else step.url
        if address and has_earned(facts.earned, address):
            return Standing.DONE
    return Standing.OPEN if record is not None else Standing.MISSING


def _at_playlist(node: "Node", step: Step, facts: Facts, path: tuple[str, ...]) -> Standing:
    if step.reference in path:
        return Standing.LOOP
    found = library.find(node, step.reference)
    if found is None:
        return Standing.MISSING
    if len(path) >= _DEEPEST:
        return Standing.OPEN
    inner = _work_out(node, step.reference, found.content, facts, (*path, step.reference))
    return Standing.DONE if inner.is_complete else Standing.OPEN


def _is_passed(standing: Standing) -> bool:
    return standing in {Standing.DONE, Standing.LOOP}


def _is_full(content: Content, branch: Branch, first: Mapping[str, Standing]) -> bool:
    steps = content.in_branch(branch.id)
    return sum(_is_passed(first[step.id]) for step in steps) >= min(branch.needed, len(steps))


def _opens(step: Step, content: Content, passed: set[str]) -> bool:
    return set(step.after) & content.ids <= passed


def _count(content: Content, first: Mapping[str, Standing], full: set[str]) -> tuple[int, int]:
    """How many stops must be done, and how many of those are; a branch counts as many as it asks.

    A stop that leads back is asked of nobody.
    """
    needed = done = 0
    for step in content.steps:
        if step.branch or step.is_optional or first[step.id] == Standing.LOOP:
            continue
        needed += 1
        done += first[step.id] == Standing.DONE
    for branch in content.branches:
        steps = content.in_branch(branch.id)
        loops = sum(first[step.id] == Standing.LOOP for step in steps)
        asked = max(0, min(branch.needed, len(steps)) - loops)
        have = sum(first[step.id] == Standing.DONE for step in steps)
        needed += asked
        done += asked if branch.id in full else min(have, asked)
    return needed, done


def _with_next(stops: list[StopState], needed: int, done: int, *, is_complete: bool) -> Progress:
    """Mark the next stop: the first open one that is asked for, or of those that are not."""
    following = None
    if not is_complete:
        opened = [stop for stop in stops if stop.standing == Standing.OPEN]
        asked = [stop for stop in opened if not stop.step.is_optional]
        first = next(iter(asked), None)
        if first is not None:
            following = StopState(first.step, Standing.HERE)
            stops = [following if stop is first else stop for stop in stops]
    return Progress(tuple(stops), needed, done, following, is_complete)

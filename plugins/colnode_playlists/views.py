"""Playlists as pages and the API show them: addresses, where a stop leads, when it is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colnode.plugin import LangMap, catalogue, pick_language, url
from colnode_playlists import library, progress
from colnode_playlists.content import Branch, Content, Kind, Step

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["Section", "Stop", "badge_of", "card", "page_url", "sections", "stop_of"]


@dataclass(frozen=True)
class Stop:
    """One stop to be drawn. `at` is when it can be done next, `at_what` the activity it is then.

    `waits_for` names what a locked stop opens after, `city` is another city's name, `url` None
    where there is nowhere to go.
    """

    step: Step
    standing: progress.Standing
    url: str | None
    is_outside: bool
    picture: str | None
    city: LangMap | None
    at: datetime | None
    at_what: LangMap | None
    at_url: str | None
    waits_for: LangMap | None = None


@dataclass(frozen=True)
class Section:
    """A single stop, or a branch with its stops; `done` counts those of the branch."""

    branch: Branch | None
    stops: tuple[Stop, ...]
    done: int

    @property
    def is_done(self) -> bool:
        """Whether the whole section lies behind the person."""
        needed = self.branch.needed if self.branch else 1
        return self.done >= min(needed, len(self.stops))

    @property
    def is_here(self) -> bool:
        """Whether the next stop is in it."""
        return any(stop.standing == progress.Standing.HERE for stop in self.stops)


def page_url(found: library.Found, *, code: str | None = None) -> str:
    """The playlist's page on this site; `code` opens a shared one."""
    if found.is_own:
        more = {"code": code} if code else {}
        return url("playlists.show", playlist_id=found.id, **more)
    return url("playlists.show_foreign", origin=found.origin, playlist_id=found.id)


def sections(
    node: Node, content: Content, state: progress.Progress, *, is_going: bool = False
) -> list[Section]:
    """The line from top to bottom, its branches as one section each.

    The next stop is marked for somebody who `is_going` alone.
    """
    stops = [
        replace(
            stop_of(node, stop if is_going else _unmarked(stop)),
            waits_for=_waits_for(content, state, stop),
        )
        for stop in state.stops
    ]
    found: list[Section] = []
    for stop in stops:
        branch = content.branch(stop.step.branch)
        if branch is None:
            found.append(_section(None, [stop]))
        elif not any(section.branch == branch for section in found):
            inside = [other for other in stops if other.step.branch == branch.id]
            found.append(_section(branch, inside))
    return found


def _unmarked(stop: progress.StopState) -> progress.StopState:
    is_marked = stop.standing == progress.Standing.HERE
    return progress.StopState(stop.step, progress.Standing.OPEN) if is_marked else stop


def _waits_for(
    content: Content, state: progress.Progress, stop: progress.StopState
) -> LangMap | None:
    """The name of the first step or branch that a locked stop waits for."""
    if stop.standing != progress.Standing.LOCKED:
        return None
    done = set(state.done_ids)
    for name in stop.step.after:
        branch = content.branch(name)
        step = content.step(name)
        if branch is not None:
            inside = content.in_branch(name)
            if sum(other.id in done for other in inside) < min(branch.needed, len(inside)):
                return branch.title or inside[0].title
        elif step is not None and name not in done:
            return step.title
    return None


def _section(branch: Branch | None, stops: Sequence[Stop]) -> Section:
    return Section(
        branch, tuple(stops), sum(stop.standing == progress.Standing.DONE for stop in stops)
    )


def stop_of(node: Node, state: progress.StopState) -> Stop:
    """A stop with what the catalogue says of it now."""
    step = state.step
    record = library.find_record(node, step.reference) if step.reference else None
    is_over = state.standing in {progress.Standing.DONE, progress.Standing.SPARE}
    offer = None if record is None or is_over else _next_offer(node, step, record)
    return Stop(
        step=step,
        standing=state.standing,
        url=_address(node, step, record),
        is_outside=step.kind == Kind.LINK,
        picture=record.picture if record is not None else None,
        city=dict(record.origin_name) if record is not None and not record.is_own else None,
        at=offer.starts_at if offer is not None else None,
        at_what=dict(offer.title) if offer is not None and offer is not record else None,
        at_url=_record_url(node, offer) if offer is not None and offer is not record else None,
    )


def badge_of(node: Node, content: Content) -> catalogue.RecordView | None:
    """The record of the badge at the end, as far as it is known."""
    return library.find_record(node, content.achievement) if content.achievement else None


def _next_offer(
    node: Node, step: Step, record: catalogue.RecordView
) -> catalogue.RecordView | None:
    """The record itself when it has a time to come, for a badge the next activity that gives it."""
    now = node.clock.now()
    if step.record_type == "achievement":
        query = catalogue.Query(
            types=("activity",),
            tags=(f"earns:{step.reference}",),
            ends_after=now,
            own_first=True,
            by_time=True,
            limit=1,
        )
        return next(iter(catalogue.search(node, query).items), None)
    ends_at = record.ends_at or record.starts_at
    return record if ends_at is not None and ends_at >= now else None


def _address(node: Node, step: Step, record: catalogue.RecordView | None) -> str | None:
    if step.kind == Kind.LINK:
        return step.url
    if step.record_type == "playlist" and record is not None:
        return page_url(library.of_record(node, record))
    return _record_url(node, record) if record is not None else None


def _record_url(node: Node, record: catalogue.RecordView) -> str:
    """The record's page on this site."""
    if record.is_own:
        return node.host.record_types[record.type].path(record.id)
    return url("network.record", origin=record.origin, type=record.type, id=record.id)


def card(
    node: Node, found: library.Found, state: progress.Progress | None = None
) -> dict[str, Any]:
    """What the card of a playlist needs; `state` is how far the person is, if they are on it."""
    content = found.content
    plain = sum(not step.branch and not step.is_optional for step in content.steps)
    needed = plain + sum(branch.needed for branch in content.branches)
    return {
        "found": found,
        "url": page_url(found),
        "stops": state.needed if state else needed,
        "done": state.done if state else 0,
        "badge": badge_of(node, content),
        "letter": (pick_language(content.title) or "?")[:1].upper(),
    }

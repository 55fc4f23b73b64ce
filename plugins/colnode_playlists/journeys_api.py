"""People's ways along playlists at /api/v1: each person's own, and nobody else's."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from colnode.plugin import current_node, operation, require
from colnode_playlists import access, journeys, library, progress, words
from colnode_playlists.api import CodeQuery
from colnode_playlists.states import JourneyState

if TYPE_CHECKING:
    from colnode.plugin import Node
    from colnode_playlists.library import Found
    from colnode_playlists.models import Journey

__all__ = ["bp"]

bp = Blueprint("playlists_journeys_api", __name__)
_TAG = "playlists"


class StopOutput(BaseModel):
    """Where you stand at a stop."""

    id: str
    standing: progress.Standing


class ProgressOutput(BaseModel):
    """How far you are. `sentence` says what comes next and why."""

    reference: str
    state: JourneyState | None
    started_at: datetime | None
    completed_at: datetime | None
    needed: int
    done: int
    next: str | None
    is_complete: bool
    sentence: str
    stops: list[StopOutput]


class JourneyList(BaseModel):
    """The playlists that you are on; one that cannot be read at present is left out."""

    items: list[ProgressOutput]


class JourneyInput(BaseModel):
    """Go on the way, rest, or leave. `code` opens a person's playlist."""

    model_config = ConfigDict(extra="forbid")

    state: JourneyState
    code: str | None = None


class BadgeRequest(BaseModel):
    """What you did, in your own words."""

    model_config = ConfigDict(extra="forbid")

    narrative: str = Field(min_length=1, max_length=2_000)


class BadgeRequested(BaseModel):
    """The request that was made."""

    request_id: str


@bp.route("/journeys")
@require("account.use")
@operation(tag=_TAG, response=JourneyList)
def list_journeys() -> JourneyList:
    """The playlists that you are on, with what comes next on each."""
    node, person_id = current_node(), access.person_id()
    facts = progress.look_up(node, person_id)
    items = []
    for journey in journeys.list_journeys(node, person_id):
        found = library.find(node, journey.reference)
        if found is not None:
            items.append(_progress(node, found, journey, facts))
    return JourneyList(items=items)


@bp.route("/journeys/<origin>/<playlist_id>")
@require("account.use")
@operation(tag=_TAG, query=CodeQuery, response=ProgressOutput)
def get_journey(origin: str, playlist_id: str, query: CodeQuery) -> ProgressOutput:
    """How far you are along a playlist, whether you set out or not."""
    return _journey(access.seen(f"{origin}/playlist/{playlist_id}", code=query.code))


@bp.route("/journeys/<origin>/<playlist_id>", methods=["PUT"])
@require("account.use")
@operation(tag=_TAG, body=JourneyInput, response=ProgressOutput)
def change_journey(origin: str, playlist_id: str, json: JourneyInput) -> ProgressOutput:
    """Start a playlist or go on, rest, or leave."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=json.code)
    verbs = {
        JourneyState.GOING: journeys.start,
        JourneyState.PAUSED: journeys.pause,
        JourneyState.LEFT: journeys.leave,
    }
    verbs[json.state](node, person_id, found.reference)
    return _journey(found)


@bp.route("/journeys/<origin>/<playlist_id>/ticks/<step_id>", methods=["PUT"])
@require("account.use")
@operation(tag=_TAG, response=ProgressOutput)
def tick_stop(origin: str, playlist_id: str, step_id: str) -> ProgressOutput:
    """Tick a link or a task off."""
    found = access.seen(f"{origin}/playlist/{playlist_id}")
    journeys.tick(current_node(), access.person_id(), found.reference, step_id)
    return _journey(found)


@bp.route("/journeys/<origin>/<playlist_id>/ticks/<step_id>", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, response=ProgressOutput)
def untick_stop(origin: str, playlist_id: str, step_id: str) -> ProgressOutput:
    """Take a tick back."""
    found = access.seen(f"{origin}/playlist/{playlist_id}")
    journeys.untick(current_node(), access.person_id(), found.reference, step_id)
    return _journey(found)


@bp.route("/journeys/<origin>/<playlist_id>/badge", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=BadgeRequest, response=BadgeRequested, status=201)
def ask_for_badge(origin: str, playlist_id: str, json: BadgeRequest) -> BadgeRequested:
    """Ask for the badge at the end of a playlist that you have completed."""
    found = access.seen(f"{origin}/playlist/{playlist_id}")
    request_id = journeys.ask_for_review(
        current_node(), access.person_id(), found.reference, narrative=json.narrative
    )
    return BadgeRequested(request_id=request_id)


def _journey(found: "Found") -> ProgressOutput:
    node, person_id = current_node(), access.person_id()
    journey = journeys.find(node, person_id, found.reference)
    return _progress(node, found, journey, progress.look_up(node, person_id))


def _progress(
    node: "Node", found: "Found", journey: "Journey | None", facts: progress.Facts
) -> ProgressOutput:
    state = progress.work_out(node, found.reference, found.content, facts)
    return ProgressOutput(
        reference=found.reference,
        state=JourneyState(journey.state) if journey else None,
        started_at=journey.started_at if journey else None,
        completed_at=journey.completed_at if journey else None,
        needed=state.needed,
        done=state.done,
        next=state.next_stop.step.id if state.next_stop else None,
        is_complete=state.is_complete,
        sentence=words.because(found.content, state),
        stops=[StopOutput(id=stop.step.id, standing=stop.standing) for stop in state.stops],
    )

"""Background work of playlists: each job is one unit around a verb of journeys.py."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.plugin import JobKind
from colnode_playlists import journeys

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["JOBS"]


def _look(node: "Node", payload: Mapping[str, Any]) -> None:
    with node.unit():
        journeys.look(node, payload["person_id"])


def _follow_events(node: "Node", _payload: Mapping[str, Any]) -> None:
    with node.unit():
        journeys.follow_events(node)


def _look_again(node: "Node", _payload: Mapping[str, Any]) -> None:
    with node.unit():
        journeys.look_again(node)


JOBS = (
    JobKind("playlists.look", _look),
    JobKind("playlists.follow_events", _follow_events, every=timedelta(minutes=5)),
    JobKind("playlists.look_again", _look_again, every=timedelta(days=1)),
)

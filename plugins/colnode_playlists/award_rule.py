"""The rule by which a badge gives itself to whoever has completed playlists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from colnode.plugin import AwardRule, LangMap, _
from colnode_playlists import journeys, service

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["RULE"]


def _choices(node: "Node", organisation_id: str) -> Mapping[str, LangMap]:
    return service.choices(node, organisation_id)


def _is_met(node: "Node", person_id: str, things: Sequence[str]) -> bool:
    return journeys.has_completed(node, person_id, things)


def _candidates(node: "Node", things: Sequence[str]) -> Iterable[str]:
    return journeys.candidates(node, things)


RULE = AwardRule(
    name="playlist_completed",
    label=_("Whoever has completed all of these playlists"),
    choices=_choices,
    is_met=_is_met,
    candidates=_candidates,
    icon="route",
)

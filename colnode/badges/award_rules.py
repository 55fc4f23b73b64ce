"""The core's own rule by which badges give themselves, as any plugin would register it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from colnode.badges import rules
from colnode.errors import _
from colnode.host.types import AwardRule

if TYPE_CHECKING:
    from colnode.db import LangMap
    from colnode.node import Node

__all__ = ["AWARD_RULES"]


def _choices(node: "Node", organisation_id: str) -> "Mapping[str, LangMap]":
    return rules.badge_choices(node, organisation_id)


def _is_met(node: "Node", person_id: str, things: Sequence[str]) -> bool:
    return rules.has_all(node, person_id, things)


def _candidates(node: "Node", things: Sequence[str]) -> Iterable[str]:
    return rules.all_holders(node, things)


AWARD_RULES = (
    AwardRule(
        name="all_badges",
        label=_("Whoever has all of these badges"),
        choices=_choices,
        is_met=_is_met,
        candidates=_candidates,
        icon="award",
    ),
)

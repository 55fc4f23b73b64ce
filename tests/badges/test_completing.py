"""What people have done: noted once, told to plugins and rules, taken along and forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from colnode import audit, plugin
from colnode.badges import completing, rules
from colnode.badges.jobs import LOOK_AT_RULES
from colnode.badges.models import Achievement
from colnode.errors import Invalid, NotFound
from colnode.host.hookspecs import hookimpl
from colnode.identity import merging, people
from colnode.jobs import Job
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person

ELSEWHERE = f"n_{'a' * 52}/activity/robots"


class Listener:
    """A plugin that hears what people have done."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    @hookimpl
    def record_completed(self, person_id: str, reference: str) -> None:
        self.heard.append((person_id, reference))


def test_it_is_noted_once_and_told_after_the_commit(
    node: Node, make_person: "Callable[..., Person]", clock: Any
) -> None:
    listener = Listener()
    node.host.calls.manager.register(listener)
    kai, began = make_person(), clock.now()
    with node.unit():
        assert plugin.complete_record(node, kai.id, "self/activity/a1", source="map")
        assert listener.heard == []
    clock.forward(days=1)
    with node.unit():
        assert not plugin.complete_record(node, kai.id, f"{node.id}/activity/a1", source="other")
        done = plugin.completed_records(node, kai.id)
        events = [item for item in audit.latest_events(node) if item.action == "record.completed"]
    assert done == {f"{node.id}/activity/a1": began}
    assert listener.heard == [(kai.id, f"{node.id}/activity/a1")]
    assert [item.detail["source"] for item in events] == ["map"]


def test_nothing_is_told_of_what_was_rolled_back(
    node: Node, make_person: "Callable[..., Person]"
) -> None:
    listener = Listener()
    node.host.calls.manager.register(listener)
    kai = make_person()
    with pytest.raises(ZeroDivisionError), node.unit():
        plugin.complete_record(node, kai.id, ELSEWHERE, source="map")
        raise ZeroDivisionError
    with node.reading():
        assert plugin.completed_records(node, kai.id) == {}
    assert listener.heard == []


def test_only_the_source_that_noted_it_takes_it_back(
    node: Node, make_person: "Callable[..., Person]"
) -> None:
    kai = make_person()
    with node.unit():
        plugin.complete_record(node, kai.id, ELSEWHERE, source="map")
        assert not plugin.uncomplete_record(node, kai.id, ELSEWHERE, source="playlists")
        assert plugin.uncomplete_record(node, kai.id, ELSEWHERE, source="map")
        assert not plugin.uncomplete_record(node, kai.id, ELSEWHERE, source="map")
        assert plugin.completed_records(node, kai.id) == {}


@pytest.mark.parametrize("reference", ["", "activity/1", "n_short/activity/1", "self/activity/a b"])
@pytest.mark.databases("sqlite")
def test_what_is_no_reference_is_refused(
    node: Node, make_person: "Callable[..., Person]", reference: str
) -> None:
    kai = make_person()
    with node.unit(), pytest.raises(Invalid):
        plugin.complete_record(node, kai.id, reference, source="map")


def test_a_moment_to_come_and_nobody_are_refused(
    node: Node, make_person: "Callable[..., Person]", clock: Any
) -> None:
    kai, later = make_person(), clock.now() + timedelta(days=1)
    with node.unit():
        with pytest.raises(Invalid):
            plugin.complete_record(node, kai.id, ELSEWHERE, source="map", completed_at=later)
        with pytest.raises(NotFound):
            plugin.complete_record(node, "nobody", ELSEWHERE, source="map")


def test_the_rules_are_looked_at_in_the_same_transaction(
    node: Node, make_person: "Callable[..., Person]", make_achievement: Callable[..., Achievement]
) -> None:
    first, crown = make_achievement(), make_achievement()
    kai = make_person()
    with node.unit():
        rules.create_rule(
            node, crown.id, rule="all_badges", things=[first.id], actor_id=crown.created_by
        )
        plugin.complete_record(node, kai.id, ELSEWHERE, source="map")
        kinds = [job.kind for job in node.db.query(Job).all()]
    assert LOOK_AT_RULES in kinds


def test_it_is_exported_merged_and_erased(node: Node, make_person: "Callable[..., Person]") -> None:
    kai, old = make_person(), make_person()
    with node.unit():
        for person, reference in (
            (kai, "self/activity/a"),
            (old, "self/activity/a"),
            (old, ELSEWHERE),
        ):
            plugin.complete_record(node, person.id, reference, source="map")
        merging.merge(node, into_id=kai.id, from_id=old.id)
        kept = people.export(node, kai.id)["completed_records"]
        assert [item["record"] for item in kept] == sorted([f"{node.id}/activity/a", ELSEWHERE])
        people.erase(node, kai.id, actor_id=kai.id)
        assert completing.completed_records(node, kai.id) == {}

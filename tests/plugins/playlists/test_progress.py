"""How far somebody is: what counts, what opens after what, and what cannot be known."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from colnode_playlists import journeys, library, progress
from colnode_playlists.content import Branch, Step
from colnode_playlists.progress import Progress

from colnode.badges import issuing
from colnode.plugin import Invalid, Node, Refused, complete_record
from tests.plugins.playlists.conftest import ELSEWHERE, record, task


def state_of(node: Node, reference: str, person: Any) -> Progress:
    with node.reading():
        found = library.get(node, reference)
        facts = progress.look_up(node, person.id)
        return progress.work_out(node, found.reference, found.content, facts)


def standings(state: Progress) -> dict[str, str]:
    return {stop.step.id: str(stop.standing) for stop in state.stops}


def start(node: Node, person: Any, playlist: Any) -> str:
    reference = f"{node.id}/playlist/{playlist.id}"
    with node.unit():
        journeys.start(node, person.id, reference)
    return reference


def test_a_badge_an_activity_and_a_task_count_each_in_its_way(
    node: Node, kai: Any, make_playlist: Callable[..., Any], make_achievement: Callable[..., Any]
) -> None:
    badge = make_achievement()
    line = make_playlist(
        [
            record(f"self/achievement/{badge.id}", "badge"),
            record(f"{ELSEWHERE}/activity/a1", "robots"),
            task("write"),
        ]
    )
    reference = start(node, kai, line)
    assert standings(state_of(node, reference, kai)) == {
        "badge": "here", "robots": "missing", "write": "open",
    }  # fmt: skip
    with node.unit():
        issuing.issue(node, badge.id, person_id=kai.id)
        complete_record(node, kai.id, f"{ELSEWHERE}/activity/a1", source="map")
        journeys.tick(node, kai.id, reference, "write")
    state = state_of(node, reference, kai)
    assert set(standings(state).values()) == {"done"}
    assert (state.is_complete, state.done, state.needed) == (True, 3, 3)
    with node.reading():
        assert journeys.find(node, kai.id, reference).completed_at == node.clock.now()


@pytest.mark.databases("sqlite")
def test_an_optional_stop_is_not_asked_for_and_a_branch_asks_for_some(
    node: Node, kai: Any, make_playlist: Callable[..., Any]
) -> None:
    line = make_playlist(
        [
            task("extra", is_optional=True),
            task("one", branch="b"),
            task("two", branch="b"),
            task("three", branch="b"),
            task("last", after=("b",)),
        ],
        branches=[Branch("b", 2, {"en": "Choose two"})],
    )
    reference = start(node, kai, line)
    state = state_of(node, reference, kai)
    assert (state.needed, state.done) == (3, 0)
    assert standings(state)["last"] == "locked"
    with node.unit():
        with pytest.raises(Refused):
            journeys.tick(node, kai.id, reference, "last")
        journeys.tick(node, kai.id, reference, "one")
        journeys.tick(node, kai.id, reference, "three")
    state = state_of(node, reference, kai)
    assert standings(state) == {
        "extra": "open", "one": "done", "two": "spare", "three": "done", "last": "here",
    }  # fmt: skip
    with node.unit():
        journeys.tick(node, kai.id, reference, "last")
    assert state_of(node, reference, kai).is_complete


@pytest.mark.databases("sqlite")
def test_a_playlist_counts_once_it_is_complete_started_or_not(
    node: Node, kai: Any, make_playlist: Callable[..., Any], run_jobs: Callable[[Node], int]
) -> None:
    inner = make_playlist([record(f"{ELSEWHERE}/activity/a1", "robots")], "Inner")
    outer = make_playlist([record(f"self/playlist/{inner.id}", "inner")], "Outer")
    reference = start(node, kai, outer)
    assert standings(state_of(node, reference, kai)) == {"inner": "here"}
    with node.unit():
        complete_record(node, kai.id, f"{ELSEWHERE}/activity/a1", source="map")
    run_jobs(node)
    assert state_of(node, reference, kai).is_complete
    with node.reading():
        assert journeys.find(node, kai.id, reference).completed_at is not None


@pytest.mark.databases("sqlite")
def test_what_cannot_be_read_waits_and_what_was_earned_there_still_counts(
    node: Node, kai: Any, make_playlist: Callable[..., Any], foreign: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    foreign({"p1": [task("swim")]})
    badge = "https://southport.example/badges/7"
    line = make_playlist(
        [
            record(f"{ELSEWHERE}/playlist/p1", "harbour"),
            record(f"{ELSEWHERE}/achievement/7", "swimmer", url=badge),
        ]
    )
    reference = start(node, kai, line)
    assert standings(state_of(node, reference, kai)) == {"harbour": "here", "swimmer": "missing"}
    foreign({})
    state = state_of(node, reference, kai)
    assert set(standings(state).values()) == {"missing"}
    assert state.waits_for_organiser
    assert not state.is_complete
    monkeypatch.setattr(progress, "earned_achievements", lambda *_: {f"{badge}/versions/2"})
    assert standings(state_of(node, reference, kai))["swimmer"] == "done"


@pytest.mark.databases("sqlite")
def test_a_playlist_that_contains_itself_through_another_city_can_be_completed(
    node: Node, kai: Any, make_playlist: Callable[..., Any], foreign: Callable[..., None]
) -> None:
    foreign({"p1": [task("swim")]})
    line = make_playlist([record(f"{ELSEWHERE}/playlist/p1", "harbour"), task("read")])
    reference = start(node, kai, line)
    foreign({"p1": [task("swim"), record(reference, "back")]})
    with node.unit():
        assert progress.leads_back(node, reference, library.get(node, reference).content)
        journeys.tick(node, kai.id, reference, "read")
        journeys.tick(node, kai.id, f"{ELSEWHERE}/playlist/p1", "swim")
        journeys.look(node, kai.id)
    state = state_of(node, reference, kai)
    assert (standings(state), state.is_complete) == ({"harbour": "done", "read": "done"}, True)
    there = state_of(node, f"{ELSEWHERE}/playlist/p1", kai)
    assert there.is_complete


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ([task("a", after=("b",)), task("b", after=("a",))], {"step.a", "step.b"}),
        ([task("a", after=("gone",))], {"step.a"}),
        ([task("a"), task("a")], {"steps"}),
        ([record("nowhere", "a")], {"step.a"}),
        ([Step(id="a", kind="link", title={"en": "A"}, url="javascript:x")], {"step.a"}),
        ([task("a", branch="none")], {"step.a"}),
        ([task("a", minutes=0)], {"step.a"}),
    ],
)
def test_what_cannot_be_travelled_is_refused_and_named(
    node: Node, make_playlist: Callable[..., Any], steps: Sequence[Step], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        make_playlist(steps)
    assert set(caught.value.fields) == wrong


@pytest.mark.databases("sqlite")
def test_a_badge_that_was_taken_back_opens_its_stop_again_unless_the_line_was_completed(
    node: Node, kai: Any, make_playlist: Callable[..., Any], make_achievement: Callable[..., Any]
) -> None:
    badge = make_achievement()
    stop = record(f"self/achievement/{badge.id}", "badge")
    short, longer = make_playlist([stop], "Short"), make_playlist([stop, task("write")], "Long")
    with node.unit():
        given = issuing.issue(node, badge.id, person_id=kai.id)
    references = [start(node, kai, line) for line in (short, longer)]
    with node.unit():
        issuing.revoke(node, given.id, actor_id=badge.created_by, reason="A mistake.")
        journeys.look(node, kai.id)
        ways = [journeys.find(node, kai.id, reference) for reference in references]
    assert [way.completed_at is not None for way in ways] == [True, False]
    assert [way.done for way in ways] == [[], []]
    assert standings(state_of(node, references[1], kai)) == {"badge": "here", "write": "open"}


@pytest.mark.databases("sqlite")
def test_once_a_day_everybody_who_has_not_arrived_is_looked_at(
    node: Node, kai: Any, make_playlist: Callable[..., Any], run_jobs: Callable[[Node], int],
    clock: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    badge = "https://southport.example/badges/7"
    line = make_playlist([record(f"{ELSEWHERE}/achievement/7", "swimmer", url=badge)])
    reference = start(node, kai, line)
    run_jobs(node)
    monkeypatch.setattr(progress, "earned_achievements", lambda *_: {badge})
    clock.forward(days=1, minutes=1)
    run_jobs(node)
    with node.reading():
        assert journeys.find(node, kai.id, reference).completed_at == clock.now()

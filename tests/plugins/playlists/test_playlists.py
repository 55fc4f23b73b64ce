"""A playlist's life: made, published with its badge, copied, travelled, counted, forgotten."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from colnode_playlists import journeys, service
from colnode_playlists.content import Branch
from colnode_playlists.library import content_of, find, of_record, on_playlists

from colnode.badges import applications, issuing, offers, passport
from colnode.identity import merging, people
from colnode.plugin import Conflict, Invalid, Node, Refused, catalogue
from tests.plugins.playlists.conftest import ELSEWHERE, record, task


def reference_of(node: Node, playlist: Any) -> str:
    return f"{node.id}/playlist/{playlist.id}"


def test_what_is_published_is_read_back_from_the_catalogue_as_it_was_written(
    node: Node, make_playlist: Callable[..., Any], make_achievement: Callable[..., Any]
) -> None:
    badge = make_achievement()
    made = make_playlist(
        [
            record(f"self/achievement/{badge.id}", "badge", minutes=30),
            task("one", branch="b", is_optional=True, text={"lt": "Taip"}),
            task("two", branch="b", after=("badge",)),
        ],
        branches=[Branch("b", 1, {"en": "Choose"})],
        tags=("Robots",),
        languages=("en",),
        age_from=14,
        line=3,
    )
    with node.reading():
        view = catalogue.get(node, catalogue.OWN, made.id, record_type="playlist")
        found = of_record(node, view)
        assert replace(found.content, picture=None) == content_of(made)
        assert found.maker.name == {"en": "Town Library"}
        on = on_playlists(node, f"{node.id}/achievement/{badge.id}")
        assert [item.reference for item in on] == [reference_of(node, made)]


@pytest.mark.databases("sqlite")
def test_it_needs_words_and_a_stop_that_is_asked_for(
    node: Node, make_playlist: Callable[..., Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        make_playlist([task("a", is_optional=True)])
    assert set(caught.value.fields) == {"steps"}


@pytest.mark.databases("sqlite")
def test_two_editors_do_not_overwrite_each_other(
    node: Node, make_playlist: Callable[..., Any]
) -> None:
    made = make_playlist([task("a")])
    content = content_of(made)
    with node.unit():
        service.edit(node, made.id, content=content, actor_id=None, revision=1)
        with pytest.raises(Conflict):
            service.edit(node, made.id, content=content, actor_id=None, revision=1)


@pytest.mark.databases("sqlite")
def test_a_playlist_that_leads_back_to_itself_is_not_published(
    node: Node, make_playlist: Callable[..., Any], foreign: Callable[..., None]
) -> None:
    line = make_playlist([task("read")])
    foreign({"p1": [record(reference_of(node, line), "back")]})
    with node.unit():
        content = content_of(line)
        steps = (*content.steps, record(f"{ELSEWHERE}/playlist/p1", "harbour"))
        with pytest.raises(Invalid) as caught:
            service.edit(node, line.id, content=replace(content, steps=steps), actor_id=None)
    assert set(caught.value.fields) == {"steps"}
    with pytest.raises(Invalid), node.unit():
        own = (record(reference_of(node, line), "self"),)
        service.edit(node, line.id, content=replace(content, steps=own), actor_id=None)


def test_its_badge_is_offered_to_whoever_has_completed_it(
    node: Node, library: Any, kai: Any, make_playlist: Callable[..., Any],
    make_achievement: Callable[..., Any], run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    first, crown = make_achievement(library), make_achievement(library)
    line = make_playlist(
        [record(f"self/achievement/{first.id}", "first")],
        achievement=f"self/achievement/{crown.id}",
        giving="automatic",
    )
    with node.unit():
        journeys.start(node, kai.id, reference_of(node, line))
        issuing.issue(node, first.id, person_id=kai.id)
    run_jobs(node)
    with node.unit():
        offered = offers.list_offers(node, crown.id)
        service.edit(
            node, line.id, content=replace(content_of(line), giving="none"),
            actor_id=crown.created_by,
        )  # fmt: skip
        assert service.get_playlist(node, line.id).rule_id is None
    assert [offer.email for offer in offered] == ["kai@example.org"]


@pytest.mark.databases("sqlite")
def test_a_reviewed_badge_is_asked_for_once_everything_is_done(
    node: Node, library: Any, kai: Any, make_playlist: Callable[..., Any],
    make_achievement: Callable[..., Any],
) -> None:  # fmt: skip
    crown = make_achievement(library)
    line = make_playlist(
        [task("read")], achievement=f"self/achievement/{crown.id}", giving="reviewed"
    )
    reference = reference_of(node, line)
    with node.unit():
        journeys.start(node, kai.id, reference)
        with pytest.raises(Refused):
            journeys.ask_for_review(node, kai.id, reference, narrative="Done.")
        journeys.tick(node, kai.id, reference, "read")
        asked = journeys.ask_for_review(node, kai.id, reference, narrative="Done.")
        applications.review(
            node,
            asked,
            reviewer_id=crown.created_by,
            is_organiser=True,
            is_granted=True,
            comment=None,
        )
        assert passport.count_holders(node, crown.id) == 1


@pytest.mark.databases("sqlite")
def test_a_badge_of_somebody_else_cannot_wait_at_the_end(
    make_playlist: Callable[..., Any], make_achievement: Callable[..., Any]
) -> None:
    foreign_badge = make_achievement()
    with pytest.raises(Invalid) as caught:
        make_playlist([task("a")], achievement=f"self/achievement/{foreign_badge.id}")
    assert set(caught.value.fields) == {"achievement"}


@pytest.mark.databases("sqlite")
def test_a_copy_names_what_it_was_copied_from_also_in_another_city(
    node: Node, library: Any, make_playlist: Callable[..., Any], foreign: Callable[..., None]
) -> None:
    foreign({"p1": [task("swim")]})
    with node.unit():
        copied = service.copy(
            node, f"{ELSEWHERE}/playlist/p1", actor_id=None, organisation_id=library.id
        )
        content = content_of(copied)
        service.edit(
            node, copied.id, content=replace(content, description={"en": "Swim."}), actor_id=None
        )
        service.publish(node, copied.id, actor_id=None)
        view = catalogue.get(node, catalogue.OWN, copied.id, record_type="playlist")
        again = service.copy(
            node, reference_of(node, copied), actor_id=None, organisation_id=library.id
        )
    (based_on,) = view.body["isBasedOn"]
    assert based_on["identifier"] == f"{ELSEWHERE}/playlist/p1"
    assert based_on["provider"]["name"] == {"en": "Harbour School"}
    assert based_on["sourceOrganization"]["name"] == {"en": "Southport"}
    assert [source["city"] for source in again.based_on] == [
        {"en": "Testville"}, {"en": "Southport"},
    ]  # fmt: skip


@pytest.mark.databases("sqlite")
def test_a_persons_copy_taken_over_by_an_organisation_names_nobody(
    node: Node, library: Any, kai: Any, make_playlist: Callable[..., Any]
) -> None:
    own = make_playlist([task("a")], "Mine", person_id=kai.id)
    with node.unit():
        with pytest.raises(Refused):
            service.publish(node, own.id, actor_id=kai.id)
        taken = service.copy(
            node, reference_of(node, own), actor_id=None, organisation_id=library.id
        )
        service.publish(node, taken.id, actor_id=None)
        view = catalogue.get(node, catalogue.OWN, taken.id, record_type="playlist")
    (based_on,) = view.body["isBasedOn"]
    assert set(based_on) == {"@type", "identifier", "name", "sourceOrganization"}


@pytest.mark.databases("sqlite")
def test_resting_leaving_and_coming_back(
    node: Node, kai: Any, make_playlist: Callable[..., Any]
) -> None:
    line = make_playlist([task("a"), task("b")])
    reference = reference_of(node, line)
    with node.unit():
        journeys.tick(node, kai.id, reference, "a")
        assert journeys.pause(node, kai.id, reference).state == "paused"
        assert journeys.leave(node, kai.id, reference).state == "left"
        assert journeys.list_journeys(node, kai.id) == []
        with pytest.raises(Conflict):
            journeys.pause(node, kai.id, reference)
        again = journeys.start(node, kai.id, reference)
        assert (again.state, again.done, again.next_step) == ("going", ["a"], "b")
        journeys.untick(node, kai.id, reference, "a")
        assert again.done == []


def test_a_retired_line_is_finished_but_not_started_and_not_deleted_under_somebody(
    node: Node, kai: Any, make_person: Callable[..., Any], make_playlist: Callable[..., Any]
) -> None:
    line = make_playlist([task("a")])
    reference = reference_of(node, line)
    with node.unit():
        journeys.start(node, kai.id, reference)
        with pytest.raises(Refused):
            service.delete(node, line.id, actor_id=None)
        service.retire(node, line.id, actor_id=None)
        assert catalogue.get(node, catalogue.OWN, line.id) is None
        journeys.tick(node, kai.id, reference, "a")
        assert journeys.find(node, kai.id, reference).completed_at is not None
        with pytest.raises(Refused):
            journeys.start(node, make_person().id, reference)
        journeys.leave(node, kai.id, reference)
        service.delete(node, line.id, actor_id=None)
        assert journeys.find(node, kai.id, reference) is None


def test_where_people_stop_tells_of_nobody(
    node: Node, make_person: Callable[..., Any], make_playlist: Callable[..., Any]
) -> None:
    line = make_playlist([task("a"), task("b")])
    reference = reference_of(node, line)
    with node.unit():
        for number in range(6):
            assert journeys.count(node, reference).is_hidden is (number < 5)
            person = make_person()
            journeys.start(node, person.id, reference)
            if number < 5:
                journeys.tick(node, person.id, reference, "a")
        counts = journeys.count(node, reference)
    assert (counts.started, counts.completed, counts.left) == (6, 0, 0)
    assert (counts.passed, counts.waiting) == ({"a": 5, "b": 0}, {"a": None, "b": 5})


def test_a_person_takes_it_along_merges_it_and_is_forgotten(
    node: Node, kai: Any, make_person: Callable[..., Any], make_playlist: Callable[..., Any]
) -> None:
    old = make_person()
    line = make_playlist([task("a"), task("b")])
    own = make_playlist([task("a")], "Mine", person_id=old.id)
    reference = reference_of(node, line)
    with node.unit():
        journeys.tick(node, kai.id, reference, "a")
        journeys.tick(node, old.id, reference, "b")
        merging.merge(node, into_id=kai.id, from_id=old.id)
        journeys.look(node, kai.id)
        kept = people.export(node, kai.id)["playlists"]
        assert [item["title"] for item in kept["playlists"]] == [{"en": "Mine"}]
        assert {item["stop"] for item in kept["ticks"]} == {"a", "b"}
        assert kept["journeys"][0]["completed_at"] is not None
        people.erase(node, kai.id, actor_id=kai.id)
        assert journeys.export(node, kai.id) == {"journeys": [], "ticks": []}
        assert service.list_of_person(node, kai.id) == []
        assert find(node, reference_of(node, own)) is None


def test_a_badge_that_was_given_is_found_in_the_events(
    node: Node, kai: Any, make_playlist: Callable[..., Any], make_achievement: Callable[..., Any],
    run_jobs: Callable[[Node], int], clock: Any,
) -> None:  # fmt: skip
    badge = make_achievement()
    line = make_playlist([record(f"self/achievement/{badge.id}", "badge")])
    run_jobs(node)
    with node.unit():
        journeys.start(node, kai.id, reference_of(node, line))
        issuing.issue(node, badge.id, person_id=kai.id)
    clock.forward(minutes=6)
    run_jobs(node)
    with node.reading():
        assert journeys.find(node, kai.id, reference_of(node, line)).completed_at == clock.now()

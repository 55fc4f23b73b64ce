"""Joining, waiting, leaving, being there: the verbs, with two at once on both databases."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from colnode_map import attendance, completing, joining, keeping, reminding, service
from colnode_map.content import Step
from colnode_map.form_drafts import keep_draft

from colnode.badges import achievements, offers
from colnode.badges.content import Content as BadgeContent
from colnode.plugin import Gone, Node, NotFound, Refused, catalogue, completed_records


@pytest.fixture
def people(make_person: Callable[..., Any]) -> list[Any]:
    """Three learners."""
    return [make_person(f"{name}@example.org", display_name=name) for name in ("ada", "bo", "cy")]


@pytest.fixture
def badge(node: Node, library: Any, make_person: Callable[..., Any]) -> str:
    """A published badge of the library."""
    content = BadgeContent(
        name={"en": "Builder"},
        description={"en": "Builds."},
        criteria={"en": "Build."},
        tags=(),
        art={"shape": "circle", "icon": "hammer", "first": "green", "second": "amber"},
    )
    maker = make_person()
    with node.unit():
        made = achievements.create(node, library.id, content=content, actor_id=maker.id)
        achievements.publish(node, made.id, actor_id=maker.id)
    return made.id


def join(node: Node, activity: Any, person: Any, **more: Any) -> str:
    with node.unit():
        return joining.join(node, activity.id, person_id=person.id, **more).state


def state_of(node: Node, activity: Any, person: Any, key: str = "") -> str | None:
    with node.reading():
        found = joining.find(node, activity.id, person.id).get(key)
    return found and found.state


def mails(node: Node, sent_mail: Callable[[Node], list[Any]]) -> list[tuple[str, str]]:
    found = [(mail.to, mail.subject) for mail in sent_mail(node)]
    return [mail for mail in found if "verified" not in mail[1]]


def test_who_leaves_makes_room_for_who_waits_longest(
    node: Node, make_activity: Callable[..., Any], people: list[Any], sent_mail: Any
) -> None:
    activity = make_activity(needs_joining=True, capacity=1)
    assert [join(node, activity, person) for person in people] == ["joined", "waiting", "waiting"]
    assert join(node, activity, people[1]) == "waiting"
    with node.unit():
        joining.leave(node, activity.id, person_id=people[0].id)
    assert [state_of(node, activity, person) for person in people] == [None, "joined", "waiting"]
    assert mails(node, sent_mail) == [("bo@example.org", "There is a place for you: Chess")]


def test_two_who_come_at_once_do_not_get_one_place(
    node: Node, make_activity: Callable[..., Any], people: list[Any]
) -> None:
    activity = make_activity(needs_joining=True, capacity=1)
    start = threading.Barrier(3)

    def come(person: Any) -> None:
        start.wait()
        join(node, activity, person)

    threads = [threading.Thread(target=come, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(str(state_of(node, activity, person)) for person in people)
    assert states == ["joined", "waiting", "waiting"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"is_joining_closed": True}, "closed the list"),
        ({"joining_until": datetime.fromisoformat("2026-11-23T09:00:00+00:00")}, "too late"),
        ({"starts_at": datetime.fromisoformat("2026-11-20T09:00:00+00:00")}, "over"),
        ({"needs_joining": False}, "need not sign up"),
    ],
)
def test_nobody_joins_what_is_closed(
    node: Node, make_activity: Callable[..., Any], people: list[Any], more: Any, words: str
) -> None:
    activity = make_activity(**{"needs_joining": True, **more})
    with pytest.raises(Refused, match=words):
        join(node, activity, people[0])


def test_each_date_of_what_repeats_has_its_own_places(
    node: Node, make_activity: Callable[..., Any], people: list[Any], sent_mail: Any
) -> None:
    first = node.clock.now() + timedelta(days=1)
    second = first + timedelta(days=7)
    activity = make_activity(
        starts_at=first, rule="FREQ=WEEKLY;COUNT=3", needs_joining=True, capacity=1
    )
    assert join(node, activity, people[0], at=first) == "joined"
    assert join(node, activity, people[1], at=second) == "joined"
    assert join(node, activity, people[2], at=second) == "waiting"
    with pytest.raises(NotFound):
        join(node, activity, people[2], at=first + timedelta(days=1))
    _edit(node, activity, starts_at=first + timedelta(hours=1))
    later = joining.key_of(second + timedelta(hours=1))
    assert state_of(node, activity, people[1], later) == "joined"
    gone = (second + timedelta(hours=1)).date().isoformat()
    _edit(node, activity, exceptions=(gone,))
    assert state_of(node, activity, people[1], later) is None
    subjects = [subject.partition(":")[0] for _to, subject in mails(node, sent_mail)]
    assert subjects.count("New time or place") == 3
    assert subjects.count("It does not take place") == 2


def _edit(node: Node, activity: Any, **more: Any) -> None:
    from dataclasses import replace

    with node.unit():
        row = service.get_activity(node, activity.id)
        content = replace(service.content_of(row), **more)
        service.edit(node, activity.id, content=content, actor_id=None)


@pytest.mark.databases("sqlite")
def test_more_places_and_cancelling_are_told(
    node: Node, make_activity: Callable[..., Any], people: list[Any], sent_mail: Any
) -> None:
    activity = make_activity(needs_joining=True, capacity=1)
    for person in people[:2]:
        join(node, activity, person)
    _edit(node, activity, capacity=2)
    _edit(node, activity, starts_at=node.clock.now() + timedelta(days=5))
    assert state_of(node, activity, people[1]) == "joined"
    with node.unit():
        service.cancel(node, activity.id, actor_id=None, reason="The hall is flooded.")
    moved = [mail.to for mail in sent_mail(node) if mail.subject == "New time or place: Chess"]
    assert sorted(moved) == ["ada@example.org", "bo@example.org"]
    told = [mail for mail in sent_mail(node) if mail.subject == "Cancelled: Chess"]
    assert {mail.to for mail in told} == {"ada@example.org", "bo@example.org"}
    assert all("The hall is flooded." in mail.text for mail in told)


@pytest.mark.databases("sqlite")
def test_the_link_of_a_meeting_is_for_those_who_joined(
    node: Node, make_activity: Callable[..., Any]
) -> None:
    link = "https://meet.example/secret"
    hidden = make_activity(mode="online", join_url=link, needs_joining=True)
    public = make_activity("Open", mode="online", join_url=link)
    with node.reading():
        bodies = [catalogue.get(node, catalogue.OWN, each.id) for each in (hidden, public)]
    urls = [record.body["location"]["url"] for record in bodies if record]
    assert urls == [f"http://localhost:8000/activities/{hidden.id}", link]


@pytest.mark.databases("sqlite")
def test_by_invitation_it_is_in_no_catalogue_and_the_link_opens_it(
    node: Node, make_activity: Callable[..., Any], people: list[Any]
) -> None:
    activity = make_activity(needs_joining=True, is_by_invitation=True)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, activity.id) is None
    with pytest.raises(NotFound):
        join(node, activity, people[0])
    assert join(node, activity, people[0], invitation=activity.invitation) == "joined"
    with node.unit():
        service.renew_invitation(node, activity.id, actor_id=None)
    with pytest.raises(NotFound):
        join(node, activity, people[1], invitation=activity.invitation)
    _edit(node, activity, is_by_invitation=False)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, activity.id) is not None


def test_the_code_on_the_wall_checks_in_and_gives_the_badge_once(
    node: Node,
    make_activity: Callable[..., Any],
    people: list[Any],
    badge: str,
    clock: Any,
    library: Any,
) -> None:
    activity = make_activity(
        starts_at=node.clock.now() + timedelta(hours=1),
        needs_joining=True,
        capacity=1,
        achievements=(f"self/achievement/{badge}", f"n_{'b' * 52}/achievement/x"),
    )
    ada, bo, _cy = people
    join(node, activity, ada)
    code = attendance.door_code(node, activity.id, "")
    for _again in range(2):
        with node.unit():
            attendance.check_in(node, activity.id, person_id=ada.id, code=code)
    with node.reading():
        assert len(offers.offers_for(node, ada.id)) == 1
        done = completed_records(node, ada.id)
    assert list(done) == [f"{node.id}/activity/{activity.id}"]
    with pytest.raises(Refused, match="waiting list"), node.unit():
        attendance.check_in(node, activity.id, person_id=bo.id, code=code)
    assert not attendance.is_fresh(node, activity.id, "", "a" * 16)
    clock.forward(minutes=4)
    assert not attendance.is_fresh(node, activity.id, "", code)
    clock.forward(minutes=7)
    with pytest.raises(Gone), node.unit():
        attendance.check_in(node, activity.id, person_id=bo.id, code=code)


@pytest.mark.databases("sqlite")
def test_a_tick_by_mistake_is_taken_back(
    node: Node, make_activity: Callable[..., Any], people: list[Any]
) -> None:
    activity = make_activity(needs_joining=True)
    join(node, activity, people[0])
    with node.unit():
        (listed,) = joining.places_of(node, activity.id, "")
        tick = {"is_there": True, "actor_id": people[2].id}
        attendance.note_attendance(node, activity.id, listed.id, **tick)
        assert len(completed_records(node, people[0].id)) == 1
        attendance.note_attendance(node, activity.id, listed.id, **tick | {"is_there": False})
        assert completed_records(node, people[0].id) == {}


@pytest.mark.databases("sqlite")
def test_all_steps_done_completes_where_the_organiser_lets_it(
    node: Node, make_activity: Callable[..., Any], people: list[Any], badge: str
) -> None:
    steps = (Step({"en": "Read"}), Step({"en": "Write", "lt": "Rašyk"}))
    activity = make_activity(
        steps=steps, completes_itself=True, achievements=(f"self/achievement/{badge}",)
    )
    read, write = (step["id"] for step in activity.steps)
    person_id = people[0].id
    with node.unit():
        assert not completing.tick_step(node, activity.id, read, person_id=person_id, is_done=True)
    _edit(
        node, activity, steps=(Step({"en": "Think"}), Step({"lt": "Rašyk"}), Step({"en": "Read"}))
    )
    with node.unit():
        row = service.get_activity(node, activity.id)
        assert [step["id"] for step in row.steps][1:] == [write, read]
        for step in row.steps[:2]:
            completing.tick_step(node, row.id, step["id"], person_id=person_id, is_done=True)
        assert completing.get_completion(node, row.id, person_id)
        assert len(offers.offers_for(node, person_id)) == 1


def test_the_day_before_everybody_is_reminded_once(
    node: Node, make_activity: Callable[..., Any], people: list[Any], clock: Any, sent_mail: Any
) -> None:
    activity = make_activity(needs_joining=True, capacity=1)
    for person in people[:2]:
        join(node, activity, person)
    reminding.remind(node)
    assert mails(node, sent_mail) == []
    clock.forward(hours=24)
    reminding.remind(node)
    reminding.remind(node)
    assert mails(node, sent_mail) == [("ada@example.org", "Soon: Chess")]


def test_what_is_kept_is_given_moved_and_forgotten(
    node: Node, make_activity: Callable[..., Any], people: list[Any]
) -> None:
    activity = make_activity(needs_joining=True, capacity=1, steps=(Step({"en": "Read"}),))
    ada, bo, cy = people
    for person in people:
        join(node, activity, person)
    with node.unit():
        step = activity.steps[0]["id"]
        completing.tick_step(node, activity.id, step, person_id=ada.id, is_done=True)
        keep_draft(node, ada.id, activity.id, fields={"title.en": ["Half"]})
        kept = keeping.kept_about(node, ada.id)
        assert [item["state"] for item in kept["joined"]] == ["joined"]
        assert len(kept["steps"]) == len(kept["unsaved_forms"]) == 1
        keeping.merge_person(node, ada.id, bo.id)
    assert [state_of(node, activity, person) for person in people] == [None, "joined", "waiting"]
    with node.unit():
        kept = keeping.kept_about(node, bo.id)
        assert len(kept["steps"]) == len(kept["unsaved_forms"]) == 1
        keeping.forget_person(node, bo.id)
        assert not any(keeping.kept_about(node, bo.id).values())
    assert state_of(node, activity, cy) == "joined"

"""A person's own calendar: what they joined, for whoever has its address, until it is ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from colnode_map import joining, service
from flask.testing import FlaskClient
from icalendar import Calendar

from colnode.plugin import Node

Make = Callable[..., Any]


@pytest.fixture
def learner(make_person: Make, sign_in: Any, client: FlaskClient) -> Any:
    """Somebody who is signed in."""
    person = make_person("learner@example.org", display_name="Lena")
    sign_in(client, person)
    return person


@pytest.fixture
def address(node: Node, client: FlaskClient, learner: Any) -> str:
    """The address of the learner's calendar."""
    assert client.post("/my/activities/calendar").status_code == 303
    return address_on_page(client)


def address_on_page(client: FlaskClient) -> str:
    page = client.get("/my/activities").get_data(as_text=True)
    _before, found, rest = page.partition("http://localhost:8000/calendars/")
    return "/calendars/" + rest.partition('"')[0] if found else ""


def events(client: FlaskClient, address: str) -> dict[str, Any]:
    """The entries by their summary."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    calendar = Calendar.from_ical(answer.data)
    return {str(item["summary"]): item for item in calendar.walk("VEVENT")}


def join(node: Node, activity: Any, person: Any, **more: Any) -> None:
    with node.unit():
        joining.join(node, activity.id, person_id=person.id, **more)


def test_what_is_joined_is_in_it_and_what_happened_to_it(
    node: Node,
    client: FlaskClient,
    learner: Any,
    make_activity: Make,
    make_person: Make,
    address: str,
) -> None:
    assert events(client, address) == {}
    usual = {"needs_joining": True}
    chess, go = make_activity("Chess", **usual), make_activity("Go", **usual, capacity=1)
    talk = make_activity("Talk", **usual, mode="online", join_url="https://meet.example/x")
    drawing = make_activity("Drawing", **usual)
    join(node, go, make_person("first@example.org"))
    for activity in (chess, go, talk, drawing):
        join(node, activity, learner)
    with node.unit():
        service.cancel(node, drawing.id, reason="", actor_id=None)
    client.post("/sign-out")
    found = events(client, address)
    states = {title: str(event["status"]) for title, event in found.items()}
    assert states == {
        "Chess": "CONFIRMED",
        "Go": "TENTATIVE",
        "Talk": "CONFIRMED",
        "Drawing": "CANCELLED",
    }
    assert found["Chess"].decoded("dtstart") == chess.starts_at
    assert str(found["Talk"]["location"]) == "https://meet.example/x"


def test_who_waits_is_not_told_the_link(
    node: Node,
    client: FlaskClient,
    learner: Any,
    make_activity: Make,
    make_person: Make,
    address: str,
) -> None:
    talk = make_activity(
        "Talk", needs_joining=True, capacity=1, mode="online", join_url="https://meet.example/x"
    )
    join(node, talk, make_person("first@example.org"))
    join(node, talk, learner)
    assert b"meet.example" not in client.get(address).data


def test_one_date_of_what_repeats_and_the_whole_of_it(
    node: Node, client: FlaskClient, learner: Any, make_activity: Make, address: str
) -> None:
    start = node.clock.now() + timedelta(days=1)
    usual = {
        "needs_joining": True,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "rule": "FREQ=WEEKLY;COUNT=5",
    }
    single, series = (
        make_activity("Single", **usual),
        make_activity("Series", **usual, joins_series=True),
    )
    third = start + timedelta(days=14)
    join(node, single, learner, at=third)
    join(node, series, learner, at=None)
    found = events(client, address)
    assert found["Single"].decoded("dtstart") == third
    assert found["Single"].decoded("dtend") == third + timedelta(hours=1)
    assert "rrule" not in found["Single"]
    assert found["Series"]["rrule"]["COUNT"] == [5]


def test_an_old_address_and_a_made_up_one_lead_nowhere(client: FlaskClient, address: str) -> None:
    client.post("/my/activities/calendar")
    renewed = address_on_page(client)
    assert renewed != address
    assert client.get(renewed).status_code == 200
    number, proof = address[11:43], address[43:75]
    wrong = renewed[:-5] + ("0" if renewed[-5] != "0" else "1") + ".ics"
    for path in (address, wrong, f"/calendars/{number}.ics", f"/calendars/{proof}{number}.ics"):
        assert client.get(path).status_code == 404
    client.post("/my/activities/calendar/end")
    assert client.get(renewed).status_code == 404
    assert address_on_page(client) == ""


def test_it_ends_with_the_person_and_is_in_what_they_take_along(
    node: Node,
    client: FlaskClient,
    learner: Any,
    address: str,
    erase_person: Make,
    export_person: Make,
) -> None:
    exported = export_person(node, learner)
    assert "calendar_since" in str(exported)
    erase_person(node, learner)
    assert client.get(address).status_code == 404


def test_programs_make_and_end_it_too(client: FlaskClient, learner: Any, make_token: Make) -> None:
    headers = {"Authorization": f"Bearer {make_token(learner, ['account.use'])}"}
    path = "/api/v1/me/activities/calendar"
    assert client.get(path, headers=headers).json == {"address": None}
    made = client.post(path, headers=headers).json["address"]
    assert client.get(path, headers=headers).json == {"address": made}
    assert client.get(made.removeprefix("http://localhost:8000")).status_code == 200
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(made.removeprefix("http://localhost:8000")).status_code == 404

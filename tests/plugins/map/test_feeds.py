"""Activities follow the calendar of another site: what it says comes in, what people say stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from colnode_map import feeds, joining, service, syncing
from colnode_map.models import Activity
from flask.testing import FlaskClient
from sqlalchemy import select

from colnode.plugin import Node
from colnode.testing.peers import FakePeer
from tests.plugins.map.test_importing import run

Make = Callable[..., Any]
HALL = "LOCATION:Hall\r\nGEO:54.69;25.27"


def event(uid: str, when: datetime | str, *more: str, title: str = "") -> str:
    """A VEVENT; `when` is its beginning or a whole line."""
    start = when if isinstance(when, str) else f"DTSTART:{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = (f"UID:{uid}", f"SUMMARY:{title or uid}", start, *more)
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def calendar(*events: str) -> bytes:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//EN", *events, "END:VCALENDAR", "")
    return "\r\n".join(lines).encode()


@pytest.fixture
def soon(node: Node) -> datetime:
    """Noon, three days from now."""
    return (node.clock.now() + timedelta(days=3)).replace(hour=12, minute=0, second=0)


@pytest.fixture
def feed(node: Node, library: Any, fake_peer: FakePeer) -> Any:
    """A calendar of the library that is followed; nothing has been read yet."""
    with node.unit():
        made = feeds.add_feed(node, library.id, f"{fake_peer.url}/all.ics", actor_id=None)
        feeds.set_in_sync(node, made, is_in_sync=True, actor_id=None)
    return made


@pytest.fixture
def follow(node: Node, feed: Any, fake_peer: FakePeer) -> Callable[..., Any]:
    """Read the calendar with these events in it: follow(event(...)); returns the counts."""

    def read(*events: str, **more: Any) -> Any:
        fake_peer.answer("/all.ics", calendar(*events), media_type="text/calendar", **more)
        result = syncing.read_feed(node, feed.id)
        assert "message" not in result, result
        return result["counts"]

    return read


def stored(node: Node) -> dict[str, Activity]:
    """The activities by title."""
    with node.reading():
        return {item.title["en"]: item for item in node.db.scalars(select(Activity))}


def outcomes(node: Node, feed: Any, library: Any) -> dict[str, tuple[str, str]]:
    with node.reading():
        found = feeds.get_feed(node, library.id, feed.id).result["items"]
    return {item["title"]: (item["outcome"], item["message"]) for item in found}


def test_events_become_activities_and_change_with_the_calendar(
    node: Node, follow: Make, soon: datetime, make_person: Make, sent_mail: Make
) -> None:
    words = "CATEGORIES:Workshop,Robots"
    chess = event("chess", soon, HALL, words, "DESCRIPTION:Bring a friend.")
    talk = event("talk", soon, "URL:https://meet.example/x")
    assert follow(chess, talk, event("lost", soon)) == {"new": 3}
    made = stored(node)
    assert (made["chess"].state, made["chess"].category) == ("published", "workshop")
    assert (made["chess"].keywords, made["chess"].place_name) == (["robots"], "Hall")
    assert (made["talk"].mode, made["talk"].join_url) == ("online", "https://meet.example/x")
    assert made["lost"].state == "draft"
    assert follow(chess, talk, event("lost", soon)) == {"unchanged": 3}
    later = event("chess", soon + timedelta(hours=2), HALL, words, title="Chess for all")
    assert follow(later, talk, event("lost", soon, HALL)) == {"changed": 2, "unchanged": 1}
    after = stored(node)
    assert after["Chess for all"].id == made["chess"].id
    assert after["Chess for all"].starts_at == soon.replace(microsecond=0) + timedelta(hours=2)
    assert after["lost"].state == "published"


def test_what_leaves_the_calendar_is_cancelled_while_it_is_still_to_come(
    node: Node, follow: Make, feed: Any, soon: datetime, library: Any, clock: Any
) -> None:
    stays = event("stays", soon + timedelta(days=30), HALL)
    one, two = event("one", soon, HALL), event("two", soon + timedelta(days=9), HALL)
    assert follow(stays, one, two, event("draft", soon + timedelta(days=9))) == {"new": 4}
    clock.forward(days=5)
    assert follow(stays) == {"unchanged": 2, "cancelled": 2}
    made = stored(node)
    assert made["one"].state == "published"
    assert made["two"].state == "cancelled"
    assert "draft" not in made
    assert outcomes(node, feed, library)["two"][0] == "cancelled"
    assert follow(stays, two)["new"] == 1
    gone = event("stays", soon + timedelta(days=30), HALL, "STATUS:CANCELLED")
    assert follow(gone, two)["cancelled"] == 1


def test_what_a_person_changed_is_kept_and_named(
    node: Node, follow: Make, feed: Any, soon: datetime, library: Any
) -> None:
    events = [event(uid, soon, HALL) for uid in ("chess", "go", "shogi", "tea")]
    follow(*events)
    made = stored(node)
    with node.unit():
        before = service.content_of(service.get_activity(node, made["chess"].id))
        changed = replace(before, title={"en": "Chess at ours"})
        service.edit(node, made["chess"].id, content=changed, actor_id=None)
        service.cancel(node, made["go"].id, actor_id=None)
        service.delete(node, made["shogi"].id, actor_id=None)
    assert follow(*events) == {"unchanged": 4}
    moved = [event(uid, soon + timedelta(days=1), HALL) for uid in ("chess", "go", "shogi")]
    assert follow(*moved, events[3]) == {"kept": 2, "unchanged": 2}
    assert outcomes(node, feed, library)["chess"][0] == "kept"
    assert follow(events[3])["kept"] == 2
    now = stored(node)
    assert (now["Chess at ours"].state, now["go"].state) == ("published", "cancelled")
    assert "shogi" not in now


def test_what_a_calendar_does_not_say_is_the_organisers(
    node: Node, follow: Make, soon: datetime
) -> None:
    follow(event("chess", soon, "LOCATION:Hall"))
    made = stored(node)["chess"]
    with node.unit():
        before = service.content_of(service.get_activity(node, made.id))
        point = {"latitude": 54.7, "longitude": 25.3, "price_cents": 500, "capacity": 9}
        more = {"title": {"en": "chess", "lt": "Šachmatai"}, "needs_joining": True}
        service.edit(node, made.id, content=replace(before, **point, **more), actor_id=None)
    assert follow(event("chess", soon + timedelta(days=1), "LOCATION:Hall")) == {"changed": 1}
    after = stored(node)["chess"]
    assert after.starts_at == soon.replace(microsecond=0) + timedelta(days=1)
    assert (after.latitude, after.price_cents, after.capacity) == (54.7, 500, 9)
    assert (after.title["lt"], after.state) == ("Šachmatai", "published")


def test_series_dates_that_moved_and_no_end(
    node: Node, follow: Make, feed: Any, soon: datetime, library: Any
) -> None:
    week = timedelta(days=7)
    old = soon - 200 * week
    weekly = event("weekly", old, HALL, "RRULE:FREQ=WEEKLY")
    left_out = f"EXDATE:{soon + week:%Y%m%dT%H%M%SZ}"
    series = event("series", soon, HALL, left_out, "RRULE:FREQ=WEEKLY;COUNT=6")
    third = f"RECURRENCE-ID:{soon + 2 * week:%Y%m%dT%H%M%SZ}"
    moved = event("series", soon + 2 * week + timedelta(days=1), HALL, third, title="moved")
    odd = event("odd", soon, HALL, "RRULE:FREQ=HOURLY")
    assert follow(weekly, series, moved, odd) == {"new": 3, "wrong": 1}
    made = stored(node)
    days = [(soon + count * week).date().isoformat() for count in (1, 2)]
    assert made["series"].exceptions == days
    assert made["moved"].rule == ""
    starts_at = made["weekly"].starts_at
    assert starts_at is not None
    assert timedelta() <= soon - starts_at < timedelta(days=35)
    assert (soon - starts_at) % week < timedelta(seconds=1)
    assert "UNTIL=" in made["weekly"].rule
    assert "by the day, week" in outcomes(node, feed, library)["odd"][1]


@pytest.mark.databases("sqlite")
def test_times_without_a_zone_are_the_citys_and_days_are_whole(
    node: Node, follow: Make, soon: datetime
) -> None:
    day = f"DTSTART;VALUE=DATE:{soon:%Y%m%d}"
    floating = event("floating", f"DTSTART:{soon:%Y%m%dT180000}", HALL, "DURATION:PT90M")
    follow(event("day", day, HALL), floating)
    made = stored(node)
    assert made["day"].ends_at - made["day"].starts_at == timedelta(days=1)  # type: ignore[operator]
    assert made["floating"].ends_at - made["floating"].starts_at == timedelta(minutes=90)  # type: ignore[operator]
    assert made["floating"].starts_at == made["day"].starts_at + timedelta(hours=18)  # type: ignore[operator]


@pytest.mark.databases("sqlite")
def test_what_is_private_over_or_wrong_is_left_out_and_the_rest_comes(
    node: Node, follow: Make, feed: Any, library: Any, soon: datetime
) -> None:
    private = event("private", soon, HALL, "CLASS:PRIVATE")
    over = event("over", soon - timedelta(days=30), HALL)
    backwards = event("backwards", soon, HALL, f"DTEND:{soon - timedelta(1):%Y%m%dT%H%M%SZ}")
    far = event("far", soon, "LOCATION:Sydney", "GEO:-33.9;151.2")
    nameless = event("", soon, HALL, title="nameless")
    unreadable = event("unreadable", "DTSTART:soon", HALL)
    counts = follow(private, over, backwards, far, nameless, unreadable, event("good", soon, HALL))
    assert counts == {"left_out": 2, "wrong": 4, "new": 1}
    assert set(stored(node)) == {"good"}
    found = outcomes(node, feed, library)
    assert found["backwards"][1] == "It ends before it starts."
    assert "far away" in found["far"][1]
    assert "UID" in found["nameless"][1]
    assert "private" not in found
    assert found["over"] == ("left_out", "It is over.")
    assert found[""] == ("left_out", "It is not for everybody.")


def test_a_calendar_that_cannot_be_read_changes_nothing(
    node: Node, follow: Make, feed: Any, fake_peer: FakePeer, soon: datetime
) -> None:
    follow(event("chess", soon, HALL))
    for body, status, reason in (
        (calendar(), 200, "empty"),
        (b"<html>Sign in</html>", 200, "no calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", 200, "no calendar"),
        (b"", 200, "no calendar"),
        (b"x" * 5_000_001, 200, "more than"),
        (calendar(*[event(str(number), soon) for number in range(2_001)]), 200, "more than"),
        (b"gone", 503, "error {status}"),
    ):
        fake_peer.answer("/all.ics", body, status=status)
        assert reason in syncing.read_feed(node, feed.id)["message"]
        assert stored(node)["chess"].state == "published"


@pytest.mark.databases("sqlite")
def test_a_calendar_that_did_not_change_is_not_read_again_within_a_month(
    node: Node, follow: Make, feed: Any, soon: datetime, clock: Any
) -> None:
    chess = event("chess", soon + timedelta(days=90), HALL)
    assert follow(chess, etag='"1"') == {"new": 1}
    assert follow(chess, etag='"1"') == {}
    assert follow(chess, etag='"2"') == {"unchanged": 1}
    clock.forward(days=32)
    assert follow(chess, etag='"2"') == {"unchanged": 1}


@pytest.mark.databases("sqlite")
def test_joined_people_are_told_when_the_calendar_moves_it(
    node: Node, follow: Make, soon: datetime, make_person: Make, sent_mail: Make
) -> None:
    follow(event("chess", soon, HALL))
    person = make_person("player@example.org")
    made = stored(node)["chess"]
    with node.unit():
        content = replace(service.content_of(made), needs_joining=True)
        service.set_content(service.get_activity(node, made.id), content)
        joining.join(node, made.id, person_id=person.id)
    follow(event("chess", soon + timedelta(days=1), HALL))
    assert stored(node)["chess"].needs_joining
    assert any("player@example.org" in str(mail) for mail in sent_mail(node))


@pytest.mark.databases("sqlite")
def test_organisers_look_follow_pause_and_remove(
    node: Node,
    client: FlaskClient,
    library: Any,
    editor: Any,
    fake_peer: FakePeer,
    soon: datetime,
    run_jobs: Make,
) -> None:
    listing = f"/organiser/{library.id}/activities/calendars"
    assert client.post(listing, data={"address": "ftp://x/a.ics"}).status_code == 422
    calendar_url = fake_peer.answer("/a.ics", calendar(event("chess", soon, HALL)))
    page = client.post(listing, data={"address": calendar_url}).location
    assert "data-refresh" in client.get(page).get_data(as_text=True)
    run_jobs(node)
    shown = client.get(page).get_data(as_text=True)
    assert "This is what would happen" in shown
    assert "chess" in shown
    assert stored(node) == {}
    assert client.post(listing, data={"address": calendar_url}).status_code == 409
    client.post(page, data={"do": "follow"})
    run_jobs(node)
    assert stored(node)["chess"].state == "published"
    fake_peer.answer("/a.ics", b"", status=500)
    client.post(page, data={"do": "read"})
    run_jobs(node)
    assert "error 500" in client.get(page).get_data(as_text=True)
    assert "Could not be read" in client.get(listing).get_data(as_text=True)
    client.post(page, data={"do": "pause"})
    asked = len(fake_peer.asked)
    feeds.enqueue_due(node)
    run_jobs(node)
    assert len(fake_peer.asked) == asked
    client.post(page, data={"do": "remove"})
    assert client.get(page).status_code == 404
    assert stored(node)["chess"].state == "published"
    fake_peer.answer("/a.ics", calendar(event("chess", soon, HALL)))
    client.post(client.post(listing, data={"address": calendar_url}).location, data={"do": "read"})
    run_jobs(node)
    again = client.get(page).get_data(as_text=True)
    assert "This is what would happen" in again
    assert "<td" not in again


@pytest.mark.databases("sqlite")
def test_programs_do_the_same(
    node: Node, call: Make, library: Any, fake_peer: FakePeer, soon: datetime, run_jobs: Make
) -> None:
    path = f"/organisations/{library.id}/activities/calendars"
    address = fake_peer.answer("/a.ics", calendar(event("chess", soon, HALL)))
    made = call("POST", path, json={"address": address}).json
    run_jobs(node)
    looked = call("GET", f"{path}/{made['id']}").json
    assert (looked["is_dry"], looked["counts"], looked["state"]) == (True, {"new": 1}, "looking")
    call("PATCH", f"{path}/{made['id']}", json={"is_in_sync": True})
    run_jobs(node)
    assert call("POST", f"{path}/{made['id']}/read").status_code == 202
    run_jobs(node)
    [listed] = call("GET", path).json["items"]
    assert (listed["state"], listed["counts"]) == ("in_sync", {"unchanged": 1})
    assert call("DELETE", f"{path}/{made['id']}").status_code == 204
    assert call("GET", path).json["items"] == []


@pytest.mark.databases("sqlite")
def test_the_operator_reads_them_by_command(
    node: Node,
    library: Any,
    feed: Any,
    fake_peer: FakePeer,
    soon: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_peer.answer("/all.ics", calendar(event("chess", soon, HALL), event("bad", "X-A:1", HALL)))
    words = ("calendars", "--organisation", library.slug)
    assert run(node, *words, "--dry-run") == 1
    assert stored(node) == {}
    assert run(node, *words) == 1
    assert "wrong: bad: Say when it starts." in capsys.readouterr().out
    assert set(stored(node)) == {"chess"}

"""Calendars to subscribe to: what the city offers, filtered like the map."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from colnode_map import service
from dateutil.rrule import rrulestr
from icalendar import Calendar

from colnode.plugin import Node

pytestmark = pytest.mark.databases("sqlite")
"""The search behind it is tested on both databases, in its room."""

MORNING = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def events(client: Any, path: str = "/map/calendar.ics") -> dict[str, Any]:
    """The events of a calendar by their names."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    found = Calendar.from_ical(answer.data)
    assert (str(found["version"]), str(found["method"])) == ("2.0", "PUBLISH")
    return {str(event["summary"]): event for event in found.walk("VEVENT")}


def test_a_calendar_says_when_and_where(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    made = make_activity(
        "Chess; for all, šachmatai",
        starts_at=MORNING,
        ends_at=MORNING + timedelta(hours=2),
        address="River street 5",
        category="club",
        keywords=("chess", "after school"),
    )
    (event,) = events(client).values()
    assert str(event["uid"]) == f"{made.id}@{node.config.domain}"
    assert event["dtstart"].dt == MORNING
    assert event["dtend"].dt == MORNING + timedelta(hours=2)
    assert str(event["summary"]) == "Chess; for all, šachmatai"
    assert str(event["location"]) == "Hall, River street 5"
    assert str(event["url"]).endswith(f"/activities/{made.id}")
    assert event["categories"].to_ical() == b"club,chess,after school"
    assert set(events(client, "/map/calendar.ics?keyword=chess")) == {"Chess; for all, šachmatai"}
    assert events(client, "/map/calendar.ics?keyword=go") == {}


def test_what_repeats_is_one_event_with_its_rule(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity(
        "Club",
        starts_at=MORNING,
        ends_at=MORNING + timedelta(hours=1),
        rule="FREQ=WEEKLY;COUNT=4",
        exceptions=("2026-12-15",),
    )
    event = events(client)["Club"]
    rule = event["rrule"].to_ical().decode()
    times = list(rrulestr(rule, dtstart=event["dtstart"].dt))
    left_out = [item.dt for item in event["exdate"].dts]
    assert [time.day for time in times if time not in left_out] == [1, 8, 22]


def test_filters_narrow_it_and_other_cities_stay_out(
    client: Any,
    library: Any,
    make_activity: Callable[..., Any],
    make_foreign: Callable[..., str],
) -> None:
    make_activity("Chess", category="club", price_cents=0)
    make_activity("Pottery", category="workshop", price_cents=900)
    make_activity("Draft", is_published=False)
    make_activity("Open space", starts_at=None, is_always_open=True)
    make_foreign("Ludo", starts_at=MORNING)
    assert set(events(client)) == {"Chess", "Pottery"}
    assert set(events(client, "/map/calendar.ics?free=1")) == {"Chess"}
    assert set(events(client, "/map/calendar.ics?category=workshop")) == {"Pottery"}
    assert set(events(client, f"/map/calendar.ics?organiser={library.id}")) == {"Chess", "Pottery"}
    assert events(client, "/map/calendar.ics?organiser=nobody") == {}


def test_an_unchanged_calendar_is_not_sent_again(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    known = {"If-None-Match": client.get("/map/calendar.ics").headers["ETag"]}
    assert client.get("/map/calendar.ics", headers=known).status_code == 304
    with node.unit():
        service.cancel(node, made.id, actor_id=None, reason="Flood")
    assert events(client) == {}


def test_the_page_offers_it_to_ones_own_calendar(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess", price_cents=0)
    page = client.get("/map?free=1").text
    assert 'type="text/calendar"' in page
    assert "/map/calendar?free=1" in page
    page = client.get("/map/calendar?free=1&q=a%22%3E").text
    assert 'href="webcal://localhost:8000/map/calendar.ics?' in page
    assert 'value="http://localhost:8000/map/calendar.ics?' in page
    assert 'q=a">' not in page

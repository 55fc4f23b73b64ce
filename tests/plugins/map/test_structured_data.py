"""Search engines find in an activity's page what it is about, in plain schema.org."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from colnode_map import service
from flask.testing import FlaskClient
from lxml import html

from colnode.plugin import Node

Make = Callable[..., Any]


def read(client: FlaskClient, address: str) -> dict[str, Any]:
    page = html.fromstring(client.get(address).data)
    (script,) = page.xpath("//script[@type='application/ld+json']/text()")
    found: dict[str, Any] = json.loads(script)
    return found


def test_a_workshop_is_an_event(client: FlaskClient, make_activity: Make, node: Node) -> None:
    title = "Robots </script><b> & more"
    made = make_activity(title, category="workshop", price_cents=350, address="Gedimino pr. 51")
    event = read(client, f"/activities/{made.id}")
    assert (event["@context"], event["@type"], event["name"]) == (
        "https://schema.org",
        "Event",
        title,
    )
    assert event["eventStatus"] == "https://schema.org/EventScheduled"
    assert event["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert event["startDate"] == (node.clock.now() + timedelta(days=2)).isoformat()
    assert event["location"]["geo"]["latitude"] == 54.69
    assert event["offers"]["price"] == "3.50"
    assert event["organizer"]["name"] == "Town Library"
    assert event["url"].endswith(f"/activities/{made.id}")


def test_a_course_has_an_instance_that_says_when_and_where(
    client: FlaskClient, make_activity: Make, node: Node
) -> None:
    start = node.clock.now() + timedelta(days=2)
    made = make_activity(
        "Chess", category="course", rule="FREQ=WEEKLY;COUNT=8", starts_at=start, duration_minutes=90
    )
    course = read(client, f"/activities/{made.id}")
    assert course["@type"] == "Course"
    assert course["provider"]["name"] == "Town Library"
    assert "startDate" not in course
    instance = course["hasCourseInstance"]
    assert (instance["@type"], instance["courseMode"]) == ("CourseInstance", "onsite")
    assert instance["courseSchedule"]["repeatFrequency"] == "P1W"
    assert instance["courseWorkload"] == "PT90M"
    assert instance["location"]["name"] == "Hall"
    assert instance["startDate"].startswith(start.date().isoformat())


def test_a_cancelled_one_says_so(client: FlaskClient, make_activity: Make, node: Node) -> None:
    made = make_activity("Chess", category="event")
    with node.unit():
        service.cancel(node, made.id, reason="The hall is closed.", actor_id=None)
    event = read(client, f"/activities/{made.id}")
    assert event["eventStatus"] == "https://schema.org/EventCancelled"


def test_what_another_city_offers_is_told_with_its_own_address(
    client: FlaskClient, make_foreign: Make
) -> None:
    origin = make_foreign("Sailing", category="course", mode="online", join_url="https://x.example")
    course = read(client, f"/activities/{origin}/a1")
    assert course["@id"] == "https://southport.example/records/activity/a1"
    assert course["hasCourseInstance"]["courseMode"] == "online"

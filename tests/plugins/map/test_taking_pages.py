"""Pages of taking part, through HTTP: what is seen by whom, drafts, two editors, files."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from colnode_map import attendance, joining, service
from icalendar import Calendar
from PIL import Image

from colnode.plugin import Node, Role, organisations

pytestmark = pytest.mark.databases("sqlite")


def read(client: Any, address: str) -> str:
    page: str = client.get(address).get_data(as_text=True)
    return page


@pytest.fixture
def learner(make_person: Callable[..., Any]) -> Any:
    """Somebody without a role."""
    return make_person("learner@example.org", display_name="Lea Learner")


def test_a_visitor_signs_in_and_comes_back_to_join(
    client: Any, make_activity: Callable[..., Any], learner: Any, sign_in: Any
) -> None:
    activity = make_activity(
        mode="online", join_url="https://meet.example/x", needs_joining=True, capacity=3
    )
    page = f"/activities/{activity.id}"
    shown = read(client, page)
    assert "3 places left" in shown
    assert "meet.example" not in shown
    sent = client.get(f"{page}/join")
    assert sent.location == f"/sign-in?next={page}/join"
    sign_in(client, learner)
    assert "Join" in read(client, f"{page}/join")
    assert client.post(f"{page}/join").status_code == 303
    shown = read(client, page)
    assert "You have a place" in shown
    assert "https://meet.example/x" in shown
    calendar = client.get(f"{page}/calendar.ics")
    assert calendar.content_type.startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.get_data(as_text=True)
    assert "Chess" in read(client, "/my/activities")
    client.post(f"{page}/leave")
    assert client.get(f"{page}/calendar.ics").status_code == 404


def test_somebody_without_an_account_opens_one_and_comes_back(
    node: Node, client: Any, make_activity: Callable[..., Any], sent_mail: Any
) -> None:
    page = f"/activities/{make_activity(needs_joining=True).id}/join"
    sign_in_page = read(client, client.get(page).location)
    address = re.search(r'href="(/sign-up[^"]*)"', sign_in_page)
    assert address
    client.get(address[1])
    client.post("/sign-up", data={"email": "new@example.org", "display_name": "Nia"})
    (mail,) = [mail for mail in sent_mail(node) if mail.to == "new@example.org"]
    link = re.search(r"/link/\S+", mail.text)
    assert link
    assert client.post(link[0]).location == page


def test_the_calendar_file_of_a_course_has_its_rule_and_its_days_off(
    client: Any, make_activity: Callable[..., Any], learner: Any, sign_in: Any
) -> None:
    start = datetime(2026, 11, 24, 18, tzinfo=ZoneInfo("Europe/Vilnius"))
    activity = make_activity(
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        rule="FREQ=WEEKLY;COUNT=5",
        exceptions=("2026-12-08",),
        needs_joining=True,
        joins_series=True,
    )
    sign_in(client, learner)
    client.post(f"/activities/{activity.id}/join")
    (event,) = Calendar.from_ical(client.get(f"/activities/{activity.id}/calendar.ics").data).events
    assert event.start == start
    assert event.end == start + timedelta(hours=2)
    assert dict(event["rrule"]) == {"FREQ": ["WEEKLY"], "COUNT": [5]}
    assert [day.dt for day in event["exdate"].dts] == [start + timedelta(days=14)]


def test_joining_in_another_city_leads_there(client: Any, make_foreign: Callable[..., str]) -> None:
    origin = make_foreign("Sailing", latitude=54.7, longitude=25.3, needs_joining=True, capacity=4)
    shown = read(client, f"/activities/{origin}/a1")
    assert "Join in Southport" in shown
    assert 'href="https://southport.example/records/activity/a1"' in shown


def test_names_are_for_the_organisers_only(
    node: Node,
    client: Any,
    make_activity: Callable[..., Any],
    learner: Any,
    sign_in: Any,
    library: Any,
    make_person: Callable[..., Any],
) -> None:
    activity = make_activity(needs_joining=True)
    with node.unit():
        joining.join(node, activity.id, person_id=learner.id)
    people = f"/organiser/activities/{activity.id}/people"
    sign_in(client, learner)
    assert client.get(people).status_code == 403
    helper = make_person("helper@example.org")
    with node.unit():
        organisations.add_member(node, library.id, helper.id, role=Role.AWARDER, actor_id=helper.id)
    sign_in(client, helper)
    shown = read(client, people)
    assert "Lea Learner" in shown
    tick = re.search(rf'action="({people}/[^"]+)"', shown)
    assert tick
    client.post(tick[1], data={"there": "1"})
    assert "Was there" in read(client, people)
    assert "qr-code" in read(client, f"/organiser/activities/{activity.id}/door")


def test_the_code_on_the_wall_is_a_page_with_one_button(
    node: Node, client: Any, make_activity: Callable[..., Any], learner: Any, sign_in: Any
) -> None:
    activity = make_activity(needs_joining=True, starts_at=node.clock.now())
    address = f"/activities/{activity.id}/check-in/{attendance.door_code(node, activity.id, '')}"
    assert client.get(address).status_code == 302
    sign_in(client, learner)
    assert "I am here" in read(client, address)
    assert client.post(address).status_code == 303
    assert "You are checked in" in read(client, address)
    assert client.get(f"/activities/{activity.id}/check-in/aaaaaaaaaaaaaaaa").status_code == 410


def test_an_invitation_opens_the_page(
    client: Any, make_activity: Callable[..., Any], learner: Any, sign_in: Any
) -> None:
    activity = make_activity(needs_joining=True, is_by_invitation=True)
    page = f"/activities/{activity.id}"
    assert client.get(page).status_code == 404
    link = f"{page}?invitation={activity.invitation}"
    assert "By invitation" in read(client, link)
    assert "application/ld+json" not in read(client, link)
    sign_in(client, learner)
    client.post(f"{page}/join", data={"invitation": activity.invitation})
    assert client.get(page).status_code == 200
    assert "Chess" not in read(client, "/map")


def test_what_is_typed_is_kept_until_it_is_saved(
    client: Any, library: Any, editor: Any, form: dict[str, Any]
) -> None:
    new = f"/organiser/{library.id}/activities/new"
    keep = f"/organiser/{library.id}/activities/draft"
    assert client.post(keep, data=form | {"title.en": "Half a thought"}).status_code == 204
    shown = read(client, new)
    assert "Half a thought" in shown
    assert "Your unsaved text" in shown
    client.post(new, data=form)
    assert "Half a thought" not in read(client, new)
    client.post(keep, data=form)
    client.post(keep, data={"forget": "1"})
    assert "Your unsaved text" not in read(client, new)


def test_two_editors_see_both_texts(
    node: Node, client: Any, editor: Any, form: dict[str, Any], make_activity: Callable[..., Any]
) -> None:
    activity = make_activity(description={"en": "Old words"})
    with node.unit():
        row = service.get_activity(node, activity.id)
        content = service.content_of(row)
        service.edit(node, activity.id, content=content, actor_id=None)
    edit = f"/organiser/activities/{activity.id}/edit"
    answer = client.post(edit, data=form | {"revision": "1"})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "What somebody else saved" in shown
    assert "Old words" in shown
    assert "Take it home." in shown


def test_form_makes_what_repeats_and_shows_it_again(
    node: Node, client: Any, library: Any, editor: Any, form: dict[str, Any]
) -> None:
    more = {
        "repeat": "week",
        "weekdays": ["TU", "TH"],
        "interval": "2",
        "repeat_until": "2027-03-01",
        "exceptions": "2026-12-08",
        "steps.en": "Read\nWrite",
        "steps.lt": "Skaityk\nRašyk",
        "needs_joining": "1",
        "capacity": "8",
        "publish": "1",
    }
    made = client.post(f"/organiser/{library.id}/activities/new", data={**form, **more})
    assert made.status_code == 303
    activity_id = made.location.rpartition("/")[2]
    with node.reading():
        row = service.get_activity(node, activity_id)
    assert row.rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270301T215959Z"
    assert [step["text"] for step in row.steps] == [
        {"en": "Read", "lt": "Skaityk"},
        {"en": "Write", "lt": "Rašyk"},
    ]
    page = read(client, made.location)
    assert "Every 2 weeks: Tuesday, Thursday, until March 1, 2027" in page
    assert "Choose your dates" in page
    again = read(client, f"/organiser/activities/{activity_id}/edit")
    assert 'value="2027-03-01"' in again
    assert "2026-12-08" in again


def test_files_are_sent_to_be_saved_and_never_shown(
    client: Any, library: Any, editor: Any, form: dict[str, Any]
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    pdf = b"%PDF-1.7\n<script>\n%%EOF"
    sent = [
        (io.BytesIO(pdf), "Plan.pdf"),
        (io.BytesIO(picture.getvalue()), "Map.png"),
    ]
    made = client.post(
        f"/organiser/{library.id}/activities/new", data={**form, "files": sent, "publish": "1"}
    )
    links = re.findall(r'href="(/activities/[^"]+/files/[^"]+)"', read(client, made.location))
    assert len(links) == 2
    with client.get(links[0]) as answer:
        assert answer.data == pdf
        assert answer.headers["Content-Disposition"] == "attachment; filename=Plan.pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    broken = client.post(
        f"/organiser/{library.id}/activities/new",
        data={**form, "files": [(io.BytesIO(b"%PDF-1.7 half"), "a.pdf")]},
    )
    assert "This is not a whole PDF file." in broken.get_data(as_text=True)

"""An activity from the form to the map, and away again."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from colnode_map import keeping, service
from colnode_map.content import Content
from PIL import Image

from colnode.plugin import Conflict, Node, Refused, catalogue


def new(client: Any, library: Any, form: dict[str, Any], *, publish: bool = True) -> Any:
    wish = {"publish": "1"} if publish else {}
    return client.post(f"/organiser/{library.id}/activities/new", data={**form, **wish})


def text(client: Any, address: str) -> str:
    page: str = client.get(address).get_data(as_text=True)
    return page


def test_published_activity_is_in_the_list_and_on_the_map(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    made = new(client, library, form)
    assert made.status_code == 303
    page = text(client, made.location)
    for words in ("Robots for beginners", "Library hall", "14 to 19 years", "Step-free", "Free"):
        assert words in page
    assert "Robots for beginners" in text(client, "/map")
    found = client.get("/map/activities.geojson?bbox=25,54,26,55&zoom=12").get_json()
    assert [item["properties"]["title"] for item in found["features"]] == ["Robots for beginners"]


def test_page_carries_schema_org_data_that_cannot_break_out(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    hostile = "</script><script>alert(1)</script>"
    made = new(client, library, {**form, "description.en": hostile})
    page = text(client, made.location)
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    document = json.loads(blocks[0])
    assert document["@type"] == "Event"
    assert document["description"] == hostile
    assert document["location"]["geo"]["latitude"] == 54.6895
    assert hostile not in page


def test_times_are_those_of_the_city(
    node: Node, client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    new(client, library, form)
    with node.reading():
        query = catalogue.Query(types=("activity",))
        starts_at = catalogue.search(node, query).items[0].starts_at
    assert starts_at is not None
    assert starts_at.isoformat() == "2026-11-24T16:00:00+00:00"


def test_a_draft_is_seen_by_its_organisers_only(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    made = new(client, library, form, publish=False)
    assert "This is a draft" in text(client, made.location)
    assert "Robots" not in text(client, "/map")
    client.delete_cookie("colnode_session")
    assert client.get(made.location).status_code == 404


def test_what_is_missing_for_publishing_is_named_and_nothing_typed_is_lost(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    answer = new(
        client, library, {**form, "latitude": "", "longitude": "", "starts_at": "", "ends_at": ""}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Put the activity on the map." in page
    assert "Say when it starts" in page
    assert 'value="Robots for beginners"' in page
    assert "Robots" not in text(client, f"/organiser/{library.id}/activities")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title.en": "", "title.lt": ""}, "Give the activity a name."),
        ({"ends_at": "2026-11-20T10:00"}, "It ends before it starts."),
        ({"price": "cheap"}, "Give the price as a number"),
        ({"latitude": "25.2636", "longitude": "54.6895"}, "far away from the city"),
        ({"join_url": "javascript:alert(1)"}, "starting with https://"),
        ({"age_from": "20"}, "The highest age is below the lowest one."),
        ({"starts_at": "tomorrow"}, "Write day and time"),
        ({"category": "circus"}, "Choose one of the kinds."),
        ({"description.en": "x\x07"}, "characters that cannot be shown"),
    ],
)
def test_a_wrong_field_is_named(
    client: Any,
    library: Any,
    editor: Any,
    form: dict[str, str],
    wrong: dict[str, str],
    says: str,
) -> None:
    answer = new(client, library, {**form, **wrong})
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)


def test_a_place_on_the_other_side_of_the_world_is_asked_about_once(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    tokyo = {**form, "latitude": "35.6812345", "longitude": "139.7671"}
    asked = new(client, library, tokyo)
    page = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert 'name="is_far_away"' in page
    assert 'value="35.6812345"' in page
    made = new(client, library, {**tokyo, "is_far_away": "1"})
    assert made.status_code == 303
    edit = made.location.replace("/activities/", "/organiser/activities/") + "/edit"
    shown = text(client, edit)
    assert 'name="is_far_away"' not in shown
    same = {**tokyo, "latitude": "35.681235", "title.en": "Robots in Tokyo"}
    assert client.post(edit, data=same).status_code == 303
    sydney = {**tokyo, "latitude": "-33.8688", "longitude": "151.2093"}
    assert client.post(edit, data=sydney).status_code == 422
    nowhere = {**tokyo, "latitude": "95", "is_far_away": "1"}
    assert client.post(edit, data=nowhere).status_code == 422


def test_a_picture_is_shown_and_travels_in_the_record(
    node: Node, client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    data = BytesIO()
    Image.new("RGB", (900, 500), "teal").save(data, "PNG")
    made = new(client, library, {**form, "picture": (BytesIO(data.getvalue()), "hall.png")})
    assert "activity-picture" in text(client, made.location)
    with node.reading():
        record = catalogue.search(node, catalogue.Query(types=("activity",))).items[0]
    assert record.picture == record.body["image"]["sha256"]


def test_a_torn_picture_keeps_the_form(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    torn = (BytesIO(b"\x89PNG\r\n\x1a\n and no more"), "hall.png")
    answer = new(client, library, {**form, "picture": torn})
    assert answer.status_code == 422
    assert "The picture is damaged" in answer.get_data(as_text=True)


def test_changes_follow_on_the_map(
    client: Any, library: Any, editor: Any, form: dict[str, str], make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    address = f"/organiser/activities/{made.id}/edit"
    assert 'value="Chess"' in text(client, address)
    saved = client.post(address, data={**form, "title.en": "Chess and tea", "revision": "1"})
    assert saved.status_code == 303
    assert "Chess and tea" in text(client, "/map")


def test_two_editors_do_not_overwrite_each_other(
    client: Any, library: Any, editor: Any, form: dict[str, str], make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    address = f"/organiser/activities/{made.id}/edit"
    client.post(address, data={**form, "title.en": "First", "revision": "1"})
    late = client.post(address, data={**form, "title.en": "Second", "revision": "1"})
    assert late.status_code == Conflict.status
    assert "Somebody else changed this activity" in late.get_data(as_text=True)
    assert 'value="Second"' in late.get_data(as_text=True)
    assert "First" in text(client, "/map")


def test_a_cancelled_activity_leaves_the_map_and_its_page_says_so(
    client: Any, editor: Any, make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    client.post(f"/organiser/activities/{made.id}/cancel")
    assert "Chess" not in text(client, "/map")
    assert "This activity is cancelled" in text(client, f"/activities/{made.id}")


def test_a_deleted_activity_is_gone(
    client: Any, editor: Any, make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    client.post(f"/organiser/activities/{made.id}/delete")
    assert "Chess" not in text(client, "/map")
    assert client.get(f"/activities/{made.id}").status_code == 404


def test_only_a_confirmed_organisation_publishes(
    node: Node, make_organisation: Callable[..., Any]
) -> None:
    young = make_organisation("Young Club", is_verified=False)
    content = Content(title={"en": "Chess"}, place_name="Hall", latitude=54.69, longitude=25.27)
    with node.unit():
        made = service.create(node, young.id, content=content, actor_id=None)
    with pytest.raises(Refused, match="not confirmed"), node.unit():
        service.publish(node, made.id, actor_id=None)


def test_nobody_else_may_edit(
    client: Any, sign_in: Any, make_person: Callable[..., Any], make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    sign_in(client, make_person())
    for verb in ("edit", "publish", "cancel", "delete"):
        assert client.post(f"/organiser/activities/{made.id}/{verb}").status_code == 403
    client.delete_cookie("colnode_session")
    assert client.post(f"/organiser/activities/{made.id}/delete").status_code == 302
    assert client.get(f"/activities/{made.id}").status_code == 200


def test_the_badge_that_one_gets_is_named_both_ways(
    node: Node, client: Any, library: Any, editor: Any, make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess", achievements=(f"self/achievement/{'0' * 8}",))
    with node.reading():
        record = catalogue.get(node, catalogue.OWN, made.id, record_type="activity")
        assert record is not None
        assert record.body["about"][0]["identifier"] == f"{node.id}/achievement/{'0' * 8}"


def test_an_erased_person_leaves_the_activities_and_no_trace(
    node: Node, client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    new(client, library, form)
    with node.unit():
        exported = node.host.calls.gate("person_exporting", node=node, person_id=editor.id)
        activities = dict(exported)["map"]["activities"]
        assert [item["title"] for item in activities] == ["Robots for beginners"]
        node.host.calls.gate("person_erasing", node=node, person_id=editor.id)
        assert service.get_activity(node, activities[0]["id"]).created_by is None
        assert keeping.kept_about(node, editor.id)["activities"] == []


def test_pages_of_an_organisation_show_its_activities(
    client: Any, library: Any, editor: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess")
    assert "Chess" in text(client, f"/organisations/{library.slug}")
    desk = text(client, f"/organiser/{library.id}")
    assert "Chess" in desk
    assert f"/organiser/{library.id}/activities/new" in desk


def test_activities_follow_a_person_into_their_other_account(
    node: Node, client: Any, library: Any, editor: Any, form: dict[str, str],
    make_person: Callable[..., Any],
) -> None:  # fmt: skip
    new(client, library, form)
    other = make_person()
    with node.unit():
        node.host.calls.gate("person_merging", node=node, person_id=editor.id, into_id=other.id)
        assert keeping.kept_about(node, editor.id)["activities"] == []
        assert len(keeping.kept_about(node, other.id)["activities"]) == 1

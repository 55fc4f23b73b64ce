"""Activities for programs: the same rules as the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from colnode.plugin import Node

ACTIVITY = {
    "title": {"en": "Chess"},
    "place_name": "Hall",
    "latitude": 54.69,
    "longitude": 25.27,
    "is_always_open": True,
}


def test_an_activity_is_made_changed_published_cancelled_and_deleted(
    call: Callable[..., Any], library: Any
) -> None:
    made = call("POST", "/activities", json={**ACTIVITY, "organisation_id": library.id})
    assert made.status_code == 201, made.json
    activity_id = made.json["id"]
    assert made.json["state"] == "draft"
    assert call("GET", "/activities").json["items"] == []
    changed = call("PUT", f"/activities/{activity_id}", json={**ACTIVITY, "price_cents": 0})
    assert changed.json["revision"] == 2
    assert call("POST", f"/activities/{activity_id}/publish").json["state"] == "published"
    (listed,) = call("GET", "/activities?free=1").json["items"]
    assert (listed["id"], listed["organisation"]) == (activity_id, {"en": "Town Library"})
    assert call("POST", f"/activities/{activity_id}/cancel").json["state"] == "cancelled"
    assert call("DELETE", f"/activities/{activity_id}").status_code == 204
    assert call("GET", f"/activities/{activity_id}").status_code == 404


def test_what_is_missing_is_a_problem_with_its_fields(
    call: Callable[..., Any], library: Any
) -> None:
    bare = {"title": {"en": "Chess"}, "organisation_id": library.id, "publishes": True}
    answer = call("POST", "/activities", json=bare)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert set(answer.json["errors"]) == {"starts_at", "place_name", "latitude"}
    assert call("GET", f"/activities?organiser={library.id}").json["items"] == []


def test_a_program_confirms_a_place_far_away(call: Callable[..., Any], library: Any) -> None:
    tokyo = {**ACTIVITY, "latitude": 35.68, "longitude": 139.77}
    body = {**tokyo, "organisation_id": library.id}
    asked = call("POST", "/activities", json=body)
    assert (asked.status_code, set(asked.json["errors"])) == (422, {"latitude"})
    made = call("POST", "/activities", json={**body, "is_far_away": True})
    assert made.status_code == 201
    address = f"/activities/{made.json['id']}"
    assert call("PUT", address, json={**tokyo, "price_cents": 0}).status_code == 200
    # what was online there has not been confirmed as a place to come to
    online = {**tokyo, "mode": "online", "latitude": -33.87, "longitude": 151.21}
    assert call("PUT", address, json=online).status_code == 200
    assert call("PUT", address, json={**online, "mode": "in_person"}).status_code == 422


def test_an_old_revision_is_a_conflict(
    call: Callable[..., Any], make_activity: Callable[..., Any]
) -> None:
    made = make_activity("Chess")
    assert (
        call("PUT", f"/activities/{made.id}", json={**ACTIVITY, "revision": 1}).status_code == 200
    )
    assert (
        call("PUT", f"/activities/{made.id}", json={**ACTIVITY, "revision": 1}).status_code == 409
    )


def test_without_the_right_nothing_is_changed(
    client: Any, make_activity: Callable[..., Any], library: Any, make_person: Callable[..., Any],
    make_token: Callable[..., str],
) -> None:  # fmt: skip
    made = make_activity("Chess", starts_at=None, is_always_open=True, ends_at=None)
    token = make_token(make_person(), ["account.use", "activity.edit"])
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        refused = client.delete(f"/api/v1/activities/{made.id}", headers=headers)
        assert refused.status_code in {401, 403}
        body = {**ACTIVITY, "organisation_id": library.id}
        assert client.post("/api/v1/activities", headers=headers, json=body).status_code in {
            401,
            404,
        }
    assert client.get(f"/api/v1/activities/{made.id}").json["title"] == {"en": "Chess"}


def test_a_page_of_results_leads_to_the_next(
    call: Callable[..., Any], make_activity: Callable[..., Any], node: Node
) -> None:
    for n in range(5):
        make_activity(f"Walk {n}", starts_at=node.clock.now() + timedelta(days=n + 1))
    first = call("GET", "/activities?limit=3").json
    rest = call("GET", f"/activities?limit=3&after={first['next']}").json
    names = [item["title"]["en"] for item in first["items"] + rest["items"]]
    assert names == [f"Walk {n}" for n in range(5)]
    assert rest["next"] is None


def test_the_document_of_the_api_names_them(client: Any) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    assert {"/api/v1/activities", "/api/v1/activities/{activity_id}"} <= set(paths)


SHEET = """id,title,place,lat,lon,start
c1,Chess,Hall,54.69,25.27,2026-12-01 18:00
c2,,Hall,54.7,25.28,2026-12-02 18:00
"""


def test_a_spreadsheet_is_looked_at_and_then_imported(
    call: Callable[..., Any], node: Node, library: Any, run_jobs: Callable[[Node], int]
) -> None:
    path = f"/organisations/{library.id}/activities/imports"
    looked = call("POST", path, json={"csv": SHEET, "dry_run": True})
    assert looked.status_code == 202, looked.json
    assert (looked.json["id"], looked.json["new"]) == (None, 1)
    assert [fault["row"] for fault in looked.json["faults"]] == [3]
    assert call("POST", path, json={"csv": SHEET}).status_code == 409
    started = call("POST", path, json={"csv": SHEET, "skips_wrong": True})
    assert started.json["state"] == "running"
    run_jobs(node)
    done = call("GET", f"{path}/{started.json['id']}").json
    assert (done["state"], done["done"]) == ("done", 1)
    assert [item["title"]["en"] for item in call("GET", "/activities").json["items"]] == ["Chess"]


SQUARE = (
    '{"type":"FeatureCollection","features":[{"type":"Feature",'
    '"properties":{"kind":"park","name":"Grove"},"geometry":{"type":"Polygon",'
    '"coordinates":[[[25.2,54.6],[25.4,54.6],[25.4,54.7],[25.2,54.6]]]}}]}'
)


def test_a_program_of_the_admin_changes_what_the_map_is_drawn_on(
    client: Any, make_person: Callable[..., Any], make_token: Callable[..., str], editor: Any
) -> None:
    admin = make_person("admin@example.org", is_admin=True)

    def call(method: str, path: str, body: str = "", person: Any = admin) -> Any:
        token = make_token(person, ["public.read", "account.use", "city.manage"])
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1/map/{path}", method=method, headers=headers, data=body)

    assert call("GET", "ground").json == {
        "background": None, "background_changed_at": None, "addresses": 0,
    }  # fmt: skip
    drawn = call("PUT", "background", SQUARE)
    assert drawn.status_code == 200
    assert len(drawn.json["background"]) == 16
    wrong = call("PUT", "background", '{"type": "Feature"')
    assert (wrong.status_code, wrong.content_type) == (422, "application/problem+json")
    assert call("GET", "ground").json == drawn.json
    known = call("POST", "addresses", "street,number,lat,lon\nRiver St,4,54.69,25.27\n")
    assert known.json["addresses"] == 1
    assert call("POST", "addresses", "street,number\nRiver St,4\n").status_code == 422
    assert call("PUT", "background", SQUARE, person=editor).status_code == 403
    assert call("DELETE", "background").status_code == 204
    assert call("GET", "ground").json["background"] is None


def test_a_program_joins_ticks_and_lists_who_was_there(
    call: Callable[..., Any],
    client: Any,
    node: Node,
    library: Any,
    make_person: Callable[..., Any],
    make_token: Callable[..., str],
) -> None:
    start = (node.clock.now() + timedelta(days=1)).isoformat()
    body = {
        **ACTIVITY, "organisation_id": library.id, "publishes": True, "is_always_open": False,
        "starts_at": start, "rule": "FREQ=DAILY;COUNT=3", "needs_joining": True, "capacity": 1,
        "mode": "online", "join_url": "https://meet.example/x",
        "steps": [{"text": {"en": "Read"}}], "completes_itself": True,
    }  # fmt: skip
    activity = call("POST", "/activities", json=body).json
    path = f"/activities/{activity['id']}"
    token = make_token(make_person(display_name="Lea"), ["public.read", "account.use"])

    def learn(method: str, rest: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1{rest}", method=method, headers=headers, **more)

    assert learn("GET", path).json["join_url"] == ""
    dates = learn("GET", f"{path}/dates").json["items"]
    assert [date["joined"] for date in dates] == [0, 0, 0]
    assert learn("POST", f"{path}/join", json={}).status_code == 404
    first = {"starts_at": dates[0]["starts_at"]}
    place = learn("POST", f"{path}/join", json=first).json
    assert place["state"] == "joined"
    assert learn("GET", path).json["join_url"] == "https://meet.example/x"
    step = activity["steps"][0]["id"]
    done = learn("PUT", f"{path}/steps/{step}", json={"is_done": True}).json
    assert done["done"] == [step]
    assert learn("GET", "/me/activities").json["completed"] == [activity["id"]]
    assert learn("GET", f"{path}/people", query_string=first).status_code == 403
    (person,) = call("GET", f"{path}/people", query_string=first).json["items"]
    assert person["name"] == "Lea"
    there = call("PUT", f"{path}/people/{place['id']}/attendance", json={"is_done": True})
    assert there.json["attended_at"]
    assert learn("POST", f"{path}/leave", json=first).status_code == 409
    old = {**first, "code": "a" * 16}
    assert learn("POST", f"{path}/check-in", json=old).status_code == 410


def test_an_activity_by_invitation_is_not_for_everybody(
    call: Callable[..., Any], client: Any, library: Any
) -> None:
    body = {**ACTIVITY, "organisation_id": library.id, "publishes": True, "is_by_invitation": True}
    made = call("POST", "/activities", json=body).json
    path = f"/api/v1/activities/{made['id']}"
    assert client.get(path).status_code == 404
    opened = client.get(path, query_string={"invitation": made["invitation"]})
    assert opened.status_code == 200
    assert opened.json["invitation"] is None


def test_programs_write_keywords_and_look_for_them(call: Callable[..., Any], library: Any) -> None:
    given = {**ACTIVITY, "organisation_id": library.id, "publishes": True}
    made = call("POST", "/activities", json={**given, "keywords": ["Board games", "chess"]})
    assert made.status_code == 201, made.json
    assert made.json["keywords"] == ["board games", "chess"]
    (found,) = call("GET", "/activities?keyword=board%20games").json["items"]
    assert found["keywords"] == ["board games", "chess"]
    assert call("GET", "/activities?keyword=go").json["items"] == []
    wrong = call("POST", "/activities", json={**given, "keywords": ["a, b"]})
    assert wrong.status_code == 422
    assert "keywords" in wrong.get_data(as_text=True)

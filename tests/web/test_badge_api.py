"""Everything that the pages of badges do, over the JSON API."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from colnode.badges import issuing
from colnode.badges.models import Achievement
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.web.checking import Api, KnownPages

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from colnode.identity.models import Organisation, Person

CONTENT = {
    "name": {"en": "Bat listener", "lt": "Šikšnosparnių klausytojas"},
    "description": {"en": "Hears bats."},
    "criteria": {"en": "Walk with us at night."},
    "tags": ["nature"],
    "art": {"shape": "hexagon", "icon": "moon", "first": "violet", "second": "amber"},
}


def _json(answer: "TestResponse", status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_program_makes_publishes_and_changes_a_badge(
    api_of: "Callable[..., Api]", client: "FlaskClient", owner: "Person",
    organisation: "Organisation",
) -> None:  # fmt: skip
    api = api_of(owner)
    made = _json(api("POST", f"/organisations/{organisation.id}/achievements", CONTENT), 201)
    path = f"/achievements/{made['id']}"
    assert made["state"] == "draft"
    assert client.get(f"/api/v1{path}").status_code == 404
    assert _json(api("POST", path + "/publish"))["state"] == "published"
    changed = CONTENT | {"name": {"en": "Bat whisperer"}, "revision": made["revision"]}
    assert _json(api("PUT", path, changed))["revision"] == made["revision"] + 1
    assert _json(api("PUT", path, changed), 409)["type"].endswith("/conflict")
    assert _json(client.get(f"/api/v1{path}"))["name"] == {"en": "Bat whisperer"}
    (listed,) = _json(api("GET", f"/organisations/{organisation.id}/achievements"))["items"]
    assert listed["id"] == made["id"]
    assert _json(api("POST", path + "/retire"))["state"] == "retired"


def test_a_badge_goes_from_offer_to_revocation(
    api_of: "Callable[..., Api]", client: "FlaskClient", owner: "Person", web: KnownPages,
    make_achievement: Callable[..., Achievement], organisation: "Organisation",
    make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    achievement = make_achievement(organisation)
    organiser, learner = api_of(owner), api_of(make_person("kai@example.org"))
    asked = {"emails": ["kai@example.org", "broken"], "narrative": "Heard three kinds."}
    results = _json(organiser("POST", f"/achievements/{achievement.id}/awards", asked))["items"]
    assert [item["outcome"] for item in results] == ["sent", "wrong"]
    (waiting,) = _json(learner("GET", "/me/offers"))["items"]
    accepted = _json(learner("POST", f"/me/offers/{waiting['offer_id']}/accept"))
    again = _json(learner("POST", f"/me/offers/{waiting['offer_id']}/accept"))
    assert accepted == again
    assert not accepted["is_shared"]
    verdict = _json(client.post("/api/v1/verify", json={"badge": accepted["document"]}))
    assert verdict["outcome"] == "valid"
    (issued,) = _json(organiser("GET", f"/achievements/{achievement.id}/credentials"))["items"]
    revoke = f"/credentials/{issued['id']}/revoke"
    assert organiser("POST", revoke, {"reason": " "}).status_code == 422
    assert organiser("POST", revoke, {"reason": "A mistake."}).status_code == 204
    verdict = _json(client.post("/api/v1/verify", json={"badge": accepted["document"]}))
    assert verdict["outcome"] == "invalid"
    assert "revoked" in {found["id"] for found in verdict["findings"]}


def test_an_offer_is_sent_again_and_declined(
    api_of: "Callable[..., Api]",
    owner: "Person",
    make_achievement: Callable[..., Achievement],
    organisation: "Organisation",
    make_person: "Callable[..., Person]",
    clock: TestClock,
) -> None:
    achievement = make_achievement(organisation)
    organiser, learner = api_of(owner), api_of(make_person("kai@example.org"))
    stranger = api_of(make_person("eve@example.org"))
    organiser("POST", f"/achievements/{achievement.id}/awards", {"emails": ["kai@example.org"]})
    (waiting,) = _json(learner("GET", "/me/offers"))["items"]
    clock.forward(days=2)
    again = organiser("POST", f"/offers/{waiting['offer_id']}/send-again")
    assert again.status_code == 200, again.json
    decline = f"/me/offers/{waiting['offer_id']}/decline"
    assert stranger("POST", decline).status_code == 404
    assert learner("POST", decline).status_code == 204
    assert _json(learner("GET", "/me/offers"))["items"] == []


def test_a_claim_code_gives_one_badge(
    api_of: "Callable[..., Api]", owner: "Person", organisation: "Organisation",
    make_achievement: Callable[..., Achievement], make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    achievement = make_achievement(organisation)
    organiser, learner = api_of(owner), api_of(make_person())
    path = f"/achievements/{achievement.id}/claim-links"
    link = _json(organiser("POST", path, {"limit": 2, "label": "Walk"}), 201)
    first = _json(learner("POST", "/me/claims", {"code": link["code"].upper()}))
    second = _json(learner("POST", "/me/claims", {"code": link["code"]}))
    assert first["address"] == second["address"]
    (listed,) = _json(organiser("GET", path))["items"]
    assert (listed["used"], listed["is_open"]) == (1, True)
    assert not _json(organiser("POST", f"/claim-links/{link['id']}/close"))["is_open"]
    other = api_of(make_person())
    assert other("POST", "/me/claims", {"code": link["code"]}).status_code == 410
    assert organiser("POST", path, {"expires_at": "2030-01-01T00:00:00"}).status_code == 422


def test_sharing_is_the_holders_alone(
    node: Node, api_of: "Callable[..., Api]", client: "FlaskClient",
    make_achievement: Callable[..., Achievement], make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    achievement, person = make_achievement(), make_person()
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
    path = f"/me/credentials/{credential.address}"
    assert api_of(make_person())("POST", path + "/share").status_code == 404
    holder = api_of(person)
    assert _json(holder("POST", path + "/share"))["is_shared"]
    assert client.get(f"/credentials/{credential.address}").status_code == 200
    assert not _json(holder("POST", path + "/unshare"))["is_shared"]
    assert client.get(f"/credentials/{credential.address}").status_code == 404
    (held,) = _json(holder("GET", "/me/credentials"))["items"]
    assert held["document"]["id"] == held["url"]


def test_a_token_does_only_what_its_scopes_say(
    api_of: "Callable[..., Api]", owner: "Person", organisation: "Organisation",
    make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    achievement = make_achievement(organisation)
    awarder = api_of(owner, ("badge.award",))
    assert awarder("GET", f"/achievements/{achievement.id}/offers").status_code == 200
    assert awarder("POST", f"/achievements/{achievement.id}/retire").status_code == 403
    assert awarder("GET", "/me/credentials").status_code == 403


def test_a_picture_is_uploaded_and_a_broken_one_refused(
    api_of: "Callable[..., Api]", client: "FlaskClient", owner: "Person",
    organisation: "Organisation",
) -> None:  # fmt: skip
    from io import BytesIO

    from PIL import Image

    drawn = BytesIO()
    Image.new("RGB", (120, 120), "#204060").save(drawn, "PNG")
    api, path = api_of(owner), f"/organisations/{organisation.id}/achievements"
    picture = base64.b64encode(drawn.getvalue()).decode()
    made = _json(api("POST", path, CONTENT | {"picture_base64": picture}), 201)
    api("POST", f"/achievements/{made['id']}/publish")
    assert b"data:image/png" in client.get(f"/badges/{made['id']}/image.svg").data
    for broken in ("%%%", base64.b64encode(b"no picture").decode()):
        assert api("POST", path, CONTENT | {"picture_base64": broken}).status_code == 422


def test_verify_takes_text_and_says_what_is_no_badge(
    client: "FlaskClient", web: KnownPages
) -> None:
    verdict = _json(client.post("/api/v1/verify", json={"badge": "hello"}))
    assert verdict["outcome"] == "not_a_badge"
    away = client.post("/api/v1/verify", json={"badge": "https://away.example/badge"})
    assert away.status_code == 503
    assert away.content_type == "application/problem+json"


def test_the_api_document_describes_the_routes_of_badges(client: "FlaskClient") -> None:
    document = _json(client.get("/api/openapi.json"))
    assert "/api/v1/achievements/{achievement_id}/awards" in document["paths"]
    assert "/api/v1/verify" in document["paths"]

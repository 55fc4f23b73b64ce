"""The ways to earn over the API, and calls that are repeated under one key."""

import base64
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from colnode.badges import issuing
from colnode.badges.models import Achievement, ClaimLink, KeyedCall, Offer
from colnode.badges.more import More, ResultKind
from colnode.identity import people, tokens
from colnode.node import Node
from tests.web.checking import SCOPES, Api

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from colnode.identity.models import Organisation, Person
    from colnode.testing.fixtures import TestClock


def told(answer: "TestResponse", status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def count(node: Node, table: type) -> int:
    with node.reading():
        return node.db.scalar(select(func.count()).select_from(table)) or 0


# The ways to earn


def test_a_request_goes_from_asking_to_the_badge(
    api_of: "Callable[..., Api]", owner: "Person", learner: "Person", achievement: Achievement,
    make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    organiser, asker, stranger = api_of(owner), api_of(learner), api_of(make_person())
    path = f"/achievements/{achievement.id}"
    wish = {"narrative": "Heard three kinds.", "evidence": ["https://example.org/bats"]}
    assert told(asker("GET", f"{path}/reviewer"))["reviewer"] is None
    told(asker("POST", f"{path}/requests", wish), 409)
    told(organiser("PUT", f"{path}/reviewer", {"reviewer": "organiser"}))
    made = told(asker("POST", f"{path}/requests", wish), 201)
    assert made["state"] == "waiting"
    told(asker("POST", f"{path}/requests", wish), 409)
    review = f"/requests/{made['id']}/review"
    told(stranger("POST", review, {"is_granted": True}), 404)
    told(asker("POST", review, {"is_granted": True}), 404)
    assert [item["id"] for item in told(organiser("GET", f"{path}/requests"))["items"]] == [
        made["id"]
    ]
    told(organiser("POST", review, {"is_granted": False}), 422)
    done = told(organiser("POST", review, {"is_granted": True, "comment": "Yes."}))
    assert (done["state"], done["comment"]) == ("granted", "Yes.")
    assert told(asker("GET", "/me/requests"))["items"][0]["credential_id"] == done["credential_id"]
    assert len(told(asker("GET", "/me/credentials"))["items"]) == 1


def test_a_token_without_the_right_to_award_does_not_review(
    api_of: "Callable[..., Api]", owner: "Person", learner: "Person", achievement: Achievement
) -> None:
    path = f"/achievements/{achievement.id}"
    told(api_of(owner)("PUT", f"{path}/reviewer", {"reviewer": "organiser"}))
    made = told(api_of(learner)("POST", f"{path}/requests", {"narrative": "I did."}), 201)
    narrow = api_of(owner, ("account.use",))
    told(narrow("POST", f"/requests/{made['id']}/review", {"is_granted": True}), 404)


def test_a_peer_answers_and_a_request_can_be_taken_back(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", learner: "Person",
    achievement: Achievement, make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    peer, path = make_person(), f"/achievements/{achievement.id}"
    with node.unit():
        issuing.issue(node, achievement.id, person_id=peer.id)
    told(api_of(owner)("PUT", f"{path}/reviewer", {"reviewer": "peer"}))
    asker = api_of(learner)
    first = told(asker("POST", f"{path}/requests", {"narrative": "I did."}), 201)
    assert told(asker("POST", f"/me/requests/{first['id']}/withdraw"))["state"] == "withdrawn"
    second = told(asker("POST", f"{path}/requests", {"narrative": "I did."}), 201)
    (waiting,) = told(api_of(peer)("GET", "/me/reviews"))["items"]
    assert waiting["id"] == second["id"]
    answer = api_of(peer)("POST", f"/requests/{second['id']}/review", {"is_granted": True})
    assert told(answer)["state"] == "granted"


def test_a_table_is_tried_and_sent(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/awards/table"
    table = "email,evidence\nkai@example.org,\nnobody,\nona@example.org,shelf\n"
    tried = told(organiser("POST", path, {"table": table, "is_trial": True}))["items"]
    assert [item["outcome"] for item in tried] == ["sent", "wrong", "wrong"]
    assert "https://" in tried[2]["reason"]
    assert count(node, Offer) == 0
    sent = told(organiser("POST", path, {"table": table}))["items"]
    assert sent[0]["offer_id"]
    assert count(node, Offer) == 1
    told(organiser("POST", path, {"table": "no head"}), 422)


def test_codes_are_made_taken_and_closed(
    api_of: "Callable[..., Api]", owner: "Person", learner: "Person", achievement: Achievement
) -> None:
    organiser, asker = api_of(owner), api_of(learner)
    path = f"/achievements/{achievement.id}/code-sheets"
    sheet = told(organiser("POST", path, {"count": 2, "label": "Saturday"}), 201)
    assert len(sheet["codes"]) == 2
    told(asker("POST", "/me/claims", {"code": sheet["codes"][0], "reflection": "Patience."}))
    shown = told(organiser("GET", f"/code-sheets/{sheet['id']}"))
    assert (shown["used"], shown["codes"]) == (1, sheet["codes"][1:])
    assert told(organiser("POST", f"/code-sheets/{sheet['id']}/close"))["is_open"] is False


def test_a_rule_is_started_and_ended(
    api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement,
    organisation: "Organisation", make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    organiser, crown = api_of(owner), make_achievement(organisation, name={"en": "Crown"})
    path = f"/achievements/{crown.id}/rules"
    made = told(organiser("POST", path, {"rule": "all_badges", "things": [achievement.id]}), 201)
    assert [item["id"] for item in told(organiser("GET", path))["items"]] == [made["id"]]
    assert told(organiser("POST", f"/rules/{made['id']}/end"))["ended_at"]
    told(organiser("POST", path, {"rule": "all_badges", "things": [crown.id]}), 422)


def test_a_badge_is_suspended_resumed_and_corrected(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", learner: "Person",
    achievement: Achievement, organisation: "Organisation",
) -> None:  # fmt: skip
    organiser = api_of(owner)
    told(organiser("PUT", f"/organisations/{organisation.id}/suspension", {"is_on": True}))
    assert told(organiser("GET", f"/organisations/{organisation.id}/suspension"))["is_on"]
    with node.unit():
        given = issuing.issue(node, achievement.id, person_id=learner.id)
    path = f"/credentials/{given.id}"
    assert organiser("POST", f"{path}/suspend", {"reason": "A question."}).status_code == 204
    assert organiser("POST", f"{path}/resume").status_code == 204
    wish = {"reason": "A slip.", "narrative": "Built two.", "valid_until": "2030-05-31T00:00:00Z"}
    new = told(organiser("POST", f"{path}/correct", wish), 201)
    assert new["valid_until"].startswith("2030-05-31")
    held = told(api_of(learner)("GET", "/me/credentials"))["items"]
    assert {item["url"] for item in held if item["revoked_at"] is None} == {new["url"]}
    told(organiser("POST", f"{path}/correct", wish), 409)
    naive = wish | {"valid_until": "2030-05-31T00:00:00"}
    told(organiser("POST", f"/credentials/{new['id']}/correct", naive), 422)


def test_who_accepts_may_add_a_reflection_but_no_name_under_age(
    api_of: "Callable[..., Api]", owner: "Person", learner: "Person", achievement: Achievement
) -> None:
    asked = {"emails": ["kai@example.org"], "valid_until": "2030-01-01T00:00:00Z"}
    told(api_of(owner)("POST", f"/achievements/{achievement.id}/awards", asked))
    asker = api_of(learner)
    (waiting,) = told(asker("GET", "/me/offers"))["items"]
    path = f"/me/offers/{waiting['offer_id']}/accept"
    assert "is_named" in told(asker("POST", path, {"is_named": True}), 422)["errors"]
    taken = told(asker("POST", path, {"reflection": "Patience."}))
    assert taken["document"]["evidence"][0]["narrative"] == "Patience."
    assert taken["valid_until"].startswith("2030-01-01")


def test_the_claim_rate_is_told(
    api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser = api_of(owner)
    told(organiser("POST", f"/achievements/{achievement.id}/awards", {"emails": ["a@b.example"]}))
    for path in (
        f"/achievements/{achievement.id}",
        f"/organisations/{achievement.organisation_id}",
    ):
        rate = told(organiser("GET", f"{path}/claim-rate"))
        assert (rate["offered"], rate["accepted"]) == (1, 0)


# The same call again


def test_a_call_with_a_key_is_done_once(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    first = organiser("POST", path, {"limit": 5}, key="k-1")
    second = organiser("POST", path, {"limit": 5}, key="k-1")
    assert told(first, 201) == told(second, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(node, ClaimLink) == 1
    assert told(organiser("POST", path, {"limit": 5}, key="k-2"), 201) != told(first, 201)
    told(organiser("POST", path, {"limit": 5}), 201)
    assert count(node, ClaimLink) == 3


def test_a_key_with_another_body_or_path_is_refused(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    told(organiser("POST", path, {"limit": 5}, key="k-1"), 201)
    told(organiser("POST", path, {"limit": 6}, key="k-1"), 422)
    other = f"/achievements/{achievement.id}/code-sheets"
    told(organiser("POST", other, {"count": 5}, key="k-1"), 422)
    told(organiser("POST", path, {"limit": 5}, key="with space"), 422)
    told(organiser("POST", path, {"limit": 5}, key="x" * 256), 422)
    assert count(node, ClaimLink) == 1


def test_keys_belong_to_a_person(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement,
    make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    from colnode.host.types import Role
    from colnode.identity import memberships

    colleague = make_person()
    with node.unit():
        memberships.add_member(
            node, achievement.organisation_id, colleague.id, role=Role.EDITOR, actor_id=owner.id
        )
    path = f"/achievements/{achievement.id}/claim-links"
    told(api_of(owner)("POST", path, {"limit": 5}, key="k-1"), 201)
    told(api_of(colleague)("POST", path, {"limit": 9}, key="k-1"), 201)
    assert count(node, ClaimLink) == 2


def test_a_key_is_kept_for_a_day(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement,
    clock: "TestClock", run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    told(organiser("POST", path, {"limit": 5}, key="k-1"), 201)
    clock.forward(hours=23)
    run_jobs(node)
    told(organiser("POST", path, {"limit": 5}, key="k-1"), 201)
    assert count(node, ClaimLink) == 1
    clock.forward(hours=1)
    told(organiser("POST", path, {"limit": 7}, key="k-1"), 201)
    assert count(node, ClaimLink) == 2
    clock.forward(hours=25)
    run_jobs(node)
    assert count(node, KeyedCall) == 0


def test_what_failed_can_be_tried_again_with_its_key(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    told(organiser("POST", path, {"limit": 0}, key="k-1"), 422)
    assert count(node, KeyedCall) == 0
    told(organiser("POST", path, {"limit": 1}, key="k-1"), 201)


def test_the_same_call_twice_at_the_same_moment_is_done_once(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    told(organiser("GET", path))
    start, answers = threading.Barrier(4), []

    def call() -> None:
        start.wait()
        answers.append(told(organiser("POST", path, {"limit": 5}, key="k-1"), 201)["id"])

    threads = [threading.Thread(target=call) for _index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert count(node, ClaimLink) == 1


def test_keys_survive_a_restart(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", achievement: Achievement
) -> None:
    from colnode.app import create_app, open_node

    organiser, path = api_of(owner), f"/achievements/{achievement.id}/claim-links"
    first = told(organiser("POST", path, {"limit": 5}, key="k-1"), 201)
    with node.unit():
        token = tokens.create(node, owner.id, label="later", scopes=SCOPES)
    again = open_node(node.config, clock=node.clock)
    try:
        fresh = Api(
            create_app(node=again).test_client(), token if isinstance(token, str) else token[0]
        )
        assert told(fresh("POST", path, {"limit": 5}, key="k-1"), 201) == first
    finally:
        again.close()
    assert count(node, ClaimLink) == 1


def test_erasing_somebody_drops_their_calls_and_answers_that_name_them(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", learner: "Person",
    achievement: Achievement,
) -> None:  # fmt: skip
    path = f"/achievements/{achievement.id}"
    organiser = api_of(owner)
    told(organiser("POST", f"{path}/awards", {"emails": ["kai@example.org"]}, key="k-1"))
    told(organiser("POST", f"{path}/claim-links", {"limit": 5}, key="k-2"), 201)
    with node.unit():
        assert [call["key"] for call in people.export(node, owner.id)["calls"]] == ["k-1", "k-2"]
        people.erase(node, learner.id, actor_id=learner.id)
        assert list(node.db.scalars(select(KeyedCall.key))) == ["k-2"]
        people.erase(node, owner.id, actor_id=owner.id)
    assert count(node, KeyedCall) == 0


# Each call that gives a badge, or the means to take one.
ISSUING = (
    "/achievements/{achievement_id}/awards",
    "/achievements/{achievement_id}/awards/table",
    "/achievements/{achievement_id}/claim-links",
    "/achievements/{achievement_id}/code-sheets",
    "/achievements/{achievement_id}/requests",
    "/achievements/{achievement_id}/rules",
    "/credentials/{credential_id}/correct",
    "/me/claims",
    "/me/offers/{offer_id}/accept",
    "/offers/{offer_id}/send-again",
    "/requests/{application_id}/review",
)


@pytest.mark.databases("sqlite")
def test_the_api_says_where_a_key_is_taken(client: "FlaskClient") -> None:
    for _time in range(2):
        paths = told(client.get("/api/openapi.json"))["paths"]
        takes = {
            path
            for path, operations in paths.items()
            for parameter in operations.get("post", {}).get("parameters", ())
            if parameter["name"] == "Idempotency-Key"
        }
    assert takes == {f"/api/v1{path}" for path in ISSUING}
    operation = paths["/api/v1/achievements/{achievement_id}/awards"]["post"]
    assert [item["name"] for item in operation["parameters"]].count("Idempotency-Key") == 1


def test_results_go_with_every_way_of_giving(
    api_of: "Callable[..., Api]", client: "FlaskClient", owner: "Person", learner: "Person",
    organisation: "Organisation", make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    badge = make_achievement(organisation, more=More(results=(ResultKind("Test", "Percent"),)))
    organiser, earner = api_of(owner), api_of(learner)
    path = f"/achievements/{badge.id}"
    wrong, right = ([{"name": "Test", "value": value}] for value in ("101", "87"))
    emails = {"emails": ["kai@example.org"]}
    told(organiser("POST", f"{path}/awards", emails | {"results": wrong}), 422)
    told(organiser("POST", f"{path}/awards", emails | {"results": right}))
    for way, body in (("claim-links", {}), ("code-sheets", {"count": 1})):
        told(organiser("POST", f"{path}/{way}", body | {"results": wrong}), 422)
        told(organiser("POST", f"{path}/{way}", body | {"results": right}), 201)
    (offer,) = told(earner("GET", "/me/offers"))["items"]
    held = told(earner("POST", f"/me/offers/{offer['offer_id']}/accept"))
    verdict = told(client.post("/api/v1/verify", json={"badge": held["document"]}))
    assert verdict["results"] == right
    (given,) = told(organiser("GET", f"{path}/credentials"))["items"]
    again = {"reason": "A slip.", "results": wrong}
    told(organiser("POST", f"/credentials/{given['id']}/correct", again), 422)
    told(organiser("POST", f"/credentials/{given['id']}/correct", again | {"results": []}), 201)


def test_files_of_a_request_over_the_api(
    api_of: "Callable[..., Api]", owner: "Person", learner: "Person", achievement: Achievement,
    make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    organiser, asker, stranger = api_of(owner), api_of(learner), api_of(make_person())
    path = f"/achievements/{achievement.id}"
    told(organiser("PUT", f"{path}/reviewer", {"reviewer": "organiser"}))
    data = base64.b64encode(b"%PDF-1.7\n").decode()
    wish = {"narrative": "Did it.", "files": [{"name": "a.pdf", "file": "no base64!"}]}
    told(asker("POST", f"{path}/requests", wish), 422)
    wish["files"] = [{"name": "a.pdf", "file": data}]
    made = told(asker("POST", f"{path}/requests", wish), 201)
    files = f"/requests/{made['id']}/files"
    (listed,) = told(organiser("GET", files))["items"]
    assert (listed["name"], listed["byte_count"]) == ("a.pdf", 9)
    for reader in (organiser, asker):
        assert told(reader("GET", f"{files}/{listed['id']}"))["file"] == data
    told(stranger("GET", files), 404)
    told(stranger("GET", f"{files}/{listed['id']}"), 404)

"""An organisation's keys and a person's addresses over the API, as on their pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import issuing, verifying
from colnode.badges.models import Achievement
from colnode.identity import people
from colnode.mail import list_development_mail
from colnode.node import Node
from tests.web.checking import Api

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from colnode.identity.models import Person

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""


def told(answer: "TestResponse", status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def test_an_owner_renews_retires_and_revokes_keys(
    node: Node, api_of: "Callable[..., Api]", owner: "Person", learner: "Person",
    achievement: Achievement, make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    own, path = api_of(owner), f"/organisations/{achievement.organisation_id}/keys"
    with node.unit():
        badge = issuing.issue(node, achievement.id, person_id=learner.id)
    first = told(own("GET", path))["items"]
    assert {(key["kind"], key["state"]) for key in first} == {
        ("ed25519", "active"),
        ("p256", "active"),
    }
    told(api_of(make_person())("GET", path), 403)
    made = told(own("POST", f"{path}/rotate"))["items"]
    assert {key["id"] for key in made}.isdisjoint(key["id"] for key in first)
    only, other = (
        next(key["id"] for key in made if key["kind"] == kind) for kind in ("ed25519", "p256")
    )
    told(own("POST", f"{path}/{only}/retire"), 409)
    assert told(own("POST", f"{path}/{other}/retire"))["state"] == "retired"
    stolen = next(key["id"] for key in first if key["kind"] == "ed25519")
    told(own("POST", f"{path}/{stolen}/give-again"), 409)
    assert "reason" in told(own("POST", f"{path}/{stolen}/revoke", {"reason": " "}), 422)["errors"]
    revoked = told(own("POST", f"{path}/{stolen}/revoke", {"reason": "Laptop stolen."}))
    assert (revoked["state"], revoked["badge_count"]) == ("revoked", 1)
    told(own("POST", f"{path}/{stolen}/give-again"), 204)
    run_jobs(node)
    with node.reading():
        assert verifying.verify_text(node, badge.document).find("revoked")
    told(own("POST", f"{path}/nothing/retire"), 404)


def test_a_person_adds_chooses_and_removes_addresses(
    node: Node, api_of: "Callable[..., Api]", learner: "Person", run_jobs: Callable[[Node], int]
) -> None:
    own = api_of(learner)
    (before,) = told(own("GET", "/me"))["emails"]
    told(own("POST", "/me/emails/remove", {"address": before["address"]}), 409)
    told(own("POST", "/me/emails", {"address": "no address"}), 422)
    told(own("POST", "/me/emails", {"address": "kai@work.example"}), 204)
    run_jobs(node)
    assert list_development_mail(node)[0].to == "kai@work.example"
    told(own("POST", "/me/emails/primary", {"address": "kai@work.example"}), 404)
    with node.unit():
        people.prove_email(node, learner.id, "kai@work.example")
    told(own("POST", "/me/emails/primary", {"address": "kai@work.example"}), 204)
    told(own("POST", "/me/emails/remove", {"address": before["address"]}), 204)
    (left,) = told(own("GET", "/me"))["emails"]
    assert (left["address"], left["is_primary"]) == ("kai@work.example", True)

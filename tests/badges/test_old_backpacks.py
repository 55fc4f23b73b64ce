"""A badge in the form of Open Badges 2.0: only shared, only when asked for, read by others."""

import json
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.error import HTTPError

import pytest
from flask.testing import FlaskClient
from openbadgeslib.ob2 import OB2VerificationError, OB2Verifier

from colnode.badges import issuing, old_backpacks, passport
from colnode.badges.verifying import NodeResolver
from colnode.errors import Invalid, NotFound, Refused, Withdrawn
from colnode.identity import people, tokens
from colnode.node import Node
from colnode.openbadges.verify import Verdict, verify

BASE = "http://localhost:8000"
EMAIL = "ada@example.org"


@pytest.fixture
def learner(
    client: FlaskClient, make_person: Callable[..., Any], sign_in: Callable[..., None]
) -> Any:
    """Ada, signed in in `client`."""
    person = make_person(EMAIL)
    sign_in(client, person)
    return person


@pytest.fixture
def badge(node: Node, learner: Any, make_achievement: Callable[..., Any]) -> Any:
    """A badge that Ada shares."""
    made = make_achievement()
    with node.unit():
        credential = issuing.issue(node, made.id, person_id=learner.id)
        passport.share(node, credential.address, person_id=learner.id)
    return credential


@pytest.fixture
def copy(node: Node, learner: Any, badge: Any) -> Any:
    """Its copy."""
    with node.unit():
        return old_backpacks.make(node, badge.address, person_id=learner.id, email=EMAIL)


class Web:
    """What is at the city's addresses, asked without a cookie."""

    def __init__(self, client: FlaskClient) -> None:
        self.browser = client.application.test_client()

    def read(self, url: str) -> bytes:
        """As openbadgeslib asks: an error of HTTP is raised."""
        answer = self.browser.get(url.removeprefix(BASE), base_url=BASE)
        if answer.status_code != 200:
            raise HTTPError(url, answer.status_code, answer.status, Message(), None)
        return answer.data

    def fetch(self, url: str, accept: str) -> bytes:
        """The kernel's Resolver."""
        answer = self.browser.get(url.removeprefix(BASE), base_url=BASE)
        if answer.status_code == 410:
            raise Withdrawn("gone", answer.data)
        return self.read(url)


def checked(node: Node, client: FlaskClient, document: bytes) -> Verdict:
    """Our own verdict, with everything fetched over the pages."""
    return verify(document, resolver=Web(client), now=node.clock.now())


def path_of(copy: Any) -> str:
    return f"/ob2/assertions/{copy.address}"


def test_copy_is_valid_here_and_for_an_independent_library(
    node: Node, client: FlaskClient, badge: Any, copy: Any
) -> None:
    web = Web(client)
    document = web.read(path_of(copy))
    verdict = checked(node, client, document)
    assert verdict.is_valid, verdict.findings
    assert verdict.summary.issuer_name == "Town Library"
    theirs = OB2Verifier(download=web.read)
    read = theirs.verify_hosted(document.decode(), expected_recipient=EMAIL, check_revocation=True)
    assert read.id == BASE + path_of(copy)
    with pytest.raises(OB2VerificationError):
        theirs.verify_hosted(document.decode(), expected_recipient="eve@example.org")


def test_baked_picture_carries_the_assertion(node: Node, client: FlaskClient, copy: Any) -> None:
    web = Web(client)
    picture = web.read(path_of(copy) + ".png")
    verdict = checked(node, client, picture)
    assert (verdict.is_valid, verdict.format) == (True, "png")
    baked = OB2Verifier.extract_token_from_png(picture)
    assert json.loads(baked) == json.loads(web.read(path_of(copy)))


def test_own_verify_page_knows_the_copy(node: Node, client: FlaskClient, copy: Any) -> None:
    with node.reading():
        verdict = verify(
            Web(client).read(path_of(copy)), resolver=NodeResolver(node), now=node.clock.now()
        )
        assert verdict.is_valid


def test_copy_and_signed_badge_lead_to_each_other(
    node: Node, client: FlaskClient, badge: Any, copy: Any
) -> None:
    answer = client.get(path_of(copy), base_url=BASE)
    signed = f"{BASE}/credentials/{badge.address}"
    assert answer.json["evidence"]["id"] == signed
    assert f'<{signed}>; rel="alternate"' in answer.headers["Link"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    page = client.get(f"/credentials/{badge.address}", base_url=BASE).text
    assert f"/credentials/{badge.address}/old-copy" in page
    answer = Web(client).browser.get(f"/credentials/{badge.address}.json", base_url=BASE)
    assert f'<{BASE}{path_of(copy)}>; rel="alternate"' in answer.headers["Link"]


def test_revoked_badge_is_revoked_in_its_copy(
    node: Node, client: FlaskClient, badge: Any, copy: Any, make_person: Callable[..., Any]
) -> None:
    before = Web(client).read(path_of(copy))
    with node.unit():
        issuing.revoke(node, badge.id, actor_id=make_person().id, reason="Given by mistake.")
    verdict = checked(node, client, before)
    assert verdict.outcome == "invalid"
    revoked = verdict.find("revoked")
    assert revoked is not None
    assert "Given by mistake." in revoked.text
    answer = Web(client).browser.get(path_of(copy), base_url=BASE)
    assert (answer.status_code, answer.content_type) == (410, "application/ld+json")
    assert answer.json == {
        "@context": "https://w3id.org/openbadges/v2",
        "id": BASE + path_of(copy),
        "type": "Assertion",
        "revoked": True,
        "revocationReason": "Given by mistake.",
    }
    with node.reading():
        assert verify(before, resolver=NodeResolver(node), now=node.clock.now()).find("revoked")
    issuer = json.loads(
        Web(client).read(json.loads(Web(client).read(json.loads(before)["badge"]))["issuer"])
    )
    listed = json.loads(Web(client).read(issuer["revocationList"]))
    assert listed["revokedAssertions"] == [
        {"id": BASE + path_of(copy), "revocationReason": "Given by mistake."}
    ]
    with pytest.raises(OB2VerificationError):
        OB2Verifier(download=Web(client).read).verify_hosted(before.decode(), check_revocation=True)


def test_there_is_no_copy_unless_the_holder_makes_one(
    node: Node, client: FlaskClient, learner: Any, badge: Any, make_person: Callable[..., Any]
) -> None:
    with node.unit():
        with pytest.raises(Invalid):
            old_backpacks.make(node, badge.address, person_id=learner.id, email="other@example.org")
        eve = make_person("eve@x.example")
        with pytest.raises(NotFound):
            old_backpacks.make(node, badge.address, person_id=eve.id, email="eve@x.example")
        passport.unshare(node, badge.address, person_id=learner.id)
        with pytest.raises(Refused):
            old_backpacks.make(node, badge.address, person_id=learner.id, email=EMAIL)
    answer = client.get(f"/ob2/assertions/{badge.address}", base_url=BASE)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_copy_hides_with_its_badge_and_goes_when_removed(
    node: Node, client: FlaskClient, learner: Any, badge: Any, copy: Any
) -> None:
    page = f"/credentials/{badge.address}/old-copy"
    assert path_of(copy) in client.get(page, base_url=BASE).text
    client.post(f"/credentials/{badge.address}/unshare", base_url=BASE)
    assert client.get(path_of(copy), base_url=BASE).status_code == 404
    assert "private now" in client.get(page, base_url=BASE).text
    client.post(f"/credentials/{badge.address}/share", base_url=BASE)
    assert client.get(path_of(copy), base_url=BASE).status_code == 200
    client.post(page + "/remove", base_url=BASE)
    assert client.get(path_of(copy), base_url=BASE).status_code == 404
    assert client.get(path_of(copy) + ".png", base_url=BASE).status_code == 404


def test_page_explains_and_makes_a_copy(client: FlaskClient, badge: Any) -> None:
    page = f"/credentials/{badge.address}/old-copy"
    shown = client.get(page, base_url=BASE).text
    assert "fingerprint of your e-mail address" in shown
    wrong = client.post(page, data={"email": "eve@example.org"}, base_url=BASE)
    assert wrong.status_code == 422
    assert client.post(page, data={"email": EMAIL}, base_url=BASE).status_code == 302
    assert "/ob2/assertions/" in client.get(page, base_url=BASE).text


def test_copy_over_the_api(node: Node, client: FlaskClient, learner: Any, badge: Any) -> None:
    with node.unit():
        token = tokens.create(node, learner.id, label="script", scopes=["account.use"])
    program = client.application.test_client(use_cookies=False)
    path = f"/api/v1/me/credentials/{badge.address}/old-copy"
    bearer = {"Authorization": f"Bearer {token}"}
    made = program.post(path, json={"email": EMAIL}, headers=bearer, base_url=BASE).json
    assert program.get(made["picture_url"].removeprefix(BASE), base_url=BASE).status_code == 200
    assert program.post(f"{path}/remove", headers=bearer, base_url=BASE).status_code == 204
    assert program.get(made["assertion_url"].removeprefix(BASE), base_url=BASE).status_code == 404


def test_copy_names_nobody_but_by_a_hash_of_its_own(
    node: Node, client: FlaskClient, learner: Any, badge: Any, copy: Any
) -> None:
    text = Web(client).read(path_of(copy)).decode()
    assert EMAIL not in text
    assert learner.id not in text
    with node.unit():
        again = old_backpacks.make(node, badge.address, person_id=learner.id, email=EMAIL)
        assert again.identity != copy.identity
        assert again.address != copy.address
    assert client.get(path_of(copy), base_url=BASE).status_code == 404


def test_copies_are_exported_and_erased(
    node: Node, client: FlaskClient, learner: Any, badge: Any, copy: Any
) -> None:
    with node.reading():
        (item,) = people.export(node, learner.id)["old_copies"]
        assert (item["assertion"], item["identity"]) == (BASE + path_of(copy), copy.identity)
    with node.unit():
        people.erase(node, learner.id, actor_id=learner.id)
    assert client.get(path_of(copy), base_url=BASE).status_code == 404

"""What people do on the pages of their account and badges, over the API: join, prove, bring in."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import issuing, passport
from colnode.badges.models import Achievement
from colnode.identity import people
from colnode.mail import list_development_mail
from colnode.node import Node
from colnode.openbadges.keys import KeyKind, SigningKey
from tests.badges.test_holder_dids import sign
from tests.web.checking import Api, KnownPages

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from colnode.identity.models import Person

PASSWORD = "walk-the-lines-2030"


def told(answer: "TestResponse", status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


@pytest.fixture
def own(api_of: "Callable[..., Api]", learner: "Person") -> Api:
    """The learner's API."""
    return api_of(learner)


def test_two_accounts_are_joined_by_a_password_and_guessing_is_slowed_down(
    node: Node, own: Api, learner: "Person"
) -> None:
    with node.unit():
        old = people.create(
            node, email="old@example.org", display_name="Old Kai", password=PASSWORD
        )
    wish = {"email": "old@example.org", "password": "wrong"}
    assert own("POST", "/me/merge", wish).status_code in (401, 403, 422)
    joined = told(own("POST", "/me/merge", wish | {"password": PASSWORD}))
    assert joined["id"] == learner.id
    assert {item["address"] for item in joined["emails"]} == {"kai@example.org", "old@example.org"}
    with node.reading():
        assert people.find_by_email(node, "old@example.org").id == learner.id  # type: ignore[union-attr]
    assert old.id != learner.id
    answers = {own("POST", "/me/merge", wish | {"email": "x@example.org"}).status_code
               for _try in range(12)}  # fmt: skip
    assert 429 in answers


def test_a_link_to_join_is_mailed_only_where_there_is_an_account(
    node: Node, own: Api, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    make_person("old@example.org")
    for email in ("old@example.org", "nobody@example.org"):
        assert own("POST", "/me/merge/link", {"email": email}).status_code == 204
    run_jobs(node)
    assert [mail.to for mail in list_development_mail(node)] == ["old@example.org"]


def test_a_did_is_proven_listed_and_removed(own: Api) -> None:
    key = SigningKey.generate(KeyKind.ED25519)
    did = f"did:key:{key.multibase}"
    to_sign = told(own("POST", "/me/dids/to-sign", {"did": did}))
    assert (to_sign["holder"], "challenge" in json.dumps(to_sign)) == (did, True)
    told(own("POST", "/me/dids", {"presentation": to_sign}), 422)
    signed = json.loads(sign(to_sign, key))
    assert told(own("POST", "/me/dids", {"presentation": signed}), 201) == {"did": did}
    assert [item["did"] for item in told(own("GET", "/me/dids"))["items"]] == [did]
    assert own("POST", "/me/dids/remove", {"did": did}).status_code == 204
    assert told(own("GET", "/me/dids"))["items"] == []


def test_an_adult_opens_changes_and_closes_a_public_page(
    node: Node, own: Api, client: "FlaskClient", learner: "Person"
) -> None:
    path = "/me/public-page"
    told(own("GET", path), 404)
    told(own("PUT", path, {"text": "Hello."}), 409)
    with node.unit():
        people.edit_person(node, learner.id, display_name="Kai", language="en", birth_year=1990)
    page = told(own("PUT", path, {"text": "Hello."}))
    assert told(own("GET", path)) == page
    seen = told(client.get(f"/api/v1/public-pages/{page['address']}"))
    assert seen == {"display_name": "Kai", "text": "Hello.", "badges": []}
    assert own("DELETE", path).status_code == 204
    assert client.get(f"/api/v1/public-pages/{page['address']}").status_code == 404


@pytest.fixture
def foreign(
    node: Node, make_achievement: Callable[..., Achievement], make_person: "Callable[..., Person]"
) -> str:
    """The document of somebody else's badge, which they share."""
    achievement, other = make_achievement(), make_person()
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=other.id)
        passport.share(node, credential.address, person_id=other.id)
        return credential.document


def test_a_badge_is_looked_at_by_its_address_and_kept_when_it_is_sent(
    own: Api, web: KnownPages, foreign: str
) -> None:
    url = "https://elsewhere.example/badge"
    web[url] = foreign.encode()
    told(own("POST", "/me/brought/look", {"url": "https://nowhere.example/"}), 503)
    told(own("POST", "/me/brought/look", {"url": "file:///etc/passwd"}), 422)
    found = told(own("POST", "/me/brought/look", {"url": url}))
    assert (found["name"], found["url"]) == ("Robot builder", url)
    assert told(own("GET", "/me/stamps"))["items"] == []
    sent = {"file": found["file"], "source_url": found["url"]}
    kept = told(own("POST", "/me/brought", sent), 201)
    assert base64.b64decode(kept["document"]).decode() == foreign


def test_an_archive_is_brought_in_file_by_file(own: Api, foreign: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("badge.json", foreign)
        archive.writestr("again.json", foreign)
        archive.writestr("notes.txt", "hello")
    told(own("POST", "/me/brought/archive", {"file": "no base64!"}), 422)
    sent = {"file": base64.b64encode(stream.getvalue()).decode()}
    items = told(own("POST", "/me/brought/archive", sent))["items"]
    assert [item["outcome"] for item in items] == ["kept", "known", "refused"]
    assert items[0]["address"] == items[1]["address"] is not None
    assert items[2]["reason"]

"""Keys in a browser: the documents that list them, and an owner who changes them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from colnode.badges import issuing
from colnode.badges.models import Achievement
from colnode.identity import key_changes, keys
from colnode.identity.models import Organisation, Person
from colnode.node import Node
from colnode.openbadges.keys import VerifyingKey

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

SignIn = Callable[[FlaskClient, Person], None]


@pytest.fixture
def owner(make_person: Callable[..., Person]) -> Person:
    """Somebody with an organisation."""
    return make_person()


@pytest.fixture
def library(make_organisation: Callable[..., Organisation], owner: Person) -> Organisation:
    """Their organisation."""
    return make_organisation("Town Library", owner=owner)


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/did.json",
        "/.well-known/jwks.json",
        "/organisations/town-library/did.json",
        "/organisations/town-library/jwks.json",
    ],
)
def test_every_site_may_read_and_keep_the_keys_for_a_while(
    client: FlaskClient, library: Organisation, path: str
) -> None:
    answer = client.get(path)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    body = answer.get_json()
    for key in body.get("keys", ()):
        assert VerifyingKey.from_jwk(key).multibase == key["kid"].partition("#")[2]


def test_a_draft_lists_no_keys(
    client: FlaskClient, make_organisation: Callable[..., Organisation]
) -> None:
    draft = make_organisation("Draft Club", is_verified=False)
    assert client.get(f"/organisations/{draft.slug}/jwks.json").status_code == 404


def test_an_owner_makes_new_keys_and_revokes_a_stolen_one(
    node: Node, client: FlaskClient, library: Organisation, owner: Person, sign_in: SignIn
) -> None:
    sign_in(client, owner)
    path = f"/organisations/{library.id}/keys"
    assert client.get(path).get_data(as_text=True).count("signs now") == 2
    assert "stay valid" in client.get(f"{path}/rotate").get_data(as_text=True)
    assert client.post(f"{path}/rotate").headers["Location"] == path
    shown = client.get(path).get_data(as_text=True)
    assert shown.count("retired, its badges stay valid") == 2
    with node.reading():
        key = next(key for key in key_changes.list_keys(node, library.id) if key.kind == "ed25519")
    asked = client.get(f"{path}/{key.id}/revoke").get_data(as_text=True)
    assert "No badge that still stands" in asked
    assert client.post(f"{path}/{key.id}/revoke", data={"reason": " "}).status_code == 422
    client.post(f"{path}/{key.id}/revoke", data={"reason": "Laptop stolen."})
    shown = client.get(path).get_data(as_text=True)
    assert shown.count("revoked, its badges are doubtful") == 1
    assert client.get(f"{path}/{key.id}/revoke").status_code == 404


def test_what_was_given_is_confirmed_to_whoever_knows_its_digest(
    node: Node, client: FlaskClient, library: Organisation, owner: Person,
    make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    achievement = make_achievement(library)
    with node.unit():
        digest = issuing.issue(node, achievement.id, person_id=owner.id).digest
        did = keys.did(node, library.id)
    answer = client.get(f"/confirmations/{digest}")
    assert answer.get_json() == {"issuer": did, "sha256": digest}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/confirmations/{digest[::-1]}").status_code == 404

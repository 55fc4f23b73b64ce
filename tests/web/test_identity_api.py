"""Accounts, organisations and people over the API, with personal tokens."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from colnode.identity import tokens
from colnode.identity.models import Organisation, Person
from colnode.node import Node

MakePerson = Callable[..., Person]
EVERYTHING = (
    "account.use",
    "organisation.create",
    "organisation.edit",
    "organisation.members",
    "city.manage",
)
Ask = Callable[..., TestResponse]


@pytest.fixture
def program(node: Node, client: FlaskClient) -> Callable[..., Ask]:
    """A program of a person: program(person, scopes=...)("GET", "/me")."""

    def open_for(person: Person, scopes: Sequence[str] = EVERYTHING) -> Ask:
        with node.unit():
            token = tokens.create(node, person.id, label="test", scopes=scopes)

        def ask(method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
            head = {"Authorization": f"Bearer {token}"}
            given = {"json": body} if body is not None else {}
            return client.open(f"/api/v1{path}", method=method, headers=head, **given, **more)

        return ask

    return open_for


def test_program_knows_whose_it_is_and_changes_the_profile(
    program: Callable[..., Ask], make_person: MakePerson
) -> None:
    ask = program(make_person("ada@example.org"))
    me = ask("GET", "/me").get_json()
    assert me["display_name"] == "Ada Learner"
    assert me["emails"] == [{"address": "ada@example.org", "is_primary": True, "is_proven": True}]
    assert me["scopes"] == sorted(EVERYTHING)
    changed = ask("PUT", "/me", {"display_name": "Ada L.", "language": "lt", "birth_year": 1990})
    assert changed.status_code == 200
    assert ask("GET", "/me").get_json()["display_name"] == "Ada L."
    wrong = ask("PUT", "/me", {"display_name": "Ada", "language": "lt", "birth_year": 1815})
    assert wrong.status_code == 422
    assert wrong.content_type == "application/problem+json"
    assert "birth_year" in wrong.get_json()["errors"]


def test_token_does_no_more_than_its_scopes(
    program: Callable[..., Ask], make_person: MakePerson
) -> None:
    admin = make_person(is_admin=True)
    ask = program(admin, ["account.use"])
    assert ask("GET", "/me").status_code == 200
    assert ask("POST", "/people/search", {}).status_code == 403
    assert ask("POST", "/organisations", {"name": {"en": "Library"}}).status_code == 403
    more = {"label": "more", "scopes": ["city.manage"]}
    assert ask("POST", "/me/tokens", more).status_code == 403
    same = ask("POST", "/me/tokens", {"label": "same", "scopes": ["account.use"]})
    assert same.status_code == 201
    assert same.get_json()["token"].startswith("colnode_")
    assert [item["label"] for item in ask("GET", "/me/tokens").get_json()["items"]] == [
        "same",
        "test",
    ]


def test_scope_gives_no_right_that_the_person_lacks(
    program: Callable[..., Ask], make_person: MakePerson
) -> None:
    ask = program(make_person())
    assert ask("POST", "/people/search", {}).status_code == 403
    assert ask("GET", "/audit").status_code == 403


def test_unknown_and_revoked_tokens_are_refused(
    client: FlaskClient, program: Callable[..., Ask], make_person: MakePerson
) -> None:
    head = {"Authorization": "Bearer colnode_unknown"}
    answer = client.get("/api/v1/me", headers=head)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert client.get("/api/v1/me").status_code == 401
    ask = program(make_person())
    [item] = ask("GET", "/me/tokens").get_json()["items"]
    assert ask("DELETE", f"/me/tokens/{item['id']}").status_code == 204
    assert ask("GET", "/me").status_code == 401


def test_cookie_does_not_open_the_api(
    client: FlaskClient,
    make_person: MakePerson,
    sign_in: Callable[[FlaskClient, Person], None],
) -> None:
    sign_in(client, make_person())
    assert client.get("/api/v1/me").status_code == 401


def test_organisation_is_registered_verified_edited_and_suspended(
    client: FlaskClient, program: Callable[..., Ask], make_person: MakePerson
) -> None:
    owner, office = program(make_person()), program(make_person(is_admin=True))
    made = owner("POST", "/organisations", {"name": {"en": "Town Library"}})
    assert made.status_code == 201
    organisation = made.get_json()
    path = f"/organisations/{organisation['id']}"
    assert organisation["status"] == "draft"
    assert organisation["did"] == "did:web:localhost%3A8000:organisations:town-library"
    assert client.get(f"/api/v1{path}").status_code == 404
    assert owner("GET", path).status_code == 200
    assert owner("POST", f"{path}/verify").status_code == 403
    assert client.get("/api/v1/organisations?status=draft").status_code in {401, 403}
    waiting = office("GET", "/organisations?status=draft").get_json()["items"]
    assert [item["slug"] for item in waiting] == ["town-library"]
    assert office("POST", f"{path}/verify").get_json()["status"] == "verified"
    body = {"name": {"en": "Library"}, "description": {"en": "Books"}, "latitude": 54.7}
    assert owner("PUT", path, body).status_code == 422
    assert owner("PUT", path, body | {"longitude": 25.3}).status_code == 200
    assert office("PUT", path, body | {"longitude": 25.3}).status_code == 403
    [shown] = client.get("/api/v1/organisations?q=libr").get_json()["items"]
    assert shown["description"] == {"en": "Books"}
    assert office("POST", f"{path}/suspend", {"reason": ""}).status_code == 422
    assert office("POST", f"{path}/suspend", {"reason": "Sends spam"}).status_code == 200
    assert client.get(f"/api/v1{path}").status_code == 404


def test_members_are_invited_changed_and_taken_out(
    node: Node,
    program: Callable[..., Ask],
    make_person: MakePerson,
    make_organisation: Callable[..., Organisation],
) -> None:
    ada = make_person("ada@example.org")
    owner = program(ada)
    path = f"/organisations/{make_organisation(owner=ada).id}"
    invitation = {"email": "bob@example.org", "role": "editor"}
    assert owner("POST", f"{path}/invitations", invitation).status_code == 204
    found = owner("GET", f"{path}/members").get_json()
    assert [item["role"] for item in found["items"]] == ["owner"]
    [open_one] = found["invitations"]
    assert open_one["email"] == "bob@example.org"
    assert owner("DELETE", f"{path}/invitations/{open_one['id']}").status_code == 204
    assert owner("GET", f"{path}/members").get_json()["invitations"] == []
    assert owner("PUT", f"{path}/members/{ada.id}", {"role": "editor"}).status_code == 409
    assert owner("PUT", f"{path}/members/{ada.id}", {"role": "king"}).status_code == 422
    assert owner("DELETE", f"{path}/members/{ada.id}").status_code == 409
    stranger = program(make_person())
    assert stranger("GET", f"{path}/members").status_code == 403


def test_office_manages_people_and_reads_the_trail(
    program: Callable[..., Ask], make_person: MakePerson
) -> None:
    office = program(make_person(is_admin=True))
    ada = make_person("ada@example.org", display_name="Ada Lovelace")
    hers = program(ada)
    [found] = office("POST", "/people/search", {"q": "lovelace"}).get_json()["items"]
    assert found["email"] == "ada@example.org"
    path = f"/people/{ada.id}"
    assert office("POST", f"{path}/suspend", {"reason": "Sent spam"}).status_code == 204
    assert hers("GET", "/me").status_code == 401
    assert office("GET", path).get_json()["is_suspended"]
    assert office("POST", f"{path}/restore").status_code == 204
    assert hers("GET", "/me").status_code == 200
    assert office("PUT", f"{path}/admin", {"is_admin": True}).status_code == 204
    assert hers("POST", "/people/search", {}).status_code == 200
    events = office("GET", "/audit").get_json()["items"]
    assert {"person.suspended", "person.restored", "person.made_admin"} <= {
        event["action"] for event in events
    }
    first = events[0]["seq"]
    older = office("GET", f"/audit?before={first}&limit=1").get_json()["items"]
    assert [event["seq"] < first for event in older] == [True]


def test_account_is_exported_and_erased(
    program: Callable[..., Ask], make_person: MakePerson
) -> None:
    ask = program(make_person("ada@example.org"))
    exported = ask("GET", "/me/export").get_json()
    assert exported["emails"][0]["address"] == "ada@example.org"
    assert exported["badges"] == []
    assert ask("GET", "/me/sessions").get_json()["items"] == []
    assert ask("DELETE", "/me").status_code == 204
    assert ask("GET", "/me").status_code == 401


def test_document_describes_every_operation(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    for path in ("/api/v1/me", "/api/v1/organisations", "/api/v1/people/search", "/api/v1/audit"):
        for operation in document["paths"][path].values():
            assert operation["summary"]

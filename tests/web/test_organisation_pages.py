"""Organisations in a browser: finding, registering, members, and the documents that name them."""

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image

from colnode.host.types import Role
from colnode.identity import keys, organisations
from colnode.identity.models import Organisation, Person
from colnode.node import Node
from colnode.openbadges.did import listed_methods

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

SignIn = Callable[[FlaskClient, Person], None]
MakePerson = Callable[..., Person]
MakeOrganisation = Callable[..., Organisation]


def picture() -> bytes:
    """A small PNG."""
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(target, "PNG")
    return target.getvalue()


def page(client: FlaskClient, path: str) -> str:
    """A page that must be there."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_organisation_is_registered_verified_and_found(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    owner, admin = make_person(), make_person(is_admin=True)
    visitor, office = client.application.test_client(), client.application.test_client()
    sign_in(client, owner)
    sign_in(office, admin)
    form = {"name.en": "Town Library", "name.lt": "Miesto biblioteka", "url": "library.example"}
    answer = client.post("/organisations/new", data=form | {"description.en": "Books"})
    assert answer.headers["Location"] == "/organisations/town-library"
    assert "Waiting for the city" in page(client, "/organisations/town-library")
    assert visitor.get("/organisations/town-library").status_code == 404
    assert "Town Library" not in page(visitor, "/organisations")
    with node.reading():
        organisation_id = organisations.by_slug(node, "town-library").id
    assert "Town Library" in page(office, "/admin")
    assert office.post(f"/admin/organisations/{organisation_id}/verify").status_code == 302
    shown = page(visitor, "/organisations/town-library")
    assert "Confirmed by the city" in shown
    assert "https://library.example" in shown
    assert "Town Library" in page(visitor, "/organisations?q=library")
    assert "Town Library" not in page(visitor, "/organisations?q=swimming")
    assert "Town Library" in page(visitor, f"/organisations/id/{organisation_id}")


def test_wrong_form_keeps_what_was_typed(
    client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    sign_in(client, make_person())
    form = {"name.en": "Town Library", "description.lt": "Knygos", "latitude": "north"}
    answer = client.post("/organisations/new", data=form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Please write a number." in text
    assert 'value="Town Library"' in text
    assert "Knygos" in text
    assert 'value="north"' in text
    assert "Town Library" not in page(client, "/organisations")


def test_picture_is_shown_and_a_torn_one_refused(
    client: FlaskClient,
    make_organisation: MakeOrganisation,
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    owner = make_person()
    library = make_organisation("Town Library", owner=owner)
    sign_in(client, owner)
    path = f"/organisations/{library.id}/edit"

    def send(data: bytes) -> int:
        form = {"name.en": "Town Library", "picture": (io.BytesIO(data), "logo.png")}
        return client.post(path, data=form).status_code

    assert send(picture()[:60]) == 422
    assert "/media/" not in page(client, "/organisations/town-library")
    assert send(picture()) == 302
    assert "/media/" in page(client, "/organisations/town-library")
    client.post(path, data={"name.en": "Town Library", "remove_picture": "1"})
    assert "/media/" not in page(client, "/organisations/town-library")


def test_only_owners_edit_and_manage_members(
    node: Node,
    client: FlaskClient,
    make_organisation: MakeOrganisation,
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    library = make_organisation("Town Library")
    stranger, admin = make_person(), make_person(is_admin=True)
    for person in (stranger, admin):
        browser = client.application.test_client()
        sign_in(browser, person)
        for path in ("edit", "members"):
            assert browser.get(f"/organisations/{library.id}/{path}").status_code == 403
        form = {"email": "eve@example.org", "role": "owner"}
        path = f"/organisations/{library.id}/members/invite"
        assert browser.post(path, data=form).status_code == 403
        answer = browser.post(f"/organisations/{library.id}/edit", data={"name.en": "Mine"})
        assert answer.status_code == 403
    assert client.get(f"/organisations/{library.id}/edit").status_code == 302
    assert client.get("/organisations/unknown/edit").status_code in {302, 403}


def test_owner_changes_roles_and_takes_people_out(
    node: Node,
    client: FlaskClient,
    make_organisation: MakeOrganisation,
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    owner, bob = make_person(), make_person(display_name="Bob")
    library = make_organisation(owner=owner)
    with node.unit():
        organisations.add_member(node, library.id, bob.id, role=Role.AWARDER, actor_id=owner.id)
    sign_in(client, owner)
    path = f"/organisations/{library.id}/members/{bob.id}"
    assert client.post(path, data={"role": "editor"}).status_code == 302
    assert "editor" in page(client, f"/organisations/{library.id}/members")
    client.post(path, data={"role": "none"})
    assert "Bob" not in page(client, f"/organisations/{library.id}/members")
    own = f"/organisations/{library.id}/members/{owner.id}"
    assert "needs an owner" in client.post(
        own, data={"role": "none"}, follow_redirects=True
    ).get_data(as_text=True)


def test_draft_cannot_invite_and_is_told_why(
    client: FlaskClient,
    make_organisation: MakeOrganisation,
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    owner = make_person()
    draft = make_organisation(owner=owner, is_verified=False)
    sign_in(client, owner)
    form = {"email": "bob@example.org", "role": "awarder"}
    answer = client.post(f"/organisations/{draft.id}/members/invite", data=form)
    assert answer.status_code == 409
    assert "once the city has verified" in answer.get_data(as_text=True)


def test_documents_answer_programs_of_any_site(
    node: Node, client: FlaskClient, make_organisation: MakeOrganisation
) -> None:
    library, draft = make_organisation("Town Library"), make_organisation("X", is_verified=False)
    for path, owner_id in (
        ("/.well-known/did.json", keys.NODE),
        ("/organisations/town-library/did.json", library.id),
    ):
        answer = client.get(path)
        assert answer.content_type == "application/did+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        document = answer.get_json(force=True)
        with node.reading():
            assert document["id"] == keys.did(node, owner_id)
        assert listed_methods(document)
    assert client.get(f"/organisations/{draft.slug}/did.json").status_code == 404


def test_suspended_organisation_is_hidden_and_its_keys_stay(
    node: Node,
    client: FlaskClient,
    make_organisation: MakeOrganisation,
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    make_organisation("Town Library")
    office = client.application.test_client()
    sign_in(office, make_person(is_admin=True))
    with node.reading():
        organisation_id = organisations.by_slug(node, "town-library").id
    path = f"/admin/organisations/{organisation_id}/suspend"
    assert office.post(path, data={"reason": " "}).status_code == 422
    assert office.post(path, data={"reason": "Sends spam"}).status_code == 302
    assert client.get("/organisations/town-library").status_code == 404
    assert "Town Library" not in page(client, "/organisations")
    assert client.get("/organisations/town-library/did.json").status_code == 200
    assert "Sends spam" in page(office, "/organisations/town-library")

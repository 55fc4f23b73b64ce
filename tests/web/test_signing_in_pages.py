"""Joining, signing in and out in a browser, and a person's own account."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from colnode import jobs
from colnode.app import create_app
from colnode.identity import people
from colnode.identity.models import Organisation, Person
from colnode.mail import list_development_mail
from colnode.node import Node
from colnode.testing.fixtures import TestClock

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

PASSWORD = "three unlikely words"
SignIn = Callable[[FlaskClient, Person], None]
MakePerson = Callable[..., Person]


def mailed_path(node: Node) -> str:
    """The path of the link in the mail that was sent last."""
    jobs.run_due(node)
    found = re.search(r"(/link/\S+)", list_development_mail(node)[0].text)
    assert found is not None
    return found[1]


def join(client: FlaskClient, **changes: str) -> str:
    """Fill the sign-up form in; returns the page that follows."""
    form = {"display_name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD}
    answer = client.post("/sign-up", data=form | changes, follow_redirects=True)
    return answer.get_data(as_text=True)


def sign_in_with_password(client: FlaskClient, password: str = PASSWORD) -> int:
    """Fill the sign-in form in; returns the status."""
    form = {"email": "ada@example.org", "password": password}
    return client.post("/sign-in", data=form).status_code


def test_person_joins_confirms_and_is_signed_in(node: Node, client: FlaskClient) -> None:
    assert "Look into your mail" in join(client)
    path = mailed_path(node)
    assert "Confirm and sign in" in client.get(path).get_data(as_text=True)
    assert client.get("/account").status_code == 302
    assert client.post(path).status_code == 302
    assert "Ada Lovelace" in client.get("/account").get_data(as_text=True)
    client.post("/sign-out")
    assert client.get("/account").status_code == 302
    assert sign_in_with_password(client) == 302
    assert client.get("/account").status_code == 200


def test_mail_scanner_does_not_use_a_link_up(node: Node, client: FlaskClient) -> None:
    join(client)
    path = mailed_path(node)
    for _visit in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.post(path).status_code == 302
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410


def test_page_says_the_same_about_known_and_unknown_addresses(
    client: FlaskClient, make_person: MakePerson
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    assert join(client) == join(client, email="new@example.org")
    pages = {
        client.post(
            "/sign-in", data={"email": email, "way": "link"}, follow_redirects=True
        ).get_data()
        for email in ("ada@example.org", "unknown@example.org")
    }
    assert len(pages) == 1


def test_wrong_password_keeps_what_was_typed_and_counts(
    node: Node, client: FlaskClient, make_person: MakePerson, clock: TestClock
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    answer = client.post("/sign-in", data={"email": "ada@example.org", "password": "wrong one"})
    assert answer.status_code == 422
    assert 'value="ada@example.org"' in answer.get_data(as_text=True)
    for _guess in range(4):
        assert sign_in_with_password(client, "wrong one") == 422
    throttled = client.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD})
    assert throttled.status_code == 429
    assert int(throttled.headers["Retry-After"]) > 0
    clock.forward(minutes=2)
    assert sign_in_with_password(client) == 302


def test_form_without_token_is_refused(node: Node, make_person: MakePerson) -> None:
    make_person("ada@example.org", password=PASSWORD)
    client = create_app(node=node).test_client()
    form = {"email": "ada@example.org", "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 403
    page = client.get("/sign-in").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    assert client.post("/sign-in", data=form | {"csrf_token": found[1]}).status_code == 302
    assert client.post("/account/sessions/end-others").status_code == 403


def test_link_signs_in_and_lets_a_forgotten_password_be_replaced(
    node: Node, client: FlaskClient, make_person: MakePerson
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    client.post("/sign-in", data={"email": "ada@example.org", "way": "link"})
    client.post(mailed_path(node))
    assert "Current password" not in client.get("/account/signing-in").get_data(as_text=True)
    answer = client.post("/account/password", data={"password": "another unlikely one"})
    assert answer.status_code == 302
    client.post("/sign-out")
    assert sign_in_with_password(client) == 422
    assert sign_in_with_password(client, "another unlikely one") == 302


def test_new_password_needs_the_current_one_and_ends_other_sessions(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    ada = make_person("ada@example.org", password=PASSWORD)
    other = client.application.test_client()
    sign_in(client, ada)
    sign_in(other, ada)
    form = {"password": "another unlikely one", "current": "not this"}
    assert client.post("/account/password", data=form).status_code == 422
    assert other.get("/account").status_code == 200
    form["current"] = PASSWORD
    assert client.post("/account/password", data=form).status_code == 302
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_session_that_is_ended_elsewhere_is_out_at_once(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    ada = make_person()
    other = client.application.test_client()
    sign_in(client, ada)
    sign_in(other, ada)
    page = client.get("/account/signing-in").get_data(as_text=True)
    [path] = set(re.findall(r"/account/sessions/[0-9a-f-]+/end(?=\")", page))
    assert client.post(path).status_code == 302
    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    ada, eve = make_person(), make_person()
    other = client.application.test_client()
    sign_in(other, ada)
    sign_in(other, ada)
    page = other.get("/account/signing-in").get_data(as_text=True)
    [path] = set(re.findall(r"/account/sessions/[0-9a-f-]+/end(?=\")", page))
    sign_in(client, eve)
    client.post(path)
    assert path in other.get("/account/signing-in").get_data(as_text=True)


def test_profile_is_changed_and_wrong_values_are_kept_beside_their_error(
    client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    sign_in(client, make_person())
    form = {"display_name": "Ada L.", "language": "lt", "birth_year": "1815"}
    answer = client.post("/account", data=form)
    assert answer.status_code == 422
    assert 'value="Ada L."' in answer.get_data(as_text=True)
    form["birth_year"] = "2001"
    assert client.post("/account", data=form).status_code == 302
    assert 'value="2001"' in client.get("/account").get_data(as_text=True)


def test_address_is_added_made_primary_and_removed(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    ada = make_person("ada@example.org")
    sign_in(client, ada)
    client.post("/account/emails", data={"email": "Ada@Work.example"})
    with node.reading():
        assert people.find_by_email(node, "ada@work.example") is None
    client.post(mailed_path(node))
    client.post("/account/emails/primary", data={"address": "ada@work.example"})
    client.post("/account/emails/remove", data={"address": "ada@example.org"})
    client.post("/account/emails/remove", data={"address": "ada@work.example"})
    with node.reading():
        found = people.find_by_email(node, "ada@work.example")
        assert found is not None
        assert [item.address for item in found.emails] == ["ada@work.example"]
        assert people.find_by_email(node, "ada@example.org") is None


def test_export_holds_everything_and_erasing_removes_it(
    node: Node, client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    make_person(is_admin=True, display_name="City Clerk")
    ada = make_person("ada@example.org", password=PASSWORD)
    sign_in(client, ada)
    client.post("/account/tokens", data={"label": "Timetable", "scopes": "account.use"})
    document = client.get("/account/export").get_json()
    assert document["person"]["display_name"] == "Ada Learner"
    assert document["emails"][0]["address"] == "ada@example.org"
    assert document["tokens"][0]["label"] == "Timetable"
    assert "Erase your account?" in client.get("/account/erase").get_data(as_text=True)
    assert client.post("/account/erase").status_code == 302
    assert client.get("/account").status_code == 302
    assert sign_in_with_password(client) == 422
    dump = everything(node)
    assert "ada@example.org" not in dump
    assert "Ada Learner" not in dump


def everything(node: Node) -> str:
    """Every value of every table as one text."""
    from sqlalchemy import MetaData, select

    metadata = MetaData()
    with node.engine.connect() as connection:
        metadata.reflect(connection)
        tables = [table for table in metadata.sorted_tables if "search" not in table.name]
        return repr([connection.execute(select(table)).all() for table in tables])


def test_last_admin_cannot_be_erased(
    client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    sign_in(client, make_person(is_admin=True))
    answer = client.post("/account/erase")
    assert answer.status_code == 409
    assert "needs an admin" in answer.get_data(as_text=True)


def test_token_is_shown_once_works_within_its_scopes_and_is_revoked(
    client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> None:
    sign_in(client, make_person())
    form = {"label": "Timetable", "scopes": ["account.use"], "days": "30"}
    answer = client.post("/account/tokens", data=form)
    found = re.search(r"colnode_[\w-]{40,}", answer.get_data(as_text=True))
    assert found is not None
    page = client.get("/account/tokens").get_data(as_text=True)
    assert found[0] not in page
    program = client.application.test_client()
    head = {"Authorization": f"Bearer {found[0]}"}
    assert program.get("/account", headers=head).status_code == 200
    assert program.get("/organisations/new", headers=head).status_code == 403
    [path] = re.findall(r"/account/tokens/[0-9a-f-]+/revoke", page)
    client.post(path)
    assert program.get("/account", headers=head).status_code in {302, 401}


def test_page_that_asked_for_signing_in_is_reached_by_password_and_by_link(
    node: Node, client: FlaskClient, make_person: MakePerson
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    asked = client.get("/account/data").headers["Location"]
    assert asked == "/sign-in?next=/account/data"
    form = {"email": "ada@example.org", "password": PASSWORD, "next": "/account/data"}
    assert client.post("/sign-in", data=form).headers["Location"] == "/account/data"
    client.post("/sign-out")
    client.post("/sign-in", data=form | {"way": "link"})
    assert client.post(mailed_path(node)).headers["Location"] == "/account/data"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, make_person: MakePerson, target: str
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    form = {"email": "ada@example.org", "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=form).headers["Location"] == "/"


def test_session_cookie_cannot_be_read_by_scripts(
    client: FlaskClient, make_person: MakePerson
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    form = {"email": "ada@example.org", "password": PASSWORD}
    cookie = next(
        value
        for value in client.post("/sign-in", data=form).headers.getlist("Set-Cookie")
        if value.startswith("colnode_session=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("way", ["invitation", "closed"])
def test_city_that_is_not_open_has_no_form_and_refuses_one(
    make_node: Callable[..., Node], way: str
) -> None:
    app = create_app(node=make_node(accounts={"sign_up": way}))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert 'name="password"' not in client.get("/sign-up").get_data(as_text=True)
    form = {"display_name": "Ada", "email": "ada@example.org", "password": PASSWORD}
    assert client.post("/sign-up", data=form).status_code == 409


def test_invited_person_opens_an_account_and_works_with_the_organisation(
    node: Node,
    client: FlaskClient,
    make_organisation: Callable[..., Organisation],
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    owner = make_person()
    library = make_organisation("Town Library", owner=owner)
    sign_in(client, owner)
    form = {"email": "bob@example.org", "role": "awarder"}
    client.post(f"/organisations/{library.id}/members/invite", data=form)
    path = mailed_path(node)
    browser = client.application.test_client()
    assert "Town Library invites you" in browser.get(path).get_data(as_text=True)
    weak = browser.post(path, data={"display_name": "Bob", "password": "short"})
    assert weak.status_code == 422
    assert browser.post(path, data={"display_name": "Bob", "password": PASSWORD}).status_code == 302
    assert "Town Library" in browser.get("/account").get_data(as_text=True)


def test_demonstration_mail_is_there_only_in_a_demonstration(
    node: Node, client: FlaskClient, make_node: Callable[..., Node]
) -> None:
    join(client)
    mailed_path(node)
    page = client.get("/dev/mail").get_data(as_text=True)
    assert "Confirm your address" in page
    [path] = re.findall(r"/dev/mail/[0-9a-f-]+", page)
    assert "/link/" in client.get(path).get_data(as_text=True)
    real = create_app(node=make_node(server={"demo": False})).test_client()
    assert real.get("/dev/mail").status_code == 404
    assert real.get(path).status_code == 404

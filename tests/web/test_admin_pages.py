"""The city's office in a browser: health, people, organisations, the trail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from colnode import audit, jobs
from colnode.app import create_app
from colnode.identity.models import Organisation, Person
from colnode.node import Node
from colnode.testing.fixtures import TestClock

SignIn = Callable[[FlaskClient, Person], None]
MakePerson = Callable[..., Person]


@pytest.fixture
def office(
    client: FlaskClient, make_person: MakePerson, sign_in: SignIn
) -> tuple[FlaskClient, Person]:
    """A browser in which a city admin is signed in."""
    admin = make_person("clerk@example.org", display_name="City Clerk", is_admin=True)
    sign_in(client, admin)
    return client, admin


def text_of(client: FlaskClient, path: str) -> str:
    """A page that must be there."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_office_is_closed_to_everybody_else(
    node: Node,
    client: FlaskClient,
    make_organisation: Callable[..., Organisation],
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    owner = make_person()
    make_organisation(owner=owner)
    paths = ("/admin", "/admin/people", f"/admin/people/{owner.id}", "/admin/organisations",
             "/admin/audit")  # fmt: skip
    for path in paths:
        assert client.get(path).status_code == 302
    sign_in(client, owner)
    for path in paths:
        assert client.get(path).status_code == 403
    assert client.post(f"/admin/people/{owner.id}/admin", data={"is_admin": "1"}).status_code == 403


def test_health_says_that_all_is_well_or_what_is_not(
    node: Node, office: tuple[FlaskClient, Person], clock: TestClock
) -> None:
    client, _admin = office
    jobs.run_due(node)
    assert "Everything works" in text_of(client, "/admin")
    with node.unit():
        jobs.enqueue(node, "unknown.work", run_at=clock.now() - timedelta(hours=1))
    assert "Background work is late" in text_of(client, "/admin")
    secret = node.config.key_file.read_bytes()
    node.config.key_file.write_bytes(bytes(32))
    assert "copy the right one back from your backup" in text_of(client, "/admin")
    node.config.key_file.write_bytes(secret)


def test_office_says_that_no_mail_can_be_sent(
    make_node: Callable[..., Node], make_person: MakePerson, sign_in: SignIn
) -> None:
    node = make_node(server={"demo": False})
    client = create_app(node=node).test_client()
    sign_in(client, make_person(on=node, is_admin=True))
    assert "No mail can be sent" in text_of(client, "/admin")


def test_failed_work_is_listed_and_tried_again(
    node: Node, office: tuple[FlaskClient, Person], clock: TestClock
) -> None:
    client, _admin = office
    with node.unit():
        jobs.enqueue(node, "unknown.work")
    for _attempt in range(10):
        jobs.run_due(node)
        clock.forward(hours=7)
    assert "unknown.work" in text_of(client, "/admin")
    with node.reading():
        [failed] = jobs.failed_jobs(node)
    assert client.post(f"/admin/jobs/{failed.id}/again").status_code == 302
    assert "unknown.work" not in text_of(client, "/admin")
    with node.reading():
        assert jobs.failed_jobs(node) == []


def test_people_are_found_by_name_and_address(
    office: tuple[FlaskClient, Person], make_person: MakePerson
) -> None:
    client, _admin = office
    make_person("ada@example.org", display_name="Ada Lovelace")
    make_person("bob@example.org", display_name="Žydrūnas Bobrauskas")
    assert "Žydrūnas" in client.post("/admin/people", data={"q": "ŽYDRU"}).get_data(as_text=True)
    assert "Ada Lovelace" in text_of(client, "/admin/people")
    assert "Ada Lovelace" in client.post("/admin/people", data={"q": "LOVE"}).get_data(as_text=True)
    found = client.post("/admin/people", data={"q": "bob@"}).get_data(as_text=True)
    assert "bob@example.org" in found
    assert "Ada Lovelace" not in found


def test_person_is_suspended_with_a_reason_and_restored(
    office: tuple[FlaskClient, Person], make_person: MakePerson, sign_in: SignIn
) -> None:
    client, _admin = office
    ada = make_person("ada@example.org", display_name="Ada Lovelace")
    browser = client.application.test_client()
    sign_in(browser, ada)
    path = f"/admin/people/{ada.id}"
    assert client.post(f"{path}/suspend", data={"reason": ""}).status_code == 422
    assert browser.get("/account").status_code == 200
    client.post(f"{path}/suspend", data={"reason": "Sent spam"})
    assert browser.get("/account").status_code == 302
    assert "Sent spam" in text_of(client, path)
    client.post(f"{path}/restore")
    sign_in(browser, ada)
    assert browser.get("/account").status_code == 200


def test_office_is_handed_over_but_never_left_empty(
    office: tuple[FlaskClient, Person], make_person: MakePerson, sign_in: SignIn
) -> None:
    client, admin = office
    ada = make_person()
    own = f"/admin/people/{admin.id}/admin"
    client.post(own, data={"is_admin": "0"})
    assert client.get("/admin").status_code == 200
    client.post(f"/admin/people/{ada.id}/admin", data={"is_admin": "1"})
    client.post(own, data={"is_admin": "0"})
    assert client.get("/admin").status_code == 403
    sign_in(client, ada)
    assert client.get("/admin").status_code == 200


def test_orphaned_organisation_gets_an_owner(
    node: Node,
    office: tuple[FlaskClient, Person],
    make_organisation: Callable[..., Organisation],
    make_person: MakePerson,
    sign_in: SignIn,
) -> None:
    client, _admin = office
    owner = make_person()
    library = make_organisation("Town Library", owner=owner)
    make_person("ada@example.org", display_name="Ada Lovelace")
    browser = client.application.test_client()
    sign_in(browser, owner)
    browser.post("/account/erase")
    assert "no owner" in text_of(client, "/admin")
    path = f"/admin/organisations/{library.id}"
    assert client.post(f"{path}/owner", data={"email": "x@example.org"}).status_code == 422
    client.post(f"{path}/owner", data={"email": "ada@example.org"})
    assert "Ada Lovelace" in text_of(client, path)
    assert "no owner" not in text_of(client, "/admin")


def test_trail_tells_who_did_what_and_why(
    office: tuple[FlaskClient, Person], make_organisation: Callable[..., Organisation]
) -> None:
    client, _admin = office
    library = make_organisation("Town Library")
    client.post(f"/admin/organisations/{library.id}/suspend", data={"reason": "Sends spam"})
    trail = text_of(client, "/admin/audit")
    assert "Organisation suspended" in trail
    assert "by City Clerk" in trail
    assert "Sends spam" in trail


def test_trail_names_what_is_published_and_tells_it_in_words(
    node: Node, office: tuple[FlaskClient, Person], make_organisation: Callable[..., Organisation]
) -> None:
    client, admin = office
    library = make_organisation("Town Library")
    with node.unit():
        for action, kind, subject_id in (
            ("organisation.retired", "organisation", library.id),
            ("achievement.published", "achievement", "unknown"),
            ("strange.thing", "strange", "unknown"),
        ):
            audit.record(node, action, subject_type=kind, subject_id=subject_id, actor_id=admin.id)
    trail = text_of(client, "/admin/audit")
    assert "Organisation retired" in trail
    assert "Town Library" in trail
    assert "Badge published" in trail
    assert "strange.thing" in trail

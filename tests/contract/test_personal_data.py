"""What is about people stays home: not in the catalogue, log lines, addresses or badges."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode import audit
from colnode.badges import achievements, awards, issuing, offers, passport
from colnode.badges.content import Content
from colnode.node import Node

MARKS = ("quillfeather", "zelda")
EMAIL = "zelda.quillfeather@secret.example"
NAME = "Zelda Quillfeather"
CONTENT = Content(
    name={"en": "Careful"},
    description={"en": "Keeps a secret."},
    criteria={"en": "Keep one."},
    tags=(),
    art={"shape": "circle", "icon": "lock", "first": "green", "second": "amber"},
)


def marks_in(text: str) -> list[str]:
    """Which traces of the person a text shows."""
    return [mark for mark in MARKS if mark in text.lower()]


def addresses_in(html: str) -> str:
    """Every address that a page leads to or sends to."""
    return "\n".join(re.findall(r'(?:href|src|action)="([^"]*)"', html))


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path, base_url="http://localhost:8000")
    assert answer.status_code == 200, path
    return answer.get_data().decode("utf-8", "replace")


@pytest.fixture
def earned(
    node: Node,
    make_person: Callable[..., Any],
    make_organisation: Callable[..., Any],
    run_jobs: Callable[[Node], int],
    caplog: pytest.LogCaptureFixture,
) -> Any:
    """A badge that a person with a known name owns an organisation for, earns, shares and loses."""
    caplog.set_level(logging.DEBUG)
    person = make_person(EMAIL, display_name=NAME)
    organisation = make_organisation("Library", owner=person)
    with node.unit():
        made = achievements.create(node, organisation.id, content=CONTENT, actor_id=person.id)
        achievements.publish(node, made.id, actor_id=person.id)
        awards.award(node, made.id, emails=[EMAIL], actor_id=person.id)
    run_jobs(node)
    with node.unit():
        (offer,) = offers.offers_for(node, person.id)
        credential = issuing.accept(node, offer.id, person_id=person.id)
        passport.share(node, credential.address, person_id=person.id)
    run_jobs(node)
    with node.unit():
        issuing.revoke(node, credential.id, actor_id=person.id, reason="Given by mistake.")
    run_jobs(node)
    return credential


def test_the_signed_log_names_nobody(node: Node, client: FlaskClient, earned: Any) -> None:
    entries = read(client, "/federation/v1/entries?after=0")
    assert "Careful" in entries
    assert marks_in(entries) == []
    assert marks_in(read(client, "/federation/v1/identity")) == []
    assert marks_in(read(client, "/api/v1/records")) == []


def test_a_badge_and_what_it_refers_to_name_nobody(
    node: Node, client: FlaskClient, earned: Any
) -> None:
    document = read(client, f"/credentials/{earned.address}.json")
    assert "Careful" in document
    refers_to = set(re.findall(r"http://localhost:8000(/[^\"#\s]+)", document))
    assert len(refers_to) > 3
    texts = [document, *(read(client, path) for path in refers_to)]
    assert [marks for text in texts if (marks := marks_in(text))] == []
    assert marks_in(read(client, f"/credentials/{earned.address}")) == []


def test_no_address_names_anybody(
    node: Node,
    client: FlaskClient,
    earned: Any,
    make_person: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:
    admin = make_person("admin@example.org", is_admin=True)
    sign_in(client, admin)
    for path in ("/", "/admin", "/admin/people", "/admin/organisations", "/admin/audit"):
        assert marks_in(addresses_in(read(client, path))) == [], path


def test_the_trail_names_people_by_id_alone(node: Node, earned: Any) -> None:
    with node.reading():
        events = audit.latest_events(node, limit=1000)
        told = [f"{event.action} {event.subject_id} {event.detail}" for event in events]
    assert len(told) > 5
    assert [text for text in told if marks_in(text)] == []


def test_no_log_line_names_anybody(
    make_node: Callable[..., Node],
    make_person: Callable[..., Any],
    run_jobs: Callable[[Node], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    away = {"host": "127.0.0.1", "port": 1, "encryption": "none", "sender": "city@example.org"}
    city = make_node(server={"demo": False}, mail=away)
    make_person(EMAIL, display_name=NAME, on=city)
    with city.unit():
        city.mail.send(city, to=EMAIL, subject=f"To {NAME}", text="Hello")
    run_jobs(city)
    told = [record.getMessage() + str(record.exc_text or "") for record in caplog.records]
    assert any("mail.send failed" in text for text in told), "the server is away, which is logged"
    assert [text for text in told if marks_in(text)] == []


def test_a_trace_would_be_found() -> None:
    assert marks_in(f"by {NAME}") == list(MARKS)
    assert marks_in(addresses_in(f'<a href="/people/{EMAIL}">')) == list(MARKS)

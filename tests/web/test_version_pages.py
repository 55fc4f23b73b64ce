"""Versions, the folded part of the form, and copies, in a browser and over the API."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from colnode.badges import achievements
from colnode.badges.content import Content
from colnode.badges.models import Achievement
from colnode.badges.more import Match, More, ResultKind
from colnode.identity import organisations
from colnode.identity.models import Organisation, Person
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.testing.fixtures import TestClock

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

SignIn = Callable[[FlaskClient, Person], None]
TEXTS = {
    "name": {"en": "Robot builder"},
    "description": {"en": "Builds a robot."},
    "criteria": {"en": "Build one."},
}
MORE = More(
    matches=(Match("robotics", "http://data.europa.eu/esco/skill/1", "ESCO"),),
    results=(ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can")),),
    credits=0.5,
    licence="CC-BY-4.0",
)
FORM = {
    "name.en": "Robot builder",
    "description.en": "Builds a robot.",
    "criteria.en": "Build one.",
    "main_language": "en",
    "kind": "Badge",
    "match.0.name": "robotics",
    "match.0.url": "http://data.europa.eu/esco/skill/1",
    "match.0.framework": "ESCO",
    "match.0.code": "",
    "result.1.name": "Teamwork",
    "result.1.kind": "RubricCriterionLevel",
    "result.1.values": "begins\r\ncan\r\n",
    "credits": "0,5",
    "licence": "CC-BY-4.0",
}


@pytest.fixture
def owner(make_person: Callable[..., Person]) -> Person:
    """Somebody with an organisation."""
    return make_person()


@pytest.fixture
def library(make_organisation: Callable[..., Organisation], owner: Person) -> Organisation:
    """Their organisation."""
    return make_organisation("Town Library", owner=owner)


@pytest.fixture
def badge(node: Node, library: Organisation, owner: Person) -> Achievement:
    """A published badge that others may copy."""
    with node.unit():
        made = achievements.create(
            node, library.id, content=Content(**TEXTS, more=MORE), actor_id=owner.id
        )
        return achievements.publish(node, made.id, actor_id=owner.id)


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_folded_part_of_the_form_is_kept_and_shown(
    node: Node, client: FlaskClient, library: Organisation, owner: Person, sign_in: SignIn
) -> None:
    sign_in(client, owner)
    path = f"/organiser/{library.id}/badges/new"
    wrong = client.post(path, data=FORM | {"match.0.url": "nowhere", "credits": "0.5"})
    assert wrong.status_code == 422
    text = wrong.get_data(as_text=True)
    assert 'value="nowhere"' in text
    assert '<details class="more" open>' in text
    made = client.post(path, data=FORM)
    with node.reading():
        (achievement,) = achievements.list_of_organisation(node, library.id)
        assert achievements.content_of(achievement).more == MORE
    edited = page(client, f"/organiser/badges/{achievement.id}/edit")
    assert 'value="robotics"' in edited
    assert "begins\ncan</textarea>" in edited
    shown = page(client, f"/badges/{achievement.id}")
    assert "robotics" in shown
    assert "begins · can" in shown
    assert made.status_code == 302


def test_a_version_page_shows_what_changed(
    node: Node, client: FlaskClient, badge: Achievement, clock: "TestClock"
) -> None:
    clock.forward(days=1)
    assert "See what changed" not in page(client, f"/badges/{badge.id}")
    changed = TEXTS | {"description": {"en": "Builds a fast robot."}}
    with node.unit():
        achievements.edit(
            node, badge.id, content=Content(**changed, more=MORE), actor_id=badge.created_by
        )
    assert f"/badges/{badge.id}/versions/2" in page(client, f"/badges/{badge.id}")
    shown = page(client, f"/badges/{badge.id}/versions/2")
    assert "<ins>" in shown
    assert "fast " in shown.partition("<ins>")[2].partition("</ins>")[0]
    assert "<del>" not in shown
    assert "This is the first version." in page(client, f"/badges/{badge.id}/versions/1")
    assert client.get(f"/badges/{badge.id}/versions/3").status_code == 404
    answer = client.get(f"/badges/{badge.id}/versions/1", headers={"Accept": "application/ld+json"})
    assert answer.get_json()["version"] == "1"
    assert answer.get_json()["description"] == "Builds a robot."
    listed = client.get(f"/api/v1/achievements/{badge.id}/versions").get_json()
    assert [item["number"] for item in listed["items"]] == [2, 1]


def test_a_badge_with_a_licence_is_copied_by_those_who_make_badges(
    node: Node,
    client: FlaskClient,
    badge: Achievement,
    make_person: Callable[..., Person],
    make_organisation: Callable[..., Organisation],
    sign_in: SignIn,
) -> None:
    maker, learner = make_person(), make_person()
    club = make_organisation("Chess Club", owner=maker)
    assert "Copy this badge" not in page(client, f"/badges/{badge.id}")
    sign_in(client, learner)
    assert "Copy this badge" not in page(client, f"/badges/{badge.id}")
    sign_in(client, maker)
    assert "Copy this badge" in page(client, f"/badges/{badge.id}")
    assert "Chess Club" in page(client, f"/organiser/copy-badge?source={badge.id}")
    answer = client.post(f"/organiser/{club.id}/copy-badge", data={"source": badge.id})
    assert answer.status_code == 302
    with node.unit():
        (copy,) = achievements.list_of_organisation(node, club.id)
        assert copy.is_draft
        achievements.publish(node, copy.id, actor_id=maker.id)
        assert organisations.get_organisation(node, club.id).is_verified
    assert "Town Library (CC-BY-4.0)" in page(client, f"/badges/{copy.id}")
    foreign = client.post(
        f"/organiser/{badge.organisation_id}/copy-badge", data={"source": badge.id}
    )
    assert foreign.status_code == 403

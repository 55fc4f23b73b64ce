"""What plugins may do while a badge is being given: refuse it, add to it, never replace."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from colnode.badges import issuing, verifying
from colnode.badges.models import Achievement, Credential, StatusEntry
from colnode.errors import Refused
from colnode.node import Node
from colnode.plugin import hookimpl

if TYPE_CHECKING:
    from colnode.identity.models import Person


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


@pytest.fixture
def person(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person()


class Refusing:
    """Says no to every badge."""

    @hookimpl
    def credential_issuing(self, achievement_id: str) -> None:
        """Refuse."""
        raise Refused("Not before the exam.")


class Breaking:
    """Fails, as a plugin may."""

    @hookimpl
    def credential_issuing(self, document: Mapping[str, Any]) -> None:
        """Fail."""
        raise KeyError("missing")


class Adding:
    """Adds what shows the work."""

    @hookimpl
    def credential_document(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add one member."""
        return {"evidence": [{"type": ["Evidence"], "id": "https://city.example/film"}]}


class Replacing:
    """Tries to change who the badge is about."""

    @hookimpl
    def credential_document(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Replace a core member."""
        return {"credentialSubject": {"id": "urn:uuid:0"}}


class Watching:
    """Notes what was given and taken back."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    @hookimpl
    def credential_issued(self, credential_id: str) -> None:
        """Note it."""
        self.seen.append(("issued", credential_id))

    @hookimpl
    def credential_revoked(self, credential_id: str) -> None:
        """Note it."""
        self.seen.append(("revoked", credential_id))


def _use(node: Node, plugin: object) -> None:
    node.host.calls.manager.register(plugin, name=type(plugin).__name__)


def _count(node: Node) -> list[int | None]:
    with node.reading():
        tables = (Credential, StatusEntry)
        return [node.db.scalar(select(func.count()).select_from(table)) for table in tables]


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (Refusing(), "Not before the exam."),
        (Breaking(), "The plugin Breaking failed"),
        (Replacing(), "may not replace credentialSubject"),
    ],
    ids=["refusing", "breaking", "replacing"],
)
def test_a_plugin_that_says_no_leaves_no_trace_of_the_badge(
    node: Node, achievement: Achievement, person: "Person", plugin: object, reason: str
) -> None:
    _use(node, plugin)
    with pytest.raises(Refused, match=reason), node.unit():
        issuing.issue(node, achievement.id, person_id=person.id)
    assert _count(node) == [0, 0]


def test_what_a_plugin_adds_is_signed_with_the_rest(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    _use(node, Adding())
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
    assert json.loads(credential.document)["evidence"][0]["id"] == "https://city.example/film"
    with node.reading():
        assert verifying.verify_text(node, credential.document).is_valid
        forged = credential.document.replace("city.example/film", "city.example/other")
        assert not verifying.verify_text(node, forged).is_valid


def test_plugins_hear_of_a_badge_once_it_is_kept(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    watching = Watching()
    _use(node, watching)
    with pytest.raises(ZeroDivisionError), node.unit():
        issuing.issue(node, achievement.id, person_id=person.id)
        raise ZeroDivisionError
    assert watching.seen == []
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
        assert watching.seen == []
    with node.unit():
        issuing.revoke(node, credential.id, actor_id=person.id, reason="A mistake.")
    assert watching.seen == [("issued", credential.id), ("revoked", credential.id)]

"""Endorsements that plugins give: signed, embedded where they belong, carried by a badge."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import bulk_signing, endorsing, issuing, status, verifying
from colnode.badges.documents import achievement_url, credential_url
from colnode.badges.models import Achievement, Credential
from colnode.errors import Gone, Invalid, Refused
from colnode.identity import keys
from colnode.node import Node
from colnode.plugin import hookimpl

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person

ADDRESS = "http://localhost:8000/endorsements/one"


class Endorsing:
    """Gives what it was made with, and counts how often it is asked."""

    def __init__(self, *documents: Mapping[str, Any]) -> None:
        self.documents = documents
        self.asked = 0

    @hookimpl
    def credential_endorsements(self, achievement_id: str) -> Sequence[Mapping[str, Any]]:
        """Give them."""
        self.asked += 1
        return self.documents


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


@pytest.fixture
def person(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person()


@pytest.fixture
def sign(
    node: Node, make_organisation: "Callable[..., Organisation]"
) -> Callable[[str], dict[str, Any]]:
    """An endorsement of a subject by another organisation."""
    endorser = make_organisation("Machine Works")

    def act(subject_id: str) -> dict[str, Any]:
        with node.unit():
            signed = endorsing.sign(
                node, endorser.id, id=ADDRESS, subject_id=subject_id, comment="Good."
            )
        document: dict[str, Any] = json.loads(signed.document)
        return document

    return act


def issue(node: Node, achievement: Achievement, person: "Person") -> Credential:
    with node.unit():
        return issuing.issue(node, achievement.id, person_id=person.id)


def test_each_stands_beside_what_it_is_about(
    node: Node, achievement: Achievement, person: "Person", sign: Callable[[str], dict[str, Any]]
) -> None:
    with node.reading():
        did = keys.did(node, achievement.organisation_id)
    of_badge, of_issuer = sign(achievement_url(node, achievement.id)), sign(did)
    node.host.calls.manager.register(Endorsing(of_issuer, of_badge), name="Endorsing")
    credential = issue(node, achievement, person)
    document = json.loads(credential.document)
    assert document["credentialSubject"]["achievement"]["endorsement"] == [of_badge]
    assert document["issuer"]["endorsement"] == [of_issuer]
    with node.reading():
        verdict = verifying.verify_bytes(node, credential.document.encode())
    assert verdict.is_valid
    assert [item.id for item in verdict.findings].count("endorsement_valid") == 2


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("wrong", ["other", "unsigned", "shapeless"])
def test_what_is_about_something_else_or_not_signed_refuses_the_badge(
    node: Node,
    achievement: Achievement,
    person: "Person",
    sign: Callable[[str], dict[str, Any]],
    wrong: str,
) -> None:
    given = sign(achievement_url(node, achievement.id if wrong != "other" else "x"))
    if wrong == "unsigned":
        del given["proof"]
    elif wrong == "shapeless":
        given["credentialSubject"] = []
    node.host.calls.manager.register(Endorsing(given), name="Endorsing")
    with pytest.raises(Refused, match="Endorsing gives an endorsement of something else"):
        issue(node, achievement, person)


@pytest.mark.databases("sqlite")
def test_a_run_of_badges_asks_once(
    node: Node, achievement: Achievement, person: "Person", sign: Callable[[str], dict[str, Any]]
) -> None:
    plugin = Endorsing(sign(achievement_url(node, achievement.id)))
    node.host.calls.manager.register(plugin, name="Endorsing")
    with node.unit():
        signer = bulk_signing.Signer(node, achievement)
        places = status.draw(node, achievement.organisation_id, 5)
        rows = [
            signer(
                bulk_signing.Recipient(bulk_signing.BulkRow("x"), f"urn:uuid:{n}", None, "en"),
                place,
            )
            for n, place in enumerate(places)
        ]
        verdicts = [verifying.verify_bytes(node, row["document"].encode()) for row in rows]
    assert plugin.asked == 1
    assert all(verdict.find("endorsement_valid") for verdict in verdicts)


def test_a_badge_carries_its_own_and_loses_them_again(
    node: Node, achievement: Achievement, person: "Person", sign: Callable[[str], dict[str, Any]]
) -> None:
    credential = issue(node, achievement, person)
    first = json.loads(credential.document)
    own = sign(credential_url(node, credential.address))
    with node.unit():
        carried = endorsing.carry(node, credential.id, [own])
        document = json.loads(carried.document)
        digest = carried.digest
    assert document["endorsement"] == [own]
    same = ("id", "credentialSubject", "validFrom", "credentialStatus", "awardedDate")
    assert [document[name] for name in same] == [first[name] for name in same]
    with node.unit():
        assert endorsing.carry(node, credential.id, [own]).digest == digest
        verdict = verifying.verify_bytes(node, json.dumps(document).encode())
        assert verdict.find("endorsement_valid") is not None
        with pytest.raises(Invalid):
            endorsing.carry(node, credential.id, [sign(achievement_url(node, achievement.id))])
        assert "endorsement" not in json.loads(endorsing.carry(node, credential.id, []).document)
        issuing.revoke(node, credential.id, actor_id="x", reason="By mistake.")
        with pytest.raises(Gone):
            endorsing.carry(node, credential.id, [own])

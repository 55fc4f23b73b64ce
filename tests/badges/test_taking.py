"""Taking badges along: what is handed out verifies."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode.badges import bringing, issuing, passport, taking, verifying
from colnode.badges.models import Achievement, Credential
from colnode.badges.proving import Proof
from colnode.errors import NotFound, Refused
from colnode.node import Node
from colnode.openbadges import resolver
from colnode.openbadges.credential_types import Kind
from tests.badges.test_bringing import assertion, publish
from tests.web.checking import KnownPages

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person


@pytest.fixture
def kai(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person("kai@example.org")


@pytest.fixture
def credential(
    node: Node, kai: "Person", make_achievement: Callable[..., Achievement]
) -> Credential:
    """A badge that Kai earned."""
    achievement = make_achievement()
    with node.unit():
        return issuing.issue(node, achievement.id, person_id=kai.id, narrative="Six legs.")


def revoke(node: Node, credential: Credential) -> None:
    with node.unit():
        issuing.revoke(node, credential.id, actor_id="x", reason="By mistake.")


def test_the_jwt_of_a_badge_is_the_same_badge_and_verifies(
    node: Node, kai: "Person", credential: Credential
) -> None:
    with node.reading():
        held = passport.open_credential(node, credential.address, viewer_id=kai.id)
        jwt = taking.as_jwt(node, held)
        verdict = verifying.verify_bytes(node, jwt.encode())
    assert verdict.is_valid, verdict.findings
    assert verdict.format == "jwt"
    signed = json.loads(credential.document)
    signed.pop("proof")
    assert verdict.credential == signed
    revoke(node, credential)
    with node.reading():
        held = passport.open_credential(node, credential.address, viewer_id=kai.id)
        with pytest.raises(Refused, match="taken back"):
            taking.as_jwt(node, held)


def test_a_learner_record_holds_what_is_in_order_and_verifies(
    node: Node, kai: "Person", credential: Credential, make_person: "Callable[..., Person]",
    make_achievement: Callable[..., Achievement], run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    other = make_person()
    achievement = make_achievement(name={"en": "Brought"})
    with node.unit():
        theirs = issuing.issue(node, achievement.id, person_id=other.id)
        gone = issuing.issue(node, achievement.id, person_id=kai.id)
        passport.share(node, theirs.address, person_id=other.id)
        bringing.bring_in(
            node, person_id=kai.id, document=theirs.document.encode(), proof=Proof.OAUTH
        )
    revoke(node, gone)
    run_jobs(node)
    with node.reading():
        assert taking.count_records(node, kai.id) == 1
        record = taking.learner_record(node, kai.id)
        verdict = verifying.verify_bytes(node, record)
        with pytest.raises(NotFound):
            taking.learner_record(node, kai.id, part=2)
    assert verdict.kind is Kind.RECORD
    assert verdict.is_valid, verdict.findings
    inside = json.loads(record)["credentialSubject"]["verifiableCredential"]
    assert inside == [json.loads(credential.document), json.loads(theirs.document)]


@pytest.mark.databases("sqlite")
def test_many_badges_that_look_alike_make_several_records_that_verify(
    node: Node, kai: "Person", make_achievement: Callable[..., Achievement]
) -> None:
    achievement = make_achievement()
    with node.unit():
        for _number in range(12):
            issuing.issue(node, achievement.id, person_id=kai.id, evidence=["https://a.example/"])
    with node.reading():
        assert taking.count_records(node, kai.id) == 3
        for part in (1, 3):
            record = taking.learner_record(node, kai.id, part=part)
            verdict = verifying.verify_bytes(node, record)
            assert verdict.is_valid, [item.text for item in verdict.findings]


@pytest.mark.databases("sqlite")
def test_badges_of_many_organisations_make_several_records_that_verify(
    node: Node,
    kai: "Person",
    make_organisation: "Callable[..., Organisation]",
    make_achievement: Callable[..., Achievement],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolver, "FETCH_LIMIT", 10)
    for number in range(5):
        organisation = make_organisation(name=f"Club {number}")
        achievement = make_achievement(organisation, name={"en": f"Member {number}"})
        with node.unit():
            issuing.issue(node, achievement.id, person_id=kai.id)
    with node.reading():
        parts = taking.count_records(node, kai.id)
        assert parts == 2  # each asks for a key and a list, the record itself for a key
        names = []
        for part in range(1, parts + 1):
            record = taking.learner_record(node, kai.id, part=part)
            verdict = verifying.verify_bytes(node, record)
            assert verdict.is_valid, [item.text for item in verdict.findings]
            names += [item.parameters["name"] for item in verdict.findings if "part" in item.id]
    assert sorted(names) == sorted(f"Member {number}" for number in range(5))


def everything(node: Node, person: "Person") -> bytes:
    with taking.as_zip(node, person.id, language="en") as made:
        return made.read()


def test_everything_is_in_one_zip(
    node: Node, kai: "Person", credential: Credential, make_person: "Callable[..., Person]"
) -> None:
    brought_document = publish(KnownPages(), assertion(badge={"name": "../../Knot/s"}))
    with node.unit():
        bringing.bring_in(node, person_id=kai.id, document=brought_document)
    with node.reading():
        data = everything(node, kai)
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert sorted(archive.namelist()) == [
            "README.txt",
            "brought/001 Knots.json",
            "given/001 Robot builder.json",
            "given/001 Robot builder.png",
            "learner-record-1.json",
        ]
        assert archive.read("brought/001 Knots.json") == brought_document
        for name in sorted(archive.namelist())[2:]:
            assert verifying.verify_bytes(node, archive.read(name)).is_valid
        assert "Testville" in archive.read("README.txt").decode()
    nobody = make_person()
    with node.reading():
        assert zipfile.ZipFile(io.BytesIO(everything(node, nobody))).namelist() == ["README.txt"]
    with node.unit():
        result = bringing.bring_in_zip(node, person_id=nobody.id, archive=data)
    assert [item.outcome for item in result] == ["refused", "kept", "known", "kept", "kept"]

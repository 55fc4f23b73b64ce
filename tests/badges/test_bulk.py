"""Many badges at once: each row exactly once, also after a kill; what is wrong is said by row."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from colnode.audit import AuditEvent
from colnode.badges import (
    achievements,
    bulk,
    bulk_signing,
    documents,
    issuing,
    revoking,
    states,
    status,
    suspending,
    verifying,
)
from colnode.badges.bulk import BulkRow
from colnode.badges.models import (
    Achievement,
    BulkResult,
    Credential,
    CredentialHolder,
    StatusEntry,
    StatusList,
)
from colnode.errors import Conflict, Invalid, Refused
from colnode.identity import organisations
from colnode.mail import list_development_mail
from colnode.node import Node
from colnode.openbadges.alike import Alike
from colnode.openbadges.keys import SigningKey
from colnode.openbadges.status_list import ENTRIES, BitstringStatusList
from colnode.plugin import hookimpl

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock

_CHILD = """
import sys
from dataclasses import replace
from colnode.app import open_node
from colnode.badges import bulk
from colnode.config import Config

url, data_dir, base_url, achievement_id = sys.argv[1:]
config = Config()
config = replace(
    config,
    database=replace(config.database, url=url),
    server=replace(config.server, data_dir=data_dir, base_url=base_url),
)
node = open_node(config)
bulk.CHUNK = 10
rows = [bulk.BulkRow(f"urn:example:learner-{number}") for number in range(400)]
bulk.issue_many(node, achievement_id, rows=rows, key="drill",
                progress=lambda count: print(count, flush=True))
"""


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement(valid_days=30)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows a transaction."""
    monkeypatch.setattr(bulk, "CHUNK", 4)


def subjects(count: int) -> list[BulkRow]:
    return [BulkRow(f"urn:example:learner-{number}") for number in range(count)]


def credentials_of(node: Node) -> list[Credential]:
    with node.reading():
        return list(node.db.scalars(select(Credential).order_by(Credential.id)))


def test_everybody_named_gets_a_badge_that_verifies(
    node: Node,
    achievement: Achievement,
    make_person: "Callable[..., Person]",
    clock: "TestClock",
) -> None:
    ada, kai = make_person("ada@example.org"), make_person("kai@example.org")
    with node.unit():
        node.db.merge(kai).language = "lt"
    rows = [
        BulkRow("Ada@Example.org", "Built a robot.", ("https://example.org/robot",)),
        BulkRow(kai.id),
        BulkRow("urn:example:learner-7"),
    ]
    outcome = bulk.issue_many(
        node, achievement.id, rows=rows, key="spring", actor_id=achievement.created_by
    )
    assert (outcome.done, outcome.issued, outcome.problems) == (3, 3, {})
    assert outcome.is_finished
    with node.reading():
        results = bulk.list_results(node, outcome.run_id)
        made = [credential for _result, credential in results if credential]
        holders = {
            holder.credential_id: holder for holder in node.db.scalars(select(CredentialHolder))
        }
        events = node.db.scalars(select(AuditEvent).where(AuditEvent.action == "badge.issued"))
        assert {event.subject_id for event in events} == {credential.id for credential in made}
        for credential in made:
            assert verifying.verify_text(node, credential.document).is_valid
            assert credential.valid_until is not None
    subject = [json.loads(credential.document)["credentialSubject"] for credential in made]
    assert subject[0]["narrative"] == "Built a robot."
    assert subject[1]["achievement"]["inLanguage"] == "lt"
    assert subject[2]["id"] == "urn:example:learner-7"
    assert [holders[credential.id].person_id for credential in made[:2]] == [ada.id, kai.id]
    assert made[2].id not in holders


@pytest.mark.parametrize("has_suspension", [False, True])
def test_what_is_signed_in_bulk_is_built_as_one_by_one(
    node: Node, achievement: Achievement, has_suspension: bool
) -> None:
    with node.reading():
        organisation = organisations.get_organisation(node, achievement.organisation_id)
        first, second = (
            documents.CredentialParts(
                address=f"address-{number}",
                subject_id=f"urn:example:{number}",
                issued_at=node.clock.now(),
                valid_until=None,
                status_list_id=f"list-{number}",
                status_position=number,
                language="en",
                suspension=(f"more-{number}", number + 5) if has_suspension else None,
            )
            for number in (1, 2)
        )
        model = documents.build(node, achievement, organisation, first)
        place = (second.status_list_id, second.status_position)
        alike = Alike(
            model,
            documents.places_that_vary(model),
            key=SigningKey.generate(),
            verification_method="did:web:city.example#key",
            created=node.clock.now(),
        )
        texts = documents.texts_that_vary(
            node,
            address=second.address,
            subject_id=second.subject_id,
            entries=[place, second.suspension] if second.suspension else [place],
        )
        built = documents.build(node, achievement, organisation, second)
    assert json.dumps(alike.document(texts)) == json.dumps(built)


def test_rows_with_a_problem_are_named_and_the_others_go_on(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    rows = [
        *subjects(5),
        BulkRow("nobody@example.org"),
        BulkRow("urn:example:a", narrative="bell \x07"),
        BulkRow("urn:example:b", evidence=("ftp://example.org",)),
        BulkRow("urn:example:c"),
    ]
    expected = {6: "unknown", 7: "narrative", 8: "evidence"}
    with node.reading():
        checked = dict(bulk.check(node, achievement.id, rows))
    assert {number: problem for number, problem in checked.items() if problem} == expected
    assert credentials_of(node) == []
    outcome = bulk.issue_many(node, achievement.id, rows=rows, key="k")
    assert outcome.problems == {"unknown": 1, "narrative": 1, "evidence": 1}
    with node.reading():
        results = bulk.list_results(node, outcome.run_id, limit=100)
        assert {result.number: result.problem for result, _made in results if result.problem} == (
            expected
        )
    assert len(credentials_of(node)) == outcome.issued == 6


def test_the_same_key_gives_nothing_twice_and_another_key_does(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    first = bulk.issue_many(node, achievement.id, rows=subjects(6), key="one")
    again = bulk.issue_many(node, achievement.id, rows=subjects(6), key="one")
    assert again == first
    assert len(credentials_of(node)) == 6
    longer = bulk.issue_many(node, achievement.id, rows=subjects(9), key="one")
    assert (longer.run_id, longer.issued, len(credentials_of(node))) == (first.run_id, 9, 9)
    bulk.issue_many(node, achievement.id, rows=subjects(6), key="two")
    assert len(credentials_of(node)) == 15


def test_other_rows_under_the_same_key_are_refused(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    bulk.issue_many(node, achievement.id, rows=subjects(6), key="one")
    with pytest.raises(Conflict):
        bulk.issue_many(node, achievement.id, rows=subjects(9)[1:], key="one")
    with pytest.raises(Conflict):
        bulk.issue_many(node, achievement.id, rows=subjects(3), key="one")
    assert len(credentials_of(node)) == 6


def test_a_run_that_breaks_off_goes_on_where_it_was(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    class PowerCut(Exception):
        """The machine stops."""

    def rows() -> Iterator[BulkRow]:
        for number, row in enumerate(subjects(20)):
            if number == 10:
                raise PowerCut
            yield row

    with pytest.raises(PowerCut):
        bulk.issue_many(node, achievement.id, rows=rows(), key="k")
    assert len(credentials_of(node)) == 8
    steps: list[int] = []
    outcome = bulk.issue_many(
        node, achievement.id, rows=subjects(20), key="k", progress=steps.append
    )
    assert steps == [8, 4, 4, 4]
    assert outcome.issued == len(credentials_of(node)) == 20


def test_a_killed_run_loses_and_doubles_nothing(
    node: Node, achievement: Achievement, clock: "TestClock"
) -> None:
    words = (
        node.config.database_url,
        node.config.server.data_dir,
        node.config.server.base_url,
        achievement.id,
    )
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, *words], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _line in range(6)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout if line.endswith("\n")]
    clock.moment = datetime.now(UTC)
    stored = len(credentials_of(node))
    assert sum(acknowledged) <= stored < 400
    outcome = bulk.issue_many(node, achievement.id, rows=subjects(400), key="drill")
    made = credentials_of(node)
    assert outcome.issued == len(made) == 400
    named = {json.loads(credential.document)["credentialSubject"]["id"] for credential in made}
    assert named == {row.recipient for row in subjects(400)}
    with node.reading():
        entries = node.db.execute(select(StatusEntry.status_list_id, StatusEntry.position))
        assert sorted(tuple(entry) for entry in entries) == sorted(
            (credential.status_list_id, credential.status_position) for credential in made
        )
        assert node.db.scalar(select(StatusList.used)) == 400
        count = select(func.count()).select_from(BulkResult)
        assert node.db.scalar(count.where(BulkResult.problem.is_(None))) == 400
        for credential in (made[0], made[stored - 1], made[-1]):
            assert verifying.verify_text(node, credential.document).is_valid


def test_two_at_once_on_the_same_list_stop_one_of_them(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    def rows() -> Iterator[BulkRow]:
        yield from subjects(4)
        bulk.issue_many(node, achievement.id, rows=subjects(8), key="k")
        yield from subjects(8)[4:]

    with pytest.raises(Conflict):
        bulk.issue_many(node, achievement.id, rows=rows(), key="k")
    assert len(credentials_of(node)) == 8


def test_a_draft_is_not_given(node: Node, make_achievement: Callable[..., Achievement]) -> None:
    draft = make_achievement(is_published=False)
    with pytest.raises(Refused):
        bulk.issue_many(node, draft.id, rows=subjects(1), key="k")


def test_a_badge_that_is_retired_meanwhile_stops_the_run(
    node: Node, achievement: Achievement, small_chunks: None
) -> None:
    def rows() -> Iterator[BulkRow]:
        yield from subjects(4)
        with node.unit():
            achievements.retire(node, achievement.id, actor_id=achievement.created_by)
        yield from subjects(8)[4:]

    with pytest.raises(Refused):
        bulk.issue_many(node, achievement.id, rows=rows(), key="k")
    assert len(credentials_of(node)) == 4


def test_plugins_are_asked_about_each_badge(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]", small_chunks: None
) -> None:
    person = make_person("ada@example.org")
    asked: list[str | None] = []
    issued: list[str] = []

    class Plugin:
        """Says no to one, adds to the others, hears of each."""

        @hookimpl
        def credential_issuing(self, person_id: str | None, document: Any) -> None:
            asked.append(person_id)
            if document["credentialSubject"]["id"] == "urn:example:learner-1":
                raise Refused("No.")

        @hookimpl
        def credential_document(self) -> dict[str, Any]:
            return {"evidence": [{"type": ["Evidence"], "id": "https://city.example/film"}]}

        @hookimpl
        def credential_issued(self, credential_id: str) -> None:
            issued.append(credential_id)

    node.host.calls.manager.register(Plugin(), name="asking")
    rows = [BulkRow(person.id), *subjects(5)]
    outcome = bulk.issue_many(node, achievement.id, rows=rows, key="k")
    assert outcome.problems == {"refused": 1}
    assert asked == [person.id, None, None, None, None, None]
    made = credentials_of(node)
    assert sorted(issued) == [credential.id for credential in made]
    assert all("evidence" in json.loads(credential.document) for credential in made)
    with node.reading():
        assert node.db.scalar(select(func.count()).select_from(StatusEntry)) == 5


def test_holders_are_told_once(
    node: Node,
    achievement: Achievement,
    make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
    small_chunks: None,
) -> None:
    people = [make_person() for _number in range(6)]
    rows = [BulkRow(person.id) for person in people]
    bulk.issue_many(node, achievement.id, rows=rows, key="k")
    run_jobs(node)
    bulk.issue_many(node, achievement.id, rows=[*rows, BulkRow("urn:example:x")], key="k")
    run_jobs(node)
    mails = [mail for mail in list_development_mail(node) if "gave you" in mail.text]
    assert sorted(mail.to for mail in mails) == sorted(
        email for person in people if (email := person.email)
    )
    bulk.issue_many(node, achievement.id, rows=rows, key="silent", is_told=False)
    run_jobs(node)
    assert len([mail for mail in list_development_mail(node) if "gave you" in mail.text]) == 6


def test_indices_are_drawn_from_what_is_left_and_then_from_a_new_list(
    node: Node, achievement: Achievement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colnode.badges.status.bitstring.ENTRIES", 16)
    monkeypatch.setattr("colnode.badges.status._CROWDED", 10)
    monkeypatch.setattr("colnode.badges.status._sign", lambda _node, made, _positions: _fake(made))
    with node.unit():
        first = status.draw(node, achievement.organisation_id, 12)
        status.take(node, first)
        second = status.draw(node, achievement.organisation_id, 12)
        status.take(node, second)
        lists = {made.id: made for made in node.db.scalars(select(StatusList))}
    assert len(set(first + second)) == 24
    assert sorted(made.used for made in lists.values()) == [8, 16]
    assert sorted(made.is_open for made in lists.values()) == [False, True]


def _fake(made: StatusList) -> None:
    made.document, made.signed_at = "", made.created_at


def test_many_are_taken_back_with_one_signature_a_list(
    node: Node,
    achievement: Achievement,
    make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = make_person()
    bulk.issue_many(
        node, achievement.id, rows=[BulkRow(person.id), *subjects(9)], key="k", is_told=False
    )
    made = credentials_of(node)
    signed: list[int] = []
    original = status.sign
    monkeypatch.setattr(status, "sign", lambda *given: (signed.append(1), original(*given)))
    with node.unit():
        issuing.revoke(node, made[0].id, actor_id=achievement.created_by, reason="First.")
    addresses = [credential.address for credential in made[:6]]
    with node.unit():
        done = revoking.revoke_many(
            node, [*addresses, "nowhere"], reason="Wrong list.", actor_id=None
        )
    assert len(signed) == 2
    assert (len(done.revoked), done.revoked_before, done.unknown) == (
        5,
        (made[0].address,),
        ("nowhere",),
    )
    with node.reading():
        status_list = node.db.scalars(select(StatusList)).one()
        encoded = json.loads(status_list.document)["credentialSubject"]["encodedList"]
        bits = BitstringStatusList.decode(encoded)
        after = list(node.db.scalars(select(Credential).order_by(Credential.id)))
        assert [bits[credential.status_position] for credential in after] == [True] * 6 + [
            False
        ] * 4
        assert [credential.revoked_reason for credential in after[:2]] == ["First.", "Wrong list."]
        assert sum(bits[index] for index in range(ENTRIES)) == 6
    run_jobs(node)
    assert sum("took back" in mail.text for mail in list_development_mail(node)) == 1


def test_taking_back_needs_a_reason(node: Node, achievement: Achievement) -> None:
    with pytest.raises(Invalid), node.unit():
        revoking.revoke_many(node, ["x"], reason=" ", actor_id=None)


def test_a_suspended_person_gets_nothing(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    person = make_person("kai@example.org")
    with node.unit():
        node.db.merge(person).suspended_at = node.clock.now()
        rows = [BulkRow(person.id), BulkRow("kai@example.org")]
        found = bulk_signing.find_recipients(node, rows)
    assert [recipient.problem for recipient in found] == ["unknown", "unknown"]


def test_badges_given_in_bulk_can_be_suspended_where_the_organisation_does_so(
    node: Node, achievement: Achievement
) -> None:
    with node.unit():
        states.set_suspension(
            node, achievement.organisation_id, is_on=True, actor_id=achievement.created_by
        )
    bulk.issue_many(node, achievement.id, rows=subjects(3), key="k")
    first, second, third = credentials_of(node)
    with node.unit():
        suspending.suspend(
            node, second.id, actor_id=achievement.created_by, reason="Being looked at."
        )
    with node.reading():
        outcomes = [
            str(verifying.verify_text(node, credential.document).outcome)
            for credential in (first, second, third)
        ]
    assert outcomes == ["valid", "invalid", "valid"]

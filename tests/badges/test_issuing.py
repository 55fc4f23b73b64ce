"""How a badge comes to be and is taken back: all of it or nothing, once, and at once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from colnode.badges import awards, claims, issuing, offers, passport, status, verifying
from colnode.badges.models import (
    Achievement,
    Credential,
    CredentialHolder,
    Offer,
    StatusEntry,
    StatusList,
)
from colnode.errors import Gone, Invalid, Refused
from colnode.identity import organisations, people
from colnode.jobs import Job
from colnode.mail import list_development_mail
from colnode.node import Node
from colnode.openbadges.status_list import ENTRIES, BitstringStatusList

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person
    from colnode.testing.fixtures import TestClock


def _count(node: Node, *tables: type) -> list[int]:
    with node.reading():
        return [node.db.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def _offer(
    node: Node, achievement: Achievement, email: str = "kai@example.org", narrative: str = ""
) -> str:
    with node.unit():
        actor_id = achievement.created_by
        (result,) = awards.award(
            node, achievement.id, emails=[email], actor_id=actor_id, narrative=narrative
        )
        assert result.offer_id is not None
        return result.offer_id


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


@pytest.fixture
def person(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person("kai@example.org", display_name="Kai")


def test_an_accepted_offer_is_a_signed_open_badge(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement, narrative="Built a robot with six legs.")
    with node.unit():
        credential = issuing.accept(node, offer_id, person_id=person.id)
    document = json.loads(credential.document)
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["issuer"]["id"].startswith("did:web:localhost%3A8000:organisations:")
    assert document["id"] == f"http://localhost:8000/credentials/{credential.address}"
    assert document["credentialSubject"]["narrative"] == "Built a robot with six legs."
    assert document["credentialSubject"]["achievement"]["name"] == "Robot builder"
    (proof,) = document["proof"]
    assert proof["cryptosuite"] == "eddsa-rdfc-2022"
    assert proof["verificationMethod"].startswith(document["issuer"]["id"] + "#z6Mk")
    entry = document["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert int(entry["statusListIndex"]) == credential.status_position


def test_the_badge_is_in_the_holders_language(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        node.db.merge(person).language = "lt"
        credential = issuing.accept(node, offer_id, person_id=person.id)
    body = json.loads(credential.document)["credentialSubject"]["achievement"]
    assert (body["name"], body["inLanguage"]) == ("Robotų kūrėjas", "lt")


def test_accepting_twice_gives_the_same_badge(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        first = issuing.accept(node, offer_id, person_id=person.id)
    with node.unit():
        second = issuing.accept(node, offer_id, person_id=person.id)
    assert first.id == second.id
    assert _count(node, Credential, StatusEntry) == [1, 1]


def test_nobody_else_gets_an_accepted_offer(
    node: Node,
    achievement: Achievement,
    person: "Person",
    make_person: "Callable[..., Person]",
) -> None:
    offer_id = _offer(node, achievement)
    stranger = make_person()
    with node.unit():
        issuing.accept(node, offer_id, person_id=person.id)
    with pytest.raises(Refused), node.unit():
        issuing.accept(node, offer_id, person_id=stranger.id)


def test_an_old_or_withdrawn_offer_is_gone(
    node: Node, achievement: Achievement, person: "Person", clock: "TestClock"
) -> None:
    withdrawn, old = _offer(node, achievement), _offer(node, achievement, "lea@example.org")
    with node.unit():
        offers.withdraw(node, withdrawn, actor_id=achievement.created_by)
    with pytest.raises(Gone), node.unit():
        issuing.accept(node, withdrawn, person_id=person.id)
    clock.forward(days=91)
    with pytest.raises(Gone), node.unit():
        issuing.accept(node, old, person_id=person.id)
    assert _count(node, Credential) == [0]


def test_a_unit_that_ends_badly_leaves_no_trace_of_a_badge(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    before = _count(node, Credential, CredentialHolder, StatusEntry, StatusList, Job)

    class PowerCut(Exception):
        """The machine stops before the commit."""

    with pytest.raises(PowerCut), node.unit():
        issuing.accept(node, offer_id, person_id=person.id)
        raise PowerCut
    assert _count(node, Credential, CredentialHolder, StatusEntry, StatusList, Job) == before
    with node.reading():
        assert node.db.get_one(Offer, offer_id).state == "waiting"
    with node.unit():
        assert issuing.accept(node, offer_id, person_id=person.id).id


def test_a_revoked_badge_is_marked_in_the_signed_list_at_once(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        credential = issuing.accept(node, offer_id, person_id=person.id)
    assert _bit(node, credential) is False
    with node.unit():
        issuing.revoke(node, credential.id, actor_id=achievement.created_by, reason="By mistake.")
    assert _bit(node, credential) is True
    with node.reading():
        (held,) = passport.list_credentials(node, person.id)
    assert held.credential.revoked_reason == "By mistake."


def test_revoking_needs_a_reason_and_keeps_the_first(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    actor_id = achievement.created_by
    with node.unit():
        credential = issuing.accept(node, offer_id, person_id=person.id)
    with pytest.raises(Invalid), node.unit():
        issuing.revoke(node, credential.id, actor_id=actor_id, reason="  ")
    with node.unit():
        issuing.revoke(node, credential.id, actor_id=actor_id, reason="First.")
    with node.unit():
        issuing.revoke(node, credential.id, actor_id=actor_id, reason="Second.")
    with node.reading():
        assert issuing.get_credential(node, credential.id).revoked_reason == "First."


def test_only_the_revoked_badge_of_many_is_marked(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_organisation: "Callable[..., Organisation]",
    make_person: "Callable[..., Person]",
) -> None:
    given = []
    for organisation in (make_organisation("Library"), make_organisation("Theatre")):
        achievement = make_achievement(organisation)
        for _index in range(3):
            with node.unit():
                person_id = node.db.merge(make_person()).id
                given.append(issuing.issue(node, achievement.id, person_id=person_id))
    assert len({credential.status_list_id for credential in given}) == 2
    with node.unit():
        issuing.revoke(node, given[4].id, actor_id=achievement.created_by, reason="A mistake.")
    assert [_bit(node, credential) for credential in given] == [False] * 4 + [True, False]


def test_a_full_list_is_followed_by_a_new_one(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    with node.unit():
        first = issuing.issue(node, achievement.id, person_id=person.id)
    with node.unit():
        free = sorted(set(range(ENTRIES)) - {first.status_position})
        rows = [
            {"status_list_id": first.status_list_id, "position": position, "is_set": False}
            for position in free[1:]
        ]
        node.db.bulk_insert_mappings(StatusEntry, rows)
        node.db.get_one(StatusList, first.status_list_id).used = ENTRIES - 1
    with node.unit():
        last = issuing.issue(node, achievement.id, person_id=person.id)
        following = issuing.issue(node, achievement.id, person_id=person.id)
    assert (last.status_list_id, last.status_position) == (first.status_list_id, free[0])
    assert following.status_list_id != first.status_list_id


def test_an_organisation_that_is_not_verified_neither_publishes_nor_mails(
    node: Node,
    make_organisation: "Callable[..., Organisation]",
    make_achievement: Callable[..., Achievement],
) -> None:
    draft = make_achievement(make_organisation("Club", is_verified=False), is_published=False)
    assert draft.state == "draft"
    jobs_before = _count(node, Job)
    with pytest.raises(Refused, match="not verified"), node.unit():
        awards.award(node, draft.id, emails=["kai@example.org"], actor_id=draft.created_by)
    with pytest.raises(Refused, match="not verified"), node.unit():
        claims.create_link(node, draft.id, actor_id=draft.created_by)
    assert _count(node, Job) == jobs_before


def test_a_suspended_organisation_gives_nothing_but_its_badges_stay(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
    with node.unit():
        organisations.suspend(
            node, achievement.organisation_id, actor_id=achievement.created_by, reason="Closed."
        )
    with pytest.raises(Refused), node.unit():
        issuing.accept(node, offer_id, person_id=person.id)
    assert _bit(node, credential) is False


def test_a_badge_that_ends_says_so(
    node: Node, make_achievement: Callable[..., Achievement], person: "Person", clock: "TestClock"
) -> None:
    achievement = make_achievement(valid_days=30)
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
    assert credential.valid_until == clock.now() + timedelta(days=30)
    assert json.loads(credential.document)["validUntil"] == "2026-12-23T10:00:00Z"


def test_nothing_that_others_can_read_names_the_person(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        credential = issuing.accept(node, offer_id, person_id=person.id)
    with node.reading():
        public = credential.document + status.get_list(node, credential.status_list_id).document
    for secret in ("kai", "example.org", "@example", person.id):
        assert secret not in public.lower()
    assert json.loads(credential.document)["credentialSubject"]["id"].startswith("urn:uuid:")


def test_erasing_a_person_leaves_the_badge_without_a_holder(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    offer_id = _offer(node, achievement)
    with node.unit():
        credential = issuing.accept(node, offer_id, person_id=person.id)
    signed, digest = credential.document, credential.digest
    with node.unit():
        people.erase(node, person.id, actor_id=person.id)
    assert _count(node, Credential, CredentialHolder) == [1, 0]
    with node.reading():
        assert node.db.get_one(Offer, offer_id).email is None
        kept = issuing.get_credential(node, credential.id)
        assert (kept.document, kept.digest) == ("{}", digest)
        assert verifying.verify_text(node, signed).is_valid


def _bit(node: Node, credential: Credential) -> bool:
    with node.reading():
        document = json.loads(status.get_list(node, credential.status_list_id).document)
    bits = BitstringStatusList.decode(document["credentialSubject"]["encodedList"])
    return bits.get(credential.status_position)


def test_the_holder_is_told_by_mail_why_a_badge_was_taken_back(
    node: Node, achievement: Achievement, person: "Person", run_jobs: Callable[[Node], int]
) -> None:
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
        issuing.revoke(node, credential.id, actor_id="somebody", reason="Given by mistake.")
    run_jobs(node)
    (mail,) = [mail for mail in list_development_mail(node) if mail.to == "kai@example.org"]
    assert "Robot builder" in mail.subject
    assert "Given by mistake." in mail.text
    assert f"/credentials/{credential.address}" in mail.text

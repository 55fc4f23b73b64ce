"""What the earner adds on acceptance, and how a badge is corrected, suspended and resumed."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import (
    awards,
    claims,
    codes,
    correcting,
    issuing,
    passport,
    states,
    suspending,
    verifying,
)
from colnode.badges.models import Achievement, Credential
from colnode.errors import Invalid, Refused
from colnode.identity import people
from colnode.mail import list_development_mail
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


@pytest.fixture
def person(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person("kai@example.org", display_name="Kai Learner")


def born(node: Node, person: "Person", year: int | None) -> None:
    with node.unit():
        people.edit_person(
            node, person.id, display_name="Kai Learner", language="en", birth_year=year
        )


def take(node: Node, achievement: Achievement, person: "Person", **given: Any) -> Credential:
    """Offer the badge and accept it."""
    with node.unit():
        (result,) = awards.award(
            node,
            achievement.id,
            emails=["kai@example.org"],
            actor_id=achievement.created_by,
            narrative="Built a robot.",
            evidence=["https://example.org/robot"],
            valid_until=given.pop("valid_until", None),
        )
        assert result.offer_id is not None
        return issuing.accept(node, result.offer_id, person_id=person.id, **given)


def signed(credential: Credential) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(credential.document)
    return document


def findings(node: Node, credential: Credential) -> dict[str, str]:
    with node.reading():
        verdict = verifying.verify_text(node, credential.document)
    return {found.id: str(found.status) for found in verdict.findings} | {
        "outcome": str(verdict.outcome)
    }


def correct(node: Node, credential: Credential, **given: Any) -> Credential:
    words = {"reason": "Wrong text.", "narrative": "Built two.", "evidence": [], **given}
    with node.unit():
        return correcting.correct(node, credential.id, actor_id="somebody", **words)


# What the earner adds


def test_an_adult_who_wishes_is_named(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    born(node, person, 1990)
    document = signed(take(node, achievement, person, is_named=True))
    assert document["credentialSubject"]["identifier"] == [
        {"type": "IdentityObject", "hashed": False, "identityHash": "Kai Learner",
         "identityType": "name"}
    ]  # fmt: skip
    with node.reading():
        assert verifying.verify_text(node, json.dumps(document)).is_valid


def test_an_adult_who_says_nothing_is_not_named(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    born(node, person, 1990)
    assert "Kai" not in take(node, achievement, person).document


@pytest.mark.parametrize("year", [2012, 2008, None])
def test_who_is_or_may_be_under_age_cannot_be_named(
    node: Node, achievement: Achievement, person: "Person", year: int | None
) -> None:
    born(node, person, year)
    with pytest.raises(Invalid) as error:
        take(node, achievement, person, is_named=True)
    assert "is_named" in error.value.fields
    with pytest.raises(Invalid), node.unit():
        issuing.issue(node, achievement.id, person_id=person.id, is_named=True)


def test_a_reflection_becomes_evidence(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    document = signed(take(node, achievement, person, reflection=" I learned patience. "))
    assert document["evidence"][1] == {
        "type": ["Evidence"], "narrative": "I learned patience.", "genre": "Reflection"
    }  # fmt: skip
    with pytest.raises(Invalid) as error, node.unit():
        issuing.issue(node, achievement.id, person_id=person.id, reflection="x" * 2_001)
    assert "reflection" in error.value.fields


def test_a_claim_takes_a_reflection_too(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
        made = claims.claim(node, link.code, person_id=person.id, reflection="Patience.")
    assert "Patience." in made.document


def test_the_badges_of_a_link_end_on_the_day_that_was_chosen(
    node: Node, achievement: Achievement, person: "Person", clock: "TestClock"
) -> None:
    end, actor_id = clock.now() + timedelta(days=40), achievement.created_by
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=actor_id, valid_until=end)
        assert claims.claim(node, link.code, person_id=person.id).valid_until == end
        sheet = codes.create_sheet(
            node, achievement.id, count=1, actor_id=actor_id, valid_until=end
        )
        (card,) = codes.open_codes(node, sheet.id)
        assert claims.claim(node, card.code, person_id=person.id).valid_until == end


def test_a_badge_ends_on_the_day_that_was_chosen(
    node: Node, achievement: Achievement, person: "Person", clock: "TestClock"
) -> None:
    end = clock.now() + timedelta(days=40)
    made = take(node, achievement, person, valid_until=end)
    assert made.valid_until == end
    assert signed(made)["validUntil"].startswith("2027-01-02T10:00:00")
    with pytest.raises(Invalid):
        take(node, achievement, person, valid_until=clock.now())


# Correcting


def test_a_corrected_badge_takes_the_place_of_the_old_one(
    node: Node, achievement: Achievement, person: "Person", clock: "TestClock",
    run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    born(node, person, 1990)
    old = take(node, achievement, person, reflection="Patience.", is_named=True)
    with node.unit():
        passport.share(node, old.address, person_id=person.id)
    clock.forward(days=3)
    new = correct(node, old)
    before, after = signed(old), signed(new)
    assert after["id"] != before["id"]
    assert after["credentialSubject"]["id"] == before["credentialSubject"]["id"]
    assert after["credentialSubject"]["narrative"] == "Built two."
    assert after["credentialSubject"]["identifier"] == before["credentialSubject"]["identifier"]
    assert after["awardedDate"] == before["awardedDate"]
    assert after["validFrom"] != before["validFrom"]
    assert [item["narrative"] for item in after["evidence"]] == ["Patience."]
    assert findings(node, new)["outcome"] == "valid"
    assert findings(node, old)["revoked"] == "failed"
    with node.reading():
        kept = issuing.get_credential(node, old.id)
        assert kept.revoked_reason is not None
        assert f"/credentials/{new.address}" in kept.revoked_reason
        assert passport.open_credential(node, new.address, viewer_id=None).is_shared
    run_jobs(node)
    (mail,) = [mail for mail in list_development_mail(node) if "corrected" in mail.subject]
    assert f"/credentials/{new.address}" in mail.text


def test_accepting_again_leads_to_the_corrected_badge(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
        old = claims.claim(node, link.code, person_id=person.id)
    newer = correct(node, correct(node, old))
    with node.unit():
        assert claims.claim(node, link.code, person_id=person.id).id == newer.id
        assert states.current_of(node, old).id == newer.id


def test_a_badge_is_corrected_once_and_with_a_reason(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    old = take(node, achievement, person)
    with pytest.raises(Invalid) as error:
        correct(node, old, reason=" ")
    assert "reason" in error.value.fields
    correct(node, old)
    with pytest.raises(Refused):
        correct(node, old)


def test_a_badge_of_a_retired_kind_can_be_corrected(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    from colnode.badges import achievements

    old = take(node, achievement, person)
    with node.unit():
        achievements.retire(node, achievement.id, actor_id=achievement.created_by)
    assert correct(node, old).document


def test_nobody_gets_the_correction_of_a_person_who_left(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    old = take(node, achievement, person)
    with node.unit():
        people.erase(node, person.id, actor_id=person.id)
    with pytest.raises(Refused):
        correct(node, old)


# Suspending


@pytest.fixture
def suspendable(node: Node, achievement: Achievement, person: "Person") -> Credential:
    """A badge of an organisation that uses suspension."""
    with node.unit():
        states.set_suspension(
            node, achievement.organisation_id, is_on=True, actor_id=achievement.created_by
        )
    return take(node, achievement, person)


def test_a_badge_of_an_organisation_that_suspends_has_two_entries(
    node: Node, suspendable: Credential
) -> None:
    first, second = signed(suspendable)["credentialStatus"]
    assert (first["statusPurpose"], second["statusPurpose"]) == ("revocation", "suspension")
    assert first["statusListCredential"] != second["statusListCredential"]
    found = findings(node, suspendable)
    assert found["not_suspended"] == found["not_revoked"] == "ok"
    assert found["outcome"] == "valid"


def test_a_suspended_badge_does_not_count_until_it_is_resumed(
    node: Node, suspendable: Credential, run_jobs: Callable[[Node], int]
) -> None:
    for _time in range(2):
        with node.unit():
            suspending.suspend(node, suspendable.id, actor_id="somebody", reason="We look at it.")
    found = findings(node, suspendable)
    assert (found["suspended"], found["not_revoked"]) == ("failed", "ok")
    assert found["outcome"] == "invalid"
    with node.unit():
        suspending.resume(node, suspendable.id, actor_id="somebody")
        suspending.resume(node, suspendable.id, actor_id="somebody")
    assert findings(node, suspendable)["outcome"] == "valid"
    run_jobs(node)
    told = [mail for mail in list_development_mail(node) if "A badge for you" not in mail.subject]
    assert sum("We look at it." in mail.text for mail in told) == 1
    assert sum("valid again" in mail.subject for mail in told) == 1


def test_what_was_given_before_suspension_cannot_be_suspended(
    node: Node, achievement: Achievement, person: "Person"
) -> None:
    made = take(node, achievement, person)
    assert signed(made)["credentialStatus"]["statusPurpose"] == "revocation"
    with pytest.raises(Refused), node.unit():
        suspending.suspend(node, made.id, actor_id="somebody", reason="Why not.")


def test_a_suspension_needs_a_reason_and_a_badge_that_counts(
    node: Node, suspendable: Credential
) -> None:
    with pytest.raises(Invalid), node.unit():
        suspending.suspend(node, suspendable.id, actor_id="somebody", reason=" ")
    with node.unit():
        issuing.revoke(node, suspendable.id, actor_id="somebody", reason="A mistake.")
    with pytest.raises(Refused), node.unit():
        suspending.suspend(node, suspendable.id, actor_id="somebody", reason="Again.")

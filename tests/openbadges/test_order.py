"""The checks in their order: what is asked first, and what no more after a failure."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from colnode.openbadges import (
    enclosed,
    issuing,
    meaning,
    ob2,
    ownership,
    period,
    proof_check,
    reading,
    refresh,
    status,
    verify,
)
from colnode.openbadges.did import did_web_to_url
from colnode.openbadges.verify import Outcome
from tests.openbadges.test_enclosed import ACHIEVEMENT, chamber, endorsement
from tests.openbadges.world import LIST_URL, NOW, City, ids

REFRESH_URL = "https://city.example/refresh/1"
STEPS: tuple[Callable[..., Any], ...] = (
    verify.verify,
    reading.read,
    meaning.check_meaning,
    proof_check.check_proof,
    ownership.find_key,
    refresh.ask,
    status.check_status,
    period.check_period,
    enclosed.check_enclosed,
    ob2.verify_assertion,
)


def full(city: City) -> dict[str, Any]:
    """An unsigned badge about which everything is asked."""
    achievement = issuing.AchievementData(
        ACHIEVEMENT, "Name", "Text", "Do it", endorsements=(endorsement(chamber(city)),)
    )
    return city.credential(achievement=achievement, refresh_url=REFRESH_URL)


def test_everything_is_checked_in_the_order_of_the_standard(city: City) -> None:
    badge = city.sign(full(city))
    city.pages[REFRESH_URL] = badge
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.VALID
    assert [found.id for found in verdict.findings] == [
        "contexts_known",
        "type_known",
        "schema_valid",
        "subject_present",
        "proof_valid",
        "issuer_verified",
        "refresh_current",
        "not_revoked",
        "in_period",
        "endorsement_valid",
    ]
    city_did = did_web_to_url(city.did)
    assert list(dict.fromkeys(city.pages.asked))[:3] == [city_did, REFRESH_URL, LIST_URL]


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("@context", ["https://www.w3.org/ns/credentials/v2"], "context_missing"),
        ("colour", "red", "term_undefined"),
        ("type", ["VerifiableCredential"], "type_unknown"),
        ("validFrom", "yesterday", "schema_invalid"),
        ("proof", [], "member_unsafe"),
    ],
)
def test_what_fails_before_its_signature_asks_nobody(
    city: City, path: str, value: object, reason: str
) -> None:
    document = {**json.loads(city.sign(full(city))), path: value}
    city.pages.asked.clear()
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert reason in ids(verdict)
    assert city.pages.asked == []


def test_after_a_forged_signature_nothing_more_is_asked(city: City) -> None:
    document = json.loads(city.sign(full(city)))
    document["credentialSubject"]["achievement"]["name"] = "Other"
    city.pages.asked.clear()
    verdict = city.verify(document)
    assert "proof_invalid" in ids(verdict)
    assert city.pages.asked == [did_web_to_url(city.did)]
    assert not ids(verdict) & {"not_revoked", "refresh_current", "endorsement_valid"}


def test_endorsements_of_an_ended_or_revoked_badge_are_not_asked_about(city: City) -> None:
    badge = city.sign(full(city) | {"validUntil": NOW.isoformat().replace("+00:00", "Z")})
    city.pages[REFRESH_URL] = badge
    assert city.verify(badge).endorsements == ()
    city.status_list[77] = True
    city.publish_list()
    badge = city.sign(full(city))
    city.pages[REFRESH_URL] = badge
    verdict = city.verify(badge)
    assert verdict.endorsements == ()
    assert "revoked" in ids(verdict)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_step_names_its_section_of_a_specification(step: Callable[..., Any]) -> None:
    words = inspect.getdoc(step) or ""
    assert "Source: " in words
    assert "section" in words.partition("Source: ")[2]

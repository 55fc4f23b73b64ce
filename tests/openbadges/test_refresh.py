"""Asking the issuer once for a newer version."""

import json
from datetime import timedelta
from typing import Any

import pytest

from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, NOW, City, ids

URL = "https://city.example/refresh/1"
LATER = EARLIER + timedelta(days=10)


def refreshable(city: City, **changes: Any) -> bytes:
    return city.badge(refresh_url=URL, **changes)


def test_newer_version_is_shown_instead(city: City) -> None:
    city.pages[URL] = refreshable(city, valid_from=LATER, narrative="Now with honours")
    verdict = city.verify(refreshable(city))
    assert verdict.outcome is Outcome.VALID
    assert "refreshed" in ids(verdict)
    assert verdict.credential is not None
    assert verdict.credential["credentialSubject"]["narrative"] == "Now with honours"
    assert city.pages.asked.count(URL) == 1


def test_newer_version_that_has_ended_counts(city: City) -> None:
    city.pages[URL] = refreshable(city, valid_from=LATER, valid_until=NOW)
    verdict = city.verify(refreshable(city))
    assert verdict.outcome is Outcome.INVALID
    assert {"refreshed", "expired"} <= ids(verdict)


def test_same_or_older_version_changes_nothing(city: City) -> None:
    badge = refreshable(city)
    city.pages[URL] = badge
    assert "refresh_current" in ids(city.verify(badge))
    city.pages[URL] = refreshable(city, valid_from=EARLIER - timedelta(days=1))
    assert "refresh_current" in ids(city.verify(badge))


def test_unreachable_service_is_indeterminate(city: City) -> None:
    verdict = city.verify(refreshable(city))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "refresh_unreachable" in ids(verdict)


@pytest.mark.parametrize("member", ["id", "issuer"])
def test_version_of_another_id_or_issuer_is_refused(city: City, member: str) -> None:
    other = City(did="did:web:other.example", pages=city.pages)
    if member == "id":
        city.pages[URL] = refreshable(city, id="urn:uuid:other", valid_from=LATER)
    else:
        city.pages[URL] = refreshable(other, valid_from=LATER)
    verdict = city.verify(refreshable(city))
    assert verdict.outcome is Outcome.INVALID
    assert "refresh_mismatch" in ids(verdict)


def test_forged_newer_version_is_invalid(city: City) -> None:
    document = json.loads(refreshable(city))
    document["validFrom"] = "2026-11-20T00:00:00Z"
    city.pages.put(URL, document)
    assert "proof_invalid" in ids(city.verify(refreshable(city)))


def test_service_of_another_kind_is_left_alone(city: City) -> None:
    document = city.credential()
    document["@context"].append("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    document["refreshService"] = {"id": URL, "type": "1EdTechRevocationList"}
    verdict = city.verify(city.sign(document))
    assert verdict.outcome is Outcome.VALID
    assert URL not in city.pages.asked

"""A badge whose key was withdrawn counts when its issuer, and nobody else, confirms its digest."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from colnode.openbadges.baking import bake_png, bake_svg
from colnode.openbadges.verify import Outcome, Verdict
from tests.openbadges.test_baking import SVG, png_bytes
from tests.openbadges.test_enclosed import record
from tests.openbadges.world import NOW, City, ids

HOME = "https://city.example/confirmations"


def withdrawn(city: City, *, service: Any = None) -> tuple[bytes, str]:
    """A badge whose key was withdrawn since, and its digest; `service` is in the DID document."""
    badge = city.badge(status=())
    city.revoked_at = NOW
    entry = {"id": "#c", "type": "CredentialConfirmation", "serviceEndpoint": HOME + "/"}
    city.publish(service=[{"type": "Other"}, "x", entry] if service is None else service)
    return badge, hashlib.sha256(badge).hexdigest()


def answer(city: City, digest: str, at: str = HOME, **changes: Any) -> None:
    city.pages.put(f"{at}/{digest}", {"issuer": city.did, "sha256": digest, **changes})


def is_doubtful(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.INDETERMINATE and "key_compromised" in ids(verdict)


def test_confirmed_badge_is_valid_and_says_so(city: City) -> None:
    badge, digest = withdrawn(city)
    answer(city, digest)
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.VALID
    assert {"proof_valid", "credential_confirmed"} <= ids(verdict)
    assert "key_compromised" not in ids(verdict)


def in_a_record(city: City, badge: bytes) -> bytes:
    """A learner record by somebody whose key stands, with the badge inside."""
    other = City(did="did:web:records.example", pages=city.pages)
    return record(other, badge)


FORMS: dict[str, Callable[[City, bytes], bytes]] = {
    "laid out": lambda _city, badge: json.dumps(json.loads(badge), indent=2).encode(),
    "escaped": lambda _city, badge: json.dumps(json.loads(badge)).encode(),
    "png": lambda _city, badge: bake_png(png_bytes(), badge),
    "svg": lambda _city, badge: bake_svg(SVG, badge),
    "record": in_a_record,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_badge_in_another_form_is_confirmed_too(city: City, form: str) -> None:
    badge, digest = withdrawn(city)
    document = FORMS[form](city, badge)
    assert city.verify(document).outcome is Outcome.INDETERMINATE
    answer(city, digest)
    assert city.verify(document).outcome is Outcome.VALID


def test_nobody_is_asked_about_a_key_that_stands(city: City) -> None:
    city.verify(city.badge())
    assert not [url for url in city.pages.asked if url.startswith(HOME)]


def test_no_answer_confirms_nothing(city: City) -> None:
    badge, _digest = withdrawn(city)
    assert is_doubtful(city.verify(badge))


@pytest.mark.parametrize(
    "changes", [{"issuer": "did:web:other.example"}, {"sha256": "0" * 64}, {"sha256": None}]
)
def test_an_answer_about_something_else_confirms_nothing(
    city: City, changes: dict[str, Any]
) -> None:
    badge, digest = withdrawn(city)
    answer(city, digest, **changes)
    assert is_doubtful(city.verify(badge))


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"issuer": 1, "issuer": 2}'])
def test_an_answer_that_is_none_confirms_nothing(city: City, body: bytes) -> None:
    badge, digest = withdrawn(city)
    city.pages[f"{HOME}/{digest}"] = body
    assert is_doubtful(city.verify(badge))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://helpful.example/confirmations",
        "http://city.example/confirmations",
        "https://city.example:8443/confirmations",
        "https://city.example@helpful.example/confirmations",
        "https://[broken",
        7,
    ],
)
def test_only_the_issuers_own_host_is_asked(city: City, endpoint: Any) -> None:
    entry = {"type": ["CredentialConfirmation"], "serviceEndpoint": endpoint}
    badge, digest = withdrawn(city, service=[entry])
    answer(city, digest, at=str(endpoint))
    assert is_doubtful(city.verify(badge))
    assert not [url for url in city.pages.asked if digest in url]


@pytest.mark.parametrize("service", [[], [{"type": "CredentialConfirmation"}]])
def test_an_issuer_without_the_service_is_not_asked(city: City, service: Any) -> None:
    badge, digest = withdrawn(city, service=service)
    answer(city, digest)
    assert is_doubtful(city.verify(badge))


def test_a_changed_badge_is_invalid_and_nobody_is_asked(city: City) -> None:
    badge, _digest = withdrawn(city)
    document = json.loads(badge)
    document["name"] = "Another"
    changed = json.dumps(document).encode()
    answer(city, hashlib.sha256(changed).hexdigest())
    verdict = city.verify(changed)
    assert verdict.outcome is Outcome.INVALID
    assert "credential_confirmed" not in ids(verdict)


def test_a_jwt_is_never_confirmed(city: City) -> None:
    from colnode.openbadges import issuing

    token = issuing.issue_jwt(
        city.credential(status=()),
        key=city.p256,
        verification_method=city.method(city.p256),
    ).encode()
    _badge, _digest = withdrawn(city)
    answer(city, hashlib.sha256(token).hexdigest())
    assert is_doubtful(city.verify(token))


def test_an_issuer_of_another_kind_is_not_asked(city: City) -> None:
    city.did = "https://city.example/issuer"
    badge = city.badge(status=())
    city.revoked_at = NOW
    digest = hashlib.sha256(badge).hexdigest()
    entry = {"type": "CredentialConfirmation", "serviceEndpoint": HOME}
    from colnode.openbadges.did import VerificationMethod, did_document

    methods = [VerificationMethod(city.method(city.ed25519), city.ed25519.public, revoked_at=NOW)]
    city.pages.put(city.did, {**did_document(city.did, methods), "service": [entry]})
    answer(city, digest)
    assert is_doubtful(city.verify(badge))

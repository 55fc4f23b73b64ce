"""Data Integrity proofs of every suite that is checked, and what is wrong with a proof."""

import json
from datetime import timedelta
from typing import Any

import pytest

from colnode.openbadges import contexts, data_integrity, issuing
from colnode.openbadges.keys import SigningKey
from colnode.openbadges.multibase import base58_encode
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, NOW, City, ids

V1 = [
    contexts.CREDENTIALS_V1,
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://w3id.org/security/suites/ed25519-2020/v1",
]


def prove(
    document: dict[str, Any], city: City, key: SigningKey, name: str, **options: Any
) -> dict[str, Any]:
    """The document with a proof of the named suite and these options."""
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": name,
        "created": "2026-10-24T12:00:00Z",
        "verificationMethod": city.method(key),
        "proofPurpose": "assertionMethod",
        **options,
    }
    if name == "Ed25519Signature2020":
        proof = {**proof, "type": name}
        del proof["cryptosuite"]
    suite = data_integrity.SUITES[name]
    signature = key.sign(data_integrity.hash_data(document, proof, suite, contexts.pinned()))
    return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(signature)}}


def old_style(city: City) -> dict[str, Any]:
    """A badge of the VC Data Model 1.1."""
    document = city.credential(status=())
    document["@context"] = V1
    document["issuanceDate"] = document.pop("validFrom")
    del document["credentialSubject"]["achievement"]["inLanguage"]
    return document


@pytest.mark.parametrize("name", sorted(data_integrity.SUITES))
def test_every_known_suite_is_checked(city: City, name: str) -> None:
    key = city.p256 if name.startswith("ecdsa") else city.ed25519
    document = old_style(city) if name == "Ed25519Signature2020" else city.credential()
    options = {"@context": document["@context"]} if "jcs" in name else {}
    signed = prove(document, city, key, name, **options)
    assert city.verify(signed).outcome is Outcome.VALID
    signed["credentialSubject"]["achievement"]["name"] = "Other"
    assert "proof_invalid" in ids(city.verify(signed))


def test_canonical_json_is_that_of_rfc_8785(city: City) -> None:
    """A value of each kind, in the order and the form of RFC 8785 section 3.2."""
    options = {"\u20ac": 1, "a": [True, None, '\u000f\n"\\'], "b": 1.5, "\r": 333333333.33333329}
    expected = '{"\\r":333333333.3333333,"a":[true,null,"\\u000f\\n\\"\\\\"],"b":1.5,"\u20ac":1}'
    assert data_integrity._jcs(options).decode() == expected
    assert city.did


def test_suite_of_another_kind_is_unsupported(city: City) -> None:
    document = json.loads(city.badge())
    for change in ({"cryptosuite": "bbs-2023"}, {"type": "JsonWebSignature2020"}):
        changed = {**document, "proof": {**document["proof"][0], **change}}
        verdict = city.verify(changed)
        assert verdict.outcome is not Outcome.VALID
        assert ids(verdict) & {"proof_unsupported", "term_undefined"}


def test_unknown_proof_beside_a_good_one_is_passed_over(city: City) -> None:
    document = json.loads(city.badge())
    document["proof"].insert(0, {"type": "SomeProof", "proofPurpose": "assertionMethod"})
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.VALID
    assert "proof_ignored" in ids(verdict)


def test_every_known_proof_must_hold(city: City) -> None:
    document = json.loads(city.badge())
    document["proof"].append({**document["proof"][0], "created": "2026-01-01T00:00:00Z"})
    assert "proof_invalid" in ids(city.verify(document))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"proofPurpose": "authentication"}, "proof_purpose"),
        ({"expires": "2026-11-01T00:00:00Z"}, "proof_expired"),
        ({"previousProof": "urn:uuid:p"}, "proof_unsupported"),
        ({"created": "yesterday"}, "date_malformed"),
    ],
)
def test_option_that_forbids_the_use_of_a_proof(
    city: City, options: dict[str, Any], reason: str
) -> None:
    signed = prove(city.credential(), city, city.ed25519, "eddsa-rdfc-2022", **options)
    verdict = city.verify(signed)
    assert verdict.outcome is not Outcome.VALID
    assert reason in ids(verdict)


def test_proof_that_still_may_be_used(city: City) -> None:
    options = {"expires": "2030-01-01T00:00:00Z"}
    signed = prove(city.credential(), city, city.ed25519, "eddsa-rdfc-2022", **options)
    assert city.verify(signed).outcome is Outcome.VALID


@pytest.mark.parametrize(
    "value", [None, 7, "", "z", "zIl", "z" + base58_encode(bytes(63)), "uAAAA", "f00"]
)
def test_signature_that_is_none_is_refused(city: City, value: object) -> None:
    document = json.loads(city.badge())
    document["proof"][0]["proofValue"] = value
    if value is None:
        del document["proof"][0]["proofValue"]
    assert "proof_malformed" in ids(city.verify(document))


def test_proof_without_a_key_and_no_proof(city: City) -> None:
    document = json.loads(city.badge())
    del document["proof"][0]["verificationMethod"]
    assert "proof_malformed" in ids(city.verify(document))
    del document["proof"]
    assert "proof_missing" in ids(city.verify(document))
    assert city.verify({**document, "proof": "signed"}).outcome is Outcome.INVALID
    proofs = [json.loads(city.badge())["proof"][0]] * 9
    assert "proof_malformed" in ids(city.verify({**document, "proof": proofs}))


def test_badge_of_tomorrow_is_not_valid_yet(city: City) -> None:
    badge = city.badge(valid_from=NOW + timedelta(days=1))
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.INVALID
    assert "not_yet_valid" in ids(verdict)
    assert not verdict.is_valid
    assert city.verify(badge, now=NOW + timedelta(days=1)).is_valid


def test_badge_ends_at_its_last_moment(city: City) -> None:
    badge = city.badge(valid_until=NOW)
    assert city.verify(badge, now=NOW - timedelta(seconds=1)).is_valid
    assert "expired" in ids(city.verify(badge, now=NOW))


def test_texts_in_several_languages_are_signed(city: City) -> None:
    document = city.credential()
    document["name"] = [
        {"@value": "River guide", "@language": "en"},
        {"@value": "Upės žinovas", "@language": "lt", "@direction": "ltr"},
    ]
    badge = city.sign(document)
    assert city.verify(badge).is_valid
    changed = json.loads(badge)
    changed["name"][1]["@language"] = "pl"
    assert "proof_invalid" in ids(city.verify(changed))
    changed["name"][1]["@language"] = "not a tag"
    assert "member_unsafe" in ids(city.verify(changed))


def test_key_that_has_expired_signs_nothing_more(city: City) -> None:
    from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url

    badge = city.badge()
    for expires_at, reason in (
        (EARLIER - timedelta(days=1), "key_expired"),
        (EARLIER + timedelta(days=1), "issuer_verified"),
    ):
        method = VerificationMethod(
            city.method(city.ed25519), city.ed25519.public, expires_at=expires_at
        )
        city.pages.put(did_web_to_url(city.did), did_document(city.did, [method]))
        verdict = city.verify(badge)
        assert reason in ids(verdict)


def test_fetches_of_one_verification_are_bounded(city: City) -> None:
    entries = tuple(issuing.StatusEntry(f"https://city.example/{n}", n) for n in range(8))
    city.pages.asked.clear()
    city.verify(city.badge(status=entries))
    assert len(city.pages.asked) <= 12
    too_many = (*entries, issuing.StatusEntry("https://city.example/9", 9))
    assert "status_incomplete" in ids(city.verify(city.badge(status=too_many)))

"""Compact JWS: everything that a lenient reader would let pass."""

import json
from typing import Any

import pytest

from colnode.openbadges import issuing, jose
from colnode.openbadges.keys import SigningKey
from colnode.openbadges.multibase import base64url_encode
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import City, ids


def token(city: City, header: dict[str, Any] | str | None = None, **claims: Any) -> bytes:
    """A JWT of the city's badge with a changed header or changed claims, signed rightly."""
    credential = city.credential()
    payload = {**credential, **jose.claims_of(credential), **claims}
    text = (
        header
        if isinstance(header, str)
        else json.dumps({"alg": "ES256", "kid": city.method(city.p256), **(header or {})})
    )
    signing_input = ".".join(
        base64url_encode(part.encode()) for part in (text, json.dumps(payload))
    )
    signature = city.p256.sign(signing_input.encode())
    return f"{signing_input}.{base64url_encode(signature)}".encode()


def test_the_plain_token_is_valid(city: City) -> None:
    assert city.verify(token(city)).outcome is Outcome.VALID


@pytest.mark.parametrize(
    "header",
    [
        {"crit": []},
        {"crit": ["exp"]},
        {"b64": False},
        {"b64": True},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": ["ES256"]},
        {"typ": "JWE"},
        {"zip": "DEF"},
        {"kid": "x" * 9000},
    ],
)
def test_header_that_changes_the_meaning_is_refused(city: City, header: dict[str, Any]) -> None:
    verdict = city.verify(token(city, header))
    assert verdict.outcome is Outcome.INVALID
    assert ids(verdict) == {"jwt_malformed"}


def test_duplicate_header_is_refused(city: City) -> None:
    header = '{"alg":"none","alg":"ES256","kid":"' + city.method(city.p256) + '"}'
    assert ids(city.verify(token(city, header))) == {"jwt_malformed"}


def test_long_header_of_a_real_badge_is_accepted(city: City) -> None:
    assert city.verify(token(city, {"x5c": ["A" * 1500]})).outcome is Outcome.VALID


def test_algorithm_of_another_key_is_refused(city: City) -> None:
    assert "proof_invalid" in ids(city.verify(token(city, {"alg": "EdDSA"})))


def test_base64url_that_is_not_canonical_is_refused(city: City) -> None:
    data = token(city)
    last = data[-1:]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(last) ^ 1 :][:1]
    assert ids(city.verify(data[:-1] + other)) == {"jwt_malformed"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "did:web:other.example"),
        ("sub", "urn:uuid:other"),
        ("jti", "urn:uuid:other"),
        ("nbf", 1),
        ("nbf", True),
        ("exp", 4102444800),
    ],
)
def test_claim_that_disagrees_is_refused(city: City, name: str, value: Any) -> None:
    verdict = city.verify(token(city, **{name: value}))
    assert verdict.outcome is Outcome.INVALID
    assert "claims_disagree" in ids(verdict)


def test_changed_payload_does_not_fit(city: City) -> None:
    header, payload, signature = token(city).split(b".")
    other = base64url_encode(json.dumps({**city.credential(), "name": "Other"}).encode())
    assert "proof_invalid" in ids(city.verify(b".".join((header, other.encode(), signature))))
    assert payload


def test_wrapped_credential_with_a_second_one_beside_it_is_refused(city: City) -> None:
    assert "claims_disagree" in ids(city.verify(token(city, vc=city.credential())))


def wrapped(city: City, **changes: Any) -> bytes:
    """A VC 1.1 style JWT with the credential in vc."""
    credential = city.credential()
    ob_context = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
    credential["@context"] = ["https://www.w3.org/2018/credentials/v1", ob_context]
    credential["issuanceDate"] = credential.pop("validFrom")
    del credential["credentialStatus"], credential["credentialSubject"]["achievement"]["inLanguage"]
    credential.update(changes)
    payload = {"vc": credential, **jose.claims_of(credential)}
    header = {"kid": city.method(city.p256), "typ": "JWT"}
    return jose.sign_compact(json.dumps(payload).encode(), header, city.p256).encode()


def test_version_1_badge_in_its_wrapper_is_valid_with_a_warning(city: City) -> None:
    verdict = city.verify(wrapped(city))
    assert verdict.outcome is Outcome.VALID
    assert "version_1" in ids(verdict)


def test_members_that_only_the_claims_give_are_put_back(city: City) -> None:
    payload = json.loads(json.dumps(city.credential()))
    credential = {n: v for n, v in payload.items() if n not in ("id",)}
    claims = {**jose.claims_of(payload)}
    header = {"kid": city.method(city.p256)}
    data = json.dumps({"vc": credential, **claims}).encode()
    verdict = city.verify(jose.sign_compact(data, header, city.p256).encode())
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary.id == payload["id"]


def test_undefined_term_inside_a_jwt_is_refused(city: City) -> None:
    assert "term_undefined" in ids(city.verify(token(city, colour="red")))


def test_badge_under_a_drafts_context_is_indeterminate(city: City) -> None:
    draft = "https://imsglobal.github.io/openbadges-specification/context.json"
    context = ["https://www.w3.org/2018/credentials/v1", draft]
    verdict = city.verify(wrapped(city, **{"@context": context}))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert {"context_unknown", "schema_unknown"} <= ids(verdict)


def test_payload_that_is_no_object_is_refused(city: City) -> None:
    header = {"kid": city.method(city.p256)}
    data = jose.sign_compact(b"[1]", header, city.p256).encode()
    assert ids(city.verify(data)) == {"jwt_malformed"}


def test_signing_keeps_the_key_address(city: City) -> None:
    compact = issuing.issue_jwt(
        city.credential(), key=city.p256, verification_method=city.method(city.p256)
    )
    header = jose.parse_compact(compact.encode()).header
    assert header == {"alg": "ES256", "kid": city.method(city.p256), "typ": "JWT"}


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"colour": "https://x.example/colour"}, "member_unsafe"),
        ("https://www.w3.org/ns/credentials/v2", "member_unsafe"),
    ],
)
def test_context_inside_a_jwt_is_refused(city: City, context: object, reason: str) -> None:
    subject = {**city.credential()["credentialSubject"], "@context": context}
    assert reason in ids(city.verify(token(city, credentialSubject=subject)))


def test_context_of_its_own_inside_a_jwt_makes_it_indeterminate(city: City) -> None:
    used = city.credential()["@context"]
    changes: Any = {"@context": [*used, {"colour": "https://x.example/colour"}]}
    verdict = city.verify(token(city, **changes))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "context_unknown" in ids(verdict)


DRAFT = [
    "https://www.w3.org/2018/credentials/v1",
    "https://imsglobal.github.io/openbadges-specification/context.json",
]


def test_issuer_without_an_id_is_refused_where_the_schema_is_not_asked(city: City) -> None:
    verdict = city.verify(wrapped(city, **{"@context": DRAFT, "issuer": {"name": "Nobody"}}))
    assert verdict.outcome is Outcome.INVALID
    assert "schema_invalid" in ids(verdict)


def test_odd_members_are_looked_at_where_the_schema_is_not_asked(city: City) -> None:
    members: dict[str, Any] = {"refreshService": ["https://city.example/new"]}
    verdict = city.verify(
        wrapped(
            city,
            **{"@context": DRAFT, "credentialStatus": "https://city.example/status/1"},
            **members,
        )
    )
    assert verdict.outcome is Outcome.INVALID
    assert "status_incomplete" in ids(verdict)


def test_record_under_a_drafts_context_is_indeterminate(city: City) -> None:
    clr = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
    changes: Any = {
        "@context": [DRAFT[0], clr, DRAFT[1]],
        "type": ["VerifiableCredential", "ClrCredential"],
        "credentialSubject": ["urn:uuid:somebody"],
    }
    verdict = city.verify(wrapped(city, **changes))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "schema_unknown" in ids(verdict)


def test_wrapped_credential_that_leaves_nothing_to_its_claims_is_read(city: City) -> None:
    payload = {"vc": json.loads(json.dumps(city.credential()))}
    header = {"kid": city.method(city.p256)}
    data = jose.sign_compact(json.dumps(payload).encode(), header, city.p256).encode()
    assert city.verify(data).outcome is Outcome.VALID


def test_identity_that_is_no_name_is_not_shown_as_one(city: City) -> None:
    document = city.credential()
    identity = {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "4711",
        "identityType": "studentId",
    }
    subject = {**document["credentialSubject"], "identifier": [identity]}
    verdict = city.verify(token(city, credentialSubject=subject))
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary.holder_name is None


@pytest.mark.parametrize("typ", [None, "JWT", "vc+jwt", "vc+ld+jwt", "application/vc+jwt"])
def test_every_usual_type_of_token_is_read(city: City, typ: str | None) -> None:
    assert city.verify(token(city, {"typ": typ} if typ else {})).outcome is Outcome.VALID


def signed_by_did_jwk(city: City, algorithm: str, key: SigningKey) -> bytes:
    """A JWT of an issuer that is its own did:jwk."""
    encoded = base64url_encode(json.dumps(key.public.jwk()).encode())
    did = f"did:jwk:{encoded}"
    credential = city.credential(issuer=issuing.IssuerProfile(did, "Somebody"), status=())
    header = {"alg": algorithm, "kid": f"{did}#0"}
    payload = {**credential, **jose.claims_of(credential)}
    return jose.sign_compact(json.dumps(payload).encode(), header, key).encode()


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "Ed25519"])
def test_issuer_that_is_a_did_jwk_is_valid_with_every_algorithm(city: City, algorithm: str) -> None:
    key = city.p256 if algorithm == "ES256" else city.ed25519
    verdict = city.verify(signed_by_did_jwk(city, algorithm, key))
    assert verdict.outcome is Outcome.VALID
    other = "EdDSA" if algorithm == "ES256" else "ES256"
    assert "proof_invalid" in ids(city.verify(signed_by_did_jwk(city, other, key)))

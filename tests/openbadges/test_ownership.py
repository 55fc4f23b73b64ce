"""Whose key signed: only the issuer's own word makes a badge valid."""

import json
from typing import Any

import pytest

from colnode.openbadges import issuing
from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey
from colnode.openbadges.multibase import base58_encode, base64url_encode
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, NOW, City, ids

STRANGER = "did:web:stranger.example"


def test_key_that_the_issuer_does_not_list_is_invalid(city: City) -> None:
    badge = city.badge()
    city.ed25519 = SigningKey.generate()
    city.publish()
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.INVALID
    assert "key_not_listed" in ids(verdict)


def test_key_listed_for_other_purposes_only_is_invalid(city: City) -> None:
    badge = city.badge()
    city.publish(assertionMethod=[city.method(city.p256)])
    assert "key_not_listed" in ids(city.verify(badge))


def test_retired_key_that_stays_listed_is_valid(city: City) -> None:
    badge = city.badge()
    old = VerificationMethod(city.method(city.ed25519), city.ed25519.public)
    new_key = SigningKey.generate()
    new = VerificationMethod(city.method(new_key), new_key.public)
    city.pages.put(did_web_to_url(city.did), did_document(city.did, [new, old]))
    assert city.verify(badge).outcome is Outcome.VALID


def test_compromised_key_is_indeterminate_whatever_date_is_claimed(city: City) -> None:
    badge = city.badge()
    city.revoked_at = NOW
    city.publish()
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "key_compromised" in ids(verdict)


def test_unreachable_issuer_with_key_in_the_fragment_is_unverified(city: City) -> None:
    badge = city.badge(status=())
    del city.pages[did_web_to_url(city.did)]
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert {"proof_valid", "issuer_unverified"} <= ids(verdict)


def test_unreachable_issuer_without_a_key_is_unavailable(city: City) -> None:
    badge = issuing.issue(
        city.credential(),
        key=city.ed25519,
        verification_method=f"{city.did}#key-1",
        created=EARLIER,
    )
    del city.pages[did_web_to_url(city.did)]
    assert "key_unavailable" in ids(city.verify(badge))


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"id": "did:web:other.example"}'])
def test_issuer_that_answers_something_else_counts_as_unreachable(
    city: City, answer: bytes
) -> None:
    badge = city.badge(status=())
    city.pages[did_web_to_url(city.did)] = answer
    assert "issuer_unverified" in ids(city.verify(badge))


def strangers_badge(city: City, method: str, key: SigningKey) -> bytes:
    return issuing.issue(
        city.credential(status=()), key=key, verification_method=method, created=EARLIER
    )


def test_strangers_did_key_in_the_issuers_name_is_invalid(city: City) -> None:
    key = SigningKey.generate()
    verdict = city.verify(strangers_badge(city, key.public.did_key, key))
    assert verdict.outcome is Outcome.INVALID
    assert {"proof_valid", "key_not_listed"} <= ids(verdict)


def test_strangers_did_web_in_the_issuers_name_is_invalid(city: City) -> None:
    key = SigningKey.generate()
    method = f"{STRANGER}#{key.multibase}"
    document = did_document(STRANGER, [VerificationMethod(method, key.public)])
    city.pages.put(did_web_to_url(STRANGER), document)
    assert "key_not_listed" in ids(city.verify(strangers_badge(city, method, key)))


def test_strangers_key_proves_nothing_about_an_unreachable_issuer(city: City) -> None:
    key = SigningKey.generate()
    badge = strangers_badge(city, key.public.did_key, key)
    del city.pages[did_web_to_url(city.did)]
    assert "issuer_unverified" in ids(city.verify(badge))


def test_issuer_that_is_a_did_key_speaks_for_itself(city: City) -> None:
    key = SigningKey.generate()
    did = key.public.did_key
    badge = issuing.issue(
        city.credential(issuer=issuing.IssuerProfile(did, "Myself"), status=()),
        key=key,
        verification_method=f"{did}#{key.multibase}",
        created=EARLIER,
    )
    assert city.verify(badge).outcome is Outcome.VALID


def test_did_key_with_another_fragment_is_refused(city: City) -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    method = f"{key.public.did_key}#{other.multibase}"
    assert "key_unusable" in ids(city.verify(strangers_badge(city, method, key)))


def test_https_issuer_with_a_controller_document_is_verified(city: City) -> None:
    issuer = "https://issuer.example/profile"
    key = SigningKey.generate()
    method = f"{issuer}#{key.multibase}"
    city.pages.put(issuer, did_document(issuer, [VerificationMethod(method, key.public)]))
    badge = issuing.issue(
        city.credential(issuer=issuing.IssuerProfile(issuer, "Site"), status=()),
        key=key,
        verification_method=method,
        created=EARLIER,
    )
    assert city.verify(badge).outcome is Outcome.VALID


def test_key_document_of_its_own_counts_when_the_issuer_lists_the_key(city: City) -> None:
    url = "https://city.example/keys/1"
    city.pages.put(
        url,
        {
            "id": url,
            "type": "Multikey",
            "controller": city.did,
            "publicKeyMultibase": city.ed25519.multibase,
        },
    )
    badge = issuing.issue(
        city.credential(), key=city.ed25519, verification_method=url, created=EARLIER
    )
    assert city.verify(badge).outcome is Outcome.VALID


def test_small_order_key_is_refused(city: City) -> None:
    weak = "z" + base58_encode(b"\xed\x01" + bytes(32))
    document = json.loads(city.badge(status=()))
    document["proof"][0]["verificationMethod"] = f"did:key:{weak}"
    document["issuer"]["id"] = f"did:key:{weak}"
    verdict = city.verify(document)
    assert verdict.outcome is Outcome.INVALID
    assert "key_unusable" in ids(verdict)


def test_key_of_the_wrong_kind_for_the_suite_is_refused(city: City) -> None:
    document = json.loads(city.badge())
    document["proof"][0]["verificationMethod"] = city.method(city.p256)
    assert "proof_invalid" in ids(city.verify(document))


def test_https_kid_and_key_set(city: City) -> None:
    kid = "https://city.example/jwks.json#one"
    jwk = {**city.p256.public.jwk(), "kid": "one"}
    city.pages.put("https://city.example/jwks.json", {"keys": [jwk]})
    token = issuing.issue_jwt(city.credential(), key=city.p256, verification_method=kid)
    assert city.verify(token.encode()).outcome is Outcome.VALID


def jwt_with_header(city: City, header: dict[str, Any], key: SigningKey) -> bytes:
    from colnode.openbadges import jose

    claims = jose.claims_of(city.credential())
    payload = json.dumps({**city.credential(), **claims}).encode()
    return jose.sign_compact(payload, header, key).encode()


def test_jwk_in_the_header_counts_when_the_issuer_lists_the_key(city: City) -> None:
    token = jwt_with_header(city, {"jwk": city.p256.public.jwk()}, city.p256)
    assert city.verify(token).outcome is Outcome.VALID


def test_strangers_jwk_in_the_header_is_invalid(city: City) -> None:
    stranger = SigningKey.generate(KeyKind.P256)
    token = jwt_with_header(city, {"jwk": stranger.public.jwk()}, stranger)
    assert "key_not_listed" in ids(city.verify(token))


def test_kid_without_an_address_belongs_to_the_issuer(city: City) -> None:
    token = jwt_with_header(city, {"kid": city.p256.multibase}, city.p256)
    assert city.verify(token).outcome is Outcome.VALID
    token = jwt_with_header(city, {"kid": f"#{city.p256.multibase}"}, city.p256)
    assert city.verify(token).outcome is Outcome.VALID


def test_jwt_without_any_key_is_unavailable(city: City) -> None:
    assert "key_unavailable" in ids(city.verify(jwt_with_header(city, {}, city.p256)))


def test_private_or_symmetric_jwk_in_the_header_is_refused(city: City) -> None:
    for jwk in ({"kty": "oct", "k": base64url_encode(b"x" * 32)}, {"kty": "OKP", "d": "x"}):
        token = jwt_with_header(city, {"jwk": jwk}, city.p256)
        assert "key_unusable" in ids(city.verify(token))


def test_rsa_key_signs_for_others(city: City) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = VerifyingKey(KeyKind.RSA, private.public_key())
    header = {"alg": "RS256", "jwk": key.jwk()}
    claims = {"iss": city.did}
    parts = [header, {**city.credential(), **claims}]
    signing_input = ".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    signature = private.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    token = f"{signing_input}.{base64url_encode(signature)}".encode()
    assert {"proof_valid", "key_not_listed"} <= ids(city.verify(token))
    city.publish(
        verificationMethod=[
            {
                "id": f"{city.did}#rsa",
                "type": "JsonWebKey",
                "controller": city.did,
                "publicKeyJwk": key.jwk(),
            }
        ],
        assertionMethod=["#rsa"],
    )
    assert "issuer_verified" in ids(city.verify(token))


def test_key_document_that_is_one_jwk(city: City) -> None:
    url = "https://city.example/keys/jwk"
    city.pages.put(url, city.p256.public.jwk())
    token = jwt_with_header(city, {"kid": url}, city.p256)
    assert city.verify(token).outcome is Outcome.VALID


def test_key_document_that_cannot_be_had_or_names_another(city: City) -> None:
    url = "https://city.example/keys/1"
    badge = issuing.issue(
        city.credential(), key=city.ed25519, verification_method=url, created=EARLIER
    )
    assert "key_unavailable" in ids(city.verify(badge))
    city.pages.put(url, {"id": "https://city.example/keys/2", "type": "Multikey"})
    assert "key_not_listed" in ids(city.verify(badge))


def test_key_address_that_leads_nowhere_is_unavailable(city: City) -> None:
    badge = issuing.issue(
        city.credential(), key=city.ed25519, verification_method="urn:key:1", created=EARLIER
    )
    assert "key_unavailable" in ids(city.verify(badge))


def test_issuer_that_is_the_did_key_in_the_header(city: City) -> None:
    key = SigningKey.generate(KeyKind.P256)
    credential = city.credential(
        issuer=issuing.IssuerProfile(key.public.did_key, "Myself"), status=()
    )
    from colnode.openbadges import jose

    payload = json.dumps(credential).encode()
    token = jose.sign_compact(payload, {"jwk": key.public.jwk()}, key).encode()
    assert city.verify(token).outcome is Outcome.VALID


def test_header_key_counts_when_the_named_one_cannot_be_had(city: City) -> None:
    header = {"kid": "https://gone.example/key", "jwk": city.p256.public.jwk()}
    assert city.verify(jwt_with_header(city, header, city.p256)).outcome is Outcome.VALID


def test_key_set_of_an_https_issuer_counts(city: City) -> None:
    issuer = "https://issuer.example/profile"
    keys = [None, {"kty": "oct"}, {**city.p256.public.jwk(), "kid": "k"}]
    city.pages.put(issuer, {"id": issuer, "keys": keys})
    credential = city.credential(issuer=issuing.IssuerProfile(issuer, "Site"), status=())
    from colnode.openbadges import jose

    for header in ({"jwk": city.p256.public.jwk()}, {"kid": f"{issuer}#k"}):
        token = jose.sign_compact(json.dumps(credential).encode(), header, city.p256).encode()
        assert city.verify(token).outcome is Outcome.VALID


def test_issuer_that_answers_as_another_confirms_nothing(city: City) -> None:
    key = SigningKey.generate()
    city.pages.put(did_web_to_url(city.did), {"id": "did:web:other.example"})
    verdict = city.verify(strangers_badge(city, key.public.did_key, key))
    assert "issuer_unverified" in ids(verdict)


def test_key_is_found_among_several_in_a_document_of_its_own(city: City) -> None:
    url = "https://city.example/keys"
    methods = [
        {
            "id": f"{url}#{name}",
            "type": "Multikey",
            "controller": url,
            "publicKeyMultibase": key.multibase,
        }
        for name, key in (("p", city.p256), ("e", city.ed25519))
    ]
    city.pages.put(url, {"id": url, "verificationMethod": methods, "assertionMethod": []})
    for name, outcome in (("e", Outcome.VALID), ("none", Outcome.INVALID)):
        badge = issuing.issue(
            city.credential(),
            key=city.ed25519,
            verification_method=f"{url}#{name}",
            created=EARLIER,
        )
        assert city.verify(badge).outcome is outcome

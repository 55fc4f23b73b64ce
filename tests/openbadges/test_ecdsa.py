"""ECDSA proofs with keys of both curves: published vectors hold, and P-384 badges of others."""

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from colnode.errors import Invalid
from colnode.openbadges import data_integrity, issuing
from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey
from colnode.openbadges.multibase import base58_encode, decode
from colnode.openbadges.verify import Outcome
from tests.openbadges.test_vectors import with_examples
from tests.openbadges.world import City, ids

# W3C, test vectors of Data Integrity ECDSA Cryptosuites 1.0 (github.com/w3c/vc-di-ecdsa,
# TestVectors): one document, signed by each suite with a key of each curve.
DOCUMENT = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/examples/v2",
    ],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
P256 = "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
P384 = "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ"
SIGNED = {
    ("ecdsa-rdfc-2019", P256): (
        "zaHXrr7AQdydBk3ahpCDpWbxfLokDqmCToYm2dyWvpcFVyWooC2he63w1f7UNQoAMKdhaRtcnaE2KTo5o5vTCcfw"
    ),
    ("ecdsa-rdfc-2019", P384): (
        "z967Mvv5bxtmLNqTzPZ8KmJjFmFXaAKeQNzq7GWnQkMcLtaGSSmuozE5WtJ8PipMe178B1tE28K1vsJur9bGVJhz6j"
        "gSJsRHFSQeqgH8hhjcg8gZDFJC1b9FsR5ggNmDBqHv"
    ),
    ("ecdsa-jcs-2019", P256): (
        "zq6PrUMCtqY5obCSsrQxuFJdGffCDxvFuopdZiBPUBRTFEs1VVsBZi8YiEwVWgHYrXxoV93gBHqGDBtQLPFxpZxz"
    ),
    ("ecdsa-jcs-2019", P384): (
        "zR3krc7pt9Dpn1PY2u8HWPePggtzAG2SuH2ZGNrzw8Ku3QrFLWgDTjS5mCWy65ShixJEtpMwfviAFfh5xTgd5FGN1s"
        "SbpPJ5djqSZQLqQkY8KLBPNswuqKtq3bS8f9vEHm8w"
    ),
}
COMBINED_384 = (
    "e32805a26492eac777aa7a138f6d8da3c74e0c7be7b296dcaccf97420c3b92eaad7be6449ca565e165031567f5c7cb"
    "c18bf6e01df72c5b62f91b685231915ac4b8c58ea95f002c6b8f6bfafa1b251df476b56b8e01518e317dab099d3ecb"
    "ff96"
)


def proof_of(suite: str, key: str) -> dict[str, Any]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{key}#{key}",
        "proofPurpose": "assertionMethod",
        "proofValue": SIGNED[suite, key],
    }


@pytest.mark.parametrize(("suite", "key"), SIGNED)
def test_a_published_vector_holds_and_a_changed_one_does_not(suite: str, key: str) -> None:
    verifying = VerifyingKey.from_multibase(key)
    proof = proof_of(suite, key)
    for document, holds in ((DOCUMENT, True), ({**DOCUMENT, "name": "Other"}, False)):
        hashed = hash_of(document, proof, verifying.kind)
        signature = decode(proof["proofValue"])
        assert verifying.verify(signature, hashed) is holds


def hash_of(document: Mapping[str, Any], proof: Mapping[str, Any], kind: KeyKind) -> bytes:
    suite = data_integrity.SUITES[proof["cryptosuite"]]
    return data_integrity.hash_data(document, proof, suite, with_examples(), kind=kind)


def test_the_published_hash_of_p384_comes_out() -> None:
    hashed = hash_of(DOCUMENT, proof_of("ecdsa-rdfc-2019", P384), KeyKind.P384)
    assert hashed.hex() == COMBINED_384


class P384Issuer:
    """An issuer with a P-384 key, which this library verifies with and never makes."""

    def __init__(self, city: City) -> None:
        self._private = ec.generate_private_key(ec.SECP384R1())
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public = VerifyingKey.from_public_bytes(KeyKind.P384, point)
        self.method = f"{city.did}#{self.public.multibase}"
        document = did_document(city.did, [VerificationMethod(self.method, self.public)])
        city.pages.put(did_web_to_url(city.did), document)

    def sign(self, document: Mapping[str, Any], suite: str) -> dict[str, Any]:
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": "2026-10-24T12:00:00Z",
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        }
        if "jcs" in suite:
            proof["@context"] = document["@context"]
        signature = self._private.sign(
            hash_of(document, proof, KeyKind.P384), ec.ECDSA(hashes.SHA384())
        )
        r, s = (number.to_bytes(48, "big") for number in decode_dss_signature(signature))
        return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(r + s)}}


def alike(city: City) -> dict[str, Any]:
    """A badge whose blank nodes get their names by their hashes."""
    evidence = tuple(issuing.Evidence(narrative=word) for word in ("One", "Two", "Three"))
    return city.credential(status=(), evidence=evidence)


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
def test_badge_of_a_p384_key_is_valid_and_a_changed_one_is_not(city: City, suite: str) -> None:
    issuer = P384Issuer(city)
    signed = issuer.sign(alike(city), suite)
    assert city.verify(signed).outcome is Outcome.VALID
    signed["credentialSubject"]["achievement"]["name"] = "Other"
    assert "proof_invalid" in ids(city.verify(signed))


def test_signature_of_one_curve_is_none_of_the_other(city: City) -> None:
    issuer = P384Issuer(city)
    signed = issuer.sign(alike(city), "ecdsa-rdfc-2019")
    short = {**signed["proof"], "proofValue": "z" + base58_encode(bytes(64))}
    assert "proof_malformed" in ids(city.verify({**signed, "proof": short}))
    wrong = {**signed["proof"], "cryptosuite": "eddsa-rdfc-2022"}
    assert "proof_invalid" in ids(city.verify({**signed, "proof": wrong}))


def test_p384_keys_are_read_in_every_form_and_never_made(city: City) -> None:
    public = P384Issuer(city).public
    assert VerifyingKey.from_multibase(public.multibase) == public
    assert VerifyingKey.from_jwk(public.jwk()) == public
    assert public.did_key.startswith("did:key:z82")
    assert not public.verify(bytes(64), b"")
    with pytest.raises(Invalid):
        SigningKey.generate(KeyKind.P384)
    with pytest.raises(Invalid):
        SigningKey.from_private_bytes(KeyKind.P384, bytes(48))
    with pytest.raises(Invalid):
        VerifyingKey.from_public_bytes(KeyKind.P384, bytes(49))

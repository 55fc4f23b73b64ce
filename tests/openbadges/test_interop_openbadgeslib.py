"""An independent library reads what is issued here, and the other way round."""

import json
from typing import Any

import pytest
from openbadgeslib import ob3

from colnode.openbadges import issuing
from colnode.openbadges.keys import SigningKey, VerifyingKey
from colnode.openbadges.status_list import BitstringStatusList
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, City, ids


def public_pem(key: SigningKey) -> bytes:
    pem: bytes = key.public.as_jose().as_pem(private=False)
    return pem


def private_pem(key: SigningKey) -> bytes:
    pem: bytes = key.as_jose().as_pem(private=True)
    return pem


def badges(city: City) -> list[dict[str, Any]]:
    evidence = issuing.Evidence("https://x.example/1", "Seen", "Name")
    return [
        city.credential(),
        city.credential(status=(), subject=issuing.Subject("urn:uuid:s", "Ona"), narrative="N"),
        city.credential(evidence=(evidence, issuing.Evidence(narrative="Told"))),
    ]


@pytest.mark.parametrize("number", range(3))
def test_data_integrity_badge_verifies_there(city: City, number: int) -> None:
    credential = badges(city)[number]
    read = ob3.OB3LdpVerifier(public_pem(city.ed25519)).verify(city.sign(credential))
    assert read.id == credential["id"]
    assert read.achievement.name == "Šiaulių upės žinovas"


@pytest.mark.parametrize("number", range(3))
def test_jwt_badge_verifies_there(city: City, number: int) -> None:
    credential = badges(city)[number]
    token = issuing.issue_jwt(credential, key=city.p256, verification_method=city.method(city.p256))
    assert ob3.OB3Verifier(public_pem(city.p256)).verify(token).id == credential["id"]


def test_changed_badge_fails_there(city: City) -> None:
    document = json.loads(city.badge())
    document["credentialSubject"]["achievement"]["name"] = "Other"
    with pytest.raises(ob3.OB3VerificationError):
        ob3.OB3LdpVerifier(public_pem(city.ed25519)).verify(document)


def their_credential(issuer: str) -> Any:
    return ob3.OpenBadgeCredential(
        issuer=ob3.Issuer(id=issuer, name="Their issuer"),
        recipient_id="urn:uuid:018f2b4e-0000-7000-8000-00000000000a",
        achievement=ob3.Achievement(
            id="https://other.example/a/1",
            name="Their badge",
            description="Text",
            criteria_narrative="Do it",
        ),
        issuance_date=EARLIER,
    )


def test_their_data_integrity_badge_is_valid_here(city: City) -> None:
    signer = ob3.OB3LdpSigner(private_pem(city.ed25519), city.method(city.ed25519))
    document = signer.sign_to_json(their_credential(city.did))
    verdict = city.verify(document.encode())
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary.name == "Their badge"


def test_their_jwt_badge_is_valid_here(city: City) -> None:
    token = ob3.OB3Signer(private_pem(city.p256), "ES256").sign(their_credential(city.did))
    verdict = city.verify(token.encode())
    assert verdict.outcome is Outcome.VALID
    assert "issuer_verified" in ids(verdict)


def test_same_document_gives_the_same_proof_there(city: City) -> None:
    credential = city.credential()
    theirs = ob3.add_data_integrity_proof(
        credential, private_pem(city.ed25519), city.method(city.ed25519), created=EARLIER
    )
    ours = json.loads(city.sign(credential))["proof"][0]
    proof = theirs["proof"][0] if isinstance(theirs["proof"], list) else theirs["proof"]
    assert proof["proofValue"] == ours["proofValue"]


def test_status_list_is_read_there() -> None:
    bits = BitstringStatusList()
    bits[77] = bits[131_071] = True
    assert ob3.set_indices(ob3.decode_encoded_list(bits.encode())) == {77, 131_071}


def test_did_document_is_read_there(city: City) -> None:
    from colnode.openbadges.did import did_web_to_url

    url = did_web_to_url(city.did)
    verifier = ob3.OB3LdpVerifier.for_issuer_did(city.did)
    read = verifier.verify(city.badge(), download=lambda asked: city.pages[url] if asked else b"")
    assert read.issuer.id == city.did
    assert VerifyingKey.from_multibase(city.ed25519.multibase) == city.ed25519.public

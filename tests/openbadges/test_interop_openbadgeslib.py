"""An independent library reads what is issued here, and the other way round."""

import io
import json
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from openbadgeslib import baking as their_baking
from openbadgeslib import ob2, ob3
from PIL import Image

from colnode.openbadges import issuing, jose
from colnode.openbadges.baking import bake_png, bake_svg
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.keys import SigningKey, VerifyingKey
from colnode.openbadges.status_list import BitstringStatusList
from colnode.openbadges.verify import Outcome, verify
from tests.openbadges.test_ob2 import BASE, PRIVATE, Issuer
from tests.openbadges.world import EARLIER, LIST_URL, NOW, City, ids

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, "PNG")
    return stream.getvalue()


PNG = picture()


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


def their_full_credential(city: City) -> Any:
    """Everything that their model of a badge has."""
    credential = their_credential(city.did)
    alignment = ob3.Alignment("Ecology", "https://esco.example/1", "ESCO", "1", "Of rivers")
    grade = ob3.ResultDescription("urn:uuid:grade", "Grade", "LetterGrade", ["A", "B"])
    credential.achievement.tags = ["river", "nature"]
    credential.achievement.alignments = [alignment]
    credential.achievement.result_descriptions = [grade]
    credential.achievement.credits_available = 2.5
    credential.achievement.image_url = "https://other.example/a/1.png"
    credential.results = [ob3.Result("A", result_description=grade.id)]
    credential.evidence = [ob3.Evidence("https://x.example/e", "Seen", "Name")]
    credential.identifiers = [ob3.IdentityObject("Ona", "name", False)]
    credential.credits_earned = 1.5
    credential.expiration_date = NOW.replace(year=2099)
    return credential


def test_their_full_badges_are_valid_here_in_every_form(city: City) -> None:
    credential = their_full_credential(city)
    data_integrity = ob3.OB3LdpSigner(private_pem(city.ed25519), city.method(city.ed25519))
    token = ob3.OB3Signer(private_pem(city.p256), "ES256")
    edwards = ob3.OB3Signer(private_pem(city.ed25519), "EdDSA")
    for badge in (
        data_integrity.sign_to_json(credential).encode(),
        data_integrity.sign_into_png(credential, PNG),
        data_integrity.sign_into_svg(credential, SVG),
        token.sign(credential).encode(),
        token.sign_into_png(credential, PNG),
        token.sign_into_svg(credential, SVG),
        edwards.sign(credential).encode(),
    ):
        verdict = city.verify(badge)
        assert verdict.outcome is Outcome.VALID, [item.text for item in verdict.findings]
        assert verdict.summary.holder_name == "Ona"


def test_badge_in_our_pictures_is_found_and_verifies_there(city: City) -> None:
    text = city.badge().decode()
    from_png = their_baking.extract_png(bake_png(PNG, text), keyword=their_baking.ITXT_KEYWORD_OB3)
    from_svg = their_baking.extract_svg(
        bake_svg(SVG, text), element="openbadges:credential", text_fallback=True
    )
    verifier = ob3.OB3LdpVerifier(public_pem(city.ed25519))
    for found in (from_png, from_svg):
        assert found == text
        assert verifier.verify(found).achievement.name == "Šiaulių upės žinovas"


def their_status_list(city: City, bits: list[int]) -> tuple[str, datetime]:
    """Their token is of the second in which it is signed, whatever date the list has."""
    while True:
        document = ob3.build_status_list_credential(city.did, LIST_URL, "revocation", bits)
        token = ob3.sign_status_list_credential(document, private_pem(city.p256), "ES256")
        moment = parse_datetime(document["validFrom"])
        if jose.parse_compact(token.encode()).payload["nbf"] == int(moment.timestamp()):
            return token, moment


def test_their_status_list_in_a_jwt_is_read_here(city: City) -> None:
    badge = city.badge()
    for bits, expected in (([], "not_revoked"), ([77], "revoked")):
        token, moment = their_status_list(city, bits)
        city.pages[LIST_URL] = token.encode()
        assert expected in ids(city.verify(badge, now=max(moment, NOW)))


def test_our_endorsement_token_verifies_there(city: City) -> None:
    document = issuing.build_endorsement(
        id="urn:uuid:e",
        issuer=issuing.IssuerProfile(city.did, "City Library"),
        subject_id="https://city.example/achievements/1",
        comment="Good work",
        valid_from=EARLIER,
    )
    token = issuing.issue_jwt(document, key=city.p256, verification_method=city.method(city.p256))
    read = ob3.verify_endorsement_jwt(token, endorser_pubkey_pem=public_pem(city.p256))
    assert read["comment"] == "Good work"


def test_their_learner_record_is_valid_here(city: City) -> None:
    identifier = {
        "type": "IdentityObject",
        "identityHash": "Ona",
        "identityType": "name",
        "hashed": False,
    }
    document = ob3.build_clr_credential(
        {"id": city.did, "type": ["Profile"], "name": "City Library"},
        [identifier],
        [json.loads(city.badge()), json.loads(city.badge(id="urn:uuid:second"))],
        credential_id="urn:uuid:record",
        valid_from=EARLIER,
    )
    signed = ob3.sign_clr_credential(document, private_pem(city.ed25519), city.method(city.ed25519))
    verdict = city.verify(signed)
    assert verdict.outcome is Outcome.VALID, [item.text for item in verdict.findings]


def test_their_signed_2_0_badge_is_valid_here() -> None:
    issuer = Issuer()
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assertion = ob2.Assertion(
        recipient=ob2.IdentityObject("sha256$00", salt="s"),
        badge=f"{BASE}/badge",
        verification=ob2.Verification("SignedBadge", f"{BASE}/key"),
        id="urn:uuid:018f2b4e-0000-7000-8000-00000000000a",
        issued_on=EARLIER,
    )
    signer = ob2.OB2Signer(pem, "RS256")
    for badge in (
        signer.sign(assertion).encode(),
        signer.sign_into_png(assertion, PNG),
        signer.sign_into_svg(assertion, SVG),
    ):
        verdict = verify(badge, resolver=issuer.pages, now=NOW)
        assert verdict.outcome is Outcome.VALID, [item.text for item in verdict.findings]

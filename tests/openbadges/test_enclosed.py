"""Endorsements inside a badge, and badges inside a learner record."""

import json
from typing import Any

import pytest

from colnode.errors import Invalid
from colnode.openbadges import issuing
from colnode.openbadges.verify import Kind, Outcome, Verdict
from tests.openbadges.world import EARLIER, NOW, City, ids

ACHIEVEMENT = "https://city.example/achievements/1"


def endorsement(endorser: City, **changes: Any) -> dict[str, Any]:
    document = issuing.build_endorsement(
        **{
            "id": "urn:uuid:endorsement",
            "issuer": issuing.IssuerProfile(endorser.did, "Chamber of Commerce"),
            "subject_id": ACHIEVEMENT,
            "comment": "Useful at work",
            "valid_from": EARLIER,
            **changes,
        }
    )
    return dict(json.loads(endorser.sign(document)))


def badge_with(city: City, *endorsements: dict[str, Any]) -> bytes:
    achievement = issuing.AchievementData(
        ACHIEVEMENT, "Name", "Text", "Do it", endorsements=endorsements
    )
    return city.badge(achievement=achievement)


def chamber(city: City) -> City:
    other = City(did="did:web:chamber.example", pages=city.pages)
    city.publish()
    return other


def verify_with(city: City, document: dict[str, Any]) -> Verdict:
    return city.verify(badge_with(city, document))


def test_endorsement_by_somebody_who_confirms_it_counts(city: City) -> None:
    verdict = verify_with(city, endorsement(chamber(city)))
    assert verdict.outcome is Outcome.VALID
    assert "endorsement_valid" in ids(verdict)
    (inside,) = verdict.endorsements
    assert inside.kind is Kind.ENDORSEMENT
    assert inside.summary.issuer_name == "Chamber of Commerce"


def test_forged_endorsement_makes_the_badge_invalid(city: City) -> None:
    document = endorsement(chamber(city))
    document["credentialSubject"]["endorsementComment"] = "The best of all"
    verdict = verify_with(city, document)
    assert verdict.outcome is Outcome.INVALID
    assert "endorsement_invalid" in ids(verdict)


def test_ended_endorsement_only_does_not_count(city: City) -> None:
    verdict = verify_with(city, endorsement(chamber(city), valid_until=NOW))
    assert verdict.outcome is Outcome.VALID
    assert "endorsement_ended" in ids(verdict)


def test_endorsement_that_nobody_confirms_does_not_count(city: City) -> None:
    other = chamber(city)
    document = endorsement(other)
    city.pages.pop("https://chamber.example/.well-known/did.json")
    verdict = verify_with(city, document)
    assert verdict.outcome is Outcome.VALID
    assert "endorsement_unverified" in ids(verdict)


def test_endorsement_of_something_else_does_not_count(city: City) -> None:
    document = endorsement(chamber(city), subject_id="https://city.example/achievements/2")
    assert "endorsement_foreign" in ids(verify_with(city, document))


def test_undefined_word_inside_an_endorsement_is_refused(city: City) -> None:
    document = json.loads(badge_with(city, endorsement(chamber(city))))
    inside = document["credentialSubject"]["achievement"]["endorsement"][0]
    inside["credentialSubject"]["colour"] = "red"
    assert "term_undefined" in ids(city.verify(document))


def test_undefined_type_inside_an_endorsement_is_refused(city: City) -> None:
    document = json.loads(badge_with(city, endorsement(chamber(city))))
    inside = document["credentialSubject"]["achievement"]["endorsement"][0]
    for path in (inside, inside["credentialSubject"], inside["issuer"]):
        types, path["type"] = path["type"], [*path["type"], "Undefined"]
        assert "term_undefined" in ids(city.verify(document))
        path["type"] = types
    assert city.verify(document).outcome is Outcome.VALID


def test_hidden_member_inside_an_endorsement_is_refused(city: City) -> None:
    document = json.loads(badge_with(city, endorsement(chamber(city))))
    inside = document["credentialSubject"]["achievement"]["endorsement"][0]
    inside["https://www.w3.org/2018/credentials#validUntil"] = "2020-01-01T00:00:00Z"
    assert "member_unsafe" in ids(city.verify(document))


def test_endorsement_as_jwt_counts(city: City) -> None:
    other = chamber(city)
    document = issuing.build_endorsement(
        id="urn:uuid:endorsement",
        issuer=issuing.IssuerProfile(other.did, "Chamber of Commerce"),
        subject_id=city.did,
        comment="A good issuer",
        valid_from=EARLIER,
    )
    token = issuing.issue_jwt(
        document, key=other.p256, verification_method=other.method(other.p256)
    )
    badge = city.credential()
    badge["issuer"]["endorsementJwt"] = [token]
    assert "endorsement_valid" in ids(city.verify(city.sign(badge)))
    badge["issuer"]["endorsementJwt"] = ["eyJhbGciOiJub25lIn0.e30.AAAA"]
    assert "endorsement_invalid" in ids(city.verify(city.sign(badge)))


def test_endorsements_inside_endorsements_are_not_followed_for_ever(city: City) -> None:
    other = chamber(city)
    document: dict[str, Any] = {}
    for number in range(5):
        plain = issuing.build_endorsement(
            id=f"urn:uuid:{number}",
            issuer=issuing.IssuerProfile(other.did, "Chamber"),
            subject_id=f"urn:uuid:{number - 1}" if number else "urn:x",
            comment="!",
            valid_from=EARLIER,
        )
        if document:
            plain["endorsement"] = [document]
        document = dict(json.loads(other.sign(plain)))
    verdict = other.verify(document)
    assert verdict.outcome is Outcome.VALID
    depth = 0
    while verdict.endorsements:
        verdict, depth = verdict.endorsements[0], depth + 1
    assert depth == 3
    assert "too_many_inside" in ids(verdict)


def record(city: City, *parts: bytes) -> bytes:
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:record",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "All of it",
        "issuer": {"id": city.did, "type": ["Profile"], "name": "City Library"},
        "validFrom": "2026-10-24T12:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:018f2b4e-0000-7000-8000-000000000002",
            "type": ["ClrSubject"],
            "verifiableCredential": [json.loads(part) for part in parts],
        },
    }
    return city.sign(document)


def test_record_with_valid_badges_is_valid(city: City) -> None:
    verdict = city.verify(record(city, city.badge(), city.badge(id="urn:uuid:second")))
    assert verdict.outcome is Outcome.VALID
    assert verdict.kind is Kind.RECORD
    assert sum(finding.id == "part_valid" for finding in verdict.findings) == 2


def test_record_with_a_revoked_badge_is_invalid(city: City) -> None:
    city.status_list[77] = True
    city.publish_list()
    verdict = city.verify(record(city, city.badge()))
    assert verdict.outcome is Outcome.INVALID
    assert "part_invalid" in ids(verdict)


def test_record_with_an_unconfirmed_badge_is_indeterminate(city: City) -> None:
    other = chamber(city)
    badge = other.badge(status=())
    city.pages.pop("https://chamber.example/.well-known/did.json")
    verdict = city.verify(record(city, badge))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "part_unknown" in ids(verdict)


def token(city: City, document: dict[str, Any]) -> str:
    return issuing.issue_jwt(document, key=city.p256, verification_method=city.method(city.p256))


def enveloped(text: str, media_type: str = "application/vc+jwt") -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:{media_type},{text}",
        "type": "EnvelopedVerifiableCredential",
    }


def record_of(city: City, *parts: object) -> dict[str, Any]:
    """An unsigned record of any parts."""
    document: dict[str, Any] = json.loads(record(city, city.badge()))
    del document["proof"]
    document["credentialSubject"]["verifiableCredential"] = list(parts)
    return document


def test_record_with_tokens_inside_is_valid(city: City) -> None:
    inside = token(city, city.credential())
    embedded = json.loads(city.badge(id="urn:uuid:second"))
    for parts in ((inside,), (enveloped(inside),), (embedded, inside, enveloped(inside))):
        document = record_of(city, *parts)
        for signed in (city.sign(document), token(city, document).encode()):
            verdict = city.verify(signed)
            assert verdict.outcome is Outcome.VALID
            assert [f.id for f in verdict.findings].count("part_valid") == len(parts)


def test_record_with_a_forged_token_inside_is_invalid(city: City) -> None:
    inside = token(city, city.credential())
    forged = f"{inside[:-4]}AAAA"
    for part in (forged, enveloped(forged), enveloped("no-token")):
        verdict = city.verify(city.sign(record_of(city, part)))
        assert verdict.outcome is Outcome.INVALID
        assert "part_invalid" in ids(verdict)


def test_part_in_an_unknown_envelope_is_indeterminate(city: City) -> None:
    part = enveloped("eyJ", "application/vc+sd-jwt")
    verdict = city.verify(city.sign(record_of(city, part)))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert "part_unknown" in ids(verdict)


def test_part_that_is_no_token_is_refused_after_one_that_is(city: City) -> None:
    city.verify(city.sign(record_of(city, token(city, city.credential()))))
    with pytest.raises(Invalid):
        city.sign(record_of(city, "not a token"))


def test_endorsements_of_every_kind_are_issued_at_every_place(city: City) -> None:
    other = chamber(city)

    def both(subject_id: str) -> tuple[dict[str, Any], str]:
        plain = endorsement(other, subject_id=subject_id)
        del plain["proof"]
        return endorsement(other, subject_id=subject_id), token(other, plain)

    badge_id = "urn:uuid:018f2b4e-0000-7000-8000-000000000009"
    achievement = issuing.AchievementData(
        ACHIEVEMENT, "Name", "Text", "Do it", endorsements=both(ACHIEVEMENT)
    )
    issuer = issuing.IssuerProfile(city.did, "City Library", endorsements=both(city.did))
    badge = city.badge(
        id=badge_id, achievement=achievement, issuer=issuer, endorsements=both(badge_id)
    )
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.VALID
    assert [f.id for f in verdict.findings].count("endorsement_valid") == 6


def test_endorsement_of_the_badge_cannot_hide_what_the_badge_says(city: City) -> None:
    badge_id = "urn:uuid:018f2b4e-0000-7000-8000-000000000009"
    inside = endorsement(chamber(city), subject_id=badge_id)
    signed: dict[str, Any] = json.loads(
        city.badge(id=badge_id, valid_until=NOW, endorsements=(inside,))
    )
    assert "expired" in ids(city.verify(signed))
    subject = signed["endorsement"][0]["credentialSubject"]
    subject["validUntil"] = signed.pop("validUntil")
    verdict = city.verify(signed)
    assert verdict.outcome is Outcome.INVALID
    assert ids(verdict) & {"member_unsafe", "term_undefined"}
    del subject["validUntil"]
    subject["type"] = [*subject["type"], "OpenBadgeCredential"]
    assert "member_unsafe" in ids(city.verify(signed))

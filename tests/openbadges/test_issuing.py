"""What is issued verifies; what could not be signed in full is refused."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from colnode.errors import Invalid
from colnode.openbadges import issuing
from colnode.openbadges.findings import ResultSummary
from colnode.openbadges.summary import summarise
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import EARLIER, NOW, City, ids


def test_data_integrity_badge_is_valid(city: City) -> None:
    verdict = city.verify(city.badge())
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary.name == "Šiaulių upės žinovas"
    assert verdict.summary.issuer_name == "City Library"
    assert verdict.summary.tags == ("river", "nature")
    assert {"issuer_verified", "not_revoked", "in_period"} <= ids(verdict)


def test_proof_is_a_one_element_array_of_eddsa_rdfc_2022(city: City) -> None:
    proofs = json.loads(city.badge())["proof"]
    assert [proof["cryptosuite"] for proof in proofs] == ["eddsa-rdfc-2022"]


def test_same_input_gives_the_same_bytes(city: City) -> None:
    assert city.badge() == city.badge()


def test_p256_key_signs_ecdsa_rdfc_2019(city: City) -> None:
    signed = city.sign(city.credential(), city.p256)
    assert json.loads(signed)["proof"][0]["cryptosuite"] == "ecdsa-rdfc-2019"
    assert city.verify(signed).outcome is Outcome.VALID


@pytest.mark.parametrize("name", ["p256", "ed25519"])
def test_jwt_badge_is_valid(city: City, name: str) -> None:
    key = getattr(city, name)
    ends = NOW + timedelta(days=1)
    token = issuing.issue_jwt(
        city.credential(valid_until=ends), key=key, verification_method=city.method(key)
    )
    assert city.verify(token.encode()).outcome is Outcome.VALID
    assert city.verify(token.encode(), now=ends).outcome is Outcome.INVALID


SUBJECT = "credentialSubject"
ACHIEVEMENT = f"{SUBJECT}|achievement"
DESCRIBED = f"{ACHIEVEMENT}|resultDescription|0"
# Each part of the data model and where it stands (Open Badges 3.0 appendix B.1).
PARTS: dict[str, Any] = {
    "validUntil": "2027-11-23T12:00:00Z",
    "awardedDate": "2026-10-24T12:00:00Z",
    "evidence|0|type": ["Evidence"],
    "evidence|0|id": "https://x.example/e",
    "evidence|0|narrative": "Told",
    "evidence|0|genre": "photo",
    "evidence|0|audience": "all",
    "evidence|1|narrative": "Seen",
    "credentialStatus|type": "BitstringStatusListEntry",
    "credentialStatus|statusPurpose": "revocation",
    "refreshService|type": "1EdTechCredentialRefresh",
    "refreshService|id": "https://city.example/refresh/1",
    "termsOfUse|type": ["https://city.example/terms#Policy"],
    f"{SUBJECT}|identifier|0|identityType": "name",
    f"{SUBJECT}|identifier|0|identityHash": "Ona",
    f"{SUBJECT}|identifier|0|hashed": False,
    f"{SUBJECT}|narrative": "She did it",
    f"{SUBJECT}|creditsEarned": 1.5,
    f"{SUBJECT}|result|0|resultDescription": "urn:result:1",
    f"{SUBJECT}|result|0|value": "A",
    f"{SUBJECT}|result|0|status": "Completed",
    f"{SUBJECT}|result|0|achievedLevel": "urn:level:1",
    f"{ACHIEVEMENT}|achievementType": "MicroCredential",
    f"{ACHIEVEMENT}|criteria": {"id": "https://city.example/criteria", "narrative": "Do it"},
    f"{ACHIEVEMENT}|image|caption": "A drop",
    f"{ACHIEVEMENT}|alignment|0|targetName": "S",
    f"{ACHIEVEMENT}|alignment|0|targetUrl": "https://e.example/1",
    f"{ACHIEVEMENT}|alignment|0|targetFramework": "ESCO",
    f"{ACHIEVEMENT}|alignment|0|targetCode": "1",
    f"{ACHIEVEMENT}|alignment|0|targetType": "ext:skill",
    f"{ACHIEVEMENT}|creator|id": "did:web:other.example",
    f"{ACHIEVEMENT}|creditsAvailable": 2.5,
    f"{ACHIEVEMENT}|fieldOfStudy": "Ecology",
    f"{ACHIEVEMENT}|specialization": "Rivers",
    f"{ACHIEVEMENT}|humanCode": "ECO-1",
    f"{ACHIEVEMENT}|inLanguage": "lt",
    f"{ACHIEVEMENT}|version": "2",
    f"{ACHIEVEMENT}|tag": ["a"],
    f"{ACHIEVEMENT}|related|0|id": "https://city.example/achievements/1",
    f"{ACHIEVEMENT}|related|0|inLanguage": "en",
    f"{ACHIEVEMENT}|related|0|version": "1",
    f"{DESCRIBED}|resultType": "LetterGrade",
    f"{DESCRIBED}|allowedValue": ["A", "B"],
    f"{DESCRIBED}|requiredValue": "A",
    f"{DESCRIBED}|requiredLevel": "urn:level:1",
    f"{DESCRIBED}|valueMin": "B",
    f"{DESCRIBED}|valueMax": "A",
    f"{DESCRIBED}|rubricCriterionLevel|0|level": "1",
    f"{DESCRIBED}|rubricCriterionLevel|0|name": "Good",
    f"{DESCRIBED}|rubricCriterionLevel|0|points": "5",
}


def value_at(document: Any, path: str) -> Any:
    """The member at a|0|b, None where there is none."""
    for part in path.split("|"):
        document = document[int(part)] if isinstance(document, list) else document.get(part, {})
    return document


def test_every_part_of_the_data_model_can_be_issued(city: City) -> None:
    level = issuing.RubricLevel("urn:level:1", "Good", "1", "Does it well", "5")
    description = issuing.ResultDescription(
        "urn:result:1", "Grade", "LetterGrade", ("A", "B"), "A", "urn:level:1", "B", "A", (level,)
    )
    achievement = issuing.AchievementData(
        id="https://city.example/achievements/2",
        name="Everything",
        description="All of it",
        criteria_narrative="Do it",
        criteria_url="https://city.example/criteria",
        image_url="https://city.example/image.png",
        image_caption="A drop",
        achievement_type="MicroCredential",
        tags=("a",),
        alignments=(issuing.Alignment("S", "https://e.example/1", "ESCO", "1", "d", "ext:skill"),),
        language="lt",
        version="2",
        credits=2.5,
        field_of_study="Ecology",
        specialization="Rivers",
        human_code="ECO-1",
        related=(issuing.Related("https://city.example/achievements/1", "en", "1"),),
        results=(description,),
        creator=issuing.IssuerProfile(
            "did:web:other.example", "Other", image_url="https://other.example/i.png"
        ),
    )
    badge = city.badge(
        achievement=achievement,
        subject=issuing.Subject("did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", "Ona"),
        valid_until=NOW + timedelta(days=365),
        awarded_at=EARLIER,
        evidence=(
            issuing.Evidence("https://x.example/e", "Told", "E", "d", "photo", "all"),
            issuing.Evidence(narrative="Seen"),
        ),
        narrative="She did it",
        results=(issuing.Result("urn:result:1", "A", "Completed", "urn:level:1"),),
        credits_earned=1.5,
        terms_of_use={
            "type": ["https://city.example/terms#Policy"],
            "id": "https://city.example/terms",
        },
        refresh_url="https://city.example/refresh/1",
    )
    city.pages["https://city.example/refresh/1"] = badge
    verdict = city.verify(badge)
    assert verdict.outcome is Outcome.VALID
    document = json.loads(badge)
    assert {path: value_at(document, path) for path in PARTS} == PARTS
    assert verdict.summary.holder_name == "Ona"
    assert verdict.summary.results == (ResultSummary("Grade", "Good"),)
    assert verdict.summary.image_url == "https://city.example/image.png"
    assert verdict.summary.criteria_url == "https://city.example/criteria"


def test_results_are_read_as_level_value_or_status_and_never_invented() -> None:
    level = {"id": "urn:level:1", "name": "Good"}
    described = {"id": "urn:result:1", "name": "Teamwork", "rubricCriterionLevel": [level]}
    results = [
        {"resultDescription": "urn:result:1", "achievedLevel": "urn:level:1", "value": "9"},
        {"resultDescription": "urn:result:1", "value": "87"},
        {"resultDescription": "urn:result:1", "status": "Completed"},
        {"resultDescription": "urn:result:2", "achievedLevel": "urn:level:2"},
        {"value": "87"},
        {"value": "87"},
        {"resultDescription": "urn:result:1"},
        "urn:result:3",
    ]
    subject = {"achievement": {"resultDescription": [described]}, "result": results}
    assert summarise({"credentialSubject": subject}).results == (
        ResultSummary("Teamwork", "Good"),
        ResultSummary("Teamwork", "87"),
        ResultSummary("Teamwork", "Completed"),
        ResultSummary(None, "urn:level:2"),
        ResultSummary(None, "87"),
    )


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The document with the member at a|b|c set to value."""
    copy = json.loads(json.dumps(document))
    *parents, last = path.split("|")
    target = copy
    for parent in parents:
        target = target[int(parent)] if isinstance(target, list) else target[parent]
    target[last] = value
    return dict(copy)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("credentialSubject|achievement|description", "a\x00b"),
        ("credentialSubject|achievement|description", "a\x85b"),
        ("credentialSubject|achievement|description", "half \ud800"),
        ("credentialSubject|achievement|description", 7),
        ("credentialSubject|achievement|colour", "red"),
        ("credentialSubject|achievement|name", None),
        ("credentialSubject|achievement|tag", []),
        ("credentialSubject|achievement|tag", [["nested"]]),
        ("credentialSubject|achievement|creditsAvailable", 2**53),
        ("credentialSubject|achievement|creditsAvailable", float("nan")),
        ("credentialSubject|achievement|creditsAvailable", 2.0),
        ("credentialSubject|achievement|creditsAvailable", 0.1 + 0.2),
        ("credentialSubject|achievement|id", "not an address"),
        ("credentialSubject|achievement|type", ["Achievement", "Undefined"]),
        ("credentialSubject|achievement|image", {"id": "picture.png", "type": "Image"}),
        ("credentialSubject|type", ["Profile"]),
        ("https://www.w3.org/2018/credentials#validUntil", "2020-01-01T00:00:00Z"),
        ("validFrom", "2026-01-01"),
        ("validUntil", "2026-02-31T00:00:00Z"),
        ("proof", []),
        ("@context", ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]),
        (
            "@context",
            [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
                "https://unknown.example/context",
            ],
        ),
        ("name", object()),
    ],
)
def test_what_cannot_be_signed_in_full_is_refused(city: City, path: str, value: object) -> None:
    document = changed(city.credential(), path, value)
    with pytest.raises(Invalid):
        city.sign(document)
    with pytest.raises(Invalid):
        issuing.issue_jwt(document, key=city.p256, verification_method=city.method(city.p256))


def test_tabs_and_line_breaks_are_kept(city: City) -> None:
    document = changed(city.credential(), "credentialSubject|achievement|description", "a\tb\r\nc")
    assert city.verify(city.sign(document)).summary.description == "a\tb\r\nc"


def test_key_address_must_be_full(city: City) -> None:
    with pytest.raises(Invalid):
        issuing.issue(
            city.credential(), key=city.ed25519, verification_method="key-1", created=EARLIER
        )


def test_time_of_signing_needs_a_zone(city: City) -> None:
    with pytest.raises(Invalid):
        issuing.issue(
            city.credential(),
            key=city.ed25519,
            verification_method=city.method(city.ed25519),
            created=datetime(2026, 1, 1),  # noqa: DTZ001 - the missing zone is the point
        )


def test_member_name_must_be_text(city: City) -> None:
    document: dict[Any, Any] = {**city.credential(), 7: "seven"}
    with pytest.raises(Invalid):
        city.sign(document)


def test_what_is_no_object_is_refused(city: City) -> None:
    wrong: Any = ["VerifiableCredential"]
    with pytest.raises(Invalid):
        city.sign(wrong)


def test_what_stands_for_a_list_or_a_text_in_json_is_signed_as_that(city: City) -> None:
    document = city.credential()
    document["id"] = UUID(int=7).hex.join(("urn:", ""))
    document["credentialSubject"]["achievement"]["tag"] = ("river", "nature")
    assert city.verify(city.sign(document)).outcome is Outcome.VALID


def test_endorsement_can_be_issued(city: City) -> None:
    endorsement = issuing.build_endorsement(
        id="urn:uuid:e",
        issuer=issuing.IssuerProfile(city.did, "City Library"),
        subject_id="https://city.example/achievements/1",
        comment="Good work",
        valid_from=EARLIER,
    )
    verdict = city.verify(city.sign(endorsement))
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary.description == "Good work"

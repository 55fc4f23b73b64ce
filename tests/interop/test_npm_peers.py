"""Libraries by others, in another language, agree with us about what is signed and what is not.

`make test-interop` installs them; without Node and them these tests are skipped. They run without
a network: contexts and the issuer's pages are handed to them.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from colnode.openbadges import contexts, issuing
from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url
from colnode.openbadges.keys import VerifyingKey
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import NOW, City, ids

FOLDER = Path(__file__).parent
NODE = shutil.which("node")
PEERS = ["digitalbazaar", "digitalcredentials"]

pytestmark = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").is_dir(),
    reason="needs Node and the packages that make test-interop installs",
)


@pytest.fixture
def city() -> City:
    return City()


def ask(peer: str, city: City, credential: Any, **more: str) -> dict[str, Any]:
    pinned = contexts.pinned().documents
    pages = {url: json.dumps(document) for url, document in pinned.items()}
    pages |= {url: data.decode() for url, data in city.pages.items()}
    asked = {"peer": peer, "credential": credential, "pages": pages, **more}
    process = subprocess.run(
        [str(NODE), "peer.mjs"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        cwd=FOLDER,
        timeout=120,
        check=True,
    )
    return dict(json.loads(process.stdout))


def rich(city: City) -> dict[str, Any]:
    """Everything that an issuer here writes, with texts that are hard to write alike."""
    endorser = city
    endorsement = issuing.build_endorsement(
        id="urn:uuid:018f2b4e-0000-7000-8000-00000000000e",
        issuer=issuing.IssuerProfile(endorser.did, "City Library"),
        subject_id="https://city.example/achievements/1",
        comment="Useful at work",
        valid_from=NOW.replace(month=1),
    )
    level = issuing.RubricLevel("urn:uuid:018f2b4e-0000-7000-8000-00000000000c", "Good", "2")
    grade = issuing.ResultDescription(
        "urn:uuid:018f2b4e-0000-7000-8000-00000000000b",
        "Grade",
        "RubricCriterionLevel",
        levels=(level,),
    )
    achievement = issuing.AchievementData(
        "https://city.example/achievements/1",
        "Upės žinovas \N{GRINNING FACE}",
        'Says "so"\\\tand\nmore',
        "Walk",
        tags=("b", "a", "a b"),
        alignments=(issuing.Alignment("Ecology", "http://data.europa.eu/esco/skill/1"),),
        credits=2.5,
        version="2",
        related=(issuing.Related("https://city.example/achievements/0", version="1"),),
        results=(grade,),
        endorsements=(json.loads(city.sign(endorsement)),),
    )
    return city.credential(
        achievement=achievement,
        subject=issuing.Subject("urn:uuid:018f2b4e-0000-7000-8000-000000000002", "Ona"),
        evidence=(issuing.Evidence(narrative="One"), issuing.Evidence(narrative="Two")),
        results=(issuing.Result(grade.id, status="Completed", level_id=level.id),),
        credits_earned=1.5,
        valid_until=NOW.replace(year=2099),
    )


@pytest.mark.parametrize("peer", PEERS)
def test_plain_and_rich_badges_verify_there(city: City, peer: str) -> None:
    for credential in (city.credential(), rich(city)):
        answer = ask(peer, city, json.loads(city.sign(credential)))
        assert answer["valid"], answer["detail"]


def test_badge_of_a_p256_key_verifies_there(city: City) -> None:
    badge = json.loads(city.sign(rich(city), city.p256))
    answer = ask("digitalbazaar", city, badge)
    assert answer["valid"], answer["detail"]


@pytest.mark.parametrize("peer", PEERS)
def test_changed_badge_fails_there(city: City, peer: str) -> None:
    badge = json.loads(city.badge())
    badge["credentialSubject"]["achievement"]["name"] = "Another"
    assert not ask(peer, city, badge)["valid"]


def test_revoked_badge_is_seen_as_revoked_there(city: City) -> None:
    badge = json.loads(city.badge())
    assert ask("digitalcredentials", city, badge)["valid"]
    city.status_list[77] = True
    city.publish_list()
    answer = ask("digitalcredentials", city, badge)
    assert '"revocation_status":false' in answer["detail"]


def test_their_badge_is_valid_here(city: City) -> None:
    answer = ask(
        "digitalbazaar",
        city,
        rich(city),
        action="issue",
        seed=city.ed25519.private_bytes().hex(),
        method=city.method(city.ed25519),
        controller=city.did,
    )
    assert "issued" in answer, answer["detail"]
    verdict = city.verify(answer["issued"])
    assert verdict.outcome is Outcome.VALID, verdict.findings
    assert {"proof_valid", "issuer_verified", "not_revoked"} <= ids(verdict)


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_their_ecdsa_badge_is_valid_here(city: City, curve: str) -> None:
    answer = ask(
        "digitalbazaar", city, rich(city), action="issue", controller=city.did, curve=curve
    )
    assert "issued" in answer, answer["detail"]
    method = answer["issued"]["proof"]["verificationMethod"]
    key = VerifyingKey.from_multibase(answer["publicKeyMultibase"])
    methods = [VerificationMethod(city.method(city.ed25519), city.ed25519.public)]
    methods.append(VerificationMethod(method, key))
    city.pages.put(did_web_to_url(city.did), did_document(city.did, methods))
    verdict = city.verify(answer["issued"])
    assert verdict.outcome is Outcome.VALID, verdict.findings
    changed = {**answer["issued"], "name": "Another"}
    assert "proof_invalid" in ids(city.verify(changed))

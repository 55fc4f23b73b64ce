"""Signing and verifying one badge, beside raw Ed25519, PyLD and openbadgeslib.

Raw Ed25519 is the physical limit: one signature, or one check, of 64 bytes. Before anything is
timed, the peers must agree with us about the badge.
"""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from colnode.openbadges import contexts, issuing
from colnode.openbadges.did import VerificationMethod, did_document, did_web_to_url
from colnode.openbadges.keys import SigningKey
from colnode.openbadges.status_list import BitstringStatusList, status_list_credential
from colnode.openbadges.verify import Outcome, verify

from .frame import Progress, Row, side_by_side, table

__all__ = ["measure"]

ROUNDS = 9
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DID = "did:web:city.example:org:library"
LIST_URL = "https://city.example/status/1"
Work = Callable[[int], object]


class _Bench:
    """One issuer, its pages, and badges that differ in every value but not in shape."""

    def __init__(self) -> None:
        self.seconds = 0
        self.key = SigningKey.generate()
        self.method = f"{DID}#{self.key.multibase}"
        document = did_document(DID, [VerificationMethod(self.method, self.key.public)])
        status = status_list_credential(
            url=LIST_URL, issuer=DID, status_list=BitstringStatusList(), valid_from=NOW
        )
        self.pages = {
            did_web_to_url(DID): json.dumps(document).encode(),
            LIST_URL: self.issue(status),
        }
        self.credentials = [_credential(number) for number in range(200)]
        self.badges = [self.issue(credential) for credential in self.credentials]

    def fetch(self, url: str, accept: str) -> bytes:
        return self.pages[url]

    def issue(self, credential: dict[str, Any], created: datetime = NOW) -> bytes:
        return issuing.issue(
            credential, key=self.key, verification_method=self.method, created=created
        )

    def issue_at_another_second(self, number: int) -> bytes:
        """As in a node that is not in a hurry: no two badges share the options of their proof."""
        self.seconds += 1
        moment = NOW + timedelta(seconds=self.seconds)
        return self.issue(self.credentials[number % len(self.credentials)], moment)

    def verify(self, number: int) -> Outcome:
        badge = self.badges[number % len(self.badges)]
        return verify(badge, resolver=self, now=NOW).outcome


def _credential(number: int) -> dict[str, Any]:
    return issuing.build_credential(
        id=f"https://city.example/badges/{number:08}",
        achievement=issuing.AchievementData(
            id="https://city.example/achievements/river",
            name="River guide",
            description="Knows the river and shows it to others.",
            criteria_narrative="Walk along the river, take notes, lead a walk.",
            image_url="https://city.example/achievements/river.png",
            tags=("river", "nature"),
            language="en",
        ),
        issuer=issuing.IssuerProfile(DID, "City Library", "https://city.example"),
        subject=issuing.Subject(f"urn:uuid:00000000-0000-7000-8000-{number:012}"),
        valid_from=NOW,
    )


def measure(progress: Progress) -> list[Row]:
    """Rows for issuing and for verifying."""
    bench = _Bench()
    rows = []
    for subject, work in (("issue", _issuing(bench)), ("verify", _verifying(bench))):
        cases = {name: _timed(one, count) for name, (one, count) in work.items()}
        with progress(subject, (ROUNDS + 1) * len(cases)) as done:
            rows += table(subject, side_by_side(cases, rounds=ROUNDS, done=done))
    return rows


def _timed(one: Work, count: int) -> Callable[[], float]:
    """Seconds of processor time for one piece of work, over `count` of them."""

    def turn() -> float:
        started_at = time.process_time()
        for number in range(count):
            one(number)
        return (time.process_time() - started_at) / count

    return turn


def _issuing(bench: _Bench) -> dict[str, tuple[Work, int]]:
    credentials = bench.credentials
    size = len(credentials)
    hashed = hashlib.sha512(b"badge").digest()
    work: dict[str, tuple[Work, int]] = {
        "raw Ed25519 signature": (lambda _number: bench.key.sign(hashed), 400),
        "colnode": (bench.issue_at_another_second, 400),
        "colnode, in bulk": (lambda number: bench.issue(credentials[number % size]), 400),
        "PyLD, then Ed25519": (lambda number: _pyld_sign(bench, credentials[number % size]), 4),
    }
    try:
        from openbadgeslib import ob3
    except ImportError:
        return work
    pem = bench.key.as_jose().as_pem(private=True)

    def theirs(number: int) -> Any:
        return ob3.add_data_integrity_proof(
            credentials[number % size], pem, bench.method, created=NOW
        )

    _agree(theirs(0)["proof"], json.loads(bench.badges[0])["proof"][0])
    return {**work, "openbadgeslib": (theirs, 4)}


def _verifying(bench: _Bench) -> dict[str, tuple[Work, int]]:
    hashed = hashlib.sha512(b"badge").digest()
    signature, public = bench.key.sign(hashed), bench.key.public
    if bench.verify(0) is not Outcome.VALID:
        raise SystemExit("colnode does not accept its own badge; nothing is measured.")
    work: dict[str, tuple[Work, int]] = {
        "raw Ed25519 check": (lambda _number: public.verify(signature, hashed), 400),
        "colnode, all checks": (bench.verify, 200),
        "PyLD, then Ed25519": (lambda number: _pyld_verify(bench, number), 4),
    }
    try:
        from openbadgeslib import ob3
    except ImportError:
        return work
    pem = public.as_jose().as_pem(private=False)
    verifier = ob3.OB3LdpVerifier(pem)
    verifier.verify(bench.badges[0])
    size = len(bench.badges)
    theirs: Work = lambda number: verifier.verify(bench.badges[number % size])  # noqa: E731
    return {**work, "openbadgeslib": (theirs, 4)}


def _pyld_hash(credential: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """What is signed, by PyLD alone: expansion, RDF and canonicalisation."""
    from pyld import jsonld

    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": _load,
    }
    config = {**proof, "@context": credential["@context"]}
    return b"".join(
        hashlib.sha256(jsonld.normalize(part, options).encode()).digest()
        for part in (config, credential)
    )


def _load(url: str, _options: object) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": contexts.pinned().documents[url],
    }


def _pyld_sign(bench: _Bench, credential: dict[str, Any]) -> bytes:
    proof = {**json.loads(bench.badges[0])["proof"][0]}
    del proof["proofValue"]
    proof["proofValue"] = bench.key.sign(_pyld_hash(credential, proof)).hex()
    return json.dumps({**credential, "proof": [proof]}).encode()


def _pyld_verify(bench: _Bench, number: int) -> None:
    from colnode.openbadges.multibase import decode

    document = json.loads(bench.badges[number % len(bench.badges)])
    (proof,) = document.pop("proof")
    signature = decode(proof.pop("proofValue"))
    if not bench.key.public.verify(signature, _pyld_hash(document, proof)):
        raise SystemExit("PyLD does not accept the badge; nothing is measured.")


def _agree(theirs: Any, ours: dict[str, Any]) -> None:
    proof = theirs[0] if isinstance(theirs, list) else theirs
    if proof["proofValue"] != ours["proofValue"]:
        raise SystemExit("openbadgeslib signs something else; nothing is measured.")

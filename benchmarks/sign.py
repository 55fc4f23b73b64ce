"""Signing and verifying one badge, beside raw Ed25519, PyLD and openbadgeslib.

Raw Ed25519 is the physical limit: one signature, or one check, of 64 bytes by cryptography alone.
Before anything is timed, the peers must agree with us about the badge. All cases take turns; the
tables beside a peer are the same medians, divided by the peer's.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from colnode.openbadges import contexts, issuing, shapes
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
    """One issuer, its pages, and the badges of one achievement."""

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
        """As in a node that is not in a hurry: no two badges have the same time of signing."""
        self.seconds += 1
        moment = NOW + timedelta(seconds=self.seconds)
        return self.issue(self.credentials[number % len(self.credentials)], moment)

    def verify(self, number: int) -> Outcome:
        badge = self.badges[number % len(self.badges)]
        return verify(badge, resolver=self, now=NOW).outcome

    def verify_unknown_shape(self, number: int) -> Outcome:
        """As if no badge like this one had ever been met."""
        shapes.forget()
        return self.verify(number)


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
    """Rows for issuing and for verifying, with what was asked of us in the last column."""
    bench = _Bench()
    rows = []
    for subject, work in (("issue", _issuing(bench)), ("verify", _verifying(bench))):
        cases = {name: _timed(one, count) for name, (one, count) in work.items()}
        with progress(subject, (ROUNDS + 1) * len(cases)) as done:
            medians = side_by_side(cases, rounds=ROUNDS, done=done)
        rows += table(subject, medians)
        rows += _asked(subject, medians)
    return rows


# The case, the peer it is measured against, and how much of the peer's time it may take at most.
_ASKED = {
    "issue": (
        ("colnode", "raw Ed25519 signature", 1 / 0.45),
        ("colnode", "PyLD, then Ed25519", 1 / 50),
        ("colnode", "openbadgeslib", 1 / 50),
    ),
    "verify": (
        ("colnode, all checks", "raw Ed25519 check", 1 / 0.4),
        ("colnode, all checks", "PyLD, then Ed25519", 1 / 20),
        ("colnode, all checks", "openbadgeslib", 1 / 50),
        ("colnode, unknown shape", "PyLD, then Ed25519", 1.2),
    ),
}


def _asked(subject: str, medians: Mapping[str, float]) -> list[Row]:
    """One row for each ratio that was asked for."""
    return [
        {
            "subject": f"{subject}, asked",
            "case": f"{case} : {peer}",
            "ms": None,
            "ratio": round(medians[case] / medians[peer], 4),
            "at most": round(limit, 4),
        }
        for case, peer, limit in _ASKED[subject]
        if peer in medians
    ]


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
    raw = Ed25519PrivateKey.from_private_bytes(bench.key.private_bytes())
    work: dict[str, tuple[Work, int]] = {
        "raw Ed25519 signature": (lambda _number: raw.sign(hashed), 400),
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
    raw = Ed25519PublicKey.from_public_bytes(public.public_bytes)
    if {bench.verify_unknown_shape(0), bench.verify(1), bench.verify(2)} != {Outcome.VALID}:
        raise SystemExit("colnode does not accept its own badge; nothing is measured.")
    work: dict[str, tuple[Work, int]] = {
        "raw Ed25519 check": (lambda _number: raw.verify(signature, hashed), 400),
        "colnode, all checks": (bench.verify, 200),
        "colnode, unknown shape": (bench.verify_unknown_shape, 4),
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

"""Checking the signature of a credential: its Data Integrity proofs, or the JWS around it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from colnode.errors import Invalid
from colnode.openbadges import data_integrity
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.jose import CompactJws
from colnode.openbadges.jsonld import UndefinedTerm
from colnode.openbadges.ownership import find_header_key, find_key
from colnode.openbadges.reading import Reading
from colnode.openbadges.run import Run
from colnode.openbadges.summary import issuer_id

__all__ = ["check_proof"]

MAX_PROOFS = 8


def check_proof(reading: Reading, canonical: str | None, run: Run) -> list[Finding]:
    """Findings about the signature and whose it is; every proof that is understood must hold.

    Source: VC Data Integrity 1.0 section 4.4 (verify proof), Open Badges 3.0 sections 8.2.6 and
    8.3.2.
    """
    issuer = issuer_id(reading.credential)
    if issuer is None:
        return [finding("schema_invalid", path="issuer", reason="it has no id")]
    if reading.jws is not None:
        return _check_jws(reading.jws, issuer, run)
    proofs = as_list(reading.credential.get("proof"))
    if not proofs:
        return [finding("proof_missing")]
    if not all(isinstance(proof, dict) for proof in proofs) or len(proofs) > MAX_PROOFS:
        return [finding("proof_malformed", reason="it is not an object.")]
    known = [proof for proof in proofs if data_integrity.suite_of(proof) is not None]
    if not known:
        return [finding("proof_unsupported")]
    found = [finding("proof_ignored")] if len(known) < len(proofs) else []
    for proof in known:
        found += _check_data_integrity(reading.credential, proof, canonical, issuer, run)
    return found


def _check_jws(jws: CompactJws, issuer: str, run: Run) -> list[Finding]:
    found = find_header_key(jws.header, issuer, run.resolver, run.now)
    if found.key is None:
        return [found.ownership]
    holds = jws.is_signed_by(found.key)
    return [finding("proof_valid" if holds else "proof_invalid"), found.ownership]


def _check_data_integrity(
    credential: Mapping[str, Any],
    proof: Mapping[str, Any],
    canonical: str | None,
    issuer: str,
    run: Run,
) -> list[Finding]:
    suite = data_integrity.suite_of(proof)
    if canonical is None or suite is None:
        return []
    problem = _options_problem(proof, run.now)
    if problem is not None:
        return [problem]
    signed_at = _moment(proof, "created")
    found = find_key(proof["verificationMethod"], issuer, run.resolver, run.now, signed_at)
    if found.key is None:
        return [found.ownership]
    unsecured = {name: value for name, value in credential.items() if name != "proof"}
    try:
        holds = data_integrity.holds(unsecured, proof, suite, found.key, canonical)
    except UndefinedTerm as error:
        return [finding("term_undefined", reason=str(error))]
    except Invalid as error:
        return [finding("proof_malformed", reason=str(error))]
    return [finding("proof_valid" if holds else "proof_invalid"), found.ownership]


def _options_problem(proof: Mapping[str, Any], now: datetime) -> Finding | None:
    """What is wrong with a proof's options, before any key is looked for."""
    if not isinstance(proof.get("verificationMethod"), str):
        return finding("proof_malformed", reason="it names no key.")
    if proof.get("proofPurpose") != "assertionMethod":
        return finding("proof_purpose")
    if "previousProof" in proof:
        return finding("proof_unsupported")
    try:
        expires = _moment(proof, "expires")
        _moment(proof, "created")
    except ValueError:
        return finding("date_malformed", name="proof")
    if expires is not None and expires <= now:
        return finding("proof_expired", date=expires.date().isoformat())
    return None


def _moment(proof: Mapping[str, Any], name: str) -> datetime | None:
    return parse_datetime(proof[name]) if name in proof else None

"""Verification: bytes in, a verdict with reasons out. Nothing here raises for a bad document.

The order of the checks: read, meaning (contexts, terms, types), schema, subject, proof, whose key,
refresh, status, period, endorsements. A document that fails before its proof is not looked up on
the network at all.
"""

from dataclasses import replace
from datetime import datetime

from colnode.openbadges import enclosed, ob2, refresh, status
from colnode.openbadges.confirmation import ask_if_compromised
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.findings import (
    BadgeSummary,
    Finding,
    FindingStatus,
    Outcome,
    Verdict,
    outcome_of,
)
from colnode.openbadges.meaning import check_meaning
from colnode.openbadges.period import check_period
from colnode.openbadges.proof_check import check_proof
from colnode.openbadges.reading import Reading, Unreadable, read
from colnode.openbadges.resolver import CountingResolver, Resolver
from colnode.openbadges.run import Run

__all__ = [
    "BadgeSummary",
    "Finding",
    "FindingStatus",
    "Kind",
    "Outcome",
    "Resolver",
    "Verdict",
    "verify",
]


def verify(document: bytes, *, resolver: Resolver, now: datetime) -> Verdict:
    """The verdict on `document`: JSON, a compact JWS, or a PNG or SVG with a baked badge.

    `resolver` is the only way to the network; `now` is UTC-aware. Never raises for a bad document:
    what is no badge at all gives Outcome.NOT_A_BADGE. Invalid when anything failed, indeterminate
    when anything could not be found out, else valid.
    Source: Open Badges 3.0 section 9.1 (verification), VC Data Model 2.0 section 7.1.
    """
    try:
        reading = read(document)
    except Unreadable as error:
        outcome = Outcome.INVALID if error.is_badge else Outcome.NOT_A_BADGE
        return Verdict(outcome, (error.finding,))
    run = Run(CountingResolver(resolver), now, verify_reading)
    if reading.kind is Kind.BADGE_2:
        return ob2.verify_assertion(reading, run)
    return verify_reading(reading, run)


def verify_reading(reading: Reading, run: Run) -> Verdict:
    """The verdict on a credential that was read; run.depth tells how deep inside another it is."""
    credential = reading.credential
    canonical, findings = check_meaning(reading)
    is_sound = not _has_failed(findings)
    if is_sound:
        found = ask_if_compromised(check_proof(reading, canonical, run), reading, run)
        findings += found
        is_sound = not _has_failed(found)
    if is_sound and run.may_refresh and "refreshService" in credential:
        newer, found = refresh.ask(reading, run)
        if newer is not None:
            return _with_findings(verify_reading(newer, run.without_refresh()), found)
        findings += found
        is_sound = not _has_failed(found)
    if is_sound and run.may_ask_status:
        found = status.check_status(credential, run)
        findings += found
        is_sound = not _has_failed(found)
    found = check_period(credential, run.now)
    findings += found
    endorsements: tuple[Verdict, ...] = ()
    if is_sound and not _has_failed(found):
        endorsements, found = enclosed.check_enclosed(reading, run)
        findings += found
    return Verdict(
        outcome_of(findings),
        tuple(findings),
        reading.kind,
        reading.format,
        credential,
        endorsements,
    )


def _has_failed(findings: list[Finding]) -> bool:
    return FindingStatus.FAILED in [item.status for item in findings]


def _with_findings(verdict: Verdict, extra: list[Finding]) -> Verdict:
    findings = (*extra, *verdict.findings)
    return replace(verdict, outcome=outcome_of(findings), findings=findings)

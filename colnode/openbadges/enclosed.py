"""Credentials inside a credential: endorsements of it, and the parts of a learner record.

Source: Open Badges 3.0 section 9.2 and B.1.7 (endorsements), Comprehensive Learner Record 2.0
(ClrSubject, whose credentials are verified each).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from colnode.openbadges.compact_json import to_json
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, FindingStatus, Outcome, Verdict, finding
from colnode.openbadges.reading import Reading, Unreadable, read
from colnode.openbadges.run import Run
from colnode.openbadges.summary import text_of

__all__ = ["check_enclosed"]

# A credential in an envelope of text (VC Data Model 2.0 section 4.13, Enveloped Credentials).
_ENVELOPED = "EnvelopedVerifiableCredential"
_ENVELOPES = frozenset({"data:application/vc+jwt", "data:application/jwt"})

_ENDED = frozenset({"expired", "not_yet_valid", "revoked", "suspended"})


def check_enclosed(reading: Reading, run: Run) -> tuple[tuple[Verdict, ...], list[Finding]]:
    """The verdicts on endorsements inside, and findings about them and about a record's parts.

    A forged endorsement makes the whole invalid; one that ended or cannot be confirmed only does
    not count. Every part of a record counts. Source: Open Badges 3.0 sections 9.1 step 6 and 9.2.
    """
    if not run.may_look_inside:
        return (), []
    endorsed = [*_endorsements(reading.credential)]
    parts = [*_parts(reading.credential)] if reading.kind is Kind.RECORD else []
    if not endorsed and not parts:
        return (), []
    if run.is_too_deep or not run.take(len(endorsed) + len(parts)):
        return (), [finding("too_many_inside")]
    verdicts, findings = [], []
    for target, document in endorsed:
        verdict = _verify(document, run)
        findings.append(_endorsement_finding(verdict, target))
        verdicts.append(verdict)
    findings += [_part_finding(_verify(part, run)) for part in parts]
    return tuple(verdicts), findings


def _endorsements(credential: Mapping[str, Any]) -> Iterator[tuple[object, object]]:
    """Each endorsement with the id of what it stands beside."""
    for holder in _holders(credential):
        for name in ("endorsement", "endorsementJwt"):
            if name in holder:
                for document in as_list(holder[name]):
                    yield holder.get("id"), document


def _holders(credential: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The credential, its issuer, its achievements and their creators."""
    yield credential
    subjects = [s for s in as_list(credential.get("credentialSubject")) if isinstance(s, dict)]
    achievements = [a for s in subjects for a in as_list(s.get("achievement"))]
    creators = [a.get("creator") for a in achievements if isinstance(a, dict)]
    sources = [s.get("source") for s in subjects]
    for holder in (credential.get("issuer"), *achievements, *creators, *sources):
        if isinstance(holder, dict):
            yield holder


def _parts(credential: Mapping[str, Any]) -> Iterator[object]:
    for subject in as_list(credential.get("credentialSubject")):
        if isinstance(subject, dict):
            yield from as_list(subject.get("verifiableCredential"))


def _verify(document: object, run: Run) -> Verdict:
    if isinstance(document, dict) and _ENVELOPED in as_list(document.get("type")):
        media_type, _comma, document = str(document.get("id")).partition(",")
        if media_type not in _ENVELOPES:
            return Verdict(Outcome.INDETERMINATE, (finding("proof_unsupported"),))
    try:
        if isinstance(document, str):
            reading = read(document.encode("utf-8"))
        else:
            reading = read(to_json(document if isinstance(document, dict) else {}))
    except Unreadable as error:
        return Verdict(Outcome.INVALID, (error.finding,))
    return run.verify(reading, run.inside())


def _endorsement_finding(verdict: Verdict, target: object) -> Finding:
    issuer = verdict.summary.issuer_name or verdict.summary.issuer_id or "?"
    failed = {item.id for item in verdict.findings if item.status is FindingStatus.FAILED}
    if failed - _ENDED or verdict.kind is not Kind.ENDORSEMENT:
        return finding("endorsement_invalid", issuer=issuer)
    if failed:
        return finding("endorsement_ended", issuer=issuer)
    if verdict.summary.subject_id != text_of(target):
        return finding("endorsement_foreign", issuer=issuer)
    if verdict.outcome is Outcome.INDETERMINATE:
        return finding("endorsement_unverified", issuer=issuer)
    return finding("endorsement_valid", issuer=issuer)


def _part_finding(verdict: Verdict) -> Finding:
    name = verdict.summary.name or verdict.summary.id or "?"
    ids = {
        Outcome.VALID: "part_valid",
        Outcome.INDETERMINATE: "part_unknown",
    }
    return finding(ids.get(verdict.outcome, "part_invalid"), name=name)

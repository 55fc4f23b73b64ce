"""Whether a document says something definite: contexts, terms, types, schema and subject.

Everything here needs no network. Source: Open Badges 3.0 sections 8.2.6 and 9.1 and appendix B,
VC Data Model 2.0 sections 4.3 to 4.8.
"""

from collections.abc import Mapping
from typing import Any

from colnode.errors import Invalid
from colnode.openbadges import contexts, jose, shapes
from colnode.openbadges.compact_json import to_text
from colnode.openbadges.credential_types import (
    ContextProblem,
    Kind,
    context_problem,
    is_v1,
    kind_of,
    schema_name,
)
from colnode.openbadges.data_integrity import is_usual
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.jsonld import UndefinedTerm, UnknownContext
from colnode.openbadges.rdf_budget import TooComplex
from colnode.openbadges.reading import Reading
from colnode.openbadges.schema import schema_error
from colnode.openbadges.shapes import Shaped
from colnode.openbadges.structure import check_contexts, check_structure, check_work

__all__ = ["check_meaning"]


def check_meaning(reading: Reading) -> tuple[str | None, list[Finding]]:
    """The canonical N-Quads of the document without its proof, None when it has none, and findings.

    The canonical form is what a Data Integrity proof signs. Source: Open Badges 3.0 section 9.1
    step 1, VC Data Model 2.0 sections 4.3 (contexts), 4.5 (types) and 4.8 (subject).
    """
    credential = reading.credential
    unsecured = {name: value for name, value in credential.items() if name != "proof"}
    shaped = shapes.shape_of(to_text(unsecured), contexts.pinned())
    is_known = reading.jws is None and shaped.is_checked and _has_usual_proof(credential)
    if is_known and shaped.findings:
        known = shaped.canonical_nquads()
        if known is not None:
            return known, [*shaped.findings]
    canonical, findings = _contexts_and_terms(reading, unsecured, shaped, is_known=is_known)
    is_other = kind_of(credential) is Kind.OTHER
    has_base_type = "VerifiableCredential" in as_list(credential.get("type"))
    findings.append(finding("type_unknown" if is_other or not has_base_type else "type_known"))
    if is_v1(credential):
        findings.append(finding("version_1"))
    wrong = None if is_known else _schema_problem(credential)
    findings += [wrong] if wrong is not None else _schema_and_subject(credential)
    if reading.jws is not None:
        findings += _claims(credential, reading.jws.payload)
    elif canonical is not None and wrong is None:
        shaped.mark_checked(findings)
    return canonical, findings


def _has_usual_proof(credential: Mapping[str, Any]) -> bool:
    """Whether nothing about the form of the proof needs to be looked at."""
    proofs = as_list(credential.get("proof"))
    return bool(proofs) and all(map(is_usual, proofs))


def _contexts_and_terms(
    reading: Reading, unsecured: Mapping[str, Any], shaped: Shaped, *, is_known: bool
) -> tuple[str | None, list[Finding]]:
    """Of a document of a shape that was in order, with a usual proof, nothing is asked again."""
    if context_problem(unsecured) is ContextProblem.MISSING:
        return None, [finding("context_missing")]
    try:
        if not is_known:
            _check_form(reading)
        canonical = shapes.canonical_nquads(unsecured, contexts.pinned(), shaped)
    except UnknownContext as error:
        url = error.parameters.get("url", "its own text")
        return None, [finding("context_unknown", url=url)]
    except UndefinedTerm as error:
        return None, [finding("term_undefined", reason=str(error))]
    except TooComplex:
        return None, [finding("too_complex")]
    except Invalid as error:
        return None, [finding("member_unsafe", reason=str(error))]
    return canonical, [finding("contexts_known")]


def _check_form(reading: Reading) -> None:
    """Of a JWT only the contexts matter, as it is signed letter by letter."""
    check_work(reading.credential)
    if reading.jws is not None:
        check_contexts(reading.credential, contexts.pinned())
    else:
        check_structure(reading.credential, contexts.pinned())


def _schema_problem(credential: Mapping[str, Any]) -> Finding | None:
    """A draft's context leaves open what the parts mean, so the schema says nothing about it."""
    if context_problem(credential) is ContextProblem.UNKNOWN:
        return finding("schema_unknown")
    wrong = schema_error(credential, schema_name(credential))
    if wrong is None:
        return None
    path, reason = wrong
    return finding("schema_invalid", path=path, reason=reason)


def _schema_and_subject(credential: Mapping[str, Any]) -> list[Finding]:
    found = [finding("schema_valid")]
    if kind_of(credential) in (Kind.BADGE, Kind.ENDORSEMENT, Kind.RECORD):
        subject = credential["credentialSubject"]
        is_present = "id" in subject or bool(subject.get("identifier"))
        found.append(finding("subject_present" if is_present else "subject_missing"))
    return found


def _claims(credential: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Finding]:
    """Claims that are there must say what the credential says (OB 3.0 section 8.2.6)."""
    try:
        expected = jose.claims_of(credential)
    except ValueError:
        return [finding("date_malformed", name="validFrom, validUntil")]
    wrong = [
        name
        for name in ("iss", "jti", "sub", "nbf", "exp")
        if name in payload and not _agree(payload[name], expected.get(name))
    ]
    return [finding("claims_disagree", name=name) for name in wrong]


def _agree(claim: object, expected: object) -> bool:
    """Equal and of the same kind, so that True is not 1."""
    return type(claim) is type(expected) and claim == expected

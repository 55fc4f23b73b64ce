"""Whether a document says something definite: contexts, terms, types, schema and subject.

Everything here needs no network. Source: Open Badges 3.0 sections 6.1 and 8.2 and appendix B,
VC Data Model 2.0 sections 4.3 to 4.8.
"""

from collections.abc import Mapping
from typing import Any

from colnode.errors import Invalid
from colnode.openbadges import contexts, jose
from colnode.openbadges.credential_types import (
    ContextProblem,
    Kind,
    context_problem,
    is_v1,
    kind_of,
    schema_name,
)
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.jsonld import UndefinedTerm, UnknownContext, canonical_nquads
from colnode.openbadges.rdf_budget import TooComplex
from colnode.openbadges.reading import Reading
from colnode.openbadges.schema import schema_error
from colnode.openbadges.structure import check_structure

__all__ = ["check_meaning"]


def check_meaning(reading: Reading) -> tuple[str | None, list[Finding]]:
    """The canonical N-Quads of the document without its proof, None when it has none, and findings.

    The canonical form is what a Data Integrity proof signs.
    """
    credential = reading.credential
    canonical, findings = _contexts_and_terms(credential, reading)
    is_other = kind_of(credential) is Kind.OTHER
    has_base_type = "VerifiableCredential" in as_list(credential.get("type"))
    findings.append(finding("type_unknown" if is_other or not has_base_type else "type_known"))
    if is_v1(credential):
        findings.append(finding("version_1"))
    findings += _schema_and_subject(credential)
    if reading.jws is not None:
        findings += _claims(credential, reading.jws.payload)
    return canonical, findings


def _contexts_and_terms(
    credential: Mapping[str, Any], reading: Reading
) -> tuple[str | None, list[Finding]]:
    if context_problem(credential) is ContextProblem.MISSING:
        return None, [finding("context_missing")]
    unsecured = {name: value for name, value in credential.items() if name != "proof"}
    try:
        if reading.jws is None:
            check_structure(credential, contexts.pinned())
        else:
            check_structure({"@context": credential.get("@context")}, contexts.pinned())
        return canonical_nquads(unsecured, contexts.pinned()), [finding("contexts_known")]
    except UnknownContext as error:
        url = error.parameters.get("url", "its own text")
        return None, [finding("context_unknown", url=url)]
    except UndefinedTerm as error:
        return None, [finding("term_undefined", reason=str(error))]
    except TooComplex:
        return None, [finding("too_complex")]
    except Invalid as error:
        return None, [finding("member_unsafe", reason=str(error))]


def _schema_and_subject(credential: Mapping[str, Any]) -> list[Finding]:
    """A draft's context leaves open what the parts mean, so the schema says nothing about it."""
    if context_problem(credential) is ContextProblem.UNKNOWN:
        return [finding("schema_unknown")]
    wrong = schema_error(credential, schema_name(credential))
    if wrong is not None:
        path, reason = wrong
        return [finding("schema_invalid", path=path, reason=reason)]
    found = [finding("schema_valid")]
    if kind_of(credential) in (Kind.BADGE, Kind.ENDORSEMENT, Kind.RECORD):
        subject = credential["credentialSubject"]
        is_present = "id" in subject or bool(subject.get("identifier"))
        found.append(finding("subject_present" if is_present else "subject_missing"))
    return found


def _claims(credential: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Finding]:
    """Claims that are there must say what the credential says (OB 3.0 section 8.2.4)."""
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

"""Issuing: from an unsigned credential to signed bytes.

What cannot be signed in full, or could not be read by others, is refused before a key is touched.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from colnode.errors import Invalid, _
from colnode.openbadges import contexts, data_integrity, jose, shapes, strict_json
from colnode.openbadges.building import (
    AchievementData,
    Alignment,
    Evidence,
    IssuerProfile,
    Related,
    Result,
    ResultDescription,
    RubricLevel,
    StatusEntry,
    Subject,
    build_credential,
    build_endorsement,
)
from colnode.openbadges.compact_json import to_json, to_text
from colnode.openbadges.credential_types import ContextProblem, context_problem, schema_name
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.keys import SigningKey
from colnode.openbadges.schema import schema_error
from colnode.openbadges.structure import check_structure, control_character_in

__all__ = [
    "AchievementData",
    "Alignment",
    "Evidence",
    "IssuerProfile",
    "Related",
    "Result",
    "ResultDescription",
    "RubricLevel",
    "StatusEntry",
    "Subject",
    "build_credential",
    "build_endorsement",
    "issue",
    "issue_jwt",
]

_HIGH_CONTROL = re.compile("[\x7f-\x9f]")
_CONTROL_ESCAPE = re.compile(r"\\[bfu]")


def issue(
    credential: Mapping[str, Any],
    *,
    key: SigningKey,
    verification_method: str,
    created: datetime,
) -> bytes:
    """The credential as UTF-8 JSON with a Data Integrity proof in a one-element array.

    What is signed is what the JSON says: a tuple is a list there, a UUID or a date a text.
    An Ed25519 key signs eddsa-rdfc-2022, a P-256 key ecdsa-rdfc-2019. `verification_method` is the
    key's full address, `created` is UTC-aware. Raises Invalid for control characters, terms that
    no pinned context defines, wrong or missing members, and anything that would not be signed.
    Source: Open Badges 3.0 section 8.3 (Data Integrity), VC Data Integrity 1.0 section 4.2.
    """
    text, canonical = _checked(credential)
    prover = data_integrity.Prover(
        credential["@context"],
        key=key,
        verification_method=_method(verification_method),
        created=_aware(created),
        contexts=contexts.pinned(),
    )
    return f'{text[:-1]},"proof":[{prover.proof(canonical)}]}}'.encode()


def issue_jwt(credential: Mapping[str, Any], *, key: SigningKey, verification_method: str) -> str:
    """The credential as a compact VC-JWT: ES256 for a P-256 key, EdDSA for Ed25519.

    The header's kid is `verification_method`; iss, jti, sub, nbf and exp repeat the credential.
    Raises Invalid as issue does. Source: Open Badges 3.0 section 8.2 (JSON Web Token proof).
    """
    _checked(credential)
    claims = jose.claims_of(credential)
    header = {"kid": _method(verification_method), "typ": "JWT"}
    return jose.sign_compact(to_json({**credential, **claims}), header, key)


def _checked(credential: Mapping[str, Any]) -> tuple[str, str]:
    """The credential as compact JSON and as canonical N-Quads, when it may be signed.

    A credential of a shape that passed before is only asked about its texts.
    """
    try:
        text = to_text(credential)
    except ValueError as error:
        raise Invalid(_("The credential cannot be written as JSON.")) from error
    shaped = shapes.shape_of(text, contexts.pinned())
    if shaped.is_checked and not _may_have_control(text):
        canonical = shaped.canonical_nquads()
        if canonical is not None:
            return text, canonical
    written = _read_again(text)
    _check(written)
    canonical = shapes.canonical_nquads(written, contexts.pinned(), shaped)
    shaped.mark_checked()
    return text, canonical


def _may_have_control(text: str) -> bool:
    """Whether compact JSON has a control character, or an escape that could stand for one."""
    is_plain = "\x7f" not in text if text.isascii() else text.isprintable()
    if not is_plain and _HIGH_CONTROL.search(text):
        return True
    return "\\" in text and _CONTROL_ESCAPE.search(text) is not None


def _check(credential: Mapping[str, Any]) -> None:
    if "proof" in credential:
        raise Invalid(_("The credential is signed already."))
    text = control_character_in(credential)
    if text is not None:
        raise Invalid(_("The text {text} has a control character."), text=repr(text))
    problem = context_problem(credential)
    if problem is ContextProblem.MISSING:
        raise Invalid(_("The credential lacks a required context, or has it out of order."))
    check_structure(credential, contexts.pinned())
    wrong = schema_error(credential, schema_name(credential))
    if wrong is not None:
        path, reason = wrong
        raise Invalid(_("{path}: {reason}"), path=path, reason=reason)
    for name in ("validFrom", "validUntil", "awardedDate"):
        _check_date(name, credential.get(name))


def _check_date(name: str, value: object) -> None:
    try:
        if value is not None:
            parse_datetime(value)
    except ValueError as error:
        raise Invalid(_("{name} is not a time with an offset."), name=name) from error


def _read_again(text: str) -> dict[str, Any]:
    """What readers will see. Raises Invalid unless every one of them sees the same."""
    json.loads(text, parse_float=_fraction)
    document = strict_json.loads(text.encode())
    if not isinstance(document, dict):
        raise Invalid(_("The credential cannot be written as JSON."))
    return document


def _fraction(text: str) -> float:
    number = float(text)
    if number.is_integer():
        raise Invalid(_("Write the number {number} without a fraction."), number=text)
    return number


def _method(verification_method: str) -> str:
    if not isinstance(verification_method, str) or ":" not in verification_method:
        raise Invalid(_("The key's address must be a full one."))
    return verification_method


def _aware(created: datetime) -> datetime:
    if created.tzinfo is None:
        raise Invalid(_("The time of signing has no time zone."))
    return created

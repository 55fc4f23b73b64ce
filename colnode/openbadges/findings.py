"""What a verification says: findings, each with a stable id, and the one verdict they make.

A finding's id and status are for programs; its detail is an English template with parameters, which
web and cli translate and fill in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from colnode.errors import _

if TYPE_CHECKING:
    from colnode.openbadges.credential_types import Kind

__all__ = [
    "BadgeSummary",
    "Finding",
    "FindingStatus",
    "Outcome",
    "ResultSummary",
    "Verdict",
    "finding",
    "outcome_of",
    "worse",
]


class FindingStatus(StrEnum):
    """ok: right. warning: worth knowing. failed: wrong. unknown: could not be found out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The verdict in one word."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    NOT_A_BADGE = "not_a_badge"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `detail` is a template, `text` the filled-in English."""

    id: str
    status: FindingStatus
    detail: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The detail in English with its parameters."""
        return self.detail.format(**self.parameters) if self.parameters else self.detail


@dataclass(frozen=True)
class ResultSummary:
    """What the earner reached: what the result is called, if it is, and its value in words."""

    name: str | None
    value: str


@dataclass(frozen=True)
class BadgeSummary:
    """What a page shows of a badge. Texts are as written in the document, unescaped."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    criteria_narrative: str | None = None
    criteria_url: str | None = None
    image_url: str | None = None
    achievement_id: str | None = None
    achievement_type: str | None = None
    tags: tuple[str, ...] = ()
    issuer_id: str | None = None
    issuer_name: str | None = None
    issuer_url: str | None = None
    issuer_image_url: str | None = None
    subject_id: str | None = None
    holder_name: str | None = None
    results: tuple[ResultSummary, ...] = ()
    issued_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """The outcome, the findings in the order of the checks, and what was read.

    `credential` is the document that the verdict is about (after a refresh the new one), None when
    nothing could be read. `endorsements` are the verdicts on the endorsements inside. A document
    that is not laid out as Open Badges 3.0 brings its own summary.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    kind: "Kind | None" = None
    format: str | None = None
    credential: Mapping[str, Any] | None = None
    endorsements: tuple["Verdict", ...] = ()
    other_summary: BadgeSummary | None = None

    @cached_property
    def summary(self) -> BadgeSummary:
        """What a page shows of the badge; empty when nothing could be read."""
        from colnode.openbadges.summary import summarise

        if self.other_summary is not None:
            return self.other_summary
        return BadgeSummary() if self.credential is None else summarise(self.credential)

    @property
    def is_valid(self) -> bool:
        """Whether everything was checked and right."""
        return self.outcome is Outcome.VALID

    def find(self, id: str) -> Finding | None:
        """The first finding with this id."""
        return next((finding for finding in self.findings if finding.id == id), None)


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """Invalid when anything failed, else indeterminate when anything is unknown, else valid."""
    statuses = {finding.status for finding in findings}
    if FindingStatus.FAILED in statuses:
        return Outcome.INVALID
    if FindingStatus.UNKNOWN in statuses:
        return Outcome.INDETERMINATE
    return Outcome.VALID


def worse(first: Outcome, second: Outcome) -> Outcome:
    """The less good of two outcomes; what is not a badge stays that."""
    order = (Outcome.VALID, Outcome.INDETERMINATE, Outcome.INVALID, Outcome.NOT_A_BADGE)
    return max(first, second, key=order.index)


def finding(id: str, **parameters: object) -> Finding:
    """The finding with this id from the catalogue below."""
    if not parameters:
        return _plain_finding(id)
    status, detail = _CATALOGUE[id]
    return Finding(id, status, detail, parameters)


@cache
def _plain_finding(id: str) -> Finding:
    return Finding(id, *_CATALOGUE[id])


_OK, _WARNING = FindingStatus.OK, FindingStatus.WARNING
_FAILED, _UNKNOWN = FindingStatus.FAILED, FindingStatus.UNKNOWN

_CATALOGUE: Mapping[str, tuple[FindingStatus, str]] = {
    # Reading
    "not_a_badge": (_FAILED, _("This is not a badge: {reason}")),
    "json_unsafe": (_FAILED, _("The document cannot be read without doubt: {reason}")),
    "jwt_malformed": (_FAILED, _("The JWT is not accepted: {reason}")),
    "picture_damaged": (_FAILED, _("The picture cannot be read: {reason}")),
    # Meaning
    "contexts_known": (_OK, _("Every term of the badge has a known meaning.")),
    "context_missing": (_FAILED, _("A required context is missing or out of order.")),
    "context_unknown": (_UNKNOWN, _("The badge uses terms from {url}, which is not known here.")),
    "term_undefined": (_FAILED, _("The badge uses words without a meaning: {reason}")),
    "member_unsafe": (_FAILED, _("Part of the badge would not be signed: {reason}")),
    "too_complex": (_FAILED, _("The badge is built so that checking it would never end.")),
    "type_known": (_OK, _("The document says that it is a badge or another credential.")),
    "type_unknown": (_FAILED, _("The document is of a type that is no badge.")),
    "version_1": (_WARNING, _("The badge follows version 1.1 of the credentials standard.")),
    "schema_valid": (_OK, _("The badge has all its parts in their right form.")),
    "schema_invalid": (_FAILED, _("A part of the badge is missing or wrong. {path}: {reason}")),
    "schema_unknown": (_UNKNOWN, _("The parts of the badge could not be checked.")),
    "subject_present": (_OK, _("The badge says whom it is about.")),
    "subject_missing": (_FAILED, _("The badge does not say whom it is about.")),
    "date_malformed": (_FAILED, _("The date {name} is not a time with an offset.")),
    "claims_disagree": (_FAILED, _("The JWT and the badge inside disagree about {name}.")),
    # Proof
    "proof_valid": (_OK, _("The signature fits: nothing was changed since it was signed.")),
    "proof_invalid": (_FAILED, _("The signature does not fit: the badge was changed or forged.")),
    "proof_missing": (_FAILED, _("The badge is not signed.")),
    "proof_malformed": (_FAILED, _("The signature cannot be read: {reason}")),
    "proof_unsupported": (_UNKNOWN, _("The badge is signed in a way that is not known here.")),
    "proof_ignored": (_WARNING, _("A second signature is of a kind that is not known here.")),
    "proof_purpose": (_FAILED, _("The signature was made for another purpose.")),
    "proof_expired": (_FAILED, _("The signature was to be used until {date} only.")),
    "key_unavailable": (_UNKNOWN, _("The key that signed the badge could not be found.")),
    "key_unusable": (_FAILED, _("The key that signed the badge is not accepted: {reason}")),
    # Whose key
    "issuer_verified": (_OK, _("{issuer} confirms the key that signed the badge.")),
    "issuer_unverified": (
        _UNKNOWN,
        _("Nobody confirms that {issuer} signed this badge; only that it is unchanged."),
    ),
    "key_not_listed": (_FAILED, _("{issuer} does not list the key that signed the badge.")),
    "key_compromised": (
        _UNKNOWN,
        _("{issuer} has withdrawn the key that signed the badge; ask for a new one."),
    ),
    "credential_confirmed": (
        _WARNING,
        _("The key was withdrawn, but {issuer} confirms that it gave exactly this badge."),
    ),
    "key_expired": (_FAILED, _("The key was to be used until {date} only.")),
    # Refresh
    "refreshed": (_WARNING, _("The issuer has a newer version, which is shown here.")),
    "refresh_current": (_OK, _("The issuer has no newer version.")),
    "refresh_unreachable": (_UNKNOWN, _("Whether there is a newer version could not be asked.")),
    "refresh_mismatch": (_FAILED, _("What the issuer gives as newer version is another badge.")),
    # Status
    "status_absent": (_OK, _("The badge has no revocation list; it cannot be revoked.")),
    "not_revoked": (_OK, _("The badge is not revoked.")),
    "not_suspended": (_OK, _("The badge is not suspended.")),
    "revoked": (_FAILED, _("The issuer has revoked the badge. {reason}")),
    "suspended": (_FAILED, _("The issuer has suspended the badge.")),
    "status_incomplete": (_FAILED, _("The badge does not say where its status can be asked.")),
    "status_unsupported": (_UNKNOWN, _("The status of the badge is kept in an unknown way.")),
    "status_unreachable": (_UNKNOWN, _("Whether the badge was revoked could not be asked.")),
    "status_unverified": (_UNKNOWN, _("Nobody confirms the issuer's list of revoked badges.")),
    "status_stale": (_UNKNOWN, _("The issuer's list of revoked badges is out of date.")),
    "status_mismatch": (_FAILED, _("The list of revoked badges is not this issuer's: {reason}")),
    # Time
    "in_period": (_OK, _("The badge is valid today.")),
    "not_yet_valid": (_FAILED, _("The badge is not valid before {date}.")),
    "expired": (_FAILED, _("The badge expired on {date}.")),
    # What is inside
    "endorsement_valid": (_OK, _("{issuer} endorses it.")),
    "endorsement_unverified": (_WARNING, _("An endorsement by {issuer} could not be confirmed.")),
    "endorsement_ended": (_WARNING, _("An endorsement by {issuer} has ended.")),
    "endorsement_foreign": (_WARNING, _("An endorsement by {issuer} is about something else.")),
    "endorsement_invalid": (_FAILED, _("An endorsement by {issuer} is forged or broken.")),
    "too_many_inside": (_UNKNOWN, _("Not everything inside the badge was checked.")),
    "part_valid": (_OK, _("{name} inside the record is valid.")),
    "part_invalid": (_FAILED, _("{name} inside the record is not valid.")),
    "part_unknown": (_UNKNOWN, _("{name} inside the record could not be confirmed.")),
    # Open Badges 2.0
    "version_2": (_WARNING, _("The badge follows Open Badges 2.0, which signs less.")),
    "hosted_confirmed": (_OK, _("The issuer's site shows the same badge.")),
    "hosted_unreachable": (_UNKNOWN, _("The issuer's site could not be asked for {url}.")),
    "hosted_differs": (_FAILED, _("The issuer's site shows another badge at {url}.")),
    "hosted_scope": (_FAILED, _("{url} is not an address where this issuer keeps badges.")),
    "badge_incomplete": (_FAILED, _("The badge lacks {name}.")),
}

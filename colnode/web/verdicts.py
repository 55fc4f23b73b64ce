"""Verdicts in plain words: one sentence, then each check as a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colnode.errors import _
from colnode.openbadges.findings import Finding, FindingStatus, Outcome, Verdict
from colnode.web.rendering import error_text

__all__ = ["Line", "headline", "lines_of", "strip_of", "word_of"]

_ICON_STATUS: Mapping[FindingStatus, str] = {
    FindingStatus.OK: "passed",
    FindingStatus.WARNING: "note",
    FindingStatus.FAILED: "failed",
    FindingStatus.UNKNOWN: "unknown",
}
# What the verification strip of a badge's page says, in this order: one line of each row.
_STRIP = (
    ("proof_",),
    ("issuer_", "key_", "hosted_"),
    ("not_revoked", "revoked", "suspended", "status_", "badge_1"),
    ("in_period", "expired", "not_yet_valid"),
)


@dataclass(frozen=True)
class Line:
    """One check as a line: `status` is passed, failed, unknown or note."""

    id: str
    status: str
    title: str
    detail: str | None = None


def word_of(verdict: Verdict) -> str:
    """Which look the verdict has: valid, invalid or indeterminate."""
    return "invalid" if verdict.outcome is Outcome.NOT_A_BADGE else str(verdict.outcome)


def headline(verdict: Verdict) -> str:
    """The verdict as a sentence that names what matters most."""
    return error_text(_sentence(verdict), {})


def _sentence(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.NOT_A_BADGE:
        return _("This is not a badge.")
    if verdict.outcome is Outcome.VALID:
        return _("This badge is real, unchanged and valid today.")
    ids = {found.id for found in verdict.findings}
    for known, sentence in _reasons(verdict):
        if known in ids:
            return sentence
    if verdict.outcome is Outcome.INVALID:
        return _("Something about this badge is wrong. Do not rely on it.")
    return _("Not everything about this badge could be checked.")


def lines_of(verdict: Verdict) -> Sequence[Line]:
    """Every finding, and those of what is inside."""
    return [_line(found) for found in verdict.findings]


def strip_of(verdict: Verdict) -> Sequence[Line]:
    """The four lines that matter to an employer: unchanged, by whom, not taken back, in time."""
    chosen = []
    for prefixes in _STRIP:
        matching = [
            found
            for found in verdict.findings
            if found.id.startswith(prefixes) and "." not in found.id  # a plugin's have a dot
        ]
        worst = max(matching, key=lambda found: _WEIGHT[found.status], default=None)
        if worst is not None:
            plain = _plain(worst.id, verdict)
            chosen.append(_line(worst) if plain is None else Line(worst.id, "passed", plain))
    return chosen


_PLAIN: Mapping[str, str] = {
    "proof_valid": _("Nothing was changed since it was signed."),
    "issuer_verified": _("{issuer} confirms that the signature is its own."),
    "not_revoked": _("It was not taken back."),
    "in_period": _("It is valid today."),
}


def _plain(finding_id: str, verdict: Verdict) -> str | None:
    """Shorter words for what is right, None for everything else."""
    template = _PLAIN.get(finding_id)
    issuer = verdict.summary.issuer_name or verdict.summary.issuer_id or "?"
    return None if template is None else error_text(template, {"issuer": issuer})


_WEIGHT = {
    FindingStatus.OK: 0,
    FindingStatus.WARNING: 1,
    FindingStatus.UNKNOWN: 2,
    FindingStatus.FAILED: 3,
}


def _line(found: Finding) -> Line:
    title = error_text(found.detail, found.parameters)
    return Line(found.id, _ICON_STATUS[found.status], title.strip())


def _reasons(verdict: Verdict) -> Sequence[tuple[str, str]]:
    """Findings that deserve their own sentence, the gravest first."""
    if verdict.outcome is Outcome.INVALID:
        return (
            ("proof_invalid", _("This badge was changed after it was signed, or it is forged.")),
            ("proof_missing", _("This badge is not signed. Anybody could have made it.")),
            ("revoked", _("This badge was taken back by the organisation that gave it.")),
            ("suspended", _("This badge is suspended at the moment.")),
            ("key_not_listed", _("The issuer that it names did not sign this badge.")),
            ("expired", _("This badge was real, but it has expired.")),
            ("not_yet_valid", _("This badge is not valid yet.")),
        )
    return (
        ("issuer_unverified", _("The badge is unchanged, but nobody confirms who signed it.")),
        ("key_unavailable", _("The key that signed it could not be found, so nobody can say.")),
        ("key_compromised", _("The issuer has withdrawn the key that signed this badge.")),
        ("status_unreachable", _("Whether this badge was taken back could not be asked.")),
    )

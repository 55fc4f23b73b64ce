"""Asking once whether the issuer has a newer version of a credential.

Source: 1EdTech Verifiable Credential Refresh Service 1.0, VC Data Model 2.0 section 5.4.
"""

from colnode.errors import Unavailable
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.reading import Reading, Unreadable, read
from colnode.openbadges.run import Run
from colnode.openbadges.summary import issuer_id

__all__ = ["ACCEPT_CREDENTIAL", "ask"]

ACCEPT_CREDENTIAL = (
    "application/vc, application/ld+json, application/json, application/vc+jwt, "
    "application/jwt, text/plain;q=0.5"
)


def ask(reading: Reading, run: Run) -> tuple[Reading | None, list[Finding]]:
    """The newer version to verify instead, or None, and findings.

    It must have the same id and issuer. An older version, which somebody replays, is not taken.
    Services of another type are left alone, as that is what the standard asks of them.
    Source: Open Badges 3.0 section 9.1 step 3; but what could not be asked is said here.
    """
    for service in as_list(reading.credential.get("refreshService")):
        if not isinstance(service, dict):
            continue
        if "1EdTechCredentialRefresh" not in as_list(service.get("type")):
            continue
        return _ask_service(str(service.get("id")), reading, run)
    return None, []


def _ask_service(url: str, reading: Reading, run: Run) -> tuple[Reading | None, list[Finding]]:
    try:
        newer = read(run.resolver.fetch(url, ACCEPT_CREDENTIAL))
    except (Unavailable, Unreadable):
        return None, [finding("refresh_unreachable")]
    old, new = reading.credential, newer.credential
    if new.get("id") != old.get("id") or issuer_id(new) != issuer_id(old):
        return None, [finding("refresh_mismatch")]
    if new == old or _starts(newer) <= _starts(reading):
        return None, [finding("refresh_current")]
    return newer, [finding("refreshed")]


def _starts(reading: Reading) -> float:
    """When a version starts, in seconds; one without a date is the oldest."""
    credential = reading.credential
    try:
        return parse_datetime(
            credential.get("validFrom", credential.get("issuanceDate"))
        ).timestamp()
    except ValueError:
        return 0.0

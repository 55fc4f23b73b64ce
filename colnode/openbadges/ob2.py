"""Open Badges 2.0: hosted assertions, which the issuer's site confirms, and signed ones.

Nothing but the assertion is ever signed, so the badge class and the issuer are always asked for.
Source: Open Badges 2.0 sections 4 (data model) and 6 (verification).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from colnode.errors import Invalid, Unavailable, Withdrawn
from colnode.openbadges import strict_json
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list, read_key
from colnode.openbadges.findings import (
    BadgeSummary,
    Finding,
    FindingStatus,
    Verdict,
    finding,
    outcome_of,
)
from colnode.openbadges.reading import Reading
from colnode.openbadges.run import Run
from colnode.openbadges.summary import text_of

__all__ = ["verify_assertion"]

_ACCEPT = "application/ld+json, application/json"
_REQUIRED = ("id", "type", "recipient", "badge", "verification", "issuedOn")


@dataclass(frozen=True)
class _Chain:
    """An assertion with the badge class and the issuer that it leads to."""

    assertion: Mapping[str, Any]
    badge: Mapping[str, Any]
    issuer: Mapping[str, Any]


def verify_assertion(reading: Reading, run: Run) -> Verdict:
    """The verdict on an Open Badges 2.0 assertion: hosted, signed (JWS), or baked as either.

    Source: Open Badges 2.0 section 6 (verification).
    """
    findings = [finding("version_2")]
    assertion = reading.credential
    if reading.hosted_url is not None:
        fetched = _fetch_assertion(reading.hosted_url, run)
        if fetched is None:
            findings.append(finding("hosted_unreachable", url=reading.hosted_url))
            return _verdict(reading, {}, findings, _Chain({}, {}, {}))
        assertion = fetched
    missing = [name for name in _REQUIRED if name not in assertion]
    if missing and assertion.get("revoked") is True:
        findings.append(_revoked(assertion))
        return _verdict(reading, assertion, findings, _Chain(assertion, {}, {}))
    if missing:
        findings += [finding("badge_incomplete", name=name) for name in missing]
        return _verdict(reading, assertion, findings, _Chain(assertion, {}, {}))
    chain, found = _follow(assertion, run)
    findings += found
    if reading.jws is None:
        findings += _check_hosted(chain, run)
    else:
        findings += _check_signed(reading, chain, run)
    findings += _check_state(assertion, run)
    return _verdict(reading, assertion, findings, chain)


def _verdict(
    reading: Reading, assertion: Mapping[str, Any], findings: list[Finding], chain: _Chain
) -> Verdict:
    return Verdict(
        outcome_of(findings),
        tuple(findings),
        Kind.BADGE_2,
        reading.format,
        assertion,
        other_summary=_summarise(chain),
    )


def _fetch(url: object, run: Run) -> dict[str, Any] | None:
    """The JSON object at `url`, or None when it cannot be had."""
    try:
        return _read(run.resolver.fetch(str(url), _ACCEPT)) if _is_address(url) else None
    except Unavailable:
        return None


def _is_address(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("https://", "http://"))


def _read(data: bytes) -> dict[str, Any] | None:
    try:
        document = strict_json.loads(data)
    except strict_json.StrictJsonError:
        return None
    return document if isinstance(document, dict) else None


def _fetch_assertion(url: object, run: Run) -> dict[str, Any] | None:
    """The assertion at `url`; one that is gone (410) is revoked, whatever else is said with it.

    Source: Open Badges 2.0, HostedBadge Verification, Revoking Hosted Assertions.
    """
    try:
        return _read(run.resolver.fetch(str(url), _ACCEPT)) if _is_address(url) else None
    except Withdrawn as error:
        return {**(_read(error.body) or {}), "id": str(url), "revoked": True}
    except Unavailable:
        return None


def _revoked(assertion: Mapping[str, Any]) -> Finding:
    return finding("revoked", reason=text_of(assertion.get("revocationReason")) or "")


def _follow(assertion: Mapping[str, Any], run: Run) -> tuple[_Chain, list[Finding]]:
    """The chain by its addresses; what is embedded counts only when its site shows the same id."""
    badge, found = _linked(assertion.get("badge"), run)
    issuer, more = _linked(badge.get("issuer"), run) if badge else ({}, [])
    return _Chain(assertion, badge, issuer), found + more


def _linked(value: object, run: Run) -> tuple[dict[str, Any], list[Finding]]:
    url = value.get("id") if isinstance(value, dict) else value
    document = _fetch(url, run)
    if document is None:
        return {}, [finding("hosted_unreachable", url=str(url))]
    if document.get("id") != url:
        return {}, [finding("hosted_differs", url=str(url))]
    return document, []


def _check_hosted(chain: _Chain, run: Run) -> list[Finding]:
    """The issuer's site shows the same assertion at its id, within the issuer's own addresses."""
    url = chain.assertion["id"]
    hosted = _fetch_assertion(url, run)
    if hosted is None:
        return [finding("hosted_unreachable", url=str(url))]
    if hosted.get("revoked") is True:
        return [_revoked(hosted)]
    if hosted != chain.assertion:
        return [finding("hosted_differs", url=str(url))]
    if chain.issuer and not _in_scope(str(url), chain.issuer):
        return [finding("hosted_scope", url=str(url))]
    return [finding("hosted_confirmed")]


def _in_scope(url: str, issuer: Mapping[str, Any]) -> bool:
    """Whether the issuer keeps badges at this address (OB 2.0 VerificationObject).

    startsWith and allowedOrigins of its verification; without them the host of its own address.
    """
    policy = issuer.get("verification")
    policy = policy if isinstance(policy, dict) else {}
    parts = urlsplit(url)
    prefixes = [p for p in as_list(policy.get("startsWith")) if isinstance(p, str)]
    if prefixes and not any(url.startswith(prefix) for prefix in prefixes):
        return False
    origins = as_list(policy.get("allowedOrigins"))
    if origins:
        return parts.netloc in origins or f"{parts.scheme}://{parts.netloc}" in origins
    return bool(prefixes) or parts.netloc == urlsplit(str(issuer.get("id"))).netloc


def _check_signed(reading: Reading, chain: _Chain, run: Run) -> list[Finding]:
    """The JWS by a key that the issuer lists and that says it is the issuer's."""
    found = _check_signature(reading, chain, run)
    if chain.issuer and not any(item.id == "proof_invalid" for item in found):
        found += _check_revocation_list(chain, run)
    return found


def _check_signature(reading: Reading, chain: _Chain, run: Run) -> list[Finding]:
    verification = chain.assertion["verification"]
    creator = verification.get("creator") if isinstance(verification, dict) else None
    listed = [
        item.get("id") if isinstance(item, dict) else item
        for item in as_list(chain.issuer.get("publicKey"))
    ]
    url = creator if creator is not None else (listed[0] if listed else None)
    document = _fetch(url, run)
    if document is None or reading.jws is None:
        return [finding("key_unavailable")]
    try:
        key = read_key(document)
    except Invalid as error:
        return [finding("key_unusable", reason=str(error))]
    if not reading.jws.is_signed_by(key):
        return [finding("proof_invalid")]
    issuer = str(chain.issuer.get("id", "?"))
    if not chain.issuer:
        return [finding("proof_valid"), finding("issuer_unverified", issuer=issuer)]
    is_listed = url in listed and document.get("owner") == chain.issuer.get("id")
    whose = "issuer_verified" if is_listed else "key_not_listed"
    return [finding("proof_valid"), finding(whose, issuer=issuer)]


def _check_revocation_list(chain: _Chain, run: Run) -> list[Finding]:
    url = chain.issuer.get("revocationList")
    if url is None:
        return [finding("status_absent")]
    document = _fetch(url, run)
    if document is None:
        return [finding("status_unreachable")]
    if document.get("issuer", chain.issuer["id"]) != chain.issuer["id"]:
        return [finding("status_mismatch", reason="it has another issuer.")]
    own = [chain.assertion[name] for name in ("id", "uid") if name in chain.assertion]
    for item in as_list(document.get("revokedAssertions")):
        entry = item if isinstance(item, dict) else {"id": item}
        if entry.get("id", entry.get("uid")) in own:
            return [finding("revoked", reason=text_of(entry.get("revocationReason")) or "")]
    return [finding("not_revoked")]


def _check_state(assertion: Mapping[str, Any], run: Run) -> list[Finding]:
    if assertion.get("revoked") is True:
        return [_revoked(assertion)]
    found = []
    for name in ("issuedOn", "expires"):
        if name not in assertion:
            continue
        try:
            moment = parse_datetime(assertion[name])
        except ValueError:
            found.append(finding("date_malformed", name=name))
            continue
        if name == "expires" and moment <= run.now:
            found.append(finding("expired", date=moment.date().isoformat()))
        if name == "issuedOn" and moment > run.now:
            found.append(finding("not_yet_valid", date=moment.date().isoformat()))
    failed = any(item.status is FindingStatus.FAILED for item in found)
    return found if failed else [finding("in_period")]


def _summarise(chain: _Chain) -> BadgeSummary:
    criteria = chain.badge.get("criteria")
    is_object = isinstance(criteria, dict)
    return BadgeSummary(
        id=text_of(chain.assertion.get("id")),
        name=text_of(chain.badge.get("name")),
        description=text_of(chain.badge.get("description")),
        criteria_narrative=criteria.get("narrative") if isinstance(criteria, dict) else None,
        criteria_url=None if is_object else text_of(criteria),
        image_url=_image(chain.badge.get("image")),
        achievement_id=text_of(chain.badge.get("id")),
        tags=tuple(tag for tag in as_list(chain.badge.get("tags")) if isinstance(tag, str)),
        issuer_id=text_of(chain.issuer.get("id")),
        issuer_name=text_of(chain.issuer.get("name")),
        issuer_url=text_of(chain.issuer.get("url")),
        issuer_image_url=_image(chain.issuer.get("image")),
        issued_at=_moment(chain.assertion.get("issuedOn")),
        expires_at=_moment(chain.assertion.get("expires")),
    )


def _image(value: object) -> str | None:
    return text_of(value.get("id")) if isinstance(value, dict) else text_of(value)


def _moment(value: object) -> datetime | None:
    try:
        return parse_datetime(value)
    except ValueError:
        return None

"""What a badge from elsewhere says, before and after it is checked. No database, no network."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colnode import media
from colnode.badges import proving
from colnode.badges.art import render_png
from colnode.errors import ColnodeError, Invalid, _
from colnode.openbadges import baking, strict_json
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.findings import BadgeSummary, Finding, FindingStatus, Verdict
from colnode.openbadges.reading import Reading, Unreadable, read
from colnode.openbadges.summary import summarise, text_of

__all__ = [
    "BADGE_1",
    "Read",
    "as_json",
    "details_of",
    "is_picture",
    "old_finding",
    "payload_of",
    "picture_in",
    "plain",
    "read_badge",
    "stamp_picture",
]

BADGE_1 = "badge_1"
"""The kind of a badge of Open Badges 0.5 to 1.1, which the kernel does not check."""

_KINDS = frozenset({Kind.BADGE, Kind.BADGE_2, Kind.RECORD})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_PICTURE_BYTES = 2_000_000
_PICTURE_WIDTH = 480


@dataclass(frozen=True)
class Read:
    """A badge as it was read: its form and kind, what it says, and whom it names."""

    format: str
    kind: str
    summary: BadgeSummary
    recipients: list[dict[str, Any]] = field(default_factory=list)


def read_badge(document: bytes) -> Read:
    """What a file says: Open Badges 1 to 3 or a learner record. Raises Invalid for anything else.

    Nothing is checked and nothing asked; a badge that is only a link has no name yet.
    """
    try:
        reading = read(document)
    except Unreadable as error:
        old = _read_old(document)
        if old is None:
            raise Invalid(error.message, fields=None, **error.parameters) from None
        return old
    if reading.kind not in _KINDS:
        raise Invalid(_("This is a signed document, but not a badge that somebody earned."))
    if reading.kind is Kind.BADGE_2:
        if "verify" in reading.credential and "verification" not in reading.credential:
            return _old(reading.credential, reading.format)
        return _read_2(reading)
    credential = reading.credential
    recipients = proving.recipients_in(credential)
    return Read(reading.format, reading.kind, summarise(credential), recipients)


def payload_of(document: bytes) -> bytes:
    """The badge inside a picture, or the text itself: the same badge gives the same bytes."""
    if is_picture(document):
        return baking.unbake(document) or document
    return document.removeprefix(b"\xef\xbb\xbf").strip()


def is_picture(document: bytes) -> bool:
    """Whether it is a PNG or an SVG."""
    return baking.is_png(document) or baking.looks_like_svg(document)


def details_of(summary: BadgeSummary) -> dict[str, Any]:
    """The columns of a brought badge that a summary fills, without what no database can hold."""
    return {
        "badge_id": plain(summary.id, 2_000),
        "name": plain(summary.name, 300) or "",
        "description": plain(summary.description, 5_000),
        "criteria": plain(summary.criteria_narrative or summary.criteria_url, 10_000),
        "achievement_id": plain(summary.achievement_id, 2_000),
        "issuer_id": plain(summary.issuer_id, 2_000),
        "issuer_name": plain(summary.issuer_name, 300),
        "subject_id": plain(summary.subject_id, 2_000),
        "issued_at": _storable(summary.issued_at),
        "expires_at": _storable(summary.expires_at),
    }


def plain(text: str | None, longest: int) -> str | None:
    """A text of a stranger without control characters, cut to a length; None when empty."""
    cleaned = _CONTROL.sub("", text or "").strip()
    return cleaned[:longest] or None


def old_finding() -> Finding:
    """What is said about a badge that is too old to be checked."""
    return Finding(
        "badge_1",
        FindingStatus.UNKNOWN,
        _("The badge follows Open Badges 1. It is kept as it is, and cannot be checked here."),
    )


def stamp_picture(data: bytes) -> bytes | None:
    """A picture of the badge, written anew as a small WebP; None for what is no picture."""
    if len(data) > _PICTURE_BYTES:
        return None
    try:
        kind = media.PictureKind.BADGE
        prepared = media.prepare(data, kind, most_bytes=_PICTURE_BYTES)
        png = prepared.data
        if prepared.media_type == "image/svg+xml":
            png = render_png(png.decode("utf-8"), _PICTURE_WIDTH)
        return media.shrink(png, _PICTURE_WIDTH)
    except (ColnodeError, ValueError):
        return None


def picture_in(document: bytes, verdict: Verdict) -> bytes | None:
    """The picture that came with a badge: the file itself, or a data: address in it."""
    if is_picture(document):
        return document
    return _data_address(verdict.summary.image_url)


def _data_address(url: str | None) -> bytes | None:
    head, mark, body = (url or "").partition(",")
    if not mark or not head.startswith("data:image/") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _storable(moment: datetime | None) -> datetime | None:
    """A time that both databases keep."""
    return moment if moment is not None and 1900 <= moment.year <= 9000 else None


def _read_2(reading: Reading) -> Read:
    assertion = reading.credential
    recipients = proving.recipients_in(assertion)
    return Read(reading.format, reading.kind, _old_summary(assertion), recipients)


def _old_summary(assertion: Mapping[str, Any]) -> BadgeSummary:
    """What an assertion says of itself; badge class and issuer may be addresses only."""
    badge = assertion.get("badge")
    badge = badge if isinstance(badge, dict) else {}
    issuer = badge.get("issuer")
    issuer = issuer if isinstance(issuer, dict) else {}
    return BadgeSummary(
        id=text_of(assertion.get("id")) or text_of(assertion.get("uid")),
        name=text_of(badge.get("name")),
        description=text_of(badge.get("description")),
        achievement_id=text_of(badge.get("id")) or text_of(assertion.get("badge")),
        image_url=text_of(badge.get("image")),
        issuer_name=text_of(issuer.get("name")),
    )


def _read_old(document: bytes) -> Read | None:
    """An assertion of Open Badges 0.5 to 1.1, which names neither a context nor a type."""
    try:
        value = strict_json.loads(payload_of(document))
    except (ColnodeError, ValueError):
        return None
    if not isinstance(value, dict) or "recipient" not in value or "badge" not in value:
        return None
    form = "png" if baking.is_png(document) else "svg" if is_picture(document) else "json"
    return _old(value, form)


def _old(assertion: Mapping[str, Any], form: str) -> Read:
    return Read(form, BADGE_1, _old_summary(assertion), proving.recipients_in(assertion))


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as it is stored, without what no database can hold."""
    value = {
        "id": finding.id,
        "status": str(finding.status),
        "detail": finding.detail,
        "parameters": {name: plain(str(item), 500) for name, item in finding.parameters.items()},
    }
    stored: dict[str, Any] = json.loads(json.dumps(value))
    return stored

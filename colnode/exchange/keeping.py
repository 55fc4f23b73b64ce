"""How programs and other sites put a badge to those that a person brought in, and read them again.

Two credentials are the same when issuer id and credential id are (Open Badges 3.0 section 10);
of two that are the same, the one with the newer validFrom counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from colnode.badges import bringing, brought, passport, verifying
from colnode.badges.brought_reading import payload_of
from colnode.badges.proving import Proof
from colnode.errors import Invalid, NotFound, _
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.did import did_web_to_url
from colnode.openbadges.findings import Finding, FindingStatus, Outcome, Verdict

if TYPE_CHECKING:
    from colnode.badges.models import BroughtBadge
    from colnode.node import Node

__all__ = ["Checked", "Kept", "KeptBadge", "Proof", "check", "foresee", "keep", "list_kept"]

_STILL_ONES_OWN = frozenset({"expired", "not_yet_valid", "revoked", "suspended"})


class Kept(StrEnum):
    """What became of a badge."""

    NEW = "new"
    REPLACED = "replaced"
    KNOWN = "known"


@dataclass(frozen=True)
class KeptBadge:
    """A badge from elsewhere as it was signed; `is_fetched` when its issuer's own site gave it."""

    id: str
    document: str
    is_fetched: bool
    issued_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class Checked:
    """A badge that may be kept: which one, by whom, and what was found out about it.

    `issuer_host` is host and port of the issuer's did:web or web address, None for anything else.
    """

    document: str
    badge_id: str
    issuer_id: str
    issuer_host: str | None
    issued_at: datetime
    verdict: Verdict

    @property
    def is_valid(self) -> bool:
        """Whether everything was right."""
        return self.verdict.outcome is Outcome.VALID

    @property
    def is_jwt(self) -> bool:
        """Signed as a compact JWS (VC-JWT) and not as Data Integrity JSON."""
        return not self.document.startswith("{")


def check(node: "Node", document: bytes) -> Checked:
    """Verify a document that is to be kept; asks the network, stores nothing.

    Raises Invalid for what is no OpenBadgeCredential, is forged, or was changed. Expired, revoked
    and suspended ones are kept: they are part of what somebody learnt.
    """
    verdict = verifying.verify_bytes(node, document.strip())
    _refuse(verdict)
    summary = verdict.summary
    if verdict.credential is None or not (summary.id and summary.issuer_id and summary.issued_at):
        raise Invalid(_("The badge lacks its id, its issuer or the time it was given."))
    if not (summary.id + summary.issuer_id).isprintable():
        raise Invalid(_("The id of the badge or of its issuer cannot be read."))
    return Checked(
        document=document.decode("utf-8").removeprefix("\ufeff").strip(),
        badge_id=_plain(summary.id),
        issuer_id=_plain(summary.issuer_id),
        issuer_host=_host_of(summary.issuer_id),
        issued_at=summary.issued_at,
        verdict=verdict,
    )


def foresee(node: "Node", checked: Checked, *, person_id: str) -> Kept:
    """What keeping a badge would do, without doing it. Raises Refused when there is no room."""
    if _is_held(node, checked, person_id):
        return Kept.KNOWN
    found = _find(node, checked, person_id)
    if found is None:
        bringing.refuse_too_many(node, person_id, len(checked.document))
        return Kept.NEW
    return Kept.REPLACED if _is_newer(node, checked, found) else Kept.KNOWN


def keep(node: "Node", checked: Checked, *, person_id: str, proof: Proof | None = None) -> Kept:
    """Put a checked badge to a person's badges, in the caller's transaction.

    An older version of one that is there already changes nothing; a proof is never lost. Raises
    Refused when there is no room.
    """
    if _is_held(node, checked, person_id):
        return Kept.KNOWN
    document, found = checked.document.encode(), _find(node, checked, person_id)
    if found is None:
        badge = bringing.bring_in(node, person_id=person_id, document=document, proof=proof)
        brought.note(node, badge, checked.verdict)
        return Kept.NEW
    if _is_newer(node, checked, found):
        bringing.renew(node, found, document=document, proof=proof)
        brought.note(node, found, checked.verdict)
        return Kept.REPLACED
    if proof is not None:
        brought.prove(node, found, proof)
    return Kept.KNOWN


def list_kept(node: "Node", person_id: str) -> "Sequence[KeptBadge]":
    """The Open Badges 3.0 from elsewhere that a person has here, oldest first.

    What was not checked yet, or is forged or changed, is left out.
    """
    return sorted(
        (
            KeptBadge(
                id=badge.id,
                document=payload_of(brought.read_document(node, badge)).decode("utf-8"),
                is_fetched=badge.given_proof == Proof.OAUTH,
                issued_at=badge.issued_at or badge.received_at,
                received_at=badge.received_at,
            )
            for badge in brought.list_brought(node, person_id)
            if badge.kind == Kind.BADGE
            and badge.checked_at is not None
            and _failures(brought.findings_of(badge)) <= _STILL_ONES_OWN
        ),
        key=lambda kept: (kept.issued_at, kept.id),
    )


def _is_newer(node: "Node", checked: Checked, found: "BroughtBadge") -> bool:
    is_older = found.issued_at is not None and checked.issued_at < found.issued_at
    held = payload_of(brought.read_document(node, found))
    return not is_older and held != checked.document.encode()


def _find(node: "Node", checked: Checked, person_id: str) -> "BroughtBadge | None":
    """The badge that is the same, in whatever version."""
    wanted = (checked.badge_id, checked.issuer_id)
    for badge in brought.list_brought(node, person_id):
        if (_plain(badge.badge_id or ""), _plain(badge.issuer_id or "")) == wanted:
            return badge
    return None


def _refuse(verdict: Verdict) -> None:
    failed = _failures(verdict.findings)
    if (
        verdict.kind is Kind.BADGE
        and verdict.format in {"json", "jwt"}
        and failed <= _STILL_ONES_OWN
    ):
        return
    first = next((item for item in verdict.findings if item.id in failed), None)
    if first is None:
        raise Invalid(_("Only Open Badges 3.0 can be sent here."))
    raise Invalid(first.detail, None, **first.parameters)


def _failures(findings: "Sequence[Finding]") -> set[str]:
    return {item.id for item in findings if item.status is FindingStatus.FAILED}


def _is_held(node: "Node", checked: Checked, person_id: str) -> bool:
    """Whether it was given here, to this person: then it is among their badges anyway."""
    own = f"{node.config.server.base_url}/credentials/"
    if not checked.badge_id.startswith(own):
        return False
    try:
        held = passport.open_credential(
            node, checked.badge_id.removeprefix(own), viewer_id=person_id
        )
    except NotFound:
        return False
    return held.person_id == person_id


def _host_of(issuer_id: str) -> str | None:
    try:
        url = did_web_to_url(issuer_id)
    except Invalid:
        url = issuer_id
    parts = urlsplit(url)
    return parts.netloc if parts.scheme in {"https", "http"} else None


def _plain(identifier: str) -> str:
    """An id as section 10 compares it: percent-encoding undone, blanks around it gone."""
    return unquote(identifier).strip()

"""The one place where a badge from elsewhere is put to a person's badges, and read again.

Two credentials are the same when issuer id and credential id are (Open Badges 3.0 section 10);
of two that are the same, the one with the newer validFrom counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from colnode.badges import passport, verifying
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.exchange.models import KeptBadge
from colnode.openbadges.credential_types import Kind
from colnode.openbadges.did import did_web_to_url
from colnode.openbadges.findings import FindingStatus, Outcome, Verdict

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Checked", "Kept", "Proof", "check", "foresee", "forget_all", "keep", "list_kept"]

MOST_BADGES = 2_000
_MOST_CHARACTERS = 100_000_000
_STILL_ONES_OWN = frozenset({"expired", "not_yet_valid", "revoked", "suspended"})


class Proof(StrEnum):
    """Why a badge counts as the person's own; NONE is shown as unproven."""

    NONE = "none"
    FETCHED = "fetched"
    """Fetched with the person's consent from the site of the issuer itself, and verified."""


class Kept(StrEnum):
    """What became of a badge."""

    NEW = "new"
    REPLACED = "replaced"
    KNOWN = "known"


@dataclass(frozen=True)
class Checked:
    """A badge that may be kept: which one, by whom, and whether everything was right.

    `issuer_host` is host and port of the issuer's did:web or web address, None for anything else.
    """

    document: str
    badge_id: str
    issuer_id: str
    issuer_host: str | None
    issued_at: datetime
    is_valid: bool

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
        is_valid=verdict.outcome is Outcome.VALID,
    )


def foresee(node: "Node", checked: Checked, *, person_id: str) -> Kept:
    """What keeping a badge would do, without doing it. Raises Refused when there is no room."""
    if _is_held(node, checked, person_id):
        return Kept.KNOWN
    found = _find(node, checked, person_id)
    if found is None:
        _refuse_too_many(node, person_id, len(checked.document))
        return Kept.NEW
    is_older = checked.issued_at < found.issued_at
    return Kept.KNOWN if is_older or found.document == checked.document else Kept.REPLACED


def keep(node: "Node", checked: Checked, *, person_id: str, proof: Proof = Proof.NONE) -> Kept:
    """Put a checked badge to a person's badges, in the caller's transaction.

    An older version of one that is there already changes nothing; a proof is never lost. Raises
    Refused when there is no room.
    """
    outcome = foresee(node, checked, person_id=person_id)
    if outcome is Kept.NEW:
        outcome = _add(node, checked, person_id)
    found = _find(node, checked, person_id)
    if found is None:
        return outcome
    if outcome is Kept.REPLACED:
        found.document, found.issued_at = checked.document, checked.issued_at
        found.received_at = node.clock.now()
    if proof is not Proof.NONE:
        found.proof = proof
    node.db.flush()
    return outcome


def _refuse_too_many(node: "Node", person_id: str, size: int) -> None:
    query = select(func.count(), func.coalesce(func.sum(func.length(KeptBadge.document)), 0)).where(
        KeptBadge.person_id == person_id
    )
    count, kept = node.db.execute(query).one()
    if count >= MOST_BADGES or int(kept) + size > _MOST_CHARACTERS:
        raise Refused(_("You have brought in as much as there is room for. Remove some first."))


def _add(node: "Node", checked: Checked, person_id: str) -> Kept:
    """Add a badge; when another request did so in the same moment, it is known."""
    try:
        with node.db.begin_nested():
            node.db.add(
                KeptBadge(
                    person_id=person_id,
                    badge_id=checked.badge_id,
                    issuer_id=checked.issuer_id,
                    document=checked.document,
                    proof=Proof.NONE,
                    issued_at=checked.issued_at,
                    received_at=node.clock.now(),
                )
            )
            node.db.flush()
    except IntegrityError:
        return Kept.KNOWN
    return Kept.NEW


def list_kept(node: "Node", person_id: str) -> Sequence[KeptBadge]:
    """The badges from elsewhere that a person has here, oldest first."""
    query = select(KeptBadge).where(KeptBadge.person_id == person_id)
    return node.db.scalars(query.order_by(KeptBadge.issued_at, KeptBadge.id)).all()


def forget_all(node: "Node", person_id: str) -> None:
    """Delete every badge from elsewhere that a person has here."""
    node.db.execute(delete(KeptBadge).where(KeptBadge.person_id == person_id))


def _refuse(verdict: Verdict) -> None:
    failed = {item.id for item in verdict.findings if item.status is FindingStatus.FAILED}
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


def _find(node: "Node", checked: Checked, person_id: str) -> KeptBadge | None:
    return node.db.scalar(
        select(KeptBadge).where(
            KeptBadge.person_id == person_id,
            KeptBadge.badge_id == checked.badge_id,
            KeptBadge.issuer_id == checked.issuer_id,
        )
    )


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

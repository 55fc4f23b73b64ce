"""Badges that people brought in, once they are here: reading, checking, removing, erasing."""

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode import audit, jobs
from colnode.badges import proving, rules, verifying
from colnode.badges.art import ArtSpec, Colour, Shape, draw_svg
from colnode.badges.bringing import CHECK
from colnode.badges.brought_reading import (
    BADGE_1,
    as_json,
    details_of,
    old_finding,
    picture_in,
    stamp_picture,
)
from colnode.badges.models import UNCHECKED, BroughtBadge
from colnode.clock import format_rfc3339
from colnode.errors import ColnodeError, NotFound, _
from colnode.openbadges.findings import BadgeSummary, Finding, FindingStatus, Outcome, Verdict

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "check",
    "check_again",
    "draw",
    "erase",
    "export",
    "findings_of",
    "get_own",
    "list_brought",
    "note",
    "open_brought",
    "prove",
    "read_document",
    "read_picture",
    "remove",
    "verdict_of",
]

_MOST_PICTURE_BYTES = 2_000_000
_MISSING = _("There is no badge here, or its owner does not share it.")


def list_brought(node: "Node", person_id: str) -> Sequence[BroughtBadge]:
    """Everything that a person brought in, newest first."""
    query = select(BroughtBadge).where(BroughtBadge.person_id == person_id)
    order = (BroughtBadge.received_at.desc(), BroughtBadge.id.desc())
    return node.db.scalars(query.order_by(*order)).all()


def open_brought(node: "Node", address: str, *, viewer_id: str | None) -> BroughtBadge:
    """The badge at an address, for its holder always, for others once it is shared.

    Raises NotFound, the same for an address that doesn't exist and one that isn't shared.
    """
    badge = node.db.scalar(select(BroughtBadge).where(BroughtBadge.address == address))
    if badge is None or not (badge.shared_at is not None or badge.person_id == viewer_id):
        raise NotFound(_MISSING)
    return badge


def get_own(node: "Node", address: str, *, person_id: str) -> BroughtBadge:
    """A badge that the person brought in. Raises NotFound, also for somebody else's."""
    badge = open_brought(node, address, viewer_id=person_id)
    if badge.person_id != person_id:
        raise NotFound(_MISSING)
    return badge


def read_document(node: "Node", badge: BroughtBadge) -> bytes:
    """The bytes as they came."""
    return node.db.scalars(select(BroughtBadge.document).where(BroughtBadge.id == badge.id)).one()


def read_picture(node: "Node", badge: BroughtBadge) -> bytes:
    """The badge's picture as WebP. Raises NotFound when it has none."""
    picture = node.db.scalar(select(BroughtBadge.picture).where(BroughtBadge.id == badge.id))
    if picture is None:
        raise NotFound(_("There is no such picture."))
    return picture


def draw(badge: BroughtBadge) -> str:
    """A plain stamp with the badge's name as SVG, for one that came without a picture."""
    return draw_svg(
        ArtSpec(
            title=badge.name[:60],
            shape=Shape.ROUND,
            first=Colour.SLATE,
            second=Colour.SKY,
            foot=(badge.issuer_name or "")[:40],
            seed=badge.digest,
        )
    )


def prove(node: "Node", badge: BroughtBadge, proof: proving.Proof) -> None:
    """Note how a badge was proven to be its holder's when it came again; only OAUTH is kept."""
    if proof is proving.Proof.OAUTH:
        badge.given_proof = proof
        node.db.flush()


def findings_of(badge: BroughtBadge) -> Sequence[Finding]:
    """What the last check found."""
    return [
        Finding(item["id"], FindingStatus(item["status"]), item["detail"], item["parameters"])
        for item in badge.findings
    ]


def verdict_of(badge: BroughtBadge) -> Verdict:
    """The last check as a verdict; indeterminate before the first one."""
    is_checked = badge.outcome != UNCHECKED
    outcome = Outcome(badge.outcome) if is_checked else Outcome.INDETERMINATE
    summary = BadgeSummary(
        name=badge.name or None,
        issuer_id=badge.issuer_id,
        issuer_name=badge.issuer_name,
        subject_id=badge.subject_id,
    )
    return Verdict(outcome, tuple(findings_of(badge)), other_summary=summary)


def check_again(node: "Node", address: str, *, person_id: str) -> BroughtBadge:
    """Have a badge checked once more; what the last check said stands until then. Raises NotFound.

    `checked_at` is None until the check is done.
    """
    badge = get_own(node, address, person_id=person_id)
    jobs.enqueue(node, CHECK, {"badge_id": badge.id}, key=f"check brought badge {badge.id}")
    badge.checked_at = None
    node.db.flush()
    return badge


def remove(node: "Node", address: str, *, person_id: str) -> None:
    """Forget a badge that the person brought in, wherever they show it. Raises NotFound."""
    badge = get_own(node, address, person_id=person_id)
    node.db.delete(badge)
    audit.record(
        node,
        "badge.removed",
        subject_type="brought_badge",
        subject_id=badge.id,
        actor_id=person_id,
    )
    node.db.flush()


def erase(node: "Node", person_id: str) -> None:
    """Forget everything that a person brought in."""
    node.db.execute(delete(BroughtBadge).where(BroughtBadge.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Every badge that a person brought in, with its bytes as they came, in base64."""
    return [
        {
            "name": badge.name,
            "issuer": badge.issuer_name,
            "source_url": badge.source_url,
            "received_at": format_rfc3339(badge.received_at),
            "outcome": badge.outcome,
            "is_shared": badge.shared_at is not None,
            "is_hidden": badge.hidden_at is not None,
            "format": badge.format,
            "document": base64.b64encode(read_document(node, badge)).decode("ascii"),
        }
        for badge in list_brought(node, person_id)
    ]


def check(node: "Node", badge_id: str) -> None:
    """Verify a badge, asking whom it takes, then note what was found; for a job, outside of a unit.

    Nothing is locked while others are waited for.
    """
    with node.reading():
        badge = node.db.get(BroughtBadge, badge_id)
        if badge is None:
            return
        document = read_document(node, badge)
        has_picture = badge.has_picture
        verdict = verifying.verify_bytes(node, document)
    picture = None if has_picture else _find_picture(node, document, verdict)
    with node.unit():
        badge = node.db.get(BroughtBadge, badge_id, with_for_update=True)
        if badge is not None:
            note(node, badge, verdict)
            if picture is not None:
                badge.picture, badge.has_picture = picture, True


def note(node: "Node", badge: BroughtBadge, verdict: Verdict) -> None:
    """Write what a check found, in the caller's transaction."""
    badge.checked_at = node.clock.now()
    rules.look_at(node, badge.person_id)
    if badge.kind == BADGE_1:
        badge.outcome, badge.findings = Outcome.INDETERMINATE, [as_json(old_finding())]
        return
    is_none = verdict.outcome is Outcome.NOT_A_BADGE
    badge.outcome = Outcome.INVALID if is_none else verdict.outcome
    badge.findings = [as_json(item) for item in verdict.findings]
    if verdict.credential:
        badge.recipients = proving.recipients_in(verdict.credential)
    for name, value in details_of(verdict.summary).items():
        if value:
            setattr(badge, name, value)


def _find_picture(node: "Node", document: bytes, verdict: Verdict) -> bytes | None:
    """The picture that came with the badge, else the one at the address that it names."""
    carried = picture_in(document, verdict)
    if carried is not None:
        return stamp_picture(carried)
    url = verdict.summary.image_url
    if url is None or not url.startswith(("https://", "http://")):
        return None
    try:
        answer = node.http.get(url, accept="image/*", max_bytes=_MOST_PICTURE_BYTES)
    except ColnodeError:
        return None
    return stamp_picture(answer.body) if answer.status == 200 else None

"""Suspending a badge for a while and resuming it, by its second status entry.

Bitstring Status List 1.0, statusPurpose `suspension`: unlike revocation it can be undone.
"""

from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.badges import issuing, messages, status
from colnode.badges.content import check_text
from colnode.badges.models import Credential, SuspensionEntry
from colnode.badges.telling import tell_holder
from colnode.errors import Invalid, Refused, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["resume", "suspend"]


def suspend(node: "Node", credential_id: str, *, actor_id: str, reason: str) -> Credential:
    """Let a badge not count until it is resumed. Whoever checks it sees that at once.

    The holder is told by mail. Twice is the same as once; the first reason stays. Raises NotFound,
    Refused (taken back, or given without a suspension entry) and Invalid without a reason.
    """
    checked = check_text(reason, longest=500)
    if checked is None:
        message = _("Say why the badge is suspended. Its holder will read it.")
        raise Invalid(message, fields={"reason": message})
    credential, entry = _locked(node, credential_id)
    if entry.is_suspended:
        return credential
    entry.suspended_at, entry.reason = node.clock.now(), checked
    status.mark(node, entry.status_list_id, entry.position)
    _note(node, credential, "badge.suspended", actor_id, checked)
    tell_holder(node, credential, messages.send_suspended, reason=checked)
    return credential


def resume(node: "Node", credential_id: str, *, actor_id: str) -> Credential:
    """Let a suspended badge count again. Twice is the same as once. Raises NotFound, Refused."""
    credential, entry = _locked(node, credential_id)
    if not entry.is_suspended:
        return credential
    entry.suspended_at = entry.reason = None
    status.mark(node, entry.status_list_id, entry.position, is_set=False)
    _note(node, credential, "badge.resumed", actor_id, None)
    tell_holder(node, credential, messages.send_suspended, reason=None)
    return credential


def _locked(node: "Node", credential_id: str) -> tuple[Credential, SuspensionEntry]:
    credential = issuing.locked(node, credential_id)
    if credential.is_revoked:
        raise Refused(_("This badge was taken back already."))
    query = select(SuspensionEntry).where(SuspensionEntry.credential_id == credential_id)
    entry = node.db.scalar(query.execution_options(populate_existing=True))
    if entry is None:
        raise Refused(
            _(
                "This badge was given before your organisation turned suspension on, so it can "
                "only be taken back."
            )
        )
    return credential, entry


def _note(
    node: "Node", credential: Credential, action: str, actor_id: str, reason: str | None
) -> None:
    node.db.flush()
    audit.record(
        node,
        action,
        subject_type="credential",
        subject_id=credential.id,
        actor_id=actor_id,
        reason=reason,
        detail={
            "achievement_id": credential.achievement_id,
            "organisation_id": credential.organisation_id,
        },
    )

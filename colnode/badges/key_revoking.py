"""What a key that somebody may have copied means for badges: lists signed anew, badges to redo."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.sql.elements import ColumnElement

from colnode.badges import status
from colnode.badges.models import Credential, StatusList
from colnode.identity import key_changes, keys

if TYPE_CHECKING:
    from colnode.identity.models import StoredKey
    from colnode.node import Node

__all__ = ["count_signed_by", "list_signed_by", "revoke_key"]


def revoke_key(
    node: "Node", organisation_id: str, key_id: str, *, actor_id: str | None, reason: str
) -> "StoredKey":
    """Revoke a key as compromised and sign every status list of the organisation with a good one.

    Otherwise nobody could tell what was taken back, also of badges that other keys signed. What
    the key signed is indeterminate from now on (`key_compromised`); `list_signed_by` names it, to
    be issued again. Raises NotFound, and Invalid without a reason.
    """
    key = key_changes.revoke(node, organisation_id, key_id, actor_id=actor_id, reason=reason)
    lists = select(StatusList).where(StatusList.organisation_id == organisation_id)
    for status_list in node.db.scalars(lists.order_by(StatusList.id).with_for_update()):
        status.sign(node, status_list)
    return key


def list_signed_by(
    node: "Node", organisation_id: str, multikey: str, *, after: str = "", limit: int = 1000
) -> Sequence[str]:
    """Ids of credentials that stand and that a key signed, in order; `after` is the last one seen.

    For issuing again what a revoked key signed.
    """
    query = select(Credential.id).where(
        _is_signed_by(node, organisation_id, multikey), Credential.id > after
    )
    return node.db.scalars(query.order_by(Credential.id).limit(limit)).all()


def count_signed_by(node: "Node", organisation_id: str, multikey: str) -> int:
    """How many credentials that stand a key signed."""
    query = select(func.count()).select_from(Credential)
    return node.db.scalar(query.where(_is_signed_by(node, organisation_id, multikey))) or 0


def _is_signed_by(node: "Node", organisation_id: str, multikey: str) -> ColumnElement[bool]:
    """Read from the documents, which name the key: it is asked once in the life of a city."""
    method = f'"{keys.did(node, organisation_id)}#{multikey}"'
    return (
        (Credential.organisation_id == organisation_id)
        & Credential.revoked_at.is_(None)
        & Credential.document.contains(method, autoescape=True)
    )

"""The life of an organisation's keys: made anew, retired, or revoked because somebody has a copy.

A retired key stays listed and what it signed stays valid. A revoked one stays listed with the
moment of its end, and whatever it signed can no longer be told from a forgery. Who revokes a key
of an issuer calls colnode.badges.key_revoking, which also signs the status lists anew.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.errors import Conflict, Invalid, NotFound, Refused, _
from colnode.identity import keys
from colnode.identity.models import Organisation, StoredKey
from colnode.identity.validation import line

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["list_keys", "replace_lost", "retire", "revoke", "rotate"]


def list_keys(node: "Node", organisation_id: str) -> Sequence[StoredKey]:
    """Every key that the organisation ever had, the newest first."""
    query = select(StoredKey).where(StoredKey.owner_id == organisation_id)
    return node.db.scalars(query.order_by(StoredKey.created_at.desc(), StoredKey.kind)).all()


def rotate(
    node: "Node", organisation_id: str, *, actor_id: str | None, reason: str = ""
) -> Sequence[StoredKey]:
    """Make a new key of each kind and retire the ones in use; gives the new ones.

    What was signed stays valid. Raises NotFound.
    """
    checked = _reason(reason)
    for key in _locked(node, organisation_id):
        if key.state == "active":
            _end(node, key, "retired", actor_id, checked)
    keys.create_keys(node, organisation_id)
    made = [key for key in list_keys(node, organisation_id) if key.state == "active"]
    for key in made:
        _note(node, key, "key.created", actor_id, checked)
    return made


def replace_lost(node: "Node", *, reason: str) -> int:
    """Give every organisation new keys, because the key file that opens the old ones is gone.

    What they signed stays valid. How many organisations there were.
    """
    ids = node.db.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    for organisation_id in ids:
        rotate(node, organisation_id, actor_id=None, reason=reason)
    return len(ids)


def retire(
    node: "Node", organisation_id: str, key_id: str, *, actor_id: str | None, reason: str = ""
) -> StoredKey:
    """Stop signing with one key; what it signed stays valid. Twice is the same as once.

    Raises NotFound, Conflict for a revoked key, and Refused for the only Ed25519 key in use:
    status lists must be signed, so `rotate` it instead.
    """
    held = _locked(node, organisation_id)
    key = _of(held, key_id)
    if key.state == "revoked":
        raise Conflict(_("This key is revoked already."))
    if key.state == "active":
        if key.kind == "ed25519" and not _has_other(held, key):
            raise Refused(_("This is the only key that signs badges. Make new keys instead."))
        _end(node, key, "retired", actor_id, _reason(reason))
        node.db.flush()
    return key


def revoke(
    node: "Node", organisation_id: str, key_id: str, *, actor_id: str | None, reason: str
) -> StoredKey:
    """Say that somebody else may have the key; a new one takes the place of one in use.

    Twice is the same as once. Raises NotFound, and Invalid without a reason.
    """
    checked = _reason(reason)
    if not checked:
        message = _("Say what happened to the key. It is kept for whoever looks into it later.")
        raise Invalid(message, fields={"reason": message})
    key = _of(_locked(node, organisation_id), key_id)
    if key.state == "revoked":
        return key
    was_active = key.state == "active"
    _end(node, key, "revoked", actor_id, checked)
    node.db.flush()
    if was_active:
        known = {held.id for held in list_keys(node, organisation_id)}
        keys.create_keys(node, organisation_id)
        for held in list_keys(node, organisation_id):
            if held.id not in known:
                _note(node, held, "key.created", actor_id, checked)
    return key


def _reason(text: str) -> str | None:
    return line(text, field="reason", most=500) if text.strip() else None


def _end(
    node: "Node", key: StoredKey, state: str, actor_id: str | None, reason: str | None
) -> None:
    key.state = state
    key.retired_at = node.clock.now().replace(microsecond=0)
    _note(node, key, f"key.{state}", actor_id, reason)


def _has_other(held: Sequence[StoredKey], key: StoredKey) -> bool:
    return any(
        other.kind == key.kind and other.state == "active" and other.id != key.id for other in held
    )


def _of(held: Sequence[StoredKey], key_id: str) -> StoredKey:
    """The key of this id, or with this public half. Raises NotFound."""
    found = [key for key in held if key_id in (key.id, key.multikey)]
    if not found:
        raise NotFound(_("There is no such key."))
    return found[0]


def _locked(node: "Node", organisation_id: str) -> Sequence[StoredKey]:
    """Every key of an organisation, locked through its row. Raises NotFound."""
    query = select(Organisation.id).where(Organisation.id == organisation_id).with_for_update()
    if node.db.scalar(query) is None:
        raise NotFound(_("There is no such organisation."))
    held = select(StoredKey).where(StoredKey.owner_id == organisation_id)
    return node.db.scalars(held.execution_options(populate_existing=True)).all()


def _note(
    node: "Node", key: StoredKey, action: str, actor_id: str | None, reason: str | None
) -> None:
    audit.record(
        node,
        action,
        subject_type="key",
        subject_id=key.id,
        actor_id=actor_id,
        reason=reason,
        detail={"organisation_id": key.owner_id, "kind": key.kind, "multikey": key.multikey},
    )

"""Appending key and epoch entries to this node's own log: who signs for it from then on."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.errors import Conflict, Invalid, _
from colnode.federation import chain, identity, sequencer, serving
from colnode.federation.entries import Op
from colnode.federation.models import LogCheckpoint, LogHead
from colnode.identity import keys

if TYPE_CHECKING:
    from colnode.federation.chain import Authority
    from colnode.node import Node
    from colnode.openbadges.keys import SigningKey

__all__ = ["begin_epoch", "check_recovery_key", "replace_key", "rotate_key"]


def rotate_key(node: "Node", *, reason: str = "") -> str:
    """Replace the node's key by a new one, which the outgoing key names; its public half.

    The recovery key stays as it is. Other cities follow by themselves.
    """
    head = sequencer.lock_head(node)
    before = _authority(node)
    outgoing = keys.node_signing_key(node)
    new = keys.replace_node_key(node)
    body = chain.key_body(node.id, head.size + 1, new=new, by=outgoing, recovery=before.recovery)
    return _append(node, head, Op.KEY, body, new, reason)


def replace_key(node: "Node", recovery: "SigningKey", *, reason: str = "") -> tuple[str, str]:
    """Replace a lost key by a new one, which the recovery key names.

    Gives the new key's public half and the text of the next recovery key, which is kept nowhere.
    Raises Invalid when it is not the recovery key of this city.
    """
    head = sequencer.lock_head(node, is_checked=False)
    check_recovery_key(node, recovery)
    new = keys.replace_node_key(node)
    following, text = chain.new_recovery_key()
    digest = chain.recovery_digest(following.public)
    body = chain.key_body(node.id, head.size + 1, new=new, by=recovery, recovery=digest)
    return _append(node, head, Op.KEY, body, new, reason), text


def begin_epoch(
    node: "Node", recovery: "SigningKey", *, is_stolen: bool = False, reason: str = ""
) -> tuple[str, str]:
    """Begin a new epoch at the head as it stands; whatever else the old key signed is void.

    With `is_stolen` the old key is revoked. Gives what `replace_key` gives, and raises what it
    raises; Conflict when the head was never signed.
    """
    head = sequencer.lock_head(node, is_checked=False)
    before = check_recovery_key(node, recovery)
    quoted = node.db.scalar(select(LogCheckpoint.note).where(LogCheckpoint.size == head.size))
    if quoted is None:
        raise Conflict(_("There is no checkpoint that a new epoch could begin at."))
    new = keys.replace_node_key(node, state="revoked" if is_stolen else "retired")
    following, text = chain.new_recovery_key()
    body = chain.epoch_body(
        node.id,
        head.size + 1,
        epoch=before.epoch + 1,
        quoted=quoted,
        new=new,
        by=recovery,
        recovery=chain.recovery_digest(following.public),
    )
    head.epoch = before.epoch + 1
    return _append(node, head, Op.EPOCH, body, new, reason), text


def check_recovery_key(node: "Node", recovery: "SigningKey") -> "Authority":
    """Who rules this node's log now. Raises Invalid unless the key is its recovery key."""
    before = _authority(node)
    if chain.recovery_digest(recovery.public) != before.recovery:
        raise Invalid(
            _(
                "This recovery key is not the one of this city, or it was used before. "
                "Take the newest sheet."
            )
        )
    return before


def _authority(node: "Node") -> "Authority":
    return identity.read_identity(serving.identity_lines(node), node.id).authorities[-1]


def _append(
    node: "Node", head: LogHead, op: Op, body: bytes, new: "SigningKey", reason: str
) -> str:
    public = new.public.multibase
    sequencer.append(node, head, [sequencer.Change(op, body)])
    _authority(node)  # nobody is to meet a chain that does not hold
    audit.record(
        node,
        f"node.{op}",
        subject_type="node",
        subject_id=node.id,
        reason=reason or None,
        detail={"seq": head.size, "epoch": head.epoch, "multikey": public},
    )
    return public

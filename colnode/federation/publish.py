"""Publishing: how a node gets its identity and its log."""

from typing import TYPE_CHECKING

from colnode.errors import Conflict, _
from colnode.federation import chain, identity, sequencer
from colnode.federation.entries import Op
from colnode.federation.log import State, node_id_of
from colnode.federation.models import LogEntry, LogHead
from colnode.identity import keys
from colnode.node import get_fact, set_fact

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["init_identity"]


def init_identity(node: "Node") -> str:
    """Start the node's log: genesis, description, first checkpoint; sets the fact node_id.

    Returns the text of the recovery key, which is kept nowhere: print it once. Raises Conflict
    when the node has an identity.
    """
    if get_fact(node, "node_id") is not None:
        raise Conflict(_("This city has its identity already."))
    keys.create_keys(node, keys.NODE)
    recovery, recovery_text = chain.new_recovery_key()
    key = keys.node_signing_key(node)
    head = LogHead(no=1, size=0, epoch=0, count=0, frontier=b"", buckets=State().to_bytes())
    node.db.add(head)
    node.db.flush()
    genesis = sequencer.Change(Op.GENESIS, chain.genesis_body(key.public, recovery.public))
    description = sequencer.Change(Op.NODE, identity.node_body(identity.describe(node.config)))
    sequencer.append(node, head, [genesis, description], sign_head=False)
    first = node.db.get_one(LogEntry, 1)
    set_fact(node, "node_id", node_id_of(first.header))
    sequencer.sign(node, head)
    return recovery_text

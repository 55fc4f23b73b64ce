"""What plugins did wrong, remembered for the admin's page beyond the process that saw it."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from colnode.host.call import Fault
    from colnode.host.models import PluginFault
    from colnode.node import Node

__all__ = ["forget", "keeper", "list_faults"]

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 60.0


def keeper(node: "Node") -> "Callable[[Fault], None]":
    """What writes a fault down, at most once a minute for a hook of a plugin.

    It waits for the end of the unit in which the hook was called, even if that is undone.
    """
    written: dict[tuple[str, str], float] = {}

    def keep(fault: "Fault") -> None:
        key, now = (fault.plugin, fault.hook), time.monotonic()
        if now - written.get(key, -_PAUSE_SECONDS) < _PAUSE_SECONDS:
            return
        written[key] = now
        if node.is_in_unit:
            node.at_end(lambda: _try(node, fault))
            return
        with node.unit():
            _try(node, fault)

    return keep


def _try(node: "Node", fault: "Fault") -> None:
    """Write it down; a database that is busy must not break the page for it."""
    try:
        _write(node, fault)
    except DBAPIError:
        node.db.rollback()
        _log.warning("a fault of plugin %s was not written down", fault.plugin, exc_info=True)


def _write(node: "Node", fault: "Fault") -> None:
    from colnode.host.models import PluginFault

    row = node.db.get(PluginFault, (fault.plugin, fault.hook))
    if row is None:
        row = PluginFault(plugin=fault.plugin, hook=fault.hook, count=0)
        node.db.add(row)
    row.reason, row.count, row.last_at = fault.place[:300], row.count + 1, node.clock.now()
    node.db.flush()


def list_faults(node: "Node", plugin: str) -> "Sequence[PluginFault]":
    """The last fault of each of a plugin's hooks, newest first."""
    from colnode.host.models import PluginFault

    query = select(PluginFault).where(PluginFault.plugin == plugin)
    return node.db.scalars(query.order_by(PluginFault.last_at.desc())).all()


def forget(node: "Node", plugin: str) -> None:
    """Forget what a plugin did wrong."""
    from colnode.host.models import PluginFault

    node.db.execute(delete(PluginFault).where(PluginFault.plugin == plugin))

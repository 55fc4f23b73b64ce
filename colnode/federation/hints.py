"""Word that a log has grown, so that its readers look within seconds. docs/federation.md section 5.

A hint is unsigned and proves nothing. Who gets one only looks, at a city that it reads anyway, and
not more often than twice a minute.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import jobs
from colnode.errors import ColnodeError
from colnode.federation import serving
from colnode.federation.job_names import HINT_JOB, SYNC_JOB
from colnode.federation.models import Peer
from colnode.federation.peers import TrustState
from colnode.federation.remote import Remote
from colnode.openbadges import strict_json

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["MAX_BYTES", "take", "tell", "tell_soon"]

_log = logging.getLogger(__name__)

MAX_BYTES = 1_024
_SOON = timedelta(seconds=2)
_REST = timedelta(seconds=30)
_AT_ONCE = 4
_MOST_READERS = 500
_LONGEST_ID = 54


def tell_soon(node: "Node") -> None:
    """Have the cities that this one reads told that its own log has grown."""
    jobs.enqueue(node, HINT_JOB, key=HINT_JOB, run_at=node.clock.now() + _SOON)


def tell(node: "Node") -> None:
    """Tell every city that is read here, if it answered the last time. Nobody is told twice.

    Those are the ones that most probably read this one, too. Who is not told looks within the hour.
    """
    with node.reading():
        size = serving.current_head(node).size
        query = select(Peer.url).where(Peer.state == TrustState.ALLOWED, Peer.failures == 0)
        urls = node.db.scalars(query.order_by(Peer.id).limit(_MOST_READERS)).all()

    def send(url: str) -> None:
        try:
            Remote(node.http, url).hint(node.id, size)
        except ColnodeError as error:
            _log.info("%s was not told of the change: %s", url, error)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(send, urls))


def take(node: "Node", data: bytes) -> None:
    """Look at a city soon if this is a hint that it has more than was read of it; else do nothing.

    A city that failed is left to its time: whoever sends hints may not make it due. What is to be
    done is written in the caller's transaction.
    """
    hint = _read(data)
    if hint is None:
        return
    node_id, size = hint
    query = select(Peer.id, Peer.checked_at).where(
        Peer.node_id == node_id,
        Peer.state == TrustState.ALLOWED,
        Peer.failures == 0,
        Peer.size < size,
    )
    found = node.db.execute(query).first()
    if found is None:
        return
    now = node.clock.now()
    due = max(now, found.checked_at + _REST) if found.checked_at else now
    key = f"{SYNC_JOB}:{found.id}"
    row = jobs.Job
    waits = select(row.id).where(row.key == key, row.run_at <= due, row.leased_by.is_(None))
    if node.db.scalar(waits) is not None:
        return
    jobs.enqueue(node, SYNC_JOB, {"peer_id": found.id}, key=key, run_at=min(due, now + _REST))


def _read(data: bytes) -> tuple[str, int] | None:
    """The node and size of a hint; None for anything else."""
    try:
        document = strict_json.loads(data, max_bytes=MAX_BYTES)
    except (strict_json.StrictJsonError, RecursionError, ValueError):
        return None
    if not isinstance(document, dict):
        return None
    node_id, size = document.get("node"), document.get("size")
    if not isinstance(node_id, str) or len(node_id) > _LONGEST_ID or type(size) is not int:
        return None
    return (node_id, size) if 0 < size < 10**16 else None

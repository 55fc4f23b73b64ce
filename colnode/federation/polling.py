"""The work of reading others: who is due, one reading each, clearing up."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import catalogue, jobs
from colnode.errors import ColnodeError
from colnode.federation import peers, pull, replica, standing
from colnode.federation.job_names import PICTURES_JOB
from colnode.federation.models import Stage, WantedPicture

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["clean", "poll", "read"]

_log = logging.getLogger(__name__)

_FETCHES_AT_ONCE = 4
_MOST_PEERS = 200


def poll(node: "Node") -> None:
    """Read every peer that is due, four at once; what one does wrong is that one's alone."""
    with node.reading():
        due = peers.due_peers(node, limit=_MOST_PEERS)
        waiting = node.db.scalars(
            select(WantedPicture.peer_id)
            .where(WantedPicture.next_try_at <= node.clock.now())
            .distinct()
        ).all()
    if waiting:
        with node.unit():
            for peer_id in waiting:
                key = f"{PICTURES_JOB}:{peer_id}"
                jobs.enqueue(node, PICTURES_JOB, {"peer_id": peer_id}, key=key)
    if due:
        with ThreadPoolExecutor(_FETCHES_AT_ONCE) as pool:
            list(pool.map(lambda peer_id: read(node, peer_id), due))


def read(node: "Node", peer_id: str) -> None:
    """Read one peer now, and see what it holds of this city.

    A failure is kept with the peer, which is polled again in time.
    """
    try:
        pull.sync(node, peer_id)
    except ColnodeError as error:
        _log.info("peer %s was not read: %s", peer_id, error)
    else:
        standing.check_peer(node, peer_id)


def clean(node: "Node", origin: str) -> None:
    """Delete what is stored of editions that are not shown and not being staged."""
    with node.reading():
        staged = set(node.db.scalars(select(Stage.edition_no)))
        hidden = [no for no in catalogue.hidden_editions(node, origin) if no not in staged]
    for edition_no in hidden:
        for drop in (replica.drop_records, catalogue.drop_edition):
            is_done = False
            while not is_done:
                with node.unit():
                    is_done = drop(node, edition_no)

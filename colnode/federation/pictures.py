"""Other cities' pictures: fetched by digest once their records are shown, kept as own copies."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from colnode import media
from colnode.db import insert_into
from colnode.errors import ColnodeError, Invalid, TooLarge, Untrusted
from colnode.federation.models import Peer, WantedPicture

if TYPE_CHECKING:
    from colnode.host.types import Picture
    from colnode.node import Node

__all__ = ["fetch_wanted", "want"]

_log = logging.getLogger(__name__)

_FIRST_WAIT = timedelta(minutes=5)
_MOST_FAILURES = 8


def want(node: "Node", peer_id: str, pictures: "Sequence[Picture]") -> None:
    """Remember pictures to fetch, in the caller's transaction; those that we have cost nothing."""
    now = node.clock.now()
    rows = {
        picture.digest: {
            "peer_id": peer_id,
            "digest": picture.digest,
            "byte_count": picture.size,
            "failures": 0,
            "next_try_at": now,
        }
        for picture in pictures
    }
    if rows:
        statement = insert_into(node.db, WantedPicture).on_conflict_do_nothing()
        node.db.execute(statement, list(rows.values()))


def fetch_wanted(node: "Node", peer_id: str) -> None:
    """Fetch the pictures of a city that are due, each for itself."""
    with node.reading():
        peer = node.db.get(Peer, peer_id)
        wanted = node.db.scalars(
            select(WantedPicture)
            .where(WantedPicture.peer_id == peer_id, WantedPicture.next_try_at <= node.clock.now())
            .order_by(WantedPicture.next_try_at)
        ).all()
    if peer is None or peer.edition_no is None:
        return
    for picture in wanted:
        _fetch(node, peer, picture)


def _fetch(node: "Node", peer: Peer, picture: WantedPicture) -> None:
    with node.reading():
        held = media.find_copy(node, origin_id=peer.node_id, digest=picture.digest)
    if held is not None:
        _forget(node, picture)
        return
    try:
        data = media.fetch_foreign(
            node,
            f"{peer.url}/media/{picture.digest}",
            digest=picture.digest,
            byte_count=picture.byte_count,
        )
        with node.unit():
            media.store_foreign(node, data, origin_id=peer.node_id, digest=picture.digest)
    except ColnodeError as error:
        _log.info("a picture of %s was not taken over: %s", peer.node_id, error)
        _try_later(node, picture, is_final=isinstance(error, Untrusted | Invalid | TooLarge))
        return
    _forget(node, picture)


def _forget(node: "Node", picture: WantedPicture) -> None:
    with node.unit():
        node.db.execute(
            delete(WantedPicture).where(
                WantedPicture.peer_id == picture.peer_id, WantedPicture.digest == picture.digest
            )
        )


def _try_later(node: "Node", picture: WantedPicture, *, is_final: bool) -> None:
    failures = picture.failures + 1
    if is_final or failures >= _MOST_FAILURES:
        _forget(node, picture)
        return
    with node.unit():
        row = node.db.get(WantedPicture, (picture.peer_id, picture.digest))
        if row is not None:
            row.failures = failures
            row.next_try_at = node.clock.now() + _FIRST_WAIT * 2**failures

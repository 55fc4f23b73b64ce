"""Status lists: which index a credential gets, and the signed list that says what was revoked
or is suspended.

Bitstring Status List 1.0. Lists have exactly 131,072 entries; an index is drawn at random and
never given twice. The list is signed again in the transaction that changes it, so what is served
is always what is stored.
"""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from colnode.badges.documents import status_list_url
from colnode.badges.models import StatusEntry, StatusList
from colnode.db import new_id
from colnode.errors import NotFound, _
from colnode.identity import keys
from colnode.openbadges import issuing as signer
from colnode.openbadges import status_list as bitstring

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["allocate", "get_list", "mark", "sign"]

_DRAWS = 64


def allocate(node: "Node", organisation_id: str, *, purpose: str = "revocation") -> tuple[str, int]:
    """Take a random free index of the organisation's open list; returns list id and index.

    `purpose` is revocation or suspension; each has lists of its own.

    The list's row stays locked until the unit ends, so two units never draw from it at once.
    """
    status_list = _open_list(node, organisation_id, purpose)
    position = _draw(node, status_list.id)
    node.db.add(StatusEntry(status_list_id=status_list.id, position=position))
    status_list.used += 1
    if status_list.used == bitstring.ENTRIES:
        status_list.is_open = False
    node.db.flush()
    return status_list.id, position


def mark(node: "Node", status_list_id: str, position: int, *, is_set: bool = True) -> None:
    """Set or clear a bit and sign the list anew, in the caller's transaction."""
    status_list = _locked(node, status_list_id)
    node.db.execute(
        update(StatusEntry)
        .where(StatusEntry.status_list_id == status_list_id, StatusEntry.position == position)
        .values(is_set=is_set)
    )
    sign(node, status_list)


def sign(node: "Node", status_list: StatusList) -> None:
    """Sign the list as its entries stand now."""
    query = select(StatusEntry.position).where(
        StatusEntry.status_list_id == status_list.id, StatusEntry.is_set
    )
    _sign(node, status_list, node.db.scalars(query).all())
    node.db.flush()


def get_list(node: "Node", status_list_id: str) -> StatusList:
    """A status list. Raises NotFound."""
    status_list = node.db.get(StatusList, status_list_id)
    if status_list is None:
        raise NotFound(_("There is no such status list."))
    return status_list


def _open_list(node: "Node", organisation_id: str, purpose: str) -> StatusList:
    query = (
        select(StatusList)
        .where(
            StatusList.organisation_id == organisation_id,
            StatusList.purpose == purpose,
            StatusList.is_open,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = node.db.scalar(query)
    if found is not None:
        return found
    try:
        with node.db.begin_nested():
            return _new_list(node, organisation_id, purpose)
    except IntegrityError:  # another unit opened the list at the same moment
        return node.db.scalars(query).one()


def _new_list(node: "Node", organisation_id: str, purpose: str) -> StatusList:
    now = node.clock.now()
    status_list = StatusList(
        id=new_id(),
        organisation_id=organisation_id,
        purpose=purpose,
        is_open=True,
        used=0,
        created_at=now,
    )
    _sign(node, status_list, ())
    node.db.add(status_list)
    node.db.flush()
    return status_list


def _locked(node: "Node", status_list_id: str) -> StatusList:
    query = select(StatusList).where(StatusList.id == status_list_id).with_for_update()
    return node.db.scalars(query.execution_options(populate_existing=True)).one()


def _draw(node: "Node", status_list_id: str) -> int:
    """A free index at random: a few draws, and when all are taken, one among those left."""
    draws = [secrets.randbelow(bitstring.ENTRIES) for _index in range(_DRAWS)]
    of_list = select(StatusEntry.position).where(StatusEntry.status_list_id == status_list_id)
    taken = set(node.db.scalars(of_list.where(StatusEntry.position.in_(draws))))
    for position in draws:
        if position not in taken:
            return position
    taken = set(node.db.scalars(of_list))
    return secrets.choice([index for index in range(bitstring.ENTRIES) if index not in taken])


def _sign(node: "Node", status_list: StatusList, positions: Sequence[int]) -> None:
    status_list.signed_at = node.clock.now().replace(microsecond=0)
    bits = bitstring.BitstringStatusList()
    for position in positions:
        bits.set(position, True)
    document = bitstring.status_list_credential(
        url=status_list_url(node, status_list.id),
        issuer=keys.did(node, status_list.organisation_id),
        status_list=bits,
        valid_from=status_list.created_at,
        purpose=status_list.purpose,
    )
    key, method = keys.signing_key(node, status_list.organisation_id, kind="ed25519")
    status_list.document = signer.issue(
        document, key=key, verification_method=method, created=status_list.signed_at
    ).decode("utf-8")

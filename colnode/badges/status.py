"""Status lists: which index a credential gets, and the signed list that says what was revoked
or is suspended.

Bitstring Status List 1.0. Lists have exactly 131,072 entries; an index is drawn at random and
never given twice. The list is signed again in the transaction that changes it, so what is served
is always what is stored.
"""

import secrets
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, bindparam, insert, select, update
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

__all__ = ["allocate", "close_all", "draw", "get_list", "mark", "mark_many", "sign", "take"]

_DRAWS = 64
_DRAWS_AT_ONCE = 1_000
_CROWDED = bitstring.ENTRIES * 15 // 16
_ENTRIES = cast("Table", StatusEntry.__table__)


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


def draw(
    node: "Node", organisation_id: str, count: int, *, purpose: str = "revocation"
) -> list[tuple[str, int]]:
    """Random free indices for many credentials, as list id and index; `take` those that are used.

    The lists' rows stay locked until the unit ends, so nobody draws the same ones in between.
    """
    drawn: list[tuple[str, int]] = []
    while len(drawn) < count:
        status_list = _open_list(node, organisation_id, purpose)
        wanted = min(count - len(drawn), bitstring.ENTRIES - status_list.used)
        drawn += [(status_list.id, position) for position in _draw_many(node, status_list, wanted)]
        if len(drawn) < count:
            status_list.is_open = False
            node.db.flush()
    return drawn


def take(node: "Node", drawn: Sequence[tuple[str, int]]) -> None:
    """Give drawn indices away for ever, in one statement."""
    if not drawn:
        return
    rows = [
        {"status_list_id": status_list_id, "position": position, "is_set": False}
        for status_list_id, position in drawn
    ]
    node.db.execute(insert(_ENTRIES), rows)
    for status_list_id, count in Counter(list_id for list_id, _position in drawn).items():
        status_list = _locked(node, status_list_id)
        status_list.used += count
        if status_list.used == bitstring.ENTRIES:
            status_list.is_open = False
    node.db.flush()


def mark_many(node: "Node", places: Sequence[tuple[str, int]]) -> None:
    """Set the bits at these places, list id and index, and sign each of the lists once."""
    by_list: dict[str, list[int]] = {}
    for status_list_id, position in places:
        by_list.setdefault(status_list_id, []).append(position)
    for status_list_id in sorted(by_list):
        status_list = _locked(node, status_list_id)
        entry = update(_ENTRIES).where(
            _ENTRIES.c.status_list_id == status_list_id, _ENTRIES.c.position == bindparam("place")
        )
        node.db.connection().execute(
            entry.values(is_set=True), [{"place": place} for place in by_list[status_list_id]]
        )
        sign(node, status_list)


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


def close_all(node: "Node") -> int:
    """Give no index of any list away any more; new badges get new lists. How many were open.

    After a restore: indices were given since the backup was made that it knows nothing of.
    """
    closed = node.db.execute(
        update(StatusList).where(StatusList.is_open).values(is_open=False).returning(StatusList.id)
    ).all()
    return len(closed)


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


def _draw_many(node: "Node", status_list: StatusList, count: int) -> list[int]:
    """Distinct free indices at random: drawn and looked up, or, in a full list, all that is left.

    131,072 is a power of two, so that masked random bytes are as likely to be any index.
    """
    of_list = select(StatusEntry.position).where(StatusEntry.status_list_id == status_list.id)
    if status_list.used > _CROWDED:
        taken = set(node.db.scalars(of_list))
        free = [index for index in range(bitstring.ENTRIES) if index not in taken]
        return secrets.SystemRandom().sample(free, count)
    found: dict[int, None] = {}
    while len(found) < count:
        wanted = min(count - len(found), _DRAWS_AT_ONCE)
        words = array("I", secrets.token_bytes(4 * wanted))
        draws = dict.fromkeys(word & bitstring.ENTRIES - 1 for word in words)
        taken = set(node.db.scalars(of_list.where(StatusEntry.position.in_(list(draws)))))
        found.update((index, None) for index in draws if index not in taken)
    return list(found)


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

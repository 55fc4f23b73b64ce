"""Every own record with its address-giving key, in parts of bounded size, as site maps need it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from colnode.catalogue.models import Record
from colnode.catalogue.records import OWN_EDITION

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["PART_ROWS", "Listed", "list_own", "own_parts"]

PART_ROWS = 20_000


class Listed(NamedTuple):
    """An own record that has a page, and when it last changed."""

    type: str
    id: str
    updated_at: datetime


def own_parts(node: "Node") -> Sequence[tuple[int, datetime]]:
    """The parts that hold own records: number from 1 and the newest change. A record stays in its.

    A part is a range of row numbers, so that none has more than PART_ROWS records.
    """
    part = (Record.no - 1) // PART_ROWS
    query = select(part, func.max(Record.updated_at)).where(
        Record.edition_no == OWN_EDITION, Record.type.in_(node.host.record_types)
    )
    rows = node.db.execute(query.group_by(part).order_by(part))
    return [(number + 1, newest) for number, newest in rows]


def list_own(node: "Node", part: int) -> Sequence[Listed]:
    """The own records of a part, of types that an enabled plugin or the core explains."""
    first = (part - 1) * PART_ROWS
    query = (
        select(Record.type, Record.id, Record.updated_at)
        .where(Record.no > first, Record.no <= first + PART_ROWS)
        .where(Record.edition_no == OWN_EDITION, Record.type.in_(node.host.record_types))
        .order_by(Record.no)
    )
    return [Listed(*row) for row in node.db.execute(query)]

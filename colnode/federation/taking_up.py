"""Other cities' records of a type that a plugin has just brought: kept so far, now shown."""

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import catalogue
from colnode.errors import Invalid, Untrusted
from colnode.federation.models import ReplicaRecord
from colnode.federation.replica import read_entry, read_record
from colnode.node import get_fact, set_fact

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["take_up"]

_FACT = "types_known"
_AT_ONCE = 500


def take_up(node: "Node") -> int:
    """Show the stored records of types that are known now and were not before; how many.

    Works in units of its own and may be repeated. A body that does not fit keeps its reason.
    """
    known = sorted(node.host.record_types)
    with node.reading():
        before = json.loads(get_fact(node, _FACT) or "[]")
    if before == known:
        return 0
    count, after = 0, (0, "")
    new = [kind for kind in known if kind not in before]
    while new:
        with node.unit():
            rows = _some(node, new, after)
            count += _show(node, rows)
        if not rows:
            break
        after = (rows[-1].edition_no, rows[-1].id)
    with node.unit():
        set_fact(node, _FACT, json.dumps(known))
    return count


def _some(node: "Node", types: list[str], after: tuple[int, str]) -> list[ReplicaRecord]:
    row = ReplicaRecord
    later = (row.edition_no > after[0]) | ((row.edition_no == after[0]) & (row.id > after[1]))
    query = select(row).where(
        row.type.in_(types), row.body.is_not(None), row.fault.is_(None), later
    )
    return list(node.db.scalars(query.order_by(row.edition_no, row.id).limit(_AT_ONCE)))


def _show(node: "Node", rows: list[ReplicaRecord]) -> int:
    shown = 0
    for row in rows:
        assert row.body is not None
        kind = node.host.record_types[row.type]
        try:
            put = read_record(node, kind, read_entry(row.header, row.body))
        except (Untrusted, Invalid) as error:
            row.fault = str(error)[:500]
            continue
        catalogue.replace(node, row.edition_no, [put])
        shown += 1
    return shown

"""What changes when plugins come and go: types that nobody explains rest, facets are read anew.

Records of a type whose plugin is off stay stored, unseen, and are there again with the plugin.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import delete, insert, select

from colnode.catalogue.models import Record, RecordFacet
from colnode.catalogue.schemas import facets_of
from colnode.node import get_fact, set_fact

if TYPE_CHECKING:
    from sqlalchemy import Table

    from colnode.node import Node

__all__ = ["refresh_facets", "resting_types"]

_FACT = "facets_read"
_AT_ONCE = 500
_RESTING = "catalogue.resting_types"


def resting_types(node: "Node") -> Sequence[str]:
    """Types of stored records that no enabled plugin explains; found once in a process.

    None is added while it runs: nothing of an unknown type is published or taken over.
    """
    found = node.memory.get(_RESTING)
    if not isinstance(found, tuple):
        stored: list[str] = []
        after = ""
        while kind := node.db.scalar(
            select(Record.type).where(Record.type > after).order_by(Record.type).limit(1)
        ):  # one step a type on the index, however many records there are
            stored.append(kind)
            after = kind
        found = tuple(kind for kind in stored if kind not in node.host.record_types)
        node.memory[_RESTING] = found
    return found


def refresh_facets(node: "Node") -> int:
    """Read the facets of stored records anew if the registered ones changed; how many records.

    Works in units of its own, so it holds nobody up; what was killed half-way starts again.
    """
    wanted = json.dumps(
        sorted([facet.name, *sorted(facet.types)] for facet in node.host.facets.values())
    )
    with node.reading():
        before = get_fact(node, _FACT) or "[]"
    if before == wanted:
        return 0
    types = {
        kind for read in (before, wanted) for _name, *kinds in json.loads(read) for kind in kinds
    }
    count = after = 0
    while True:
        with node.unit():
            numbers = _refresh_some(node, sorted(types), after)
        if not numbers:
            break
        count, after = count + len(numbers), numbers[-1]
    with node.unit():
        set_fact(node, _FACT, wanted)
    return count


def _refresh_some(node: "Node", types: Sequence[str], after: int) -> Sequence[int]:
    query = select(Record.no, Record.type, Record.body)
    query = query.where(Record.type.in_(types), Record.no > after).order_by(Record.no)
    rows = node.db.execute(query.limit(_AT_ONCE)).all()
    numbers = [number for number, _kind, _body in rows]
    table = cast("Table", RecordFacet.__table__)
    node.db.execute(
        delete(table).where(
            table.c.record_no.in_(numbers), table.c.name.not_in(["language", "tag"])
        )
    )
    facets = [
        {"record_no": number, "name": name, "value": value}
        for number, kind, body in rows
        for name, values in facets_of(node, kind, json.loads(body)).items()
        for value in dict.fromkeys(values)
    ]
    if facets:
        node.db.execute(insert(table), facets)
    return numbers

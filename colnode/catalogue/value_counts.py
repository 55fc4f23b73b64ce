"""How many records there would be with each value of something: what a filter says beside a choice.

Counted over what matches, of at most 2,000 records, so that no page gets slower with the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select
from sqlalchemy.sql.selectable import Subquery

from colnode.catalogue.matching import asked
from colnode.catalogue.models import Edition, Record, RecordFacet
from colnode.catalogue.query import Query
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.db import LangMap

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["OriginCount", "count_origins", "count_values"]

_MOST_RECORDS = 2_000
_COLUMNS = {"type": Record.type, "category": Record.category}


@dataclass(frozen=True)
class OriginCount:
    """A city of which something was found: its name, how much, and the middle of where it is.

    Without a place among what was found there is no middle. Coordinates are WGS 84 degrees.
    """

    origin: str
    name: LangMap
    count: int
    latitude: float | None
    longitude: float | None


def count_values(
    node: "Node", query: Query, name: str, *, prefix: str = "", most: int = 30
) -> Mapping[str, int]:
    """The most frequent values of a facet among what matches, with how many records have each.

    `name` is "category", "type", "language", "tag" or that of a registered facet. With a `prefix`,
    such as "age:", only values that begin with it count, and are given without it.
    """
    found = _found(node, query)
    count = func.count().label("count")
    column = _COLUMNS.get(name)
    if column is not None:
        rows = (
            select(column, count)
            .where(Record.no.in_(select(found.c.no)))
            .group_by(column)
            .order_by(count.desc(), column)
        )
    else:
        rows = (
            select(RecordFacet.value, count)
            .where(RecordFacet.name == name, RecordFacet.record_no.in_(select(found.c.no)))
            .group_by(RecordFacet.value)
            .order_by(count.desc(), RecordFacet.value)
        )
        if prefix:
            rows = rows.where(RecordFacet.value.startswith(prefix, autoescape=True))
    return {
        str(value).removeprefix(prefix): number
        for value, number in node.db.execute(rows.limit(most))
        if value not in (None, "", prefix)
    }


def count_origins(node: "Node", query: Query, *, most: int = 60) -> list[OriginCount]:
    """The cities whose records match, this one first, then those with most."""
    found = _found(node, query)
    count = func.count().label("count")
    rows = node.db.execute(
        select(Record.edition_no, count, func.avg(Record.latitude), func.avg(Record.longitude))
        .where(Record.no.in_(select(found.c.no)))
        .group_by(Record.edition_no)
        .order_by(case((Record.edition_no == OWN_EDITION, 0), else_=1), count.desc())
        .limit(most)
    ).all()
    editions = {
        edition.no: edition
        for edition in node.db.scalars(
            select(Edition).where(Edition.no.in_([number for number, *_rest in rows]))
        )
    }
    own_name = {node.config.main_language: node.config.city.name}
    return [
        OriginCount(
            editions[number].origin if number in editions else OWN,
            editions[number].name if number in editions else own_name,
            amount,
            latitude,
            longitude,
        )
        for number, amount, latitude, longitude in rows
    ]


def _found(node: "Node", query: Query) -> Subquery:
    return select(Record.no).where(*asked(node, query)).limit(_MOST_RECORDS).subquery("found")

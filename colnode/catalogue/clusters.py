"""The counted clusters of the map: how they follow the records.

Triggers note what each write does to the counts (RecordClusterChange) in its own transaction;
`gather_changes` adds the notes up. Reading them is in colnode.catalogue.counting.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy import and_, case, delete, func, insert, literal, select, text, update

from colnode.catalogue.models import Edition, Record, RecordCluster, RecordClusterChange
from colnode.catalogue.places import tile_of_cell
from colnode.db import insert_into

if TYPE_CHECKING:
    from sqlalchemy import Table

    from colnode.node import Node

__all__ = [
    "CLUSTER_JOB",
    "FINEST",
    "SHOWN",
    "add_edition",
    "count_anew",
    "drop_counts",
    "gather_changes",
    "in_units",
    "renew_clusters",
    "take_edition",
]

CLUSTER_JOB = "catalogue.clusters"
"""The job, each minute, of `renew_clusters`."""

SHOWN = -1
"""Stands where an edition's number stands: all records that are shown."""

FINEST = 14
"""The finest zoom at which cells are counted: that of web map zoom 12, a whole city."""

_AT_ONCE = 5_000
_LOCK = 7_305_002_016
_KEY = ("edition_no", "type", "category", "zoom", "x", "y")
_SUMS = ("count", "latitude_sum", "longitude_sum", "number_sum")
_TABLE = cast("Table", RecordCluster.__table__)


def in_units(value: Any) -> Any:
    """A coordinate column in whole units of 1e-7 degrees, the same on both databases."""
    return sa.cast(func.round(value * literal(10_000_000)), sa.BigInteger)


def gather_changes(node: "Node", *, most: int = _AT_ONCE) -> int:
    """Add up to `most` notes to the clusters, in the caller's transaction; how many there were.

    One transaction at a time does this, or shows and hides an edition; it waits for no other lock,
    so two of them cannot wait for each other.
    """
    _lock(node)
    change = RecordClusterChange
    query = select(
        change.no,
        change.edition_no,
        change.type,
        change.category,
        change.cell,
        change.count,
        change.latitude,
        change.longitude,
        change.record_no,
    )
    rows = node.db.execute(query.order_by(change.no).limit(most)).all()
    if not rows:
        return 0
    shown = {0, *node.db.scalars(select(Edition.no).where(Edition.is_shown.is_(True)))}
    _add(node, _sums_of((row[1:] for row in rows), shown))
    numbers = [row.no for row in rows]
    for start in range(0, len(numbers), 500):
        node.db.execute(delete(change).where(change.no.in_(numbers[start : start + 500])))
    return len(rows)


def _lock(node: "Node") -> None:
    """Wait for whoever else changes the clusters. A unit that writes has SQLite for itself."""
    if node.engine.dialect.name == "postgresql":
        node.db.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _sums_of(
    changes: Iterable[Sequence[Any]], shown: set[int]
) -> Mapping[tuple[Any, ...], list[int]]:
    """What to add, by key: summed at the finest zoom first, then from each zoom to the next."""
    finest: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for edition_no, kind, category, cell, count, latitude, longitude, number in changes:
        x, y = tile_of_cell(cell, FINEST)
        for scope in (edition_no, SHOWN) if edition_no in shown else (edition_no,):
            for part in ("", category) if category else ("",):
                sums = finest[scope, kind, part, FINEST, x, y]
                sums[0] += count
                sums[1] += count * latitude
                sums[2] += count * longitude
                sums[3] += count * number
    found = {key: sums for key, sums in finest.items() if any(sums)}
    level = found
    for zoom in range(FINEST - 1, 1, -1):
        coarser: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (scope, kind, part, _zoom, x, y), sums in level.items():
            above = coarser[scope, kind, part, zoom, x >> 1, y >> 1]
            for index, value in enumerate(sums):
                above[index] += value
        level = dict(coarser)
        found |= level
    return found


def _add(node: "Node", sums: Mapping[tuple[Any, ...], Sequence[int]]) -> None:
    if not sums:
        return
    rows = [
        dict(zip((*_KEY, *_SUMS), (*key, *values), strict=True)) for key, values in sums.items()
    ]
    statement = insert_into(node.db, RecordCluster)
    query = statement.on_conflict_do_update(index_elements=_KEY, set_=_added(statement.excluded))
    counts = query.returning(*(_TABLE.c[name] for name in _KEY), _TABLE.c.count)
    written = node.db.connection().execute(counts, rows)
    empty = [tuple(key) for *key, count in written if count == 0]
    for key in empty:
        of_key = and_(*(_TABLE.c[name] == value for name, value in zip(_KEY, key, strict=True)))
        node.db.execute(delete(_TABLE).where(of_key, _TABLE.c.count == 0))


def _added(excluded: Any) -> dict[str, Any]:
    return {name: _TABLE.c[name] + excluded[name] for name in _SUMS}


def add_edition(node: "Node", edition_no: int) -> None:
    """Count an edition that is shown from now on among all that is shown."""
    _lock(node)
    _add_scope(node, edition_no, 1)


def take_edition(node: "Node", edition_no: int) -> None:
    """Count an edition that is not shown any more no longer among all that is shown."""
    _lock(node)
    _add_scope(node, edition_no, -1)
    node.db.execute(delete(_TABLE).where(_TABLE.c.edition_no == SHOWN, _TABLE.c.count == 0))


def _add_scope(node: "Node", edition_no: int, sign: int) -> None:
    values: list[Any] = [literal(SHOWN), *(_TABLE.c[name] for name in _KEY[1:])]
    values += [_TABLE.c[name] * sign for name in _SUMS]
    of_edition = select(*values).where(_TABLE.c.edition_no == edition_no)
    statement = insert_into(node.db, RecordCluster).from_select([*_KEY, *_SUMS], of_edition)
    node.db.execute(
        statement.on_conflict_do_update(index_elements=_KEY, set_=_added(statement.excluded))
    )


def drop_counts(node: "Node", edition_no: int) -> None:
    """Forget the counts of an edition that is not shown, and what waits to be added to them."""
    _lock(node)
    for table in (RecordClusterChange, RecordCluster):
        node.db.execute(delete(table).where(table.edition_no == edition_no))


def renew_clusters(node: "Node") -> None:
    """The job: what is over leaves the counts, and what waits is added; in units of its own."""
    now = node.clock.now()
    over = select(Record.no).where(text("is_counted"), Record.over_at <= now)
    while True:
        with node.unit():
            numbers = node.db.scalars(over.limit(500)).all()
            node.db.execute(update(Record).where(Record.no.in_(numbers)).values(is_counted=False))
        if len(numbers) < 500:
            break
    while True:
        with node.unit():
            done = gather_changes(node)
        if done < _AT_ONCE:
            return


def count_anew(node: "Node") -> None:
    """Forget every count and note each record that is to be counted, in the caller's transaction.

    What the map shows stays exact: the notes are counted until the job has added them.
    """
    _lock(node)
    for table in (RecordClusterChange, RecordCluster):
        node.db.execute(delete(table))
    is_counted = case(
        (Record.cell.is_not(None), Record.over_at > node.clock.now()), else_=literal(False)
    )
    node.db.execute(update(Record).values(is_counted=is_counted))
    node.db.execute(delete(RecordClusterChange))
    names = (
        "edition_no",
        "type",
        "category",
        "cell",
        "latitude",
        "longitude",
        "record_no",
        "count",
    )
    noted = select(
        Record.edition_no,
        Record.type,
        Record.category,
        Record.cell,
        in_units(Record.latitude),
        in_units(Record.longitude),
        Record.no,
        literal(1),
    ).where(Record.is_counted)
    node.db.execute(insert(RecordClusterChange).from_select(names, noted))

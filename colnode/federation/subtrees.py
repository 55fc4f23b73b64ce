"""Roots of the complete subtrees of this node's log: what proofs need, without hashing all of it.

They are kept at every eighth level of the tree, as the tiles of c2sp.org/tlog-tiles are: a proof
reads a few rows for each of its hashes, however long the log is.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, insert, select

from colnode.errors import Gone, _
from colnode.federation.log import inner_hash, tree_root
from colnode.federation.models import LogEntry, LogSubtree

if TYPE_CHECKING:
    from sqlalchemy import Table

    from colnode.node import Node

__all__ = ["extend", "is_behind", "root"]

_BITS = 8
_WIDTH = 1 << _BITS
_RUNS_AT_ONCE = 64


def is_behind(node: "Node", size: int) -> bool:
    """Whether complete subtrees of a log of this size are missing."""
    return _count(node, 1) < size >> _BITS


def extend(node: "Node", size: int) -> None:
    """Add the roots of what has become complete, in the caller's transaction.

    What was lost (docs/federation.md section 9) has no root, and nothing above it has.
    """
    level = 1
    while size >> _BITS * level:
        have, wanted = _count(node, level), size >> _BITS * level
        for start in range(have, wanted, _RUNS_AT_ONCE):
            _add(node, level, range(start, min(wanted, start + _RUNS_AT_ONCE)))
        level += 1


def _count(node: "Node", level: int) -> int:
    last = select(func.max(LogSubtree.no)).where(LogSubtree.level == level)
    newest = node.db.scalar(last)
    return 0 if newest is None else newest + 1


def _add(node: "Node", level: int, runs: range) -> None:
    try:
        below = _hashes(node, level - 1, runs.start * _WIDTH, runs.stop * _WIDTH)
    except Gone:
        if len(runs) > 1:
            for no in runs:
                _add(node, level, range(no, no + 1))
        return
    rows: list[dict[str, Any]] = [
        {"level": level, "no": no, "root": tree_root(below[at : at + _WIDTH])}
        for no, at in zip(runs, range(0, len(below), _WIDTH), strict=True)
    ]
    node.db.execute(insert(cast("Table", LogSubtree.__table__)), rows)


def _hashes(node: "Node", level: int, first: int, last: int) -> Sequence[bytes]:
    """The roots of runs `first` up to, without, `last` at a level; at level 0 the leaves."""
    if level == 0:
        leaves = select(LogEntry.leaf).where(LogEntry.seq > first, LogEntry.seq <= last)
        found = node.db.scalars(leaves.order_by(LogEntry.seq)).all()
    else:
        known = select(LogSubtree.root).where(
            LogSubtree.level == level, LogSubtree.no >= first, LogSubtree.no < last
        )
        found = node.db.scalars(known.order_by(LogSubtree.no)).all()
    if len(found) != last - first:
        raise Gone(_("Entries of this part of the log were lost, so nothing is proven over it."))
    return found


def root(node: "Node", first: int, last: int) -> bytes:
    """The tree hash over leaves `first` up to, without, `last` (from 0) of this node's log.

    `first` must be a place where RFC 9162 splits a tree: a multiple of the largest power of two
    that fits into the range. Raises Gone for a part whose entries were lost.
    """
    hashes: list[bytes] = []
    while first < last:
        size = 1 << (last - first).bit_length() - 1
        level = (size.bit_length() - 1) // _BITS
        unit = _BITS * level
        hashes.append(tree_root(_hashes(node, level, first >> unit, first + size >> unit)))
        first += size
    result = hashes.pop()
    while hashes:
        result = inner_hash(hashes.pop(), result)
    return result

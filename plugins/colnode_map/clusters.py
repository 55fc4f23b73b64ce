"""Dots of the map that do not lie on each other: what the catalogue counted, joined where close."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colnode.plugin import catalogue

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["Dot", "gather"]

_MOST_CELLS = 2_000
_TILE_BITS = 8
_BUCKET_PIXELS = 64
_CLOSE = 0.92


@dataclass
class Dot:
    """One dot: how many activities it stands for, and the one record when it is one."""

    latitude: float
    longitude: float
    count: int
    view: catalogue.RecordView | None

    @property
    def radius(self) -> int:
        """Half its width on the page, in pixels."""
        if self.count == 1:
            return 17
        if self.count < 10:
            return 21
        return 26 if self.count < 100 else 32


def gather(node: "Node", query: catalogue.Query, *, zoom: int) -> list[Dot]:
    """What matches as dots for a web map zoom, the largest first. Counts add up exactly."""
    cells = catalogue.cluster(node, query, zoom=zoom, most=_MOST_CELLS)
    dots = [Dot(cell.latitude, cell.longitude, cell.count, cell.view) for cell in cells]
    return _apart(sorted(dots, key=lambda dot: -dot.count), zoom)


def _apart(dots: Iterable[Dot], zoom: int) -> list[Dot]:
    """Let a dot join a larger one that it would cover."""
    kept: list[Dot] = []
    buckets: dict[tuple[int, int], list[tuple[int, int, Dot]]] = {}
    for dot in dots:
        x, y = catalogue.tile_of(dot.latitude, dot.longitude, zoom + _TILE_BITS)
        column, row = x // _BUCKET_PIXELS, y // _BUCKET_PIXELS
        near = [
            other
            for across in (-1, 0, 1)
            for down in (-1, 0, 1)
            for other in buckets.get((column + across, row + down), ())
        ]
        host = next(
            (
                other
                for other_x, other_y, other in near
                if _touch(x - other_x, y - other_y, dot, other)
            ),
            None,
        )
        if host is not None:
            host.count += dot.count
            host.view = None
            continue
        kept.append(dot)
        buckets.setdefault((column, row), []).append((x, y, dot))
    return kept


def _touch(across: int, down: int, one: Dot, other: Dot) -> bool:
    reach = (one.radius + other.radius) * _CLOSE
    return across * across + down * down < reach * reach

"""What can be asked of the catalogue, and the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colnode.catalogue.views import RecordView

__all__ = ["Bounds", "Query", "Results"]


@dataclass(frozen=True)
class Bounds:
    """A box on the map in WGS 84 degrees; west > east crosses the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Query:
    """What is looked for. Several types, languages or origins: any of them; several tags: all.

    `facets` are values of registered facets by name: any of the values, of every facet; of
    `facets_all`: all of the values. With `near`, a (latitude, longitude), what has a place is
    found, nearest first whatever else is said about the order. `among`, unless it is None, leaves
    only the records of these references `ORIGIN/type/ID` (`self` for this city's own) and those
    that have one of `among_tags`.
    """

    text: str = ""
    types: Sequence[str] = ()
    origin: str | None = None
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    categories: Sequence[str] = ()
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facets_all: Mapping[str, Sequence[str]] = field(default_factory=dict)
    among: Sequence[str] | None = None
    among_tags: Sequence[str] = ()
    bounds: Bounds | None = None
    near: tuple[float, float] | None = None
    starts_before: datetime | None = None
    ends_after: datetime | None = None
    is_online: bool | None = None
    foreign_only: bool = False
    own_first: bool = False
    by_time: bool = False
    limit: int = 24
    cursor: str | None = None
    with_facets: bool = False


@dataclass(frozen=True)
class Results:
    """One page of what was found. `total_is_at_least` is exact below 2,000."""

    items: "list[RecordView]"
    total_is_at_least: int
    next_cursor: str | None
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

"""What somebody looks for: read from an address, turned into a catalogue query, written back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from colnode.plugin import Invalid, _, catalogue
from colnode_map.content import CATEGORIES
from colnode_map.records import AGE_BANDS

__all__ = ["Filters", "read_bounds", "read_filters"]

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Filters:
    """The choices of a visitor. Names and values are those of the address, so links can be kept."""

    q: str = ""
    category: str = ""
    week: bool = False
    online: bool = False
    free: bool = False
    own: bool = False
    language: str = ""
    organiser: str = ""
    age: str = ""
    earns: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return self == Filters()

    def arguments(self, **changes: Any) -> dict[str, str]:
        """The address arguments of these filters with some changed; empty ones are left out."""
        changed = replace(self, **changes)
        values = {item.name: getattr(changed, item.name) for item in fields(Filters)}
        return {
            name: "1" if value is True else str(value) for name, value in values.items() if value
        }

    def query(
        self,
        now: datetime,
        *,
        bounds: catalogue.Bounds | None = None,
        limit: int = 24,
        cursor: str | None = None,
    ) -> catalogue.Query:
        """The catalogue's question: what has not ended, soonest first."""
        return catalogue.Query(
            text=self.q,
            types=("activity",),
            origin=catalogue.OWN if self.own else None,
            languages=(self.language,) if self.language else (),
            tags=self._tags(),
            categories=(self.category,) if self.category else (),
            bounds=bounds,
            starts_before=now + _WEEK if self.week else None,
            ends_after=now,
            is_online=True if self.online else None,
            own_first=True,
            by_time=True,
            limit=limit,
            cursor=cursor,
        )

    def _tags(self) -> Sequence[str]:
        tags = [
            f"{name}:{value}"
            for name, value in (
                ("organiser", self.organiser),
                ("age", self.age),
                ("earns", self.earns),
            )
            if value
        ]
        return [*tags, "price:free"] if self.free else tags


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The filters in an address; what is not known there is left out."""
    category, age = arguments.get("category", ""), arguments.get("age", "")
    return Filters(
        q=arguments.get("q", "").strip()[:200],
        category=category if category in CATEGORIES else "",
        week=arguments.get("week") == "1",
        online=arguments.get("online") == "1",
        free=arguments.get("free") == "1",
        own=arguments.get("own") == "1",
        language=arguments.get("language", "")[:35],
        organiser=arguments.get("organiser", "")[:100],
        age=age if age in AGE_BANDS else "",
        earns=arguments.get("earns", "")[:200],
    )


def read_bounds(text: str | None) -> catalogue.Bounds | None:
    """A box `west,south,east,north` in degrees, None when there is none. Raises Invalid."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-90 <= south <= north <= 90 and abs(west) <= 540 and abs(east) <= 540):
        raise Invalid(_("bbox should be west,south,east,north in degrees."))
    if east - west >= 360:
        return catalogue.Bounds(-180.0, south, 180.0, north)
    return catalogue.Bounds(_turn(west), south, _turn(east), north)


def _turn(longitude: float) -> float:
    if -180 <= longitude <= 180:
        return longitude
    return (longitude + 180) % 360 - 180

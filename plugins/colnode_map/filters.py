"""What somebody looks for: read from an address, turned into a catalogue query, written back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from colnode.plugin import Invalid, _, catalogue
from colnode_map.content import ACCESSIBILITY, CATEGORIES, clean_keyword
from colnode_map.days import DayRange, next_days, read_day, this_weekend
from colnode_map.records import AGE_BANDS
from colnode_map.states import Mode

__all__ = ["ACCESS_FACET", "WAY_FACET", "WHEN", "Filters", "read_bounds", "read_filters"]

WAY_FACET = "map_way"
ACCESS_FACET = "map_access"
ORGANISATIONS = "organisations"
WHEN = ("today", "weekend", "week")
_OLD_NAMES = (("week", "when", "week"), ("online", "way", "online"), ("own", "city", catalogue.OWN))
_POINT = re.compile(r"(-?\d{1,2}(?:\.\d{1,6})?),(-?\d{1,3}(?:\.\d{1,6})?)")
_PLAYLIST = re.compile(r"(?:n_[a-z0-9]{52}/)?[A-Za-z0-9._~-]{1,100}")
_ORIGIN = re.compile(r"self|n_[a-z0-9]{52}")


@dataclass(frozen=True)
class Filters:
    """The choices of a visitor. Names and values are those of the address, so links can be kept.

    `what` is empty for activities, or `organisations`; then words and places alone narrow down.
    `access` is everything that is needed, `start` and `until` are days of the city, `near` is a
    point (latitude, longitude) from which what has a place is sorted by distance; `place` is what
    was typed to find it. `playlist` is `ID` or `CITY/ID`, `left` leaves out what the person has
    done there, and `stops` are the references that this comes to (colnode_map.along).
    """

    q: str = ""
    category: str = ""
    when: str = ""
    start: date | None = None
    until: date | None = None
    way: str = ""
    free: bool = False
    age: str = ""
    language: str = ""
    access: tuple[str, ...] = ()
    keyword: str = ""
    organiser: str = ""
    earns: str = ""
    city: str = ""
    place: str = ""
    near: tuple[float, float] | None = None
    what: str = ""
    playlist: str = ""
    left: bool = False
    stops: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows down."""
        return self == Filters(what=self.what)

    @property
    def of_organisations(self) -> "Filters":
        """The same search among organisations."""
        return Filters(
            q=self.q, city=self.city, place=self.place, near=self.near, what=ORGANISATIONS
        )

    @property
    def of_activities(self) -> "Filters":
        """The same search among activities."""
        return replace(self, what="")

    def arguments(self, **changes: Any) -> dict[str, str]:
        """The address arguments of these filters with some changed; empty ones are left out."""
        changed = replace(self, **({"stops": ()} | changes))
        values = {item.name: getattr(changed, item.name) for item in fields(Filters)}
        if changed.place:  # the point is found again by its name
            values["near"] = None
        return {
            _ARGUMENTS.get(name, name): _written(value) for name, value in values.items() if value
        }

    def days(self, today: date) -> DayRange:
        """The days that are looked at; None on either side is open."""
        if self.when == "today":
            return DayRange(today, today)
        if self.when == "weekend":
            return this_weekend(today)
        if self.when == "week":
            return next_days(today, 7)
        return DayRange(self.start, self.until)

    def query(
        self,
        now: datetime,
        *,
        bounds: catalogue.Bounds | None = None,
        limit: int = 24,
        cursor: str | None = None,
    ) -> catalogue.Query:
        """The catalogue's question: what has not ended, soonest (or nearest) first.

        The days are those of the zone that `now` carries.
        """
        if self.what:
            return catalogue.Query(
                text=self.q,
                types=("organisation",),
                origin=self.city or None,
                bounds=bounds,
                near=self.near,
                ends_after=now,
                own_first=True,
                limit=limit,
                cursor=cursor,
            )
        days = self.days(now.date())
        first, last = days.moments(now)
        return catalogue.Query(
            text=self.q,
            types=("activity",),
            origin=self.city or None,
            languages=(self.language,) if self.language else (),
            tags=self._tags(),
            among=self._among("activity") if self.playlist else None,
            among_tags=[f"earns:{badge}" for badge in self._among("achievement")],
            categories=(self.category,) if self.category else (),
            facets={WAY_FACET: (self.way,)} if self.way else {},
            facets_all={ACCESS_FACET: self.access} if self.access else {},
            bounds=bounds,
            near=self.near,
            starts_before=last,
            ends_after=max(now, first) if first else now,
            own_first=True,
            by_time=True,
            limit=limit,
            cursor=cursor,
        )

    def _among(self, record_type: str) -> list[str]:
        return [stop for stop in self.stops if stop.split("/")[1] == record_type]

    def _tags(self) -> list[str]:
        tags = [
            f"{name}:{value}"
            for name, value in (
                ("organiser", self.organiser),
                ("age", self.age),
                ("earns", self.earns),
                ("keyword", self.keyword),
            )
            if value
        ]
        return [*tags, "price:free"] if self.free else tags


_ARGUMENTS = {"start": "from"}


def _written(value: Any) -> str:
    if value is True:
        return "1"
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" if isinstance(part, float) else part for part in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The filters in an address; what is not known there is left out."""
    given = dict(arguments.items())
    for old, name, value in _OLD_NAMES:
        if given.get(old) == "1":
            given.setdefault(name, value)
    needs = given.get("access", "").split(",")
    playlist = given.get("playlist", "")
    start, until = read_day(given.get("from", "")), read_day(given.get("until", ""))
    if start and until and until < start:
        start, until = until, start
    return Filters(
        q=given.get("q", "").strip()[:200],
        category=_known(given, "category", CATEGORIES),
        when=_known(given, "when", WHEN) if not (start or until) else "",
        start=start,
        until=until,
        way=_known(given, "way", tuple(Mode)),
        free=given.get("free") == "1",
        age=_known(given, "age", tuple(AGE_BANDS)),
        language=given.get("language", "")[:35],
        access=tuple(need for need in ACCESSIBILITY if need in needs),
        keyword=clean_keyword(given.get("keyword", "")[:100]),
        organiser=given.get("organiser", "")[:100],
        earns=given.get("earns", "")[:200],
        city=given.get("city", "") if _ORIGIN.fullmatch(given.get("city", "")) else "",
        place=given.get("place", "").strip()[:200],
        near=_read_point(given.get("near", "")),
        what=_known(given, "what", (ORGANISATIONS,)),
        playlist=playlist if _PLAYLIST.fullmatch(playlist) else "",
        left=given.get("left") == "1",
    )


def _known(given: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = given.get(name, "")
    return value if value in values else ""


def _read_point(text: str) -> tuple[float, float] | None:
    """A point in degrees, rounded to about a kilometre: nobody needs to know more."""
    found = _POINT.fullmatch(text.strip())
    if found is None:
        return None
    point = (round(float(found[1]), 2), round(float(found[2]), 2))
    return point if catalogue.is_point(*point) else None


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

"""The map page as values: what was found, what can be chosen next, where the map looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from colnode.plugin import catalogue, url
from colnode_map import along, facets, nearby, organisations, views
from colnode_map.filters import Filters, read_bounds, read_filters
from colnode_map.repeating import local_now

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["SLIDER_WEEKS", "Item", "MapPage", "cities", "read_page"]

SLIDER_WEEKS = 12
_OWN_ZOOM = 12


@dataclass(frozen=True)
class Item:
    """One line of the list; kilometres from where somebody looks, None without such a place."""

    activity: views.ActivityView
    distance_km: float | None
    is_chosen: bool = False


@dataclass(frozen=True)
class MapPage:
    """Everything that the map's template says: activities as `items`, or organisations.

    `is_place_unknown`: a place was typed that the city does not know. `whole_view` is the `at` of
    the address in which every city is seen, None with one city.
    """

    filters: Filters
    items: Sequence[Item]
    organisations: Sequence[organisations.OrganisationView]
    total: int
    next_url: str | None
    groups: Sequence[facets.Group]
    chips: Sequence[facets.Choice]
    is_area: bool
    is_place_unknown: bool
    place_names: Sequence[str]
    today: date
    whole_view: str | None

    @property
    def chosen_point(self) -> views.ActivityView | None:
        """The activity that the address asks to show, when it has a point."""
        return next((i.activity for i in self.items if i.is_chosen and i.activity.has_point), None)

    @property
    def slider(self) -> tuple[int, int]:
        """The handles of the slider in weeks from today: the first and the one after the last."""
        days = self.filters.days(self.today)
        first = (days.first - self.today).days // 7 if days.first else 0
        after = ((days.last - self.today).days + 7) // 7 if days.last else SLIDER_WEEKS
        low = max(0, min(first, SLIDER_WEEKS - 1))
        return low, max(low + 1, min(after, SLIDER_WEEKS))

    @property
    def last_day(self) -> date:
        """The last day of the slider."""
        return self.today + timedelta(weeks=SLIDER_WEEKS)


def read_page(node: Node, arguments: Mapping[str, str], *, person_id: str | None = None) -> MapPage:
    """The page that an address asks for, as one person sees it.

    Raises Invalid for a box or a cursor that is none.
    """
    filters = nearby.with_place(node, along.with_stops(node, read_filters(arguments), person_id))
    bounds, now = read_bounds(arguments.get("bbox")), local_now(node)
    cursor = arguments.get("after")
    results = catalogue.search(node, filters.query(now, bounds=bounds, cursor=cursor))
    items = [_item(record, filters) for record in results.items if not filters.what]
    chosen = None if cursor or filters.what else _chosen(node, arguments.get("show", ""))
    if chosen is not None:
        others = [item for item in items if item.activity.reference != chosen.reference]
        items = [Item(chosen, _distance(chosen, filters), is_chosen=True), *others]
    offered = facets.groups(node, filters, now, bounds)
    return MapPage(
        filters=filters,
        items=items,
        organisations=[
            organisations.of_record(record, filters.near)
            for record in results.items
            if filters.what
        ],
        total=results.total_is_at_least,
        next_url=_next_url(filters, results.next_cursor, arguments.get("bbox")),
        groups=offered,
        chips=facets.chosen_chips(
            offered, filters, playlist_name=along.playlist_name(node, filters)
        ),
        is_area=bounds is not None,
        is_place_unknown=bool(filters.place) and filters.near is None,
        place_names=nearby.place_names(node),
        today=now.date(),
        whole_view=_whole_view(cities(node, filters)),
    )


def cities(node: Node, filters: Filters) -> list[catalogue.OriginCount]:
    """The cities of which something matches, this one first."""
    query = replace(filters, city="", near=None).query(local_now(node))
    return catalogue.count_origins(node, query)


def _item(record: catalogue.RecordView, filters: Filters) -> Item:
    activity = views.of_record(record)
    return Item(activity, _distance(activity, filters))


def _distance(activity: views.ActivityView, filters: Filters) -> float | None:
    latitude, longitude = activity.content.latitude, activity.content.longitude
    if filters.near is None or latitude is None or longitude is None:
        return None
    return catalogue.distance_km(filters.near, (latitude, longitude))


def _chosen(node: Node, reference: str) -> views.ActivityView | None:
    """The public activity that an address names, whatever the filters say."""
    origin, slash, record_id = reference.rpartition("/")
    record = catalogue.get(
        node, origin if slash else catalogue.OWN, record_id[:100], record_type="activity"
    )
    return views.of_record(record) if record else None


def _next_url(filters: Filters, cursor: str | None, box: str | None) -> str | None:
    if cursor is None:
        return None
    more = {"after": cursor} | ({"bbox": box} if box else {})
    return url("map.show", **filters.arguments(), **more)


def _whole_view(found: Sequence[catalogue.OriginCount]) -> str | None:
    """Middle and zoom (0 to 22) at which the middles of all cities fit on a small screen."""
    points = [
        (city.latitude, city.longitude)
        for city in found
        if city.latitude is not None and city.longitude is not None
    ]
    if len(points) < 2:
        return None
    north, south = max(p[0] for p in points), min(p[0] for p in points)
    east, west = max(p[1] for p in points), min(p[1] for p in points)
    span = max(east - west, (north - south) * 2, 0.05)
    zoom = max(2, min(_OWN_ZOOM - 1, math.floor(math.log2(360 / span))))
    return f"{(north + south) / 2:.4f},{(east + west) / 2:.4f},{zoom}"

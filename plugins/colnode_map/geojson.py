"""GeoJSON (RFC 7946) of activities or organisations: points, or clusters as counted here."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from colnode.plugin import catalogue, pick_language
from colnode_map import organisations
from colnode_map.clusters import gather
from colnode_map.filters import Filters
from colnode_map.repeating import local_now
from colnode_map.views import line_of, of_record
from colnode_map.words import category_words

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["MEDIA_TYPE", "cities", "feature_collection"]

MEDIA_TYPE = "application/geo+json"
_MOST_POINTS = 500
_SINGLE_ZOOM = 17


def feature_collection(
    node: "Node", filters: Filters, bounds: catalogue.Bounds, zoom: int
) -> dict[str, Any]:
    """What matches inside the box at a web map zoom (0 to 22).

    Activities that would overlap are one feature with an exact `count`; from zoom 17 on only those
    in one house are, and are listed as `items`. From there on 500 are given at most, and
    numberMatched and numberReturned (OGC API - Features, part 1, section 7.16.4) tell.
    """
    document: dict[str, Any] = {
        "type": "FeatureCollection",
        "bbox": [bounds.west, bounds.south, bounds.east, bounds.north],
    }
    if zoom < _SINGLE_ZOOM:
        return document | {"features": list(_clusters(node, filters, bounds, zoom))}
    found = catalogue.search(
        node, filters.query(local_now(node), bounds=bounds, limit=_MOST_POINTS)
    )
    return document | {
        "numberMatched": found.total_is_at_least,
        "numberReturned": len(found.items),
        "features": list(_places(found.items)),
    }


def cities(found: Sequence[catalogue.OriginCount]) -> dict[str, Any]:
    """A point for each city of which something has a place."""
    features = [
        _feature(
            (city.latitude, city.longitude),
            {
                "name": pick_language(city.name),
                "count": city.count,
                "is_own": city.origin == catalogue.OWN,
            },
        )
        for city in found
        if city.latitude is not None and city.longitude is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def _clusters(
    node: "Node", filters: Filters, bounds: catalogue.Bounds, zoom: int
) -> Iterable[dict[str, Any]]:
    query = filters.query(local_now(node), bounds=bounds)
    for cluster in gather(node, query, zoom=zoom):
        point = (cluster.latitude, cluster.longitude)
        if cluster.view is not None:
            yield _feature(point, _properties(cluster.view))
        else:
            yield _feature(point, {"count": cluster.count})


def _places(items: Iterable[catalogue.RecordView]) -> Iterable[dict[str, Any]]:
    """Each place with what is on there; several activities in one house are one feature."""
    places: dict[tuple[float, float], list[dict[str, Any]]] = {}
    for item in items:
        if item.latitude is not None and item.longitude is not None:
            point = (round(item.latitude, 5), round(item.longitude, 5))
            places.setdefault(point, []).append(_properties(item))
    for point, several in places.items():
        facts = several[0] if len(several) == 1 else {"count": len(several), "items": several}
        yield _feature(point, facts)


def _feature(point: tuple[float, float], properties: dict[str, Any]) -> dict[str, Any]:
    latitude, longitude = point
    geometry = {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _properties(record: catalogue.RecordView) -> dict[str, Any]:
    if record.type != "activity":
        return organisations.properties(record)
    activity = of_record(record)
    properties: dict[str, Any] = {
        "id": activity.reference,
        "title": pick_language(activity.content.title),
        "url": activity.page_url,
        "category": activity.content.category,
        "kind": category_words(activity.content.category),
        "line": line_of(activity.content.category),
        "place": activity.content.place_name or activity.content.address,
    }
    if activity.origin_name is not None:
        properties["city"] = pick_language(activity.origin_name)
    if activity.starts_at is not None:
        properties["starts_at"] = activity.starts_at.isoformat(timespec="minutes")
    return properties

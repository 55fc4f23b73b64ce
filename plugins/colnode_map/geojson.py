"""GeoJSON (RFC 7946) of activities: points, or clusters that the server has counted."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from colnode.plugin import catalogue, pick_language

from colnode_map.filters import Filters
from colnode_map.views import line_of, of_record

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["MEDIA_TYPE", "feature_collection"]

MEDIA_TYPE = "application/geo+json"
_MOST_POINTS = 500
_SINGLE_ZOOM = 17


def feature_collection(
    node: "Node", filters: Filters, bounds: catalogue.Bounds, zoom: int
) -> dict[str, Any]:
    """What matches inside the box at a web map zoom (0 to 22).

    From zoom 17 on, or with few activities, each is a point of its own; below, those that would
    overlap are one feature with `count`. Counts are exact.
    """
    query = filters.query(node.clock.now(), bounds=bounds, limit=_MOST_POINTS)
    clusters = catalogue.cluster(node, query, zoom=_SINGLE_ZOOM if zoom >= _SINGLE_ZOOM else zoom)
    return {
        "type": "FeatureCollection",
        "bbox": [bounds.west, bounds.south, bounds.east, bounds.north],
        "features": list(_features(node, query, clusters, zoom)),
    }


def _features(
    node: "Node", query: catalogue.Query, clusters: Iterable[catalogue.Cluster], zoom: int
) -> Iterable[dict[str, Any]]:
    for cluster in clusters:
        point = [round(cluster.longitude, 6), round(cluster.latitude, 6)]
        if cluster.view is not None:
            yield _feature(point, _properties(cluster.view))
        else:
            yield _feature(point, {"count": cluster.count, "zoom": min(zoom + 2, 18)})


def _feature(point: list[float], properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": point}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _properties(record: catalogue.RecordView) -> dict[str, Any]:
    activity = of_record(record)
    properties: dict[str, Any] = {
        "id": activity.id,
        "title": pick_language(activity.content.title),
        "url": activity.page_url,
        "category": activity.content.category,
        "line": line_of(activity.content.category),
        "place": activity.content.place_name or activity.content.address,
    }
    if activity.origin_name is not None:
        properties["city"] = pick_language(activity.origin_name)
    if activity.content.starts_at is not None:
        properties["starts_at"] = activity.content.starts_at.isoformat(timespec="minutes")
    return properties

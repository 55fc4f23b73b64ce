"""What is drawn below the activities without tiles: a world outline and the city's background.

The background is GeoJSON (RFC 7946) in which each feature says its `kind`, see data/README.md.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from colnode.plugin import Invalid, TooLarge, _, audit
from colnode_map.models import Background

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["KINDS", "check_geojson", "get_background", "remove", "replace", "world_outline"]

KINDS: tuple[str, ...] = ("district", "park", "water", "street")
"""What a feature may be; streets have a `rank` from 1 (main) to 3. Others are left out."""

_NAME = "city"
_MOST_BYTES = 2_000_000
_MOST_POINTS = 200_000
_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def get_background(node: "Node") -> Background | None:
    """The city's background, None when it has none."""
    return node.db.get(Background, _NAME)


def replace(node: "Node", data: bytes, *, actor_id: str | None) -> Background:
    """Take a new background. Raises Invalid that says what is wrong, TooLarge beyond 2 MB."""
    text = check_geojson(data)
    row = Background(
        name=_NAME,
        geojson=text,
        digest=hashlib.sha256(text.encode()).hexdigest()[:16],
        uploaded_by=actor_id,
        uploaded_at=node.clock.now(),
    )
    kept = node.db.merge(row)
    node.db.flush()
    audit.record(
        node, "map.background_changed", subject_type="map", subject_id=_NAME, actor_id=actor_id
    )
    return kept


def remove(node: "Node", *, actor_id: str | None) -> None:
    """Draw the world outline alone again."""
    row = get_background(node)
    if row is None:
        return
    node.db.delete(row)
    node.db.flush()
    audit.record(
        node, "map.background_removed", subject_type="map", subject_id=_NAME, actor_id=actor_id
    )


def world_outline() -> bytes:
    """Land of the whole world, from Natural Earth (public domain), as GeoJSON."""
    return (resources.files(__package__) / "data" / "world.geojson").read_bytes()


def check_geojson(data: bytes) -> str:
    """The document as compact text with only what the map draws. Raises Invalid, TooLarge."""
    if len(data) > _MOST_BYTES:
        raise TooLarge(_("The background may have at most 2 MB. Simplify its lines, then retry."))
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Invalid(_("This is not a GeoJSON file: it cannot be read as JSON.")) from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise Invalid(_("A background is a GeoJSON FeatureCollection."))
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise Invalid(_("The background has no features."))
    points = 0
    kept = []
    for number, feature in enumerate(features, start=1):
        clean, count = _feature(feature, number)
        if clean["properties"]["kind"] in KINDS:
            kept.append(clean)
        points += count
        if points > _MOST_POINTS:
            raise TooLarge(
                _("The background may have at most 200,000 points. Simplify its lines, then retry.")
            )
    if not kept:
        raise Invalid(
            _(
                "No feature says what it is. Set the property kind to district, park, water "
                "or street."
            )
        )
    return json.dumps(
        {"type": "FeatureCollection", "features": kept}, ensure_ascii=False, separators=(",", ":")
    )


def _refuse_constant(word: str) -> float:
    raise ValueError(word)


def _feature(feature: Any, number: int) -> tuple[dict[str, Any], int]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    depth = _DEPTHS.get(str(geometry.get("type"))) if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or depth is None:
        raise Invalid(_("Feature {number} has no shape that the map can draw."), number=number)
    try:
        coordinates, count = _rounded(geometry.get("coordinates"), depth)
    except ValueError as error:
        raise Invalid(
            _(
                "Feature {number} has wrong coordinates. They should be longitude, latitude in "
                "degrees (WGS 84)."
            ),
            number=number,
        ) from error
    given = feature.get("properties")
    properties = _properties(given if isinstance(given, dict) else {})
    shape = {"type": geometry["type"], "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": shape}, count


def _rounded(value: Any, depth: int) -> tuple[list[Any], int]:
    if not isinstance(value, list) or not value:
        raise ValueError("not a list")
    if depth:
        parts = [_rounded(part, depth - 1) for part in value]
        return [part for part, _count in parts], sum(count for _part, count in parts)
    if len(value) < 2 or not all(type(number) in {int, float} for number in value[:2]):
        raise ValueError("not a point")
    if not (abs(value[0]) <= 180 and abs(value[1]) <= 90):
        raise ValueError("not on Earth")
    return [round(value[0], 5), round(value[1], 5)], 1


def _properties(given: Mapping[str, Any]) -> dict[str, Any]:
    kind = given.get("kind")
    name = given.get("name")
    kept: dict[str, Any] = {"kind": kind}
    if isinstance(name, str) and name.strip():
        kept["name"] = name.strip()[:80]
    elif isinstance(name, dict):
        kept["name"] = {str(key)[:10]: str(text)[:80] for key, text in list(name.items())[:20]}
    rank = given.get("rank")
    if type(rank) is int:
        kept["rank"] = max(1, min(rank, 3))
    return kept

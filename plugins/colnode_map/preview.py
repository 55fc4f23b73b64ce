"""The map as one drawing made by the server: for the first page, and for whoever has no script."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import json

from colnode.plugin import catalogue
from colnode_map import backgrounds
from colnode_map.clusters import Dot, gather
from colnode_map.filters import Filters
from colnode_map.views import line_of

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["draw_preview"]

_WIDTH, _HEIGHT = 1200, 520
_KM_PER_DEGREE = 111.32
_MIDDLE = 0.42
"""How far down the centre lies: words cover the lower edge of the picture."""
_SMALLEST_KM, _MARGIN = 5.0, 1.3

_STYLE = """
.land{fill:#f4efe4}.district{fill:#efe8da;stroke:#e2d8c5;stroke-width:1}.park{fill:#d9e6c8}
.water{fill:#bfdbe8}.street{fill:none;stroke:#fffdf9;stroke-linecap:round;stroke-linejoin:round}
.r1{stroke-width:5}.r2{stroke-width:3.2}.r3{stroke-width:1.8}.dot{stroke:#fffdf9;stroke-width:3}
.many{fill:#fffdf9;stroke:CITY;stroke-width:5}
.n{font:800 17px system-ui,sans-serif;fill:#1c1a17;text-anchor:middle}
.l1{fill:#0072b2}.l2{fill:#c95800}.l3{fill:#007f5b}.l4{fill:#b84f8d}.l5{fill:#e69f00}
.l6{fill:#56b4e9}.l7{fill:#5b4b9a}.l8{fill:#3d4451}
@media(prefers-color-scheme:dark){.land{fill:#24211c}.district{fill:#2a2620;stroke:#332e26}
.park{fill:#26331f}.water{fill:#1a2c36}.street{stroke:#3d372e}.dot{stroke:#181613}
.many{fill:#211e1a}.n{fill:#f4efe6}
.l1{fill:#4aa3dc}.l2{fill:#f08a45}.l3{fill:#3fbd96}.l4{fill:#e08bbd}.l5{fill:#f0b429}
.l6{fill:#8fd0f5}.l7{fill:#a99be0}.l8{fill:#b9c1cf}}
""".replace("\n", "")


@dataclass(frozen=True)
class _Frame:
    """Where the picture looks: its centre and how many pixels a degree of longitude has."""

    latitude: float
    longitude: float
    scale: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Pixels of a place (spherical Mercator)."""
        x = _WIDTH / 2 + (longitude - self.longitude) * self.scale
        y = _HEIGHT * _MIDDLE - (_northing(latitude) - _northing(self.latitude)) * self.scale
        return round(x, 1), round(y, 1)


def _northing(latitude: float) -> float:
    held = max(-85.0, min(85.0, latitude))
    return math.degrees(math.asinh(math.tan(math.radians(held))))


def draw_preview(node: "Node") -> str:
    """An SVG of the ground with every activity as a dot, counted where they are close."""
    query = Filters(city=catalogue.OWN).query(node.clock.now(), limit=500)
    places = [
        (item.latitude, item.longitude)
        for item in catalogue.search(node, query).items
        if item.latitude is not None and item.longitude is not None
    ]
    frame = _frame(node, places)
    zoom = max(0, min(18, round(math.log2(frame.scale * 360 / 256))))
    dots = gather(node, query, zoom=zoom)
    background = backgrounds.get_background(node)
    features = json.loads(background.geojson)["features"] if background else []
    style = _STYLE.replace("CITY", node.config.city.colour)
    shapes = "".join(_shape(feature, frame) for feature in features)
    marks = "".join(_dot(dot, frame) for dot in reversed(dots))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'preserveAspectRatio="xMidYMid slice"><style>{style}</style>'
        f'<path class="land" d="M0 0H{_WIDTH}V{_HEIGHT}H0z"/>{shapes}{marks}</svg>'
    )


def _frame(node: "Node", places: Sequence[tuple[float, float]]) -> _Frame:
    """Around the middle nine tenths of the activities, or the city's centre when there are none."""
    city = node.config.city
    if not places:
        return _Frame(city.latitude, city.longitude, _scale(city.radius_km, city.latitude))
    south, north = _middle([latitude for latitude, _longitude in places])
    west, east = _middle([longitude for _latitude, longitude in places])
    latitude = (south + north) / 2
    narrowing = math.cos(math.radians(latitude))
    wide = (east - west) * _KM_PER_DEGREE * narrowing
    high = (north - south) * _KM_PER_DEGREE * _WIDTH / (_HEIGHT * 2 * _MIDDLE)
    kilometres = max(wide, high, _SMALLEST_KM) * _MARGIN
    return _Frame(latitude, (west + east) / 2, _scale(kilometres, latitude))


def _middle(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    cut = len(ordered) // 20
    return ordered[cut], ordered[-1 - cut]


def _scale(kilometres: float, latitude: float) -> float:
    return _WIDTH / (kilometres / (_KM_PER_DEGREE * math.cos(math.radians(latitude))))


def _shape(feature: Mapping[str, Any], frame: _Frame) -> str:
    kind = feature["properties"]["kind"]
    if kind not in {"district", "park", "water", "street"}:
        return ""
    geometry = feature["geometry"]
    path = "".join(_path(line, frame) for line in _lines(geometry))
    if not path:
        return ""
    rank = f" r{feature['properties'].get('rank', 3)}" if kind == "street" else ""
    return f'<path class="{kind}{rank}" fill-rule="evenodd" d="{path}"/>'


def _lines(geometry: Mapping[str, Any]) -> Iterator[tuple[Sequence[Sequence[float]], bool]]:
    """Every line or ring of a shape, and whether it is closed."""
    coordinates = geometry["coordinates"]
    match geometry["type"]:
        case "LineString":
            yield coordinates, False
        case "MultiLineString":
            yield from ((line, False) for line in coordinates)
        case "Polygon":
            yield from ((ring, True) for ring in coordinates)
        case "MultiPolygon":
            yield from ((ring, True) for polygon in coordinates for ring in polygon)


def _path(line: tuple[Sequence[Sequence[float]], bool], frame: _Frame) -> str:
    points = [frame.point(point[0], point[1]) for point in line[0]]
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    if max(xs) < 0 or min(xs) > _WIDTH or max(ys) < 0 or min(ys) > _HEIGHT:
        return ""
    return "M" + "L".join(f"{x} {y}" for x, y in points) + ("z" if line[1] else "")


def _dot(dot: Dot, frame: _Frame) -> str:
    x, y = frame.point(dot.longitude, dot.latitude)
    if dot.view is not None:
        line = line_of(dot.view.category)
        return f'<circle class="dot l{line}" cx="{x}" cy="{y}" r="11"/>'
    return (
        f'<circle class="many" cx="{x}" cy="{y}" r="{dot.radius - 2}"/>'
        f'<text class="n" x="{x}" y="{y + 6}">{dot.count}</text>'
    )

"""The cities that this one reads as a plan of lines: eight directions, stations by distance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["City", "Plan", "Station", "draw_plan"]

WIDTH, HEIGHT = 1000, 560
_CENTRE = (WIDTH / 2, HEIGHT / 2)
_MARGIN = 90
_STATIONS_ON_A_LINE = 3
_FIRST_STEP = {"across": (175.0, 0.0), "up": (0.0, 86.0), "slant": (112.0, 84.0)}


@dataclass(frozen=True)
class City:
    """A city to draw: where it lies (WGS 84 degrees) and how fresh what we know of it is.

    `freshness` is 3 (read within hours), 2 (within two days), 1 (older) or 0 (not yet read).
    """

    name: str
    url: str
    latitude: float | None
    longitude: float | None
    freshness: int


@dataclass(frozen=True)
class Station:
    """A city on the plan with the piece of line that leads to it from the centre's side."""

    city: City
    x: float
    y: float
    from_x: float
    from_y: float
    line: int
    width: int
    anchor: str
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Plan:
    """Where everything is drawn, in units of a canvas 1000 wide; `left_out` found no place.

    `top` and `height` cut off what stays empty above and below.
    """

    width: int
    top: int
    height: int
    centre: tuple[float, float]
    stations: Sequence[Station]
    left_out: int


_WIDTHS = {3: 14, 2: 9, 1: 5, 0: 3}


def draw_plan(cities: Sequence[City], *, latitude: float, longitude: float) -> Plan:
    """Lay out cities around the own one, nearest first, each on the line of its direction."""
    lines: dict[int, list[City]] = {direction: [] for direction in range(8)}
    placed = sorted(cities, key=lambda city: _distance(city, latitude, longitude))
    left_out = 0
    for city in placed:
        direction = _direction(city, latitude, longitude)
        nearby = sorted(
            range(8), key=lambda other: min((other - direction) % 8, (direction - other) % 8)
        )
        free = [other for other in nearby if len(lines[other]) < _STATIONS_ON_A_LINE]
        if not free:
            left_out += 1
            continue
        lines[free[0]].append(city)
    stations = [
        station for direction, members in lines.items() for station in _line(direction, members)
    ]
    heights = [_CENTRE[1], *(station.y for station in stations)]
    top = max(0, round(min(heights)) - _MARGIN)
    bottom = min(HEIGHT, round(max(heights)) + _MARGIN)
    return Plan(WIDTH, top, bottom - top, _CENTRE, stations, left_out)


def _line(direction: int, cities: Sequence[City]) -> list[Station]:
    angle = math.radians(direction * 45)
    east, north = round(math.sin(angle), 6), round(math.cos(angle), 6)
    kind = "slant" if direction % 2 else ("up" if direction in {0, 4} else "across")
    step_x, step_y = _FIRST_STEP[kind]
    sign_x = (east > 0) - (east < 0)
    sign_y = (north < 0) - (north > 0)
    stations = []
    before = _CENTRE
    for number, city in enumerate(cities, start=1):
        x = _CENTRE[0] + sign_x * step_x * number * 0.84
        y = _CENTRE[1] + sign_y * step_y * number * 0.94
        anchor, label_x, label_y = _label(kind, sign_x, number, x, y)
        stations.append(
            Station(
                city,
                round(x, 1),
                round(y, 1),
                round(before[0], 1),
                round(before[1], 1),
                direction + 1,
                _WIDTHS[city.freshness],
                anchor,
                round(label_x, 1),
                round(label_y, 1),
            )
        )
        before = (x, y)
    return stations


def _label(kind: str, sign_x: int, number: int, x: float, y: float) -> tuple[str, float, float]:
    """Where a name stands: above or below a level line in turn, beside any other."""
    if kind == "across":
        return "middle", x, y - 26 if number % 2 else y + 42
    if sign_x < 0:
        return "end", x - 24, y + 6
    return "start", x + 24, y + 6


def _direction(city: City, latitude: float, longitude: float) -> int:
    """0 to 7: north, north-east ... north-west, along the great circle."""
    if city.latitude is None or city.longitude is None:
        return sum(city.name.encode()) % 8
    here, there = math.radians(latitude), math.radians(city.latitude)
    east = math.radians(city.longitude - longitude)
    y = math.sin(east) * math.cos(there)
    x = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(east)
    return round(math.degrees(math.atan2(y, x)) / 45) % 8


def _distance(city: City, latitude: float, longitude: float) -> float:
    """The angle between the two places in radians."""
    if city.latitude is None or city.longitude is None:
        return math.pi
    here, there = math.radians(latitude), math.radians(city.latitude)
    cosine = math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(
        math.radians(city.longitude - longitude)
    )
    return math.acos(max(-1.0, min(1.0, cosine)))

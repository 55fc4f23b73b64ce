"""Points on the map as integers: a cell is a web map tile at zoom 26 in Morton order.

Shifting a cell right by two bits gives the tile one zoom level above, so that a range of cells is
a tile at any zoom.
"""

import math

__all__ = [
    "CELL_ZOOM",
    "cell_of",
    "cell_range",
    "distance_km",
    "is_point",
    "ranges_over",
    "tile_of",
    "tile_of_cell",
]

CELL_ZOOM = 26
_MERCATOR_LIMIT_DEGREES = 85.05112878
_EARTH_RADIUS_KM = 6371.0088


def is_point(latitude: float, longitude: float) -> bool:
    """Whether the two are a place on Earth (WGS 84 degrees)."""
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two points (latitude, longitude) are apart, along a great circle (haversine)."""
    north, up = math.radians(one[0]), math.radians(other[0])
    high = math.sin((up - north) / 2) ** 2
    wide = math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    chord = min(1.0, high + math.cos(north) * math.cos(up) * wide)
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def tile_of(latitude: float, longitude: float, zoom: int = CELL_ZOOM) -> tuple[int, int]:
    """Column and row of the web map tile that holds a point (spherical Mercator, EPSG:3857)."""
    side = 1 << zoom
    held = max(-_MERCATOR_LIMIT_DEGREES, min(_MERCATOR_LIMIT_DEGREES, latitude))
    x = int((longitude + 180) / 360 * side)
    y = int((1 - math.asinh(math.tan(math.radians(held))) / math.pi) / 2 * side)
    return max(0, min(x, side - 1)), max(0, min(y, side - 1))


def cell_of(latitude: float, longitude: float) -> int:
    """The cell of a point: 52 bits, x in the even bits and y in the odd ones."""
    x, y = tile_of(latitude, longitude)
    return _spread(x) | _spread(y) << 1


def cell_range(x: int, y: int, zoom: int) -> tuple[int, int]:
    """First cell of a tile and the first one after it."""
    shift = 2 * (CELL_ZOOM - zoom)
    cell = _spread(x) | _spread(y) << 1
    return cell << shift, (cell + 1) << shift


def tile_of_cell(cell: int, zoom: int) -> tuple[int, int]:
    """Column and row of the tile at a zoom that a cell lies in."""
    tile = cell >> 2 * (CELL_ZOOM - zoom)
    return _gather(tile), _gather(tile >> 1)


def ranges_over(
    west: float, south: float, east: float, north: float, *, most: int = 16
) -> list[tuple[int, int]]:
    """Few ranges of cells (first, one after the last) that hold every point of a box.

    They are those of the smallest tiles of which `most` cover it, the ones in a row joined.
    """
    zoom = CELL_ZOOM
    first, last = cell_of(north, west), cell_of(south, east)
    while True:
        (left, top), (right, bottom) = tile_of_cell(first, zoom), tile_of_cell(last, zoom)
        if (right - left + 1) * (bottom - top + 1) <= most:
            break
        zoom -= 1
    ranges: list[tuple[int, int]] = []
    tiles = [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
    for start, end in sorted(cell_range(x, y, zoom) for x, y in tiles):
        if ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges


def _gather(value: int) -> int:
    value &= 0x5555555555555555
    value = (value | value >> 1) & 0x3333333333333333
    value = (value | value >> 2) & 0x0F0F0F0F0F0F0F0F
    value = (value | value >> 4) & 0x00FF00FF00FF00FF
    value = (value | value >> 8) & 0x0000FFFF0000FFFF
    return (value | value >> 16) & 0x00000000FFFFFFFF


def _spread(value: int) -> int:
    value = (value | value << 16) & 0x0000FFFF0000FFFF
    value = (value | value << 8) & 0x00FF00FF00FF00FF
    value = (value | value << 4) & 0x0F0F0F0F0F0F0F0F
    value = (value | value << 2) & 0x3333333333333333
    return (value | value << 1) & 0x5555555555555555

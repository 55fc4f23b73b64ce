"""The eight outlines of a stamp as path data around (0, 0), and where the ring sits in each."""

import math
from dataclasses import dataclass
from functools import lru_cache

from colnode.badges.art.spec import Shape

__all__ = ["Outline", "outline"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """`path` at full size; the ring is moved down by `drop` and scaled by `scale`.

    `inner` is the body inside the rim; without one it is the path itself, a little smaller.
    """

    path: str
    inner: str = ""
    drop: float = 0.0
    scale: float = 1.0


def _at(radius: float, angle: float) -> Point:
    return radius * math.sin(angle), -radius * math.cos(angle)


def _write(points: list[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _rounded(points: list[Point], radius: float) -> str:
    """Return a polygon whose corners are cut `radius` units before them and bent."""
    parts = []
    for index, (x, y) in enumerate(points):
        before, after = points[index - 1], points[(index + 1) % len(points)]
        ends = []
        for px, py in (before, after):
            distance = math.dist((x, y), (px, py))
            share = min(0.5, radius / distance)
            ends.append((x + (px - x) * share, y + (py - y) * share))
        (ax, ay), (bx, by) = ends
        parts.append(f"{'L' if index else 'M'}{ax:.1f} {ay:.1f}Q{x:.1f} {y:.1f} {bx:.1f} {by:.1f}")
    return "".join(parts) + "Z"


def _polygon(corners: int, radius: float, turn: float = 0.0) -> list[Point]:
    return [_at(radius, turn + 2 * math.pi * i / corners) for i in range(corners)]


def _lobes(count: int, radius: float, bulge: float) -> str:
    """Return a ring of arcs: many small ones are a perforated edge, few large ones a flower."""
    ends = _polygon(count, radius, math.pi / count)
    start = f"M{ends[-1][0]:.1f} {ends[-1][1]:.1f}"
    return start + "".join(f"A{bulge} {bulge} 0 0 1 {x:.1f} {y:.1f}" for x, y in ends) + "Z"


def _postage(half: float, teeth: int, bite: float) -> str:
    """Return a square with half-round bites along its edges, as a postage stamp has."""
    step = 2 * half / teeth
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    parts = [f"M{-half:.1f} {-half:.1f}"]
    for index, (x, y) in enumerate(corners):
        nx, ny = corners[(index + 1) % 4]
        dx, dy = (nx - x) / (2 * half), (ny - y) / (2 * half)
        for tooth in range(teeth):
            a, b = step * tooth + step / 2 - bite, step * tooth + step / 2 + bite
            parts.append(f"L{x + dx * a:.1f} {y + dy * a:.1f}")
            parts.append(f"A{bite} {bite} 0 0 0 {x + dx * b:.1f} {y + dy * b:.1f}")
        parts.append(f"L{nx:.1f} {ny:.1f}")
    return "".join(parts) + "Z"


def _burst(points: int, outer: float, inner: float) -> str:
    corners = [_at(outer if i % 2 == 0 else inner, math.pi * i / points) for i in range(2 * points)]
    return _rounded(corners, 9)


def _shield() -> str:
    return (
        "M-196 -222Q-100 -206 0 -240Q100 -206 196 -222Q214 -224 216 -202"
        "L220 -40Q220 120 24 240Q0 254 -24 240Q-220 120 -220 -40L-216 -202Q-214 -224 -196 -222Z"
    )


def _pin() -> str:
    """Return a map pin: a circle that runs out into a point below."""
    radius, top = 214.0, -30.0
    angle = 0.72
    x, y = radius * math.cos(angle), top + radius * math.sin(angle)
    return f"M{-x:.1f} {y:.1f}A{radius} {radius} 0 1 1 {x:.1f} {y:.1f}L20 238Q0 260 -20 238Z"


@lru_cache(maxsize=8)
def outline(shape: Shape) -> Outline:
    """Return the outline of `shape`; it stays inside 250 units around (0, 0)."""
    round_path = "M0 -246A246 246 0 1 1 0 246A246 246 0 1 1 0 -246Z"
    outlines = {
        Shape.ROUND: Outline(round_path, scale=1.06),
        Shape.SCALLOP: Outline(_lobes(24, 236, 31), scale=1.02),
        Shape.HEXAGON: Outline(_rounded(_polygon(6, 262, math.pi / 6), 46), scale=0.99),
        Shape.SHIELD: Outline(_shield(), drop=-22, scale=0.91),
        Shape.STAMP: Outline(_postage(244, 12, 11.5), _rounded(_polygon(4, 309, math.pi / 4), 12)),
        Shape.BURST: Outline(_burst(20, 252, 222), scale=0.97),
        Shape.FLOWER: Outline(_lobes(8, 222, 96), scale=0.97),
        Shape.PIN: Outline(_pin(), drop=-30, scale=0.9),
    }
    return outlines[shape]

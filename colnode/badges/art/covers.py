"""Covers for activities, organisations and playlists: compositions from the map of a network.

Whoever has no picture still gets one of their own, in the colours of their line.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from colnode.badges.art.spec import LINE_COLOURS, Colour, Dice
from colnode.colour import INK, PAPER, mix
from colnode.icons import icon_shapes

__all__ = ["CoverKind", "draw_cover"]

_WIDTH, _HEIGHT = 640, 360


class CoverKind(StrEnum):
    """What the cover belongs to; each kind has compositions of its own."""

    ACTIVITY = "activity"
    ORGANISATION = "organisation"
    PLAYLIST = "playlist"


@dataclass(frozen=True)
class _Palette:
    """Colours as #rrggbb: the ground, two steps of it, and the colours of the lines."""

    ground: str
    soft: str
    deep: str
    lines: tuple[str, ...]


def _palette(dice: Dice, colours: Sequence[Colour]) -> _Palette:
    chosen = [LINE_COLOURS[c] for c in colours] or [LINE_COLOURS[Colour.BLUE]]
    spare = [value for value in LINE_COLOURS.values() if value not in chosen]
    while len(chosen) < 4:
        chosen.append(spare.pop(dice.number(len(spare))))
    first = chosen[0]
    if dice.number(3):
        return _Palette(mix(first, PAPER, 0.8), mix(first, PAPER, 0.62), first, tuple(chosen))
    night = mix(first, INK, 0.62)
    return _Palette(night, mix(night, first, 0.35), mix(first, PAPER, 0.3), tuple(chosen))


def _street(points: list[tuple[float, float]], radius: float = 46) -> str:
    """Return a path through `points` whose corners are bent, as lines on a network map are."""
    x, y = points[0]
    parts = [f"M{x:.0f} {y:.0f}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        before, after = math.dist((ax, ay), (bx, by)), math.dist((bx, by), (cx, cy))
        near, far = min(0.5, radius / before), min(0.5, radius / after)
        parts.append(
            f"L{bx + (ax - bx) * near:.0f} {by + (ay - by) * near:.0f}"
            f"Q{bx:.0f} {by:.0f} {bx + (cx - bx) * far:.0f} {by + (cy - by) * far:.0f}"
        )
    x, y = points[-1]
    return "".join(parts) + f"L{x:.0f} {y:.0f}"


def _stop(x: float, y: float, colour: str, radius: float = 13) -> str:
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:g}" fill="{PAPER}" '
        f'stroke="{colour}" stroke-width="{radius * 0.55:.1f}"/>'
    )


def _walk(dice: Dice, start: float) -> list[tuple[float, float]]:
    """Return a line from left to right that turns by 45 degrees only."""
    x, y = -40.0, start
    points = [(x, y)]
    while x < _WIDTH + 40:
        run = dice.pick(90, 130, 170, 220)
        rise = dice.pick(-70, 0, 70, -110, 110)
        if not 40 < y + rise < _HEIGHT - 40:
            rise = -rise
        x += run
        points.append((x, y))
        if rise:
            x, y = x + abs(rise), y + rise
            points.append((x, y))
    return points


def _network(dice: Dice, paint: _Palette) -> str:
    """Return lines that cross the picture, with stops at their corners."""
    parts = []
    for index, colour in enumerate((*paint.lines[1:4], paint.lines[0])):
        points = _walk(dice, 60 + 80 * index + dice.number(40))
        width = 16 if index < 3 else 24
        parts.append(
            f'<path d="{_street(points)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )
        inside = [p for p in points if 40 < p[0] < _WIDTH - 40]
        parts += [_stop(x, y, colour, 10 if index < 3 else 16) for x, y in inside[1::2]]
    return "".join(parts)


def _blocks(dice: Dice, paint: _Palette) -> str:
    """Return a town from above: blocks, a river, a green, and one line through it."""
    turn = dice.pick(-18, -8, 12, 24)
    parts = [f'<g transform="rotate({turn} 320 180)">']
    y = -140.0
    while y < 520:
        height, x = dice.pick(54, 70, 92), -180.0
        while x < 840:
            width = dice.pick(60, 84, 120, 150)
            tone = dice.pick(paint.soft, paint.soft, mix(paint.soft, PAPER, 0.35), paint.lines[2])
            if tone == paint.lines[2]:
                tone = mix(tone, paint.ground, 0.45)
            parts.append(
                f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" rx="9" '
                f'fill="{tone}"/>'
            )
            x += width + 14
        y += height + 14
    river = f"M-160 {dice.number(200) + 80}q160 -120 320 0t320 0 320 0"
    water = mix(LINE_COLOURS[Colour.SKY], paint.ground, 0.4)
    points = _walk(dice, dice.pick(90, 180, 260))
    parts.append(
        f'<path d="{river}" fill="none" stroke="{water}" '
        f'stroke-width="46"/></g>'
        f'<path d="{_street(points)}" fill="none" stroke="{paint.deep}" stroke-width="20"/>'
    )
    parts += [_stop(x, y, paint.deep, 15) for x, y in points[2:-1:2]]
    return "".join(parts)


def _rings(dice: Dice, paint: _Palette) -> str:
    """Return a ring line with spokes: a city seen from its centre."""
    x, y = dice.pick(150, 320, 480), dice.pick(150, 200, 330)
    parts = [
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        for r, colour, width in (
            (330, paint.soft, 26),
            (240, paint.lines[1], 16),
            (150, paint.lines[0], 24),
            (70, paint.lines[2], 16),
        )
    ]
    for i in range(7):
        angle = i * math.tau / 7 + dice.between(0, 0.5)
        dx, dy = math.cos(angle), math.sin(angle)
        parts.append(
            f'<path d="M{x + 70 * dx:.0f} {y + 70 * dy:.0f}L{x + 620 * dx:.0f} {y + 620 * dy:.0f}" '
            f'stroke="{paint.lines[3] if i % 3 == 0 else paint.soft}" stroke-width="12"/>'
        )
        parts.append(_stop(x + 150 * dx, y + 150 * dy, paint.lines[0], 14))
        parts.append(_stop(x + 240 * dx, y + 240 * dy, paint.lines[1], 9))
    return "".join(parts)


def _terrain(dice: Dice, paint: _Palette) -> str:
    """Return contour lines of a hill under one path to its top."""
    x, y = dice.between(180, 460), dice.between(120, 240)
    lean, parts = dice.between(0.55, 0.8), []
    for i in range(9):
        r = 400 - i * 42
        wobble = dice.number(16)
        parts.append(
            f'<ellipse cx="{x + wobble:.0f}" cy="{y:.0f}" rx="{r}" ry="{r * lean:.0f}" '
            f'fill="{mix(paint.ground, paint.deep, 0.07 * i)}" stroke="{paint.soft}" '
            f'stroke-width="3" transform="rotate({i * 5} {x:.0f} {y:.0f})"/>'
        )
    points = [(-40, 330), (120, 330), (x - 90, y + 70), (x, y)]
    parts.append(
        f'<path d="{_street(points, 70)}" fill="none" stroke="{paint.lines[1]}" stroke-width="20"/>'
    )
    parts += [_stop(px, py, paint.lines[1], 13) for px, py in points[1:3]]
    return "".join([*parts, _stop(x, y, paint.lines[1], 22)])


def _sign(icon: str, paint: _Palette, dice: Dice, kind: CoverKind) -> str:
    """Return the icon on a round sign, on the side where no badge lies over it.

    An organisation's sign is large and in the middle, so that the square cut from it is a logo.
    """
    x, y = dice.pick((180, 122), (186, 180), (180, 236))
    place = f"translate({x} {y})"
    if kind == CoverKind.ORGANISATION:
        place = "translate(320 180) scale(1.6)"
    return (
        f'<g transform="{place}"><circle r="86" fill="{PAPER}"/>'
        f'<circle r="74" fill="{mix(paint.lines[0], INK, 0.35)}"/>'
        f'<g transform="translate(-42 -42) scale(3.5)" fill="none" stroke="{PAPER}" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
        f"{icon_shapes(icon)}</g></g>"
    )


_COMPOSITIONS: dict[CoverKind, tuple[Callable[[Dice, _Palette], str], ...]] = {
    CoverKind.ACTIVITY: (_network, _blocks, _rings, _terrain),
    CoverKind.ORGANISATION: (_blocks, _rings),
    CoverKind.PLAYLIST: (_network, _terrain),
}


def draw_cover(
    seed: str, kind: CoverKind, colours: Sequence[Colour] = (), *, icon: str | None = None
) -> str:
    """Return a cover of 640 by 360 units as a standalone SVG.

    `colours` are the line's own first; `icon` sets a sign with a lucide icon into the picture.
    """
    dice = Dice(f"cover:{kind}:{seed}")
    paint = _palette(dice, colours)
    picture = dice.pick(*_COMPOSITIONS[kind])(dice, paint)
    name = "c" + hashlib.sha256(f"{kind}:{seed}:{icon}".encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}"><clipPath id="{name}"><rect width="{_WIDTH}" '
        f'height="{_HEIGHT}"/></clipPath><g clip-path="url(#{name})" stroke-linecap="round">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{paint.ground}"/>{picture}'
        f"{_sign(icon, paint, dice, kind) if icon else ''}</g></svg>"
    )

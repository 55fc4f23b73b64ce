"""What lies behind the icon: small compositions that follow from a seed, clipped to a disc.

Each drawing fills a disc of radius 150 around (0, 0) and uses three tones, dark to light.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from colnode.badges.art.spec import Dice

__all__ = ["Tones", "draw_pattern"]


@dataclass(frozen=True)
class Tones:
    """Colours as #rrggbb: the field itself, one below it, one above it, and the second colour."""

    field: str
    low: str
    high: str
    accent: str


def _rays(dice: Dice, tones: Tones) -> str:
    count = dice.pick(10, 12, 16, 20)
    wedge, turn = math.pi / count, dice.between(0, math.pi)
    path = "".join(
        f"M0 0L{170 * math.cos(a):.1f} {170 * math.sin(a):.1f}"
        f"L{170 * math.cos(a + wedge):.1f} {170 * math.sin(a + wedge):.1f}Z"
        for a in (turn + 2 * wedge * i for i in range(count))
    )
    return f'<path fill="{tones.low}" d="{path}"/>'


def _waves(dice: Dice, tones: Tones) -> str:
    step, sway = dice.pick(34, 42, 52), dice.pick(9, 13, 17)
    length = dice.pick(60, 75, 100)
    rows = []
    for index, y in enumerate(range(-170, 171, step)):
        fill = tones.low if index % 2 else tones.high
        crest = f"M-240 {y}" + "".join(
            f"q{length / 2:g} {sway if i % 2 else -sway} {length} 0" for i in range(9)
        )
        rows.append(f'<path d="{crest}V200H-240Z" fill="{fill}"/>')
    return "".join(rows)


def _ripples(dice: Dice, tones: Tones) -> str:
    angle, away = dice.between(0, 6.28), dice.pick(0, 60, 120)
    x, y = away * math.cos(angle), away * math.sin(angle)
    return "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{tones.low if i % 2 else tones.field}"/>'
        for i, r in enumerate(range(290, 0, -29))
    )


def _hills(dice: Dice, tones: Tones) -> str:
    sun_x, sun_y = dice.pick(-74, 70, 0), dice.pick(-70, -54)
    a, b = dice.number(40), dice.number(40)
    return (
        f'<circle cx="{sun_x}" cy="{sun_y}" r="42" fill="{tones.accent}"/>'
        f'<path d="M-170 {30 + a}Q-90 {-50 + a} 0 {20 + b}T170 {10 + a}V170H-170Z" '
        f'fill="{tones.low}"/>'
        f'<path d="M-170 {90 - b}Q-60 {30 + a} 40 {88 - a}T170 70V170H-170Z" fill="{tones.high}"/>'
    )


def _dots(dice: Dice, tones: Tones) -> str:
    step, radius = dice.pick((30, 8), (38, 11), (46, 14))
    turn = dice.pick(0, 15, 30, 45)
    circles = "".join(
        f'<circle cx="{x + (step / 2 if row % 2 else 0):g}" cy="{y}" r="{radius}"/>'
        for row, y in enumerate(range(-200, 201, step))
        for x in range(-200, 201, step)
        if (x * x + y * y) < 190 * 190
    )
    return f'<g fill="{tones.low}" transform="rotate({turn})">{circles}</g>'


def _stripes(dice: Dice, tones: Tones) -> str:
    width, turn = dice.pick(16, 24, 34), dice.pick(-45, 45, -20, 90)
    path = "".join(f"M-200 {y}H200V{y + width}H-200Z" for y in range(-200, 201, 2 * width))
    return f'<path transform="rotate({turn})" fill="{tones.low}" d="{path}"/>'


def _tracks(dice: Dice, tones: Tones) -> str:
    """Return lines of a network with stations, the motif of every page."""
    turn = dice.pick(0, 45, 90, 135)
    lift = dice.pick(-60, -80, 64)
    lines = (
        f'<path d="M-180 {lift}H-40L40 {lift + 80}H180" stroke="{tones.accent}"/>'
        f'<path d="M-180 92H-70L30 -8V-180" stroke="{tones.high}"/>'
        f'<path d="M-110 -180V10L0 120V180" stroke="{tones.low}"/>'
        f'<path d="M180 -110H100L-20 10" stroke="{tones.low}"/>'
    )
    stops = "".join(
        f'<circle cx="{x}" cy="{y}" r="11" fill="{tones.field}" stroke="{tones.high}" '
        'stroke-width="7"/>'
        for x, y in ((-110, -60), (-100, 92), (30, -90), (100, lift + 80))
    )
    return f'<g fill="none" stroke-width="17" transform="rotate({turn})">{lines}{stops}</g>'


def _checks(dice: Dice, tones: Tones) -> str:
    side, turn = dice.pick(32, 44, 58), dice.pick(0, 30, 45)
    path = "".join(
        f"M{x} {y}h{side}v{side}h-{side}z"
        for row, y in enumerate(range(-4 * 58, 4 * 58, side))
        for column, x in enumerate(range(-4 * 58, 4 * 58, side))
        if (row + column) % 2 == 0 and x * x + y * y < 230 * 230
    )
    return f'<path transform="rotate({turn})" fill="{tones.low}" d="{path}"/>'


def _halves(dice: Dice, tones: Tones) -> str:
    turn = dice.pick(-35, 35, 0, 90)
    return (
        f'<g transform="rotate({turn})"><path d="M-200 0H200V200H-200Z" fill="{tones.low}"/>'
        f'<path d="M-200 -16H200V16H-200Z" fill="{tones.accent}"/></g>'
    )


def _confetti(dice: Dice, tones: Tones) -> str:
    parts = []
    for i in range(34):
        angle, away = i * 2.39996 + dice.between(0, 0.4), 26 * math.sqrt(i + 0.5)
        x, y, turn = away * math.cos(angle), away * math.sin(angle), dice.number(180)
        fill = (tones.low, tones.high, tones.accent)[i % 3]
        at = f'fill="{fill}" transform="translate({x:.1f} {y:.1f}) rotate({turn})"'
        parts.append(
            dice.pick(
                f'<rect x="-9" y="-4" width="18" height="8" rx="4" {at}/>',
                f'<circle r="6.5" {at}/>',
                f'<path d="M0 -10L8 6H-8Z" {at}/>',
            )
        )
    return "".join(parts)


def _rosette(dice: Dice, tones: Tones) -> str:
    petals = dice.pick(8, 10, 12, 16)
    long, wide = dice.pick((92, 44), (100, 36), (84, 54))
    shapes = "".join(
        f'<ellipse rx="{wide}" ry="{long}" cy="-{long - 12}" '
        f'transform="rotate({360 * i / petals:g})"/>'
        for i in range(petals)
    )
    return f'<g fill="{tones.low}" fill-opacity="0.55">{shapes}</g>'


def _skyline(dice: Dice, tones: Tones) -> str:
    parts = [f'<circle cx="{dice.pick(-60, 58)}" cy="-66" r="36" fill="{tones.accent}"/>']
    for fill, base, spread in ((tones.high, 10, 70), (tones.low, 60, 60)):
        x, path = -170, ""
        while x < 170:
            width, rise = dice.pick(28, 36, 46), dice.number(spread)
            roof = dice.pick("", f"l{width / 2:g} -22 {width / 2:g} 22")
            path += f"M{x} 170V{base - rise}" + (roof or f"h{width}") + "V170Z"
            x += width + dice.pick(0, 0, 6)
        parts.append(f'<path fill="{fill}" d="{path}"/>')
    return "".join(parts)


_PATTERNS: tuple[Callable[[Dice, Tones], str], ...] = (
    _rays,
    _waves,
    _ripples,
    _hills,
    _dots,
    _stripes,
    _tracks,
    _checks,
    _halves,
    _confetti,
    _rosette,
    _skyline,
)


def draw_pattern(dice: Dice, tones: Tones) -> str:
    """Return SVG shapes that fill a disc of radius 150 around (0, 0) and may reach beyond it."""
    field = f'<circle r="152" fill="{tones.field}"/>'
    return field + dice.pick(*_PATTERNS)(dice, tones)

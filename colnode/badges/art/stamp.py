"""The stamp itself: outline, rim, ring with the title, and an icon or a picture in the middle."""

import base64
import hashlib
import math
from dataclasses import astuple, dataclass
from html import escape

from colnode.badges.art.lettering import Lettering, can_letter, letter_line, letter_ring
from colnode.badges.art.patterns import Tones, draw_pattern
from colnode.badges.art.shapes import outline
from colnode.badges.art.spec import LINE_COLOURS, ArtSpec, ArtStatus, Dice
from colnode.colour import INK, PAPER, contrast, mix, readable_on
from colnode.icons import icon_shapes

__all__ = ["draw_svg", "frame_picture"]

_RING_OUTER, _RING_INNER = 206, 150
_RING_MIDDLE = (_RING_OUTER + _RING_INNER) / 2
_TITLE_SIZES = (42, 17)
_FOOT_SIZES = (29, 15)
_STATUS_WORDS = {
    ArtStatus.EXPIRED: "Expired",
    ArtStatus.REVOKED: "Withdrawn",
    ArtStatus.UNPROVEN: "Not proven",
}
_STATUS_FILLS = {
    ArtStatus.EXPIRED: "#6d4400",
    ArtStatus.REVOKED: "#a3211a",
    ArtStatus.UNPROVEN: "#4a463f",
}


@dataclass(frozen=True)
class _Paint:
    """The colours of one stamp, as #rrggbb."""

    body: str
    ring: str
    letters: str
    rim: str
    shine: str
    centre: Tones
    outline: str


def _paint(spec: ArtSpec, dice: Dice) -> _Paint:
    first, second = LINE_COLOURS[spec.first], LINE_COLOURS[spec.second]
    deep = mix(first, INK, 0.55)
    rim, shine = dice.pick(("#c4973b", "#f4dfa0"), ("#9aa3ad", "#f1f4f7"), ("#b5764a", "#f3cfae"))
    body, ring = dice.pick(
        (first, deep), (second, deep), (deep, PAPER), (first, PAPER), (first, mix(second, INK, 0.5))
    )
    if contrast(body, ring) < 1.25:
        body = mix(first, PAPER, 0.25)
    letters = readable_on(ring) if ring != PAPER else deep
    while contrast(letters, ring) < 4.5:
        letters = mix(letters, INK if ring == PAPER else PAPER, 0.3)
    field = dice.pick(first, mix(first, PAPER, 0.22), mix(second, PAPER, 0.12))
    accent = second if contrast(second, field) > 1.3 else mix(field, PAPER, 0.7)
    centre = Tones(field, mix(field, INK, 0.22), mix(field, PAPER, 0.3), accent)
    return _Paint(body, ring, letters, rim, shine, centre, mix(first, INK, 0.78))


def _identity(*parts: object) -> str:
    """Return a prefix for ids, so that many stamps may stand in one page."""
    return "s" + hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


def _ornament(dice: Dice, colour: str, half_gap: float) -> str:
    """Return marks that fill the foot of the ring, where no letters stand; angles in degrees."""
    kind = dice.number(4)
    if kind == 0:
        marks = "".join(
            f'<circle cy="{_RING_MIDDLE}" r="{6 if i else 10}" transform="rotate({i * 11})"/>'
            for i in (-2, -1, 0, 1, 2)
            if abs(i * 11) < half_gap - 6
        )
        return f'<g fill="{colour}">{marks}</g>'
    if kind == 1:
        star = "M0 -15L4.4 -5 15 -4 7 3.5 9.3 14 0 8.4 -9.3 14 -7 3.5 -15 -4 -4.4 -5Z"
        marks = "".join(
            f'<path d="{star}" transform="rotate({i * 14}) translate(0 {_RING_MIDDLE})'
            f' scale({1 if i == 0 else 0.72})"/>'
            for i in (-1, 0, 1)
            if abs(i * 14) < half_gap - 7
        )
        return f'<g fill="{colour}">{marks}</g>'
    reach = min(half_gap - 12, 34 if kind == 2 else 58)
    if reach < 10:
        return ""
    return _track(colour, reach, 3 if kind == 2 else 5)


def _track(colour: str, reach: float, stops: int) -> str:
    """Return a line with stops along the foot of the ring, `reach` degrees to either side."""
    circles = "".join(
        f'<circle cy="{_RING_MIDDLE}" r="9" fill="{colour}" '
        f'transform="rotate({-reach + 2 * reach * i / (stops - 1):.1f})"/>'
        for i in range(stops)
    )
    around = 2 * math.pi * _RING_MIDDLE
    dash = around * 2 * reach / 360
    return (
        f'<circle r="{_RING_MIDDLE}" fill="none" stroke="{colour}" stroke-width="5" '
        f'stroke-dasharray="{dash:.1f} {around:.1f}" transform="rotate({90 - reach:.1f})"/>'
        f"{circles}"
    )


def _typed(text: str, colour: str, name: str) -> str:
    """Return `text` along the ring as real letters, for scripts that our fonts do not have."""
    baseline = _RING_MIDDLE - 13
    size = min(38.0, 1.55 * math.pi * baseline / max(len(text), 1))
    return (
        f'<path id="{name}-way" fill="none" d="M0 {baseline}A{baseline} {baseline} 0 1 1 0.1 '
        f'{baseline}"/><text fill="{colour}" font-family="sans-serif" font-weight="bold" '
        f'font-size="{size:.1f}" text-anchor="middle"><textPath href="#{name}-way" '
        f'startOffset="50%">{escape(text)}</textPath></text>'
    )


def _letters(spec: ArtSpec) -> tuple[Lettering, float, Lettering, float]:
    """Return the title and its room in radians, the foot and where it ends in degrees.

    The foot takes what a title at full size leaves over; a long title then takes what is left.
    """
    largest, smallest = _TITLE_SIZES
    title = letter_ring(spec.title, _RING_MIDDLE, 5.5, largest=largest, smallest=smallest)
    if not spec.foot:
        return title, 5.5, Lettering("", 0.0), 0.0
    room = min(2.7, max(1.6, 5.6 - 5.5 * title.share))
    foot = letter_ring(
        spec.foot, _RING_MIDDLE, room, largest=_FOOT_SIZES[0], smallest=_FOOT_SIZES[1], below=True
    )
    arc = 5.6 - room * foot.share
    title = letter_ring(spec.title, _RING_MIDDLE, arc, largest=largest, smallest=smallest)
    return title, arc, foot, room * foot.share * 90 / math.pi


def _ring(spec: ArtSpec, paint: _Paint, dice: Dice, name: str) -> str:
    title, arc, foot, edge = _letters(spec)
    drawn = can_letter(spec.title)
    parts = [
        f'<circle r="{_RING_MIDDLE}" fill="none" stroke="{paint.ring}" '
        f'stroke-width="{_RING_OUTER - _RING_INNER}"/>',
        f'<path d="{title.path}" fill="{paint.letters}"/>'
        if drawn
        else _typed(spec.title, paint.letters, name),
    ]
    left = 180 - title.share * arc * 90 / math.pi
    if spec.foot:
        parts.append(f'<path d="{foot.path}" fill="{paint.letters}"/>')
        if left - edge > 16:
            middle = (left + edge) / 2
            parts += [
                f'<circle cy="{_RING_MIDDLE}" r="7" transform="rotate({turn:.1f})" '
                f'fill="{paint.letters}"/>'
                for turn in (-middle, middle)
            ]
    elif left > 14:
        parts.append(_ornament(dice, paint.letters, left))
    return "".join(parts)


def _rims(paint: _Paint, name: str) -> str:
    return "".join(
        f'<circle r="{r}" fill="none" stroke="url(#{name}-metal)" stroke-width="{width}"/>'
        for r, width in ((_RING_OUTER, 7), (_RING_INNER, 7))
    )


def _icon(spec: ArtSpec, paint: _Paint) -> str:
    shapes = icon_shapes(spec.icon)
    common = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<g transform="translate(-91.2 -91.2) scale(7.6)" {common}>'
        f'<g stroke="{paint.outline}" stroke-width="4.4" transform="translate(0 0.35)">{shapes}</g>'
        f'<g stroke="{PAPER}" stroke-width="2.1">{shapes}</g></g>'
    )


def _band(spec: ArtSpec) -> str:
    if spec.status is None:
        return ""
    words = spec.status_words or _STATUS_WORDS[spec.status]
    lettering = letter_line(words, 440, largest=62, smallest=22)
    fill = _STATUS_FILLS[spec.status]
    return (
        '<g transform="translate(256 262) rotate(-9)">'
        f'<rect x="-250" y="-49" width="500" height="98" rx="10" fill="{PAPER}"/>'
        f'<rect x="-244" y="-43" width="488" height="86" rx="6" fill="{fill}"/>'
        f'<path d="{lettering.path}" fill="{PAPER}"/></g>'
    )


def _assemble(spec: ArtSpec, paint: _Paint, dice: Dice, name: str, middle: str) -> str:
    shape = outline(spec.shape)
    words = escape(spec.title)
    shrunk = "" if shape.inner else ' transform="scale(0.955)"'
    fade = ' opacity="0.55"' if spec.status else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512" '
        f'role="img"><title>{words}</title><defs>'
        f'<linearGradient id="{name}-metal" x1="0" y1="0" x2="1" y2="1">'
        f'<stop offset="0" stop-color="{paint.shine}"/><stop offset="0.45" '
        f'stop-color="{paint.rim}"/><stop offset="0.6" stop-color="{paint.shine}"/>'
        f'<stop offset="1" stop-color="{paint.rim}"/></linearGradient>'
        f'<clipPath id="{name}-disc"><circle r="{_RING_INNER}"/></clipPath></defs>'
        f'<g{fade}><g transform="translate(256 256)">'
        f'<path d="{shape.path}" fill="{mix(paint.rim, INK, 0.45)}" transform="translate(0 3)"/>'
        f'<path d="{shape.path}" fill="url(#{name}-metal)"/>'
        f'<path d="{shape.inner or shape.path}" fill="{paint.body}"'
        f"{shrunk}/>"
        f'<g transform="translate(0 {shape.drop:g}) scale({shape.scale:g})">'
        f'<g clip-path="url(#{name}-disc)">{middle}</g>'
        f"{_ring(spec, paint, dice, name)}{_rims(paint, name)}"
        f"</g></g></g>{_band(spec)}</svg>"
    )


def draw_svg(spec: ArtSpec) -> str:
    """Return the stamp as a standalone SVG of 512 by 512 units: no script, font, link or style."""
    dice = Dice(f"stamp:{spec.seed or spec.title}:{spec.icon}")
    paint = _paint(spec, dice)
    middle = draw_pattern(dice, paint.centre) + _icon(spec, paint)
    return _assemble(spec, paint, dice, _identity(astuple(spec)), middle)


def frame_picture(png: bytes, spec: ArtSpec) -> str:
    """Return an uploaded picture (PNG bytes, re-encoded before) framed by the ring of `spec`."""
    dice = Dice(f"stamp:{spec.seed or spec.title}:{spec.icon}")
    paint = _paint(spec, dice)
    data = base64.b64encode(png).decode("ascii")
    middle = (
        f'<circle r="152" fill="{PAPER}"/>'
        '<image x="-152" y="-152" width="304" height="304" preserveAspectRatio="xMidYMid slice" '
        f'href="data:image/png;base64,{data}"/>'
    )
    return _assemble(spec, paint, dice, _identity(astuple(spec), png), middle)

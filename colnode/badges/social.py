"""How a badge looks where its address is posted: a picture for previews, and a link to LinkedIn."""

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from colnode import media
from colnode.badges.art import LINE_COLOURS, Colour, letter_line, render_png
from colnode.badges.documents import credential_url, text_in
from colnode.badges.passport import Held
from colnode.colour import INK, PAPER, mix
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["PREVIEW_SIZE", "draw_preview", "linkedin_url"]

PREVIEW_SIZE = (1200, 630)
_STAMP = 440
_ROOM = 590
_LINKEDIN = "https://www.linkedin.com/profile/add"


def draw_preview(node: "Node", held: Held, *, language: str) -> bytes:
    """The picture for Open Graph: stamp, name and issuer, 1200 by 630 pixels, as PNG.

    Nothing about the holder is in it. Raises NotFound when the badge's picture is missing.
    """
    from PIL import Image

    achievement = held.achievement
    title = text_in(achievement.name, language, achievement.main_language)
    organisation = organisations.get_organisation(node, held.credential.organisation_id)
    main = node.config.main_language
    ground = _ground(
        node.config.city.colour,
        title,
        text_in(organisation.name, language, main),
        node.config.city.name,
    )
    stamp = media.read(node, achievement.image or "")
    with (
        Image.open(BytesIO(render_png(ground, *PREVIEW_SIZE))) as page,
        Image.open(BytesIO(stamp)) as drawn,
    ):
        whole = page.convert("RGB")
        small = drawn.convert("RGBA").resize((_STAMP, _STAMP), Image.Resampling.LANCZOS)
        whole.paste(small, (70, (PREVIEW_SIZE[1] - 40 - _STAMP) // 2), small)
        out = BytesIO()
        whole.save(out, "PNG", optimize=True)
    return out.getvalue()


def linkedin_url(node: "Node", held: Held, *, language: str) -> str:
    """The address that opens LinkedIn's own form with this badge filled in."""
    credential, achievement = held.credential, held.achievement
    organisation = organisations.get_organisation(node, credential.organisation_id)
    fields: dict[str, str | int] = {
        "startTask": "CERTIFICATION_NAME",
        "name": text_in(achievement.name, language, achievement.main_language),
        "organizationName": text_in(organisation.name, language, node.config.main_language),
        "issueYear": credential.issued_at.year,
        "issueMonth": credential.issued_at.month,
        "certUrl": credential_url(node, credential.address),
        "certId": credential.address,
    }
    if credential.valid_until is not None:
        fields["expirationYear"] = credential.valid_until.year
        fields["expirationMonth"] = credential.valid_until.month
    return f"{_LINKEDIN}?{urlencode(fields)}"


def _ground(colour: str, title: str, organisation: str, city: str) -> str:
    """Everything but the stamp as SVG; letters are outlines, so no font is needed."""
    colour = colour if len(colour) == 7 else LINE_COLOURS[Colour.GREEN]
    width, height = PREVIEW_SIZE
    foot = height - 52
    rings = "".join(f'<circle cx="290" cy="295" r="{radius}"/>' for radius in range(250, 900, 46))
    stops = "".join(
        f'<circle cx="{70 + stop * 265}" cy="{foot}" r="13" '
        f'fill="{colour if stop == 4 else PAPER}"/>'
        for stop in range(5)
    )
    lines = _words(title, organisation, city, colour)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
        f'<g fill="none" stroke="{mix(colour, PAPER, 0.88)}" stroke-width="2">{rings}</g>'
        f'<g stroke="{colour}" stroke-width="9"><path d="M0 {foot}H{width}"/>{stops}</g>'
        f"{lines}</svg>"
    )


def _words(title: str, organisation: str, city: str, colour: str) -> str:
    first, second = _in_two(title)
    rows = [(first, 64.0, 34.0, INK, 250 if second else 285)]
    if second:
        rows.append((second, 64.0, 34.0, INK, 328))
    rows += [
        (organisation, 34.0, 22.0, mix(INK, PAPER, 0.3), 400 if second else 365),
        (city, 30.0, 20.0, colour, 150),
    ]
    drawn = []
    for text, largest, smallest, fill, y in rows:
        letters = letter_line(text, _ROOM, largest=largest, smallest=smallest)
        middle = 555 + min(letters.share, 1.0) * _ROOM / 2
        drawn.append(
            f'<path transform="translate({middle:.1f} {y})" fill="{fill}" d="{letters.path}"/>'
        )
    return "".join(drawn)


def _in_two(title: str) -> tuple[str, str]:
    """A long title in two lines, broken at the word nearest to its middle."""
    words = title.split()
    if len(title) <= 18 or len(words) < 2:
        return title, ""
    cuts = range(1, len(words))
    cut = min(cuts, key=lambda at: abs(len(" ".join(words[:at])) - len(title) / 2))
    return " ".join(words[:cut]), " ".join(words[cut:])

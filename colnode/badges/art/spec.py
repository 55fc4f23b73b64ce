"""What a badge picture is made of: shape, colours, icon, title, and a seed for the rest."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from colnode.colour import contrast

__all__ = [
    "LINE_COLOURS",
    "ArtSpec",
    "ArtStatus",
    "Colour",
    "Dice",
    "Shape",
    "spec_for",
]

_T = TypeVar("_T")


class Shape(StrEnum):
    """The eight outlines of a stamp."""

    ROUND = "round"
    SCALLOP = "scallop"
    HEXAGON = "hexagon"
    SHIELD = "shield"
    STAMP = "stamp"
    BURST = "burst"
    FLOWER = "flower"
    PIN = "pin"


class Colour(StrEnum):
    """The eight line colours of the network, in the order of the letters on pages."""

    BLUE = "blue"
    VERMILION = "vermilion"
    GREEN = "green"
    ROSE = "rose"
    AMBER = "amber"
    SKY = "sky"
    VIOLET = "violet"
    SLATE = "slate"


LINE_COLOURS: dict[Colour, str] = {
    Colour.BLUE: "#0072b2",
    Colour.VERMILION: "#d55e00",
    Colour.GREEN: "#00855f",
    Colour.ROSE: "#c4558f",
    Colour.AMBER: "#e69f00",
    Colour.SKY: "#56b4e9",
    Colour.VIOLET: "#5b4b9a",
    Colour.SLATE: "#3d4451",
}


class ArtStatus(StrEnum):
    """States that are written across a stamp."""

    EXPIRED = "expired"
    REVOKED = "revoked"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class ArtSpec:
    """One badge picture. `title` runs along the ring, `foot` (a city, an issuer) below it.

    `seed` decides pattern, rim and ornament; without one the title does. `status_words` are the
    words of the band in the reader's language.
    """

    title: str
    shape: Shape = Shape.ROUND
    icon: str = "award"
    first: Colour = Colour.BLUE
    second: Colour = Colour.AMBER
    foot: str = ""
    seed: str = ""
    status: ArtStatus | None = None
    status_words: str = ""


class Dice:
    """Choices that follow from a seed alone, the same on every machine and in every release."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def number(self, below: int) -> int:
        """Return an integer from 0 to below - 1."""
        self._count += 1
        digest = hashlib.sha256(self._seed + self._count.to_bytes(4, "big")).digest()
        return int.from_bytes(digest[:8], "big") % below

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high in steps of a thousandth of the distance."""
        return low + (high - low) * self.number(1001) / 1000

    def pick(self, *choices: _T) -> _T:
        """Return one of `choices`."""
        return choices[self.number(len(choices))]


def spec_for(seed: str, title: str, icon: str, *, foot: str = "") -> ArtSpec:
    """Return a badge picture whose shape and colours follow from `seed`: a good first proposal."""
    dice = Dice(f"spec:{seed}")
    colours = list(Colour)
    first = colours.pop(dice.number(len(colours)))
    colours = [c for c in colours if contrast(LINE_COLOURS[c], LINE_COLOURS[first]) >= 1.35]
    return ArtSpec(
        title=title,
        shape=dice.pick(*Shape),
        icon=icon,
        first=first,
        second=colours[dice.number(len(colours))],
        foot=foot,
        seed=seed,
    )

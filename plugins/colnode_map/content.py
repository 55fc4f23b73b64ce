"""What an organiser says about an activity. Forms, the API and spreadsheets all make a Content;
nothing else is stored, and colnode_map.checks looks at it before."""

from dataclasses import dataclass, field
from datetime import datetime

from colnode.plugin import LangMap, _
from colnode_map.states import Mode

__all__ = [
    "ACCESSIBILITY",
    "CATEGORIES",
    "Content",
    "Step",
    "clean_keyword",
    "missing_for_publishing",
]

CATEGORIES: tuple[str, ...] = (
    "course",
    "workshop",
    "event",
    "club",
    "volunteering",
    "internship",
    "project",
    "open_space",
)
"""Kinds of activities; the position is the number of their line colour, from 1."""

ACCESSIBILITY: tuple[str, ...] = (
    "step_free",
    "accessible_toilet",
    "hearing_loop",
    "sign_language",
    "easy_language",
    "quiet_space",
)
"""What a place offers to people who need it."""


@dataclass(frozen=True)
class Step:
    """One thing to do in an activity. The id stays when the words of other steps change."""

    text: LangMap
    id: str = ""


@dataclass(frozen=True)
class Content:
    """An activity as it is written. Coordinates are WGS 84 degrees, price_cents 0 is free.

    What repeats has a `rule` (RFC 5545) and begins at `starts_at` for the first time; on the ISO
    dates in `exceptions` it does not take place. One joins each date by itself, or all of them
    when `joins_series`. A `panorama` is an equirectangular picture of the place, real or virtual,
    `panorama_text` says what it shows to those who cannot see it.
    """

    title: LangMap
    category: str = "event"
    mode: str = Mode.IN_PERSON
    description: LangMap = field(default_factory=dict)
    place_name: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    join_url: str = ""
    is_always_open: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    duration_minutes: int | None = None
    languages: tuple[str, ...] = ()
    price_cents: int | None = None
    currency: str = "EUR"
    age_from: int | None = None
    age_to: int | None = None
    accessibility: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()
    picture: str | None = None
    panorama: str | None = None
    panorama_text: LangMap = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    rule: str = ""
    exceptions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    completes_itself: bool = False
    needs_joining: bool = False
    joins_series: bool = False
    capacity: int | None = None
    joining_until: datetime | None = None
    is_joining_closed: bool = False
    is_by_invitation: bool = False

    @property
    def hides_link(self) -> bool:
        """Whether the address of a meeting or a virtual room is for those who joined."""
        return self.needs_joining and self.mode != Mode.IN_PERSON


def clean_keyword(word: str) -> str:
    """A keyword as it is compared: in lower case, single spaces, no sign of a hashtag."""
    return " ".join(word.strip().removeprefix("#").lower().split())


def missing_for_publishing(content: Content) -> dict[str, str]:
    """What an activity still lacks before everybody may see it, by field; empty when complete."""
    missing: dict[str, str] = {}
    if not content.is_always_open and content.starts_at is None:
        missing["starts_at"] = _("Say when it starts, or that it is always open.")
    if content.mode == Mode.IN_PERSON:
        if not content.place_name and not content.address:
            missing["place_name"] = _("Say where it is.")
        if content.latitude is None:
            missing["latitude"] = _("Put the activity on the map.")
    elif not content.join_url:
        missing["join_url"] = _("Give the address where people take part.")
    return missing

"""What the operations of activities take and give."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from colnode_map.states import Mode, State

__all__ = [
    "ActivityChange",
    "ActivityInput",
    "ActivityList",
    "ActivityOutput",
    "ActivityQuery",
    "CancelInput",
    "InvitationQuery",
    "NewActivity",
    "PictureOutput",
    "PictureQuery",
]


class StepInput(BaseModel):
    """One step. With the `id` that it was read with, people's ticks stay."""

    model_config = ConfigDict(extra="forbid")

    text: dict[str, str]
    id: str = Field("", pattern="^[A-Za-z0-9-]{0,64}$")


class ActivityInput(BaseModel):
    """An activity as it is written. Times carry a zone, price_cents 0 is free.

    `panorama` is the digest of a picture twice as wide as high, sent with that kind;
    `panorama_text` says what it shows. `keywords` are at most ten short words or phrases, kept in
    lower case.
    `rule` is an RRULE of RFC 5545, `exceptions` are ISO dates in the city's time zone.
    """

    model_config = ConfigDict(extra="forbid")

    title: dict[str, str]
    category: str = "event"
    mode: Mode = Mode.IN_PERSON
    description: dict[str, str] = {}
    place_name: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    join_url: str = ""
    is_always_open: bool = False
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    duration_minutes: int | None = None
    languages: list[str] = []
    price_cents: int | None = None
    currency: str = "EUR"
    age_from: int | None = None
    age_to: int | None = None
    accessibility: list[str] = []
    achievements: list[str] = []
    picture: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    panorama: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    panorama_text: dict[str, str] = {}
    keywords: list[str] = Field([], max_length=100)
    rule: str = Field("", max_length=300)
    exceptions: list[str] = Field([], max_length=500)
    steps: list[StepInput] = []
    completes_itself: bool = False
    needs_joining: bool = False
    joins_series: bool = False
    capacity: int | None = None
    joining_until: AwareDatetime | None = None
    is_joining_closed: bool = False
    is_by_invitation: bool = False


class PictureQuery(BaseModel):
    """What a picture is for."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["picture", "panorama"] = "picture"


class PictureOutput(BaseModel):
    """A picture that was kept; activities name it by its digest."""

    digest: str
    width: int | None
    height: int | None


class NewActivity(ActivityInput):
    """An activity of an organisation; `publishes` shows it at once.

    `is_far_away` confirms a point outside the city's surroundings, which is refused otherwise.
    """

    organisation_id: str
    publishes: bool = False
    is_far_away: bool = False


class ActivityChange(ActivityInput):
    """A whole new text; `revision` is the one that was read, `is_far_away` as for a new one."""

    revision: int | None = None
    is_far_away: bool = False


class ActivityOutput(ActivityInput):
    """An activity of this city or, with an `origin`, of another one."""

    id: str
    origin: str
    city: dict[str, str] = {}
    home_url: str | None = None
    organisation_id: str
    organisation: dict[str, str] = {}
    state: State
    revision: int | None = None
    changed_at: datetime
    invitation: str | None = None
    cancel_reason: str = ""
    distance_km: float | None = None


class CancelInput(BaseModel):
    """Why it does not take place: mailed to those who joined."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""


class InvitationQuery(BaseModel):
    """The secret of an activity by invitation."""

    invitation: str = ""


class ActivityList(BaseModel):
    """One page of activities; `next` is the cursor of the next one."""

    items: list[ActivityOutput]
    total_is_at_least: int
    next: str | None


class ActivityQuery(BaseModel):
    """What to look for; empty means everything that has not ended.

    `when` is today, weekend or week, `from` and `until` are days (2030-01-31), `access` is what is
    needed, with commas between, `near` is "latitude,longitude", `place` is looked up in the city.
    `playlist` (`ID` or `CITY/ID`) finds what is on along it, with `left=1`
    without what you have done.
    `week`, `online` and `own` are older names of `when`, `way` and `city`.
    """

    model_config = ConfigDict(populate_by_name=True)

    q: str = ""
    category: str = ""
    when: str = ""
    start: str = Field("", alias="from")
    until: str = ""
    way: str = ""
    access: str = ""
    keyword: str = ""
    city: str = ""
    place: str = ""
    near: str = ""
    week: str = ""
    online: str = ""
    free: str = ""
    own: str = ""
    language: str = ""
    organiser: str = ""
    age: str = ""
    earns: str = ""
    playlist: str = ""
    left: str = ""
    bbox: str = ""
    limit: int = Field(24, ge=1, le=100)
    after: str | None = None

"""The states that playlists and journeys are in, and how a badge is given."""

from enum import StrEnum

__all__ = ["Giving", "JourneyState", "State"]


class State(StrEnum):
    """A draft is seen by its makers; a retired one by those who are on the way, or have a link."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Giving(StrEnum):
    """How the playlist's own badge is given: not at all, by itself, or once somebody has looked."""

    NONE = "none"
    AUTOMATIC = "automatic"
    REVIEWED = "reviewed"


class JourneyState(StrEnum):
    """Where somebody stands: on the way, resting, or gone. Done is what has a `completed_at`."""

    GOING = "going"
    PAUSED = "paused"
    LEFT = "left"

"""The states that activities, places and imports are in, and how one takes part."""

from enum import StrEnum

__all__ = ["FeedState", "ImportState", "Mode", "Place", "State"]


class State(StrEnum):
    """A draft is seen by its organisers only; a cancelled activity keeps its page and says so."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Mode(StrEnum):
    """How one takes part."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    VIRTUAL_REALITY = "virtual_reality"


class Place(StrEnum):
    """What somebody who joined has: a place, or one on the waiting list."""

    JOINED = "joined"
    WAITING = "waiting"


class ImportState(StrEnum):
    """Where an uploaded spreadsheet stands."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class FeedState(StrEnum):
    """Where a calendar of another site stands: looked at only, followed, or not for now."""

    LOOKING = "looking"
    IN_SYNC = "in_sync"
    PAUSED = "paused"

"""What is endorsed, and the states of asking, giving and checking."""

from enum import StrEnum

__all__ = ["Answer", "Kind", "Outcome", "State"]


class Kind(StrEnum):
    """What is endorsed. CREDENTIAL is one person's earned badge."""

    ORGANISATION = "organisation"
    ACHIEVEMENT = "achievement"
    CREDENTIAL = "credential"


class State(StrEnum):
    """Waiting for the city to verify the endorser, signed, or withdrawn."""

    WAITING = "waiting"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class Answer(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What the check of an endorsement from elsewhere found. ENDED: withdrawn or out of date."""

    CHECKING = "checking"
    VALID = "valid"
    ENDED = "ended"
    UNPROVEN = "unproven"

"""Time as a value that is handed in. What needs "now" takes a Clock, so that tests decide it."""

from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock", "format_rfc3339", "parse_rfc3339"]


class Clock(Protocol):
    """Tells the present moment as a UTC-aware datetime."""

    def now(self) -> datetime:
        """The present moment, UTC-aware."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def format_rfc3339(moment: datetime) -> str:
    """A UTC time in whole seconds with a Z, e.g. 2026-11-23T10:00:00Z (RFC 3339 section 5.6)."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """Read an RFC 3339 time with an offset; raises ValueError for any other form."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC)

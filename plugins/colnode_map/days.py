"""Days of the city: today, the weekend, a range, and the moments that they begin and end."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

__all__ = ["DayRange", "next_days", "read_day", "this_weekend"]

_DAY = timedelta(days=1)
_SATURDAY = 5
_LAST_YEAR = 2200


@dataclass(frozen=True)
class DayRange:
    """From a day to a day, both belong to it; None is open."""

    first: date | None = None
    last: date | None = None

    def moments(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """When the first day begins and when the last has ended, in the zone of `now`."""
        first = datetime.combine(self.first, time(), now.tzinfo) if self.first else None
        last = datetime.combine(self.last + _DAY, time(), now.tzinfo) if self.last else None
        return first, last


def this_weekend(today: date) -> DayRange:
    """Saturday and Sunday of this week; on Sunday only that day is left."""
    saturday = today + _DAY * (_SATURDAY - today.weekday())
    return DayRange(max(today, saturday), saturday + _DAY)


def next_days(today: date, count: int) -> DayRange:
    """Today and the days after it."""
    return DayRange(today, today + _DAY * (count - 1))


def read_day(text: str) -> date | None:
    """An ISO 8601 date between 1970 and 2200, None when it is none."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2030-01-01") else None
    except ValueError:
        return None
    return day if day and 1970 <= day.year <= _LAST_YEAR else None

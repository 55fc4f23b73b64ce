"""Activities that take place more than once: rules of RFC 5545, section 3.3.10, and their times.

Of the rules those are understood that people make: every day, week, month or year, some of the
weekdays, a day of the month or "the second Tuesday". A rule holds for two years at most.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from colnode.plugin import Invalid, _

if TYPE_CHECKING:
    from dateutil.rrule import rrule

__all__ = [
    "FREQUENCIES",
    "LONGEST",
    "MOST_TIMES",
    "WEEKDAYS",
    "Rule",
    "Series",
    "first_since",
    "fits",
    "parse_rule",
    "times",
]

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST = timedelta(days=731)
MOST_TIMES = 500
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})Z?)?")


@dataclass(frozen=True)
class Rule:
    """An RRULE. `until` is UTC; `days` are weekdays with an ordinal or 0, as in (2, "TU")."""

    frequency: str
    interval: int = 1
    until: datetime | None = None
    count: int | None = None
    days: tuple[tuple[int, str], ...] = ()
    month_days: tuple[int, ...] = ()

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.days:
            parts.append("BYDAY=" + ",".join(f"{nth or ''}{day}" for nth, day in self.days))
        if self.month_days:
            parts.append("BYMONTHDAY=" + ",".join(map(str, self.month_days)))
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%dT%H%M%SZ}")
        return ";".join(parts)


@dataclass(frozen=True)
class Series:
    """What repeats: the first time, the rule as text, the days left out (ISO dates), the zone."""

    starts_at: datetime
    ends_at: datetime | None
    rule: str
    exceptions: Sequence[str]
    zone: ZoneInfo


def parse_rule(text: str, zone: ZoneInfo) -> Rule:
    """Read an RRULE; `zone` is that of an UNTIL without one. Raises Invalid that says why."""
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        name, _equals, value = part.partition("=")
        if name.upper() in parts:
            raise _wrong(_("The rule says one thing twice."))
        parts[name.upper()] = value.upper()
    frequency = parts.pop("FREQ", "")
    if frequency not in FREQUENCIES:
        raise _wrong(_("It can repeat by the day, week, month or year."))
    parts.pop("WKST", None)
    rule = Rule(
        frequency=frequency,
        interval=_number(parts.pop("INTERVAL", "1"), 1, 99),
        count=_number(parts.pop("COUNT"), 2, MOST_TIMES) if "COUNT" in parts else None,
        until=_moment(parts.pop("UNTIL"), zone) if "UNTIL" in parts else None,
        days=_days(parts.pop("BYDAY", "")),
        month_days=tuple(
            _number(number, -31, 31) for number in parts.pop("BYMONTHDAY", "").split(",") if number
        ),
    )
    if parts or not _is_understood(rule):
        raise _wrong(_("This rule is too special. Use days of the week or of the month."))
    return rule


def _is_understood(rule: Rule) -> bool:
    """Whether the parts go together; each rule that passes comes around again soon."""
    has_ordinals = any(nth for nth, _day in rule.days)
    if rule.count is not None and rule.until is not None:
        return False
    if rule.frequency == "MONTHLY":
        return not (rule.days and rule.month_days) and 0 not in rule.month_days
    return (
        not has_ordinals and not rule.month_days and not (rule.frequency == "YEARLY" and rule.days)
    )


def fits(rule: Rule, day: date) -> bool:
    """Whether a rule that begins on this day takes place on it."""
    last = monthrange(day.year, day.month)[1]
    if rule.month_days and not {day.day, day.day - last - 1} & set(rule.month_days):
        return False
    nth, from_end = (day.day - 1) // 7 + 1, -((last - day.day) // 7 + 1)
    weekday = WEEKDAYS[day.weekday()]
    return not rule.days or any((n, weekday) in rule.days for n in (0, nth, from_end))


def times(series: Series) -> Iterator[tuple[datetime, datetime]]:
    """Beginning and end of each time, in order. The clock on the wall stays the same across the
    change to summer time; each lasts as long as the first.

    Nothing when the rule cannot be read or does not fit its first day: another city may write so.
    """
    try:
        rule = parse_rule(series.rule, series.zone)
    except Invalid:
        return
    first = series.starts_at.astimezone(series.zone)
    if not fits(rule, first.date()):
        return
    length = (series.ends_at or series.starts_at) - series.starts_at
    left_out = set(series.exceptions)
    for moment in islice(_expand(rule, first), rule.count or MOST_TIMES):
        if moment.date().isoformat() not in left_out:
            start = moment.replace(tzinfo=series.zone).astimezone(UTC)
            yield start, start + length


def first_since(rule: Rule, first: datetime, since: datetime) -> datetime | None:
    """The first beginning at or after `since` of a rule that began at `first`, in its time zone.

    None when there is none within the two years that a rule may hold.
    """
    found = _expand(rule, first, last=since.astimezone(first.tzinfo) + LONGEST)
    moment = found.after(since.astimezone(first.tzinfo).replace(tzinfo=None), inc=True)
    return moment.replace(tzinfo=first.tzinfo) if moment else None


def _expand(rule: Rule, first: datetime, *, last: datetime | None = None) -> "rrule":
    from dateutil import rrule as rules

    last = last or first + LONGEST
    until = min(rule.until, last) if rule.until else last
    weekdays = [getattr(rules, day)(nth) if nth else getattr(rules, day) for nth, day in rule.days]
    return rules.rrule(
        getattr(rules, rule.frequency),
        dtstart=first.replace(tzinfo=None),
        interval=rule.interval,
        until=until.astimezone(first.tzinfo).replace(tzinfo=None),
        byweekday=weekdays or None,
        bymonthday=rule.month_days or None,
    )


def _days(text: str) -> tuple[tuple[int, str], ...]:
    found = []
    for part in text.split(",") if text else ():
        day = _DAY.fullmatch(part)
        if day is None:
            raise _wrong(_("Weekdays are written MO, TU, WE, TH, FR, SA and SU."))
        found.append((int(day[1] or 0), day[2]))
    return tuple(dict.fromkeys(found))


def _number(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,4}", text) or not least <= int(text) <= most:
        raise _wrong(_("A number of the rule cannot be right."))
    return int(text)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    found = _UNTIL.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '235959'}")
        here = UTC if text.endswith("Z") else zone
        return moment.replace(tzinfo=here).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(_("The rule ends on a day that does not exist.")) from None


def _wrong(message: str) -> Invalid:
    return Invalid(message, fields={"rule": message})

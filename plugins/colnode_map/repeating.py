"""The dates of an activity that repeats: whether they can be, and which of them come next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from colnode.plugin import Invalid, _
from colnode_map.content import Content
from colnode_map.recurrence import LONGEST, MOST_TIMES, Series, fits, parse_rule, times

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["all_times", "check_series", "coming", "series_of", "zone_of"]

_USUAL = timedelta(days=365)
"""How long a rule holds that does not say until when."""


def zone_of(node: "Node") -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(node.config.city.time_zone)


def local_now(node: "Node") -> datetime:
    """The moment, in the city's time zone: its date is the city's today."""
    return node.clock.now().astimezone(zone_of(node))


def series_of(content: Content, zone: ZoneInfo) -> Series | None:
    """What a content repeats, None when it takes place once."""
    if not content.rule or content.starts_at is None:
        return None
    return Series(content.starts_at, content.ends_at, content.rule, content.exceptions, zone)


def all_times(content: Content, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Beginning and end of each time that an activity takes place; none when it is always open."""
    series = series_of(content, zone)
    if series is not None:
        yield from times(series)
    elif content.starts_at is not None:
        yield content.starts_at, content.ends_at or content.starts_at


def coming(
    content: Content, zone: ZoneInfo, now: datetime, *, most: int = 12
) -> Sequence[tuple[datetime, datetime]]:
    """The next times that have not ended, soonest first."""
    return list(islice((pair for pair in all_times(content, zone) if pair[1] > now), most))


def check_series(node: "Node", content: Content, wrong: dict[str, str]) -> str:
    """The rule of a content in its usual form and with an end, "" when there is none.

    A rule without an end holds for a year. What is wrong with it is noted by field in `wrong`.
    """
    if not content.rule.strip():
        if content.exceptions:
            wrong["exceptions"] = _("Days can be left out when the activity repeats.")
        return ""
    if content.starts_at is None:
        wrong["starts_at"] = _("Say when it starts for the first time.")
        return ""
    zone = zone_of(node)
    try:
        rule = parse_rule(content.rule, zone)
    except Invalid as error:
        wrong |= error.fields
        return ""
    first = content.starts_at
    if not fits(rule, first.astimezone(zone).date()):
        wrong["starts_at"] = _("It does not start on one of the days on which it repeats.")
    elif rule.until and rule.until < first:
        wrong["repeat_until"] = _("It ends before it starts.")
    elif rule.until and rule.until > first + LONGEST:
        wrong["repeat_until"] = _("Choose an end within two years of the first time.")
    if rule.until is None and rule.count is None:
        rule = replace(rule, until=(first + _USUAL).astimezone(UTC))
    text = str(rule)
    if not wrong:
        _check_times(replace(content, rule=text), zone, wrong)
    return text


def _check_times(content: Content, zone: ZoneInfo, wrong: dict[str, str]) -> None:
    found = list(all_times(replace(content, exceptions=()), zone))
    if len(found) >= MOST_TIMES:
        wrong["repeat_until"] = _("It may take place 500 times at most. Choose an earlier end.")
    elif any(ends > found[place + 1][0] for place, (_start, ends) in enumerate(found[:-1])):
        wrong["ends_at"] = _("It would start again before it has ended.")
    days = {start.astimezone(zone).date().isoformat() for start, _end in found}
    if not all(_is_date(day) for day in content.exceptions):
        wrong["exceptions"] = _("Write days like 2026-12-24, one on each line.")
    elif not set(content.exceptions) <= days:
        wrong["exceptions"] = _("It does not take place on one of these days anyway.")
    elif days and days <= set(content.exceptions):
        wrong["exceptions"] = _("Every day is left out. Cancel the activity instead.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

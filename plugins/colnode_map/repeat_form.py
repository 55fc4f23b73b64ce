"""How an activity repeats, as a form asks for it: choices for people, a rule for the database."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from colnode.plugin import _
from colnode_map.content import Content
from colnode_map.recurrence import WEEKDAYS, Rule, parse_rule

__all__ = ["read_exceptions", "read_rule", "repeat_values"]

_FREQUENCIES = {
    "day": "DAILY",
    "week": "WEEKLY",
    "month_day": "MONTHLY",
    "month_week": "MONTHLY",
    "year": "YEARLY",
}


def repeat_values(content: Content, zone: ZoneInfo) -> dict[str, Any]:
    """What the form shows. A rule that it has no choices for is shown as it is written."""
    values: dict[str, Any] = {
        "repeat": "once",
        "interval": "",
        "weekdays": [],
        "repeat_until": "",
        "exceptions": "\n".join(content.exceptions),
        "rule": content.rule,
    }
    if not content.rule or content.starts_at is None:
        return values
    rule = parse_rule(content.rule, zone)
    first = content.starts_at.astimezone(zone)
    if rule.until is not None:
        values["repeat_until"] = rule.until.astimezone(zone).date().isoformat()
    choices = (_choice(name, rule, first) for name in _FREQUENCIES)
    values["repeat"] = next((choice for choice in choices if choice), "rule")
    return values | {
        "interval": rule.interval if rule.interval > 1 else "",
        "weekdays": [day for _nth, day in rule.days] if rule.frequency == "WEEKLY" else [],
    }


def _choice(name: str, rule: Rule, first: datetime) -> str | None:
    """The choice, if it makes this rule."""
    if rule.count is not None or _FREQUENCIES[name] != rule.frequency:
        return None
    if name == "week":
        return name if all(nth == 0 for nth, _day in rule.days) else None
    made = _rule(name, first, rule.interval)
    return name if (made.days, made.month_days) == (rule.days, rule.month_days) else None


def _rule(name: str, first: datetime, interval: int) -> Rule:
    frequency = _FREQUENCIES[name]
    if name == "month_day":
        return Rule(frequency, interval, month_days=(first.day,))
    if name == "month_week":
        nth = (first.day - 1) // 7 + 1
        day = WEEKDAYS[first.weekday()]
        return Rule(frequency, interval, days=((nth if nth < 5 else -1, day),))
    return Rule(frequency, interval)


def read_rule(
    form: MultiDict[str, str], starts_at: datetime | None, zone: ZoneInfo, wrong: dict[str, str]
) -> str:
    """The rule that was chosen, "" for none; what cannot be read is noted in `wrong`."""
    choice = form.get("repeat", "")
    if choice == "rule":
        return form.get("rule", "")
    if choice not in _FREQUENCIES:
        return ""
    if starts_at is None:
        wrong.setdefault("starts_at", _("Say when it starts for the first time."))
        return ""
    first = starts_at.astimezone(zone)
    rule = _rule(choice, first, _interval(form, wrong))
    days = tuple((0, day) for day in WEEKDAYS if day in form.getlist("weekdays"))
    until = _until(form, zone, wrong)
    return str(
        Rule(
            rule.frequency,
            rule.interval,
            until,
            days=days if choice == "week" else rule.days,
            month_days=rule.month_days,
        )
    )


def _interval(form: Mapping[str, str], wrong: dict[str, str]) -> int:
    text = form.get("interval", "").strip() or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 99):
        wrong["interval"] = _("Write a number from 1 to 99.")
        return 1
    return int(text)


def _until(form: Mapping[str, str], zone: ZoneInfo, wrong: dict[str, str]) -> datetime | None:
    """The end of the last day, in the city's time, as UTC."""
    text = form.get("repeat_until", "").strip()
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        wrong["repeat_until"] = _("Write the day like 2027-06-30.")
        return None


def read_exceptions(form: Mapping[str, str]) -> tuple[str, ...]:
    """The days that are left out, one on each line or between commas."""
    return tuple(form.get("exceptions", "").replace(",", " ").replace(";", " ").split())

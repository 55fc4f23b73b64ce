"""Words for how an activity repeats."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from babel import Locale, dates
from flask_babel import get_locale

from colnode.plugin import Invalid, current_node, gettext, ngettext
from colnode_map.recurrence import WEEKDAYS, Rule, parse_rule

__all__ = ["repeat_choices", "repeat_words", "weekday_choices"]


def repeat_words(rule_text: str) -> str:
    """How often something takes place: "every week on Tuesday", "" when it does once."""
    zone = ZoneInfo(current_node().config.city.time_zone)
    try:
        rule = parse_rule(rule_text, zone)
    except Invalid:
        return ""
    words = _often(rule)
    if rule.days:
        days = _list([_day(nth, day) for nth, day in rule.days])
        words = gettext("%(often)s: %(days)s", often=words, days=days)
    if rule.count is not None:
        return ngettext("%(often)s, once", "%(often)s, %(num)s times", rule.count, often=words)
    if rule.until is None:
        return words
    last = dates.format_date(rule.until.astimezone(zone), "long", locale=_locale())
    return gettext("%(often)s, until %(day)s", often=words, day=last)


def _often(rule: Rule) -> str:
    if rule.interval == 1:
        return _EACH[rule.frequency]()
    return _MANY[rule.frequency](rule.interval)


_EACH: dict[str, Callable[[], str]] = {
    "DAILY": lambda: gettext("Every day"),
    "WEEKLY": lambda: gettext("Every week"),
    "MONTHLY": lambda: gettext("Every month"),
    "YEARLY": lambda: gettext("Every year"),
}
_MANY: dict[str, Callable[[int], str]] = {
    "DAILY": lambda number: ngettext("Every %(num)s day", "Every %(num)s days", number),
    "WEEKLY": lambda number: ngettext("Every %(num)s week", "Every %(num)s weeks", number),
    "MONTHLY": lambda number: ngettext("Every %(num)s month", "Every %(num)s months", number),
    "YEARLY": lambda number: ngettext("Every %(num)s year", "Every %(num)s years", number),
}


def _locale() -> Locale:
    return get_locale() or Locale("en")


def _day_name(day: str) -> str:
    return str(_locale().days["stand-alone"]["wide"][WEEKDAYS.index(day)])


def _day(nth: int, day: str) -> str:
    name = _day_name(day)
    if not nth:
        return name
    if nth < 0:
        return gettext("the last %(day)s", day=name)
    return gettext("%(day)s number %(nth)s", day=name, nth=nth)


def _list(words: list[str]) -> str:
    return ", ".join(words)


def repeat_choices(has_rule: bool) -> list[tuple[str, str]]:
    """How often it can take place, for a form; a rule written by hand stays one of the choices."""
    choices = [
        ("once", gettext("Once")),
        ("day", gettext("By the day")),
        ("week", gettext("By the week, on the days below")),
        ("month_day", gettext("By the month, on the same date")),
        ("month_week", gettext("By the month, on the same weekday")),
        ("year", gettext("By the year")),
    ]
    return [*choices, ("rule", gettext("By a rule (RFC 5545)"))] if has_rule else choices


def weekday_choices() -> list[tuple[str, str]]:
    """The days of the week, Monday first."""
    return [(day, _day_name(day)) for day in WEEKDAYS]

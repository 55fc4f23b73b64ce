"""Reading forms: language maps, numbers, days, and what is wrong with which field."""

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request

from colnode.db import LangMap
from colnode.errors import ColnodeError, Invalid, _
from colnode.web.auth import current_node
from colnode.web.rendering import error_text

__all__ = [
    "field_errors",
    "read_end_of_day",
    "read_language_map",
    "read_number",
    "read_whole_number",
]


def field_errors(error: ColnodeError, *, otherwise: str) -> dict[str, str]:
    """What is wrong with which field, translated; an error without fields goes to `otherwise`."""
    fields: Mapping[str, str] = error.fields if isinstance(error, Invalid) else {}
    if not fields:
        return {otherwise: error_text(error.message, error.parameters)}
    return {name: error_text(text, error.parameters) for name, text in fields.items()}


def read_language_map(name: str) -> LangMap:
    """The texts of the fields `name.en`, `name.lt` ..., empty ones included."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): text
        for key, text in request.form.items()
        if key.startswith(prefix)
    }


def read_number(name: str) -> float | None:
    """A number, None for an empty field; a decimal comma will do. Raises Invalid."""
    text = request.form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        message = _("Please write a number.")
        raise Invalid(message, fields={name: message})
    return number


def read_whole_number(name: str) -> int | None:
    """A whole number, None for an empty field. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        message = _("Give a whole number, or leave it empty.")
        raise Invalid(message, fields={name: message})
    return int(text)


def read_end_of_day(name: str) -> datetime | None:
    """The first moment after the day that was chosen, in the city's time zone. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        message = _("Give a day like 2030-05-31, or leave it empty.")
        raise Invalid(message, fields={name: message}) from None
    zone = ZoneInfo(current_node().config.city.time_zone)
    return datetime.combine(day, time(), zone)

"""Reading forms: language maps, numbers, and what is wrong with which field."""

import math
from collections.abc import Mapping

from flask import request

from colnode.db import LangMap
from colnode.errors import ColnodeError, Invalid, _
from colnode.web.rendering import error_text

__all__ = ["field_errors", "read_language_map", "read_number"]


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

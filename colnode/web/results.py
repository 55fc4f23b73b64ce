"""Results on pages: the fields to say what somebody reached, and what a badge says of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _

from colnode.badges import more, results
from colnode.web.rendering import error_text

if TYPE_CHECKING:
    from colnode.badges.models import Achievement
    from colnode.openbadges.findings import ResultSummary

__all__ = ["read_results", "result_fields", "shown_results", "stored_results", "typed_results"]


def result_fields(
    achievement: "Achievement", values: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """One field for each result that the badge describes, filled with `values` by field name."""
    filled: Mapping[str, str] = request.form if values is None else values
    return [
        {
            "name": f"result.{place}",
            "label": kind.name,
            "options": [(choice, _word(choice)) for choice in results.choices_of(kind)],
            "value": filled.get(f"result.{place}", ""),
            "hint": _hint(kind),
        }
        for place, kind in enumerate(results.kinds_of(achievement))
    ]


def read_results(achievement: "Achievement") -> "list[more.ResultGiven]":
    """What the form says in those fields."""
    return [
        more.ResultGiven(kind.name, request.form.get(f"result.{place}", ""))
        for place, kind in enumerate(results.kinds_of(achievement))
    ]


def typed_results(
    achievement: "Achievement", given: "Sequence[more.ResultGiven]"
) -> dict[str, str]:
    """Results that were given before, by field name."""
    values = {one.name: one.value for one in given}
    return {
        f"result.{place}": values[kind.name]
        for place, kind in enumerate(results.kinds_of(achievement))
        if kind.name in values
    }


def stored_results(achievement: "Achievement", stored: Mapping[str, str]) -> list[tuple[str, str]]:
    """Results that an offer or a link gives, as people read them, in the order of the badge."""
    names = [kind.name for kind in results.kinds_of(achievement)]
    return [(name, _word(stored[name])) for name in names if name in stored]


def shown_results(
    results: "Sequence[ResultSummary | more.ResultGiven]",
) -> list[tuple[str, str]]:
    """Name and value of each result of a badge, as people read them."""
    return [(item.name or _("Result"), _word(item.value)) for item in results]


def _word(value: str) -> str:
    words = results.words_of(value)
    return words if words == value else error_text(words, {})


def _hint(kind: "more.ResultKind") -> str | None:
    if kind.required is not None:
        least: str = _("At least “%(value)s” for this badge.", value=kind.required)
        return least
    if results.choices_of(kind):
        return None
    hints: Mapping[str, str] = {
        "Percent": _("A number from 0 to 100."),
        "RawScore": _("A number."),
    }
    return hints.get(kind.kind)

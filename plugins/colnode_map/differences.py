"""Two texts of one form, where somebody else saved while one was typing: what is not the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.plugin import gettext

__all__ = ["Difference", "between"]


@dataclass(frozen=True)
class Difference:
    """One field: its label, what is saved now, and what was typed here."""

    label: str
    theirs: str
    mine: str


def between(saved: Mapping[str, Any], typed: Mapping[str, Any]) -> list[Difference]:
    """The fields in which what is saved now differs from what was typed, for people to read."""
    found = []
    for name, label in _labels().items():
        theirs, mine = _text(saved.get(name)), _text(typed.get(name))
        if theirs != mine:
            found.append(Difference(label, theirs, mine))
    return found


def _labels() -> dict[str, str]:
    return {
        "title": gettext("Name"),
        "category": gettext("Kind"),
        "description": gettext("What happens there"),
        "steps": gettext("Steps"),
        "keywords": gettext("Keywords"),
        "when": gettext("Does it have a beginning?"),
        "starts_at": gettext("Starts"),
        "ends_at": gettext("Ends"),
        "repeat": gettext("How often"),
        "weekdays": gettext("On these days"),
        "repeat_until": gettext("Until"),
        "exceptions": gettext("Not on these days"),
        "duration_minutes": gettext("Duration in minutes"),
        "mode": gettext("How do people take part?"),
        "place_name": gettext("Name of the place"),
        "address": gettext("Address"),
        "latitude": gettext("Latitude"),
        "longitude": gettext("Longitude"),
        "join_url": gettext("Address on the web"),
        "capacity": gettext("Places"),
        "joining_until": gettext("Join until"),
        "languages": gettext("Languages spoken there"),
        "age_from": gettext("From age"),
        "age_to": gettext("To age"),
        "price": gettext("Price"),
        "currency": gettext("Currency"),
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(
            f"{language}: {text}".replace("\r", "") for language, text in value.items() if text
        )
    if isinstance(value, list):
        return ", ".join(sorted(value))
    return str(value or "")

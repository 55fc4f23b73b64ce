"""The forms of endorsements: what was typed, as values for the verbs and to show again."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from colnode.plugin import (
    ColnodeError,
    Invalid,
    Node,
    _,
    current_person,
    error_text,
    organisations,
    pick_language,
)
from colnode_endorsement.content import Content

__all__ = ["actor_id", "errors_of", "my_organisations", "read_content", "say", "typed"]

_FIELDS = (
    "comment",
    "opportunity",
    "opportunity_url",
    "valid_until",
    "meaning",
    "message",
    "email",
    "endorser_id",
    "answer",
    "display_name",
    "name",
    "url",
    "organisation_id",
    "source_url",
    "about",
)


def typed() -> dict[str, str]:
    """What was typed, to show it again."""
    return {name: request.form.get(name, "") for name in _FIELDS}


def read_content(node: Node) -> Content:
    """The endorsement that was typed. Raises Invalid for a day that cannot be read."""
    form = request.form
    return Content(
        comment=form.get("comment", ""),
        opportunity=form.get("opportunity", ""),
        opportunity_url=form.get("opportunity_url", ""),
        valid_until=_end_of(node, form.get("valid_until", "")),
        is_receipt=form.get("meaning") == "receipt",
    )


def _end_of(node: Node, text: str) -> datetime | None:
    """The end of a day in the city's time, None for no day."""
    if not text.strip():
        return None
    try:
        day = datetime.fromisoformat(text.strip()).date()
    except ValueError:
        message = _("Give a day like 2027-06-30.")
        raise Invalid(message, fields={"valid_until": message}) from None
    zone = ZoneInfo(node.config.city.time_zone)
    return datetime.combine(day, time(), zone) + timedelta(days=1, seconds=-1)


def errors_of(error: ColnodeError) -> Mapping[str, str]:
    """An error's fields in the person's language; the whole of it when it names none."""
    fields = error.fields if isinstance(error, Invalid) else {}
    return {name: error_text(text, error.parameters) for name, text in fields.items()}


def say(error: ColnodeError) -> str:
    """An error in the person's language."""
    return error_text(error.message, error.parameters)


def actor_id() -> str:
    """The id of the person who asks; the route's permission has made sure that there is one."""
    person = current_person()
    return person.id if person else ""


def my_organisations(node: Node) -> list[tuple[str, str]]:
    """The organisations that the person may endorse for: id and name; not the suspended ones."""
    person = current_person()
    found: list[Any] = list(organisations.memberships_of(node, person.id)) if person else []
    return [
        (item.id, pick_language(item.name))
        for item, role in found
        if role in {"editor", "owner"} and item.status != "suspended"
    ]

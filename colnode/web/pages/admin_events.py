"""The audit trail in words: what happened, by whom, to whom or what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext, lazy_gettext
from flask_babel import gettext as _

from colnode.identity import organisations, people
from colnode.web.auth import current_node
from colnode.web.rendering import pick_language

if TYPE_CHECKING:
    from colnode.audit import AuditEvent

__all__ = ["EventView", "describe"]

_WORDS = {
    "person.joined": lazy_gettext("Account opened"),
    "person.erased": lazy_gettext("Account erased"),
    "person.suspended": lazy_gettext("Account suspended"),
    "person.restored": lazy_gettext("Account open again"),
    "person.made_admin": lazy_gettext("Made an admin"),
    "person.no_longer_admin": lazy_gettext("No longer an admin"),
    "person.password_changed": lazy_gettext("Password set"),
    "organisation.created": lazy_gettext("Organisation registered"),
    "organisation.edited": lazy_gettext("Organisation edited"),
    "organisation.verified": lazy_gettext("Organisation verified"),
    "organisation.suspended": lazy_gettext("Organisation suspended"),
    "member.invited": lazy_gettext("Member invited"),
    "member.added": lazy_gettext("Member added"),
    "member.removed": lazy_gettext("Member taken out"),
    "member.role_changed": lazy_gettext("Role of a member changed"),
    "mail.refused": lazy_gettext("A mail was refused by the other server"),
}


@dataclass(frozen=True)
class EventView:
    """One event as a line: what, when, by whom, about what, why."""

    what: str
    at: datetime
    who: str
    about: str
    url: str | None
    reason: str | None


def describe(events: "Sequence[AuditEvent]") -> list[EventView]:
    """Events with the names of people and organisations that are still here."""
    node = current_node()
    ids = {event.actor_id for event in events if event.actor_id}
    ids |= {event.subject_id for event in events if event.subject_type == "person"}
    names = people.names_of(node, ids)
    ours = organisations.names_of(
        node, {event.subject_id for event in events if event.subject_type == "organisation"}
    )
    return [_view(event, names, {key: pick_language(name) for key, name in ours.items()})
            for event in events]  # fmt: skip


def _view(event: "AuditEvent", names: dict[str, str], ours: dict[str, str]) -> EventView:
    about, url = event.subject_type, None
    if event.subject_id in names:
        about = names[event.subject_id]
        url = url_for("admin.person", person_id=event.subject_id)
    elif event.subject_id in ours:
        about = ours[event.subject_id]
        url = url_for("admin.organisation", organisation_id=event.subject_id)
    who = _("the site") if event.actor_id is None else names.get(event.actor_id, _("who left"))
    words = _WORDS.get(event.action)
    what = str(words) if words else gettext(event.action)
    return EventView(what, event.at, who, about, url, event.reason)

"""The audit trail in words: what happened, by whom, to whom or what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext, lazy_gettext
from flask_babel import gettext as _

from colnode import catalogue
from colnode.identity import organisations, people
from colnode.web.addresses import record_url
from colnode.web.auth import current_node
from colnode.web.rendering import pick_language, type_label

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
    "plugin.setting_saved": lazy_gettext("Setting of a plugin changed"),
    "plugin.purged": lazy_gettext("Plugin deleted with all that it kept"),
    "plugin.setting_reset": lazy_gettext("Setting of a plugin back to what it was"),
    "badge.issued": lazy_gettext("Badge given"),
    "badge.revoked": lazy_gettext("Badge revoked"),
    "badge.corrected": lazy_gettext("Badge corrected"),
    "badge.suspended": lazy_gettext("Badge suspended"),
    "badge.resumed": lazy_gettext("Suspension of a badge ended"),
    "badge.shared": lazy_gettext("Badge shared"),
    "badge.unshared": lazy_gettext("Badge no longer shared"),
    "offer.sent": lazy_gettext("Badge offered by mail"),
    "offer.sent_again": lazy_gettext("Badge offered by mail once more"),
    "offer.declined": lazy_gettext("Badge declined"),
    "offer.withdrawn": lazy_gettext("Offer of a badge taken back"),
    "request.made": lazy_gettext("Badge asked for"),
    "request.granted": lazy_gettext("Request for a badge granted"),
    "request.declined": lazy_gettext("Request for a badge declined"),
    "request.withdrawn": lazy_gettext("Request for a badge taken back"),
    "achievement.reviewer_set": lazy_gettext("Who answers requests for a badge set"),
    "claim_link.created": lazy_gettext("Claim link made"),
    "claim_link.closed": lazy_gettext("Claim link closed"),
    "code_sheet.created": lazy_gettext("Codes made to print"),
    "code_sheet.closed": lazy_gettext("Printed codes closed"),
    "giving_rule.created": lazy_gettext("Rule started that gives a badge"),
    "giving_rule.ended": lazy_gettext("Rule ended that gave a badge"),
    "organisation.suspension_on": lazy_gettext("Suspending badges turned on"),
    "organisation.suspension_off": lazy_gettext("Suspending badges turned off"),
    "key.created": lazy_gettext("Key made"),
    "key.retired": lazy_gettext("Key retired"),
    "key.revoked": lazy_gettext("Key revoked as stolen"),
    "peer.added": lazy_gettext("City added"),
    "peer.allowed": lazy_gettext("City allowed"),
    "peer.blocked": lazy_gettext("City blocked"),
    "peer.moved": lazy_gettext("City moved to another address"),
    "node.key": lazy_gettext("City's key was replaced"),
    "node.epoch": lazy_gettext("New epoch of the catalogue began"),
    "node.recovered": lazy_gettext("Catalogue was compared with other cities after a restore"),
    "peer.untrusted": lazy_gettext("City failed its proof"),
    "mail.refused": lazy_gettext("A mail was refused by the other server"),
}
_ABOUT_RECORDS = {
    "created": lazy_gettext("%(kind)s made"),
    "edited": lazy_gettext("%(kind)s changed"),
    "published": lazy_gettext("%(kind)s published"),
    "retired": lazy_gettext("%(kind)s retired"),
    "cancelled": lazy_gettext("%(kind)s cancelled"),
    "deleted": lazy_gettext("%(kind)s deleted"),
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
    """Events with the names of what is still here: people, organisations, published records."""
    node = current_node()
    ids = {event.actor_id for event in events if event.actor_id}
    ids |= {event.subject_id for event in events if event.subject_type == "person"}
    names = people.names_of(node, ids)
    subjects = {
        person_id: (name, url_for("admin.person", person_id=person_id))
        for person_id, name in names.items()
    }
    ours = {event.subject_id for event in events if event.subject_type == "organisation"}
    for organisation_id, name in organisations.names_of(node, ours).items():
        url = url_for("admin.organisation", organisation_id=organisation_id)
        subjects[organisation_id] = (pick_language(name), url)
    return [_view(event, names, subjects) for event in events]


def _view(
    event: "AuditEvent", names: dict[str, str], subjects: dict[str, tuple[str, str]]
) -> EventView:
    about, url = subjects.get(event.subject_id) or _record(event)
    who = _("the site") if event.actor_id is None else names.get(event.actor_id, _("who left"))
    return EventView(_what(event), event.at, who, about, url, event.reason)


def _record(event: "AuditEvent") -> tuple[str, str | None]:
    """Title and page of a record that is published, else the word for its kind."""
    node = current_node()
    if event.subject_type not in node.host.record_types:
        return "", None
    record = catalogue.get(node, catalogue.OWN, event.subject_id, record_type=event.subject_type)
    if record is None:
        return type_label(event.subject_type), None
    return pick_language(record.title), record_url(record)


def _what(event: "AuditEvent") -> str:
    known = _WORDS.get(event.action)
    if known is not None:
        return str(known)
    subject, _dot, verb = event.action.partition(".")
    if subject in current_node().host.record_types and verb in _ABOUT_RECORDS:
        return str(_ABOUT_RECORDS[verb]) % {"kind": type_label(subject)}
    return str(gettext(event.action))

"""A person's right to leave and to take everything along."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode import audit, mail
from colnode.clock import format_rfc3339
from colnode.errors import NotFound, Refused, _
from colnode.identity.models import (
    MailLink,
    Membership,
    Organisation,
    Person,
    PersonalToken,
    PersonEmail,
    PersonSession,
)

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["erase", "export"]


def erase(node: "Node", person_id: str, *, actor_id: str) -> None:
    """Remove everything that tells who the person was; what they hold themselves stays valid.

    The other rooms remove their share (rooms.PERSON_PARTS) and plugins theirs through the gate
    person_erasing, in this transaction, while the addresses are still known.
    Raises NotFound, and Refused for the last admin or when a plugin refuses.
    """
    person = _living(node, person_id)
    _refuse_last_admin(node, person)
    node.host.calls.gate("person_erasing", node=node, person_id=person_id)
    for part in node.host.person_parts:
        part.keeper.erase(node, person_id)
    addresses = [item.address for item in person.emails]
    mail.forget(node, addresses)
    node.db.execute(delete(MailLink).where(MailLink.email.in_(addresses)))
    for table in (MailLink, PersonSession, PersonalToken, Membership, PersonEmail):
        node.db.execute(delete(table).where(table.person_id == person_id))
    node.db.expire(person, ["emails"])
    person.display_name = person.folded_name = ""
    person.birth_year = None
    person.password_hash = None
    person.is_admin = False
    person.language = node.config.main_language
    person.erased_at = node.clock.now()
    audit.record(
        node, "person.erased", subject_type="person", subject_id=person_id, actor_id=actor_id
    )
    node.db.flush()


def export(node: "Node", person_id: str) -> dict[str, Any]:
    """Everything that the node keeps about a person, as JSON values. Raises NotFound.

    The other rooms add theirs under their names, and plugins through the gate person_exporting.
    """
    person = _living(node, person_id)
    document: dict[str, Any] = {
        "person": {
            "id": person.id,
            "display_name": person.display_name,
            "language": person.language,
            "birth_year": person.birth_year,
            "is_admin": person.is_admin,
            "created_at": format_rfc3339(person.created_at),
        },
        "emails": [
            {
                "address": item.address,
                "is_primary": item.is_primary,
                "proven_at": format_rfc3339(item.proven_at) if item.proven_at else None,
            }
            for item in person.emails
        ],
        "memberships": _memberships(node, person_id),
        "sessions": _sessions(node, person_id),
        "tokens": _tokens(node, person_id),
        "events": _events(node, person_id),
    }
    for part in node.host.person_parts:
        document[part.name] = list(part.keeper.export(node, person_id))
    for plugin, kept in node.host.calls.gate("person_exporting", node=node, person_id=person_id):
        document[plugin] = dict(kept)
    return document


def _living(node: "Node", person_id: str) -> Person:
    person = node.db.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound(_("There is no such person."))
    return person


def _refuse_last_admin(node: "Node", person: Person) -> None:
    if not person.is_admin:
        return
    others = select(Person.id).where(
        Person.is_admin, Person.id != person.id, Person.erased_at.is_(None)
    )
    if node.db.scalar(others.limit(1)) is None:
        raise Refused(_("A city needs an admin. Make somebody else one first."))


def _memberships(node: "Node", person_id: str) -> list[dict[str, Any]]:
    query = (
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id)
    )
    return [
        {
            "organisation": organisation.slug,
            "role": membership.role,
            "created_at": format_rfc3339(membership.created_at),
        }
        for membership, organisation in node.db.execute(query)
    ]


def _sessions(node: "Node", person_id: str) -> list[dict[str, Any]]:
    query = select(PersonSession).where(PersonSession.person_id == person_id)
    return [
        {"user_agent": item.user_agent, "created_at": format_rfc3339(item.created_at)}
        for item in node.db.scalars(query)
    ]


def _tokens(node: "Node", person_id: str) -> list[dict[str, Any]]:
    query = select(PersonalToken).where(PersonalToken.person_id == person_id)
    return [
        {"label": item.label, "scopes": item.scopes, "created_at": format_rfc3339(item.created_at)}
        for item in node.db.scalars(query)
    ]


def _events(node: "Node", person_id: str) -> list[dict[str, Any]]:
    query = (
        select(audit.AuditEvent)
        .where(audit.AuditEvent.actor_id == person_id)
        .order_by(audit.AuditEvent.seq)
    )
    return [
        {
            "at": format_rfc3339(event.at),
            "action": event.action,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
        }
        for event in node.db.scalars(query)
    ]

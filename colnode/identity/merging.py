"""Merging two accounts of one person: everything moves, the emptied account ends for good.

Both accounts are proven in one browser: it is signed in to the one that stays, and shows the
password of the other or the link that was mailed to it.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, delete, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from colnode import audit
from colnode.db import Base
from colnode.errors import Conflict, Forbidden, Refused, _
from colnode.host.types import Role
from colnode.identity import people
from colnode.identity.models import (
    MailLink,
    Membership,
    Person,
    PersonalToken,
    PersonEmail,
    PersonSession,
)
from colnode.identity.permissions import ORGANISATION_ROLES

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["merge", "merge_by_link", "merge_by_password"]


def merge_by_password(
    node: "Node", *, into_id: str, email: str, password: str, client: str
) -> Person:
    """Merge the account with this address and password into the one that is signed in.

    Raises what people.authenticate raises, and what merge does.
    """
    other = people.authenticate(node, email=email, password=password, client=client)
    return merge(node, into_id=into_id, from_id=other.id)


def merge_by_link(node: "Node", link: MailLink, *, person_id: str | None) -> Person:
    """Merge the account that a link was mailed to into the one that asked for it.

    Raises Forbidden unless that one is signed in, so that nobody gives their account away by
    opening a mail; Conflict when the account is gone, and what merge raises.
    """
    if person_id is None or link.person_id != person_id:
        raise Forbidden(
            _("Sign in with the account that asked for this link, then open the link again.")
        )
    other = people.find_by_email(node, link.email)
    if other is None:
        raise Conflict(_("There is no account with this address any more."))
    return merge(node, into_id=person_id, from_id=other.id)


def merge(node: "Node", *, into_id: str, from_id: str) -> Person:
    """Move everything of one account into the other and end it, in this transaction.

    What both have stays once. The sessions, tokens and links of the account that ends, end.
    Raises Refused for one and the same account, or when a plugin refuses; Forbidden for a
    suspended one.
    """
    if into_id == from_id:
        raise Refused(_("This is the account that you are signed in with."))
    into, other = people.get_person(node, into_id), people.get_person(node, from_id)
    if not (into.is_active and other.is_active):
        raise Forbidden(_("This account is suspended. Please write to the city."))
    node.host.calls.gate("person_merging", node=node, person_id=from_id, into_id=into_id)
    for part in node.host.person_parts:
        if part.merging is not None:
            part.merging(node, from_id, into_id)
    for table in (PersonSession, PersonalToken, MailLink):
        node.db.execute(delete(table).where(table.person_id == from_id))
    _keep_higher_roles(node, into_id, from_id)
    node.db.execute(
        update(PersonEmail)
        .where(PersonEmail.person_id == from_id)
        .values(person_id=into_id, is_primary=False)
    )
    for found in Base.metadata.tables.values():
        for column in found.columns:
            if any(key.target_fullname == "person.id" for key in column.foreign_keys):
                _move(node, found, column, into_id, from_id)
    _end(node, into, other)
    audit.record(
        node,
        "person.merged",
        subject_type="person",
        subject_id=into_id,
        actor_id=into_id,
        detail={"merged_id": from_id},
    )
    node.db.flush()
    node.db.expire_all()
    return people.get_person(node, into_id)


def _keep_higher_roles(node: "Node", into_id: str, from_id: str) -> None:
    """In an organisation where both work, the higher role stays."""
    query = select(Membership).where(Membership.person_id == from_id)
    for theirs in node.db.scalars(query).all():
        own = node.db.get(Membership, (theirs.organisation_id, into_id))
        if own is not None:
            own.role = max(Role(own.role), Role(theirs.role), key=ORGANISATION_ROLES.index)
            node.db.delete(theirs)
    node.db.flush()


def _move(node: "Node", table: Table, column: "Column[Any]", into_id: str, from_id: str) -> None:
    """Give the rows to the other account; one that it has already goes."""
    change = update(table).values({column: into_id})
    if _holds(node, change.where(column == from_id)):
        return
    keys = list(table.primary_key.columns)
    for row in node.db.execute(select(*keys).where(column == from_id)).all():
        this = tuple_(*keys) == tuple(row) if len(keys) > 1 else keys[0] == row[0]
        if not _holds(node, change.where(this)):
            node.db.execute(delete(table).where(this))


def _holds(node: "Node", change: Any) -> bool:
    """Whether the change was possible; else nothing of it remains."""
    try:
        with node.db.begin_nested():
            node.db.execute(change)
    except IntegrityError:
        return False
    return True


def _end(node: "Node", into: Person, other: Person) -> None:
    """The emptied account keeps its row, with nothing personal in it."""
    if other.birth_year is not None:  # where the two disagree, the younger one is protected
        into.birth_year = max(into.birth_year or other.birth_year, other.birth_year)
    into.is_admin = into.is_admin or other.is_admin
    node.db.expire(other, ["emails"])
    other.display_name = other.folded_name = ""
    other.birth_year = other.password_hash = None
    other.is_admin = False
    other.language = node.config.main_language
    other.erased_at = node.clock.now()

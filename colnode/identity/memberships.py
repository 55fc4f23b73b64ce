"""Who works with an organisation, and as what. Called through organisations.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.host.types import Role
from colnode.identity import messages, onetime
from colnode.identity.models import (
    LinkPurpose,
    MailLink,
    Membership,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
)
from colnode.identity.permissions import ORGANISATION_ROLES
from colnode.identity.validation import email_address

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Invitation",
    "Member",
    "add_member",
    "cancel_invitation",
    "invite",
    "list_invitations",
    "list_members",
    "member_addresses",
    "memberships_of",
    "owner_addresses",
    "remove_member",
    "role_of",
    "set_role",
]


@dataclass(frozen=True)
class Member:
    """A person in an organisation."""

    person_id: str
    display_name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True)
class Invitation:
    """An invitation that nobody has used yet."""

    id: str
    email: str
    role: Role
    expires_at: datetime


def role_of(node: "Node", organisation_id: str, person_id: str) -> Role | None:
    """A person's role in the organisation, None for somebody else."""
    membership = node.db.get(Membership, (organisation_id, person_id))
    return Role(membership.role) if membership else None


def list_members(node: "Node", organisation_id: str) -> Sequence[Member]:
    """The members, earliest first."""
    query = (
        select(Membership, Person.display_name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.created_at, Membership.person_id)
    )
    return [
        Member(found.person_id, name, Role(found.role), found.created_at)
        for found, name in node.db.execute(query)
    ]


def memberships_of(node: "Node", person_id: str) -> Sequence[tuple[Organisation, Role]]:
    """The organisations that a person works with, and as what."""
    query = (
        select(Organisation, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id)
        .order_by(Organisation.slug)
    )
    return [(organisation, Role(role)) for organisation, role in node.db.execute(query)]


def add_member(
    node: "Node", organisation_id: str, person_id: str, *, role: Role, actor_id: str
) -> None:
    """Give a person a role; somebody who has a higher one keeps it. Raises Invalid."""
    _check_role(role)
    membership = node.db.get(Membership, (organisation_id, person_id))
    if membership is not None:
        held = ORGANISATION_ROLES.index(Role(membership.role))
        membership.role = ORGANISATION_ROLES[max(held, ORGANISATION_ROLES.index(role))]
    else:
        node.db.add(
            Membership(
                organisation_id=organisation_id,
                person_id=person_id,
                role=role,
                created_at=node.clock.now(),
            )
        )
    node.db.flush()
    _record(node, "member.added", organisation_id, person_id, actor_id, role)


def set_role(
    node: "Node", organisation_id: str, person_id: str, *, role: Role, actor_id: str
) -> None:
    """Change a member's role. Raises NotFound, Invalid, and Refused for the last owner."""
    _check_role(role)
    membership = _membership(node, organisation_id, person_id)
    if membership.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(node, organisation_id, person_id)
    membership.role = role
    node.db.flush()
    _record(node, "member.role_changed", organisation_id, person_id, actor_id, role)


def remove_member(node: "Node", organisation_id: str, person_id: str, *, actor_id: str) -> None:
    """Take a person out. Raises NotFound, and Refused for the last owner."""
    membership = _membership(node, organisation_id, person_id)
    if membership.role == Role.OWNER:
        _keep_an_owner(node, organisation_id, person_id)
    node.db.delete(membership)
    node.db.flush()
    _record(node, "member.removed", organisation_id, person_id, actor_id, None)


def invite(
    node: "Node",
    organisation_id: str,
    *,
    email: str,
    role: Role,
    actor_id: str,
    language: str | None = None,
) -> str:
    """Mail an invitation with a role; returns the token of its link.

    Raises Invalid, and Refused while the city has not verified the organisation.
    """
    from colnode.identity.organisations import require_verified  # it calls this module

    _check_role(role)
    organisation = require_verified(node, organisation_id)
    address = email_address(email)
    token = onetime.issue(
        node,
        LinkPurpose.JOIN_ORGANISATION,
        email=address,
        organisation_id=organisation_id,
        role=role,
    )
    chosen = language or node.config.main_language
    name = organisation.name.get(chosen) or next(iter(organisation.name.values()))
    messages.send_organisation_invitation(
        node, to=address, language=chosen, organisation=name, token=token
    )
    audit.record(
        node,
        "member.invited",
        subject_type="organisation",
        subject_id=organisation_id,
        actor_id=actor_id,
        detail={"role": role},
    )
    return token


def list_invitations(node: "Node", organisation_id: str) -> Sequence[Invitation]:
    """Invitations that still count, newest first."""
    query = (
        select(MailLink)
        .where(
            MailLink.purpose == LinkPurpose.JOIN_ORGANISATION,
            MailLink.organisation_id == organisation_id,
            MailLink.used_at.is_(None),
            MailLink.expires_at > node.clock.now(),
        )
        .order_by(MailLink.created_at.desc())
    )
    return [
        Invitation(link.id, link.email, Role(link.role), link.expires_at)
        for link in node.db.scalars(query)
        if link.role is not None
    ]


def cancel_invitation(node: "Node", organisation_id: str, invitation_id: str) -> None:
    """Make an invitation's link useless. Raises NotFound."""
    link = node.db.get(MailLink, invitation_id)
    if link is None or link.organisation_id != organisation_id or link.used_at is not None:
        raise NotFound(_("There is no such invitation."))
    node.db.delete(link)
    node.db.flush()


def member_addresses(node: "Node", organisation_id: str) -> Sequence[tuple[str, str, str]]:
    """Id, address and language of each member with a proven address and an account in order."""
    query = (
        select(Person.id, PersonEmail.address, Person.language)
        .join(Person, Person.id == PersonEmail.person_id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Person.suspended_at.is_(None),
            PersonEmail.is_primary,
            PersonEmail.proven_at.is_not(None),
        )
        .order_by(Membership.created_at, Person.id)
    )
    return [(person, address, language) for person, address, language in node.db.execute(query)]


def owner_addresses(node: "Node", organisation_id: str) -> Sequence[tuple[str, str]]:
    """Address and language of each owner who has proven one."""
    query = (
        select(PersonEmail.address, Person.language)
        .join(Person, Person.id == PersonEmail.person_id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == Role.OWNER,
            PersonEmail.is_primary,
            PersonEmail.proven_at.is_not(None),
        )
    )
    return [(address, language) for address, language in node.db.execute(query)]


def without_owner(node: "Node") -> Sequence[Organisation]:
    """Organisations that nobody owns any more, for the city to look after."""
    owned = select(Membership.organisation_id).where(Membership.role == Role.OWNER)
    query = select(Organisation).where(
        Organisation.id.not_in(owned), Organisation.status != OrganisationStatus.SUSPENDED
    )
    return node.db.scalars(query.order_by(Organisation.slug)).all()


def _membership(node: "Node", organisation_id: str, person_id: str) -> Membership:
    membership = node.db.get(Membership, (organisation_id, person_id))
    if membership is None:
        raise NotFound(_("This person does not work with the organisation."))
    return membership


def _check_role(role: Role) -> None:
    if role not in ORGANISATION_ROLES:
        message = _("Choose owner, editor or awarder.")
        raise Invalid(message, fields={"role": message})


def _keep_an_owner(node: "Node", organisation_id: str, person_id: str) -> None:
    others = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.role == Role.OWNER,
        Membership.person_id != person_id,
    )
    if node.db.scalar(others.limit(1)) is None:
        raise Refused(_("An organisation needs an owner. Make somebody else one first."))


def _record(
    node: "Node",
    action: str,
    organisation_id: str,
    person_id: str,
    actor_id: str,
    role: Role | None,
) -> None:
    audit.record(
        node,
        action,
        subject_type="organisation",
        subject_id=organisation_id,
        actor_id=actor_id,
        detail={"person_id": person_id} | ({"role": role} if role else {}),
    )

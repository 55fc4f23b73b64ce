"""Who may do what: the core's permissions, and the one function that decides."""

from typing import TYPE_CHECKING

from colnode.host.types import Permission, Role
from colnode.identity import models

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.node import Node

__all__ = ["ORGANISATION_ROLES", "PERMISSIONS", "may"]

ORGANISATION_ROLES: tuple[Role, ...] = (Role.AWARDER, Role.EDITOR, Role.OWNER)
"""The roles in an organisation; each may do what those before it may."""

PERMISSIONS: tuple[Permission, ...] = (
    Permission("public.read", "Read what is open to everybody", Role.ANYONE),
    Permission("account.use", "Use one's own account and badges", Role.PERSON),
    Permission("exchange.badges.read", "Read one's badges from another program", Role.PERSON),
    Permission("exchange.badges.add", "Add badges from another program", Role.PERSON),
    Permission("exchange.profile.read", "Read one's profile from another program", Role.PERSON),
    Permission("exchange.profile.change", "Change one's profile for other programs", Role.PERSON),
    Permission("organisation.create", "Register an organisation", Role.PERSON),
    Permission("badge.award", "Award badges", Role.AWARDER),
    Permission("badge.edit", "Make and change badges", Role.EDITOR),
    Permission("badge.revoke", "Revoke badges", Role.EDITOR),
    Permission("organisation.edit", "Change the organisation's texts and picture", Role.OWNER),
    Permission("organisation.members", "Invite and remove members", Role.OWNER),
    Permission("city.manage", "Manage people, organisations and the site", Role.ADMIN),
    Permission("peers.manage", "Manage the cities that are read", Role.ADMIN),
)


def may(
    node: "Node", person: "Person | None", permission: Permission, organisation_id: str | None
) -> bool:
    """Whether the person holds the permission, in the organisation where it asks for one.

    A city admin has no role in an organisation unless they are a member of it.
    """
    if permission.role == Role.ANYONE:
        return True
    if person is None or not person.is_active:
        return False
    if permission.role in ORGANISATION_ROLES:
        return organisation_id is not None and _holds(node, person, permission, organisation_id)
    return permission.role == Role.PERSON or person.is_admin


def _holds(node: "Node", person: "Person", permission: Permission, organisation_id: str) -> bool:
    membership = node.db.get(models.Membership, (organisation_id, person.id))
    if membership is None:
        return False
    held = ORGANISATION_ROLES.index(Role(membership.role))
    return held >= ORGANISATION_ROLES.index(permission.role)

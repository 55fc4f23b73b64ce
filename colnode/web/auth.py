"""Who is asking, and may they? Every view names its permission; a view without one stops the start.

A browser shows a session cookie, a program a personal token with scopes (names of permissions) or
an access token that a person allowed it (OAuth).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from flask import Flask, current_app, g, request

from colnode.errors import ConfigurationError, Forbidden, SignInNeeded, _
from colnode.exchange import grants, scopes
from colnode.host.types import Permission, Role
from colnode.identity import memberships, permissions, sessions, tokens

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.node import Node

__all__ = [
    "SESSION_COOKIE",
    "Requirement",
    "authorise",
    "check_requirements",
    "current_node",
    "current_person",
    "current_person_id",
    "current_scopes",
    "makes_badges",
    "may",
    "reads_only",
    "require",
    "requirement_of",
]

SESSION_COOKIE = "colnode_session"
View = TypeVar("View", bound=Callable[..., Any])
OrganisationOf = Callable[..., str]


class Owned(Protocol):
    """A module whose things belong to organisations."""

    @property
    def organisation_of(self) -> OrganisationOf:
        """`organisation_of(node, **view_args)`: the id of a thing's organisation."""


@dataclass(frozen=True)
class Requirement:
    """What a view asks for: a permission and, for an organisation's, how to find that."""

    permission: str
    organisation_of: OrganisationOf | Owned | None


def require(
    permission: str, *, organisation_of: OrganisationOf | Owned | None = None
) -> Callable[[View], View]:
    """Declare a view's permission. Goes below the route decorator.

    `organisation_of(node, **view_args)` gives the id of the organisation that the thing belongs to
    and raises NotFound; a module with a function of that name stands for it. Without it the view
    argument `organisation_id` is used.
    """

    def mark(view: View) -> View:
        view.__dict__["requirement"] = Requirement(permission, organisation_of)
        return view

    return mark


def reads_only(view: View) -> View:
    """Let a view that posts run without a writing transaction: it stores nothing."""
    view.__dict__["reads_only"] = True
    return view


def requirement_of(view: Callable[..., Any]) -> Requirement | None:
    """What a view function declared."""
    return getattr(view, "requirement", None)


def current_node() -> "Node":
    """The node that this application serves."""
    node: Node = current_app.extensions["colnode"]
    return node


def current_person() -> "Person | None":
    """The person who asks, None for a visitor."""
    person: Person | None = g.get("person")
    return person


def current_person_id() -> str:
    """The id of the person who asks, in a view whose permission needs one. Raises SignInNeeded."""
    person = current_person()
    if person is None:
        raise SignInNeeded(_("Please sign in to continue."))
    return person.id


def current_scopes() -> frozenset[str] | None:
    """What the token that asks may do, None for a browser's session."""
    scopes: frozenset[str] | None = g.get("scopes")
    return scopes


def may(permission: str, organisation_id: str | None = None) -> bool:
    """Whether the person who asks has the permission (for an organisation, if it needs one)."""
    node = current_node()
    scopes = current_scopes()
    if scopes is not None and permission not in scopes and _role(node, permission) != Role.ANYONE:
        return False
    known = node.host.permissions[permission]
    return permissions.may(node, current_person(), known, organisation_id)


def makes_badges() -> bool:
    """Whether the person who asks may make badges for any organisation."""
    person = current_person()
    if person is None:
        return False
    held = memberships.memberships_of(current_node(), person.id)
    return any(may("badge.edit", organisation.id) for organisation, _role in held)


def authorise() -> None:
    """Before each request: find the person, then hold the view to its permission."""
    node = current_node()
    _identify(node)
    if request.endpoint is None or request.endpoint == "static":
        return
    view = current_app.view_functions[request.endpoint]
    requirement = requirement_of(view)
    if requirement is None:  # check_requirements stops such a start; fail closed all the same
        raise Forbidden(_("This page is not open to anybody."))
    known = node.host.permissions[requirement.permission]
    organisation_id = _organisation(node, requirement, known)
    if may(requirement.permission, organisation_id):
        return
    if current_person() is None:
        raise SignInNeeded(_("Please sign in to continue."))
    raise Forbidden(_("You may not do this here."))


def _identify(node: "Node") -> None:
    g.person = g.scopes = None
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        g.person, g.scopes = _token_owner(node, token.strip())
        return
    if request.path.startswith(("/api/", "/ims/")):
        return  # a program shows a token; a cookie would open the API to forged requests
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        g.person = sessions.person_of(node, cookie)


def _token_owner(node: "Node", token: str) -> "tuple[Person, frozenset[str]]":
    """A personal token has permissions as its scopes, a program's the scopes of the standard."""
    if not token.startswith(grants.ACCESS_PREFIX):
        return tokens.authenticate(node, token)
    person, allowed = grants.authenticate(node, token)
    return person, scopes.permissions_of(allowed)


def _organisation(node: "Node", requirement: Requirement, known: Permission) -> str | None:
    if known.role not in {Role.AWARDER, Role.EDITOR, Role.OWNER}:
        return None
    arguments = request.view_args or {}
    owner = requirement.organisation_of
    if owner is None:
        organisation_id: str = arguments["organisation_id"]
        return organisation_id
    find: OrganisationOf = getattr(owner, "organisation_of", cast(OrganisationOf, owner))
    return find(node, **arguments)


def _role(node: "Node", permission: str) -> Role:
    return node.host.permissions[permission].role


def check_requirements(app: Flask, known: dict[str, Permission]) -> None:
    """Stop the start when a route lacks its permission or names an unknown one."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        requirement = requirement_of(app.view_functions[rule.endpoint])
        if requirement is None or requirement.permission not in known:
            raise ConfigurationError(
                _("The route {route} ({endpoint}) names no known permission."),
                route=rule.rule,
                endpoint=rule.endpoint,
            )

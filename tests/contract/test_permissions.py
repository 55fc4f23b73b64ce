"""Every route says who may use it, and the application holds everybody to that."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from colnode.app import create_app
from colnode.errors import ConfigurationError
from colnode.host.types import Role
from colnode.identity import memberships
from colnode.node import Node
from colnode.web.auth import check_requirements, requirement_of

IN_ORGANISATION = (Role.AWARDER, Role.EDITOR, Role.OWNER)
DENIED = {302, 401, 403}


def test_a_route_without_a_permission_stops_the_start(node: Node) -> None:
    app = create_app(node=node)
    app.view_functions["site.home"] = lambda: "open to all"
    with pytest.raises(ConfigurationError, match="names no known permission"):
        check_requirements(app, node.host.permissions)


def test_an_unknown_permission_stops_the_start(node: Node) -> None:
    app = create_app(node=node)
    known = {name: value for name, value in node.host.permissions.items() if name != "public.read"}
    with pytest.raises(ConfigurationError, match="names no known permission"):
        check_requirements(app, known)


def routes(site: Flask, *roles: Role) -> list[tuple[str, str]]:
    """(method, address) of every route that asks for one of the roles; ids are made up."""
    return [*_routes(site, roles), *_routes(site.extensions["colnode_api"](), roles)]


def _routes(app: Flask, roles: tuple[Role, ...]) -> list[tuple[str, str]]:
    node: Node = app.extensions["colnode"]
    found = []
    for rule in app.url_map.iter_rules():
        requirement = requirement_of(app.view_functions[rule.endpoint])
        if requirement is None or node.host.permissions[requirement.permission].role not in roles:
            continue
        with app.test_request_context():
            values = {name: "0" for name in rule.arguments}
            url = app.url_map.bind("localhost").build(
                rule.endpoint, _fitting(rule, values), method=next(iter(rule.methods or {"GET"}))
            )
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append((method, url))
    return found


def _fitting(rule: Any, values: dict[str, str]) -> dict[str, Any]:
    converters = rule._converters
    return {
        name: 0 if type(converters[name]).__name__ == "IntegerConverter" else value
        for name, value in values.items()
    }


def ask(client: FlaskClient, method: str, url: str) -> int:
    """The status that an address answers with."""
    return client.open(url, method=method, base_url="http://localhost:8000").status_code


@pytest.mark.databases("sqlite")
def test_a_visitor_is_turned_away_from_everything_that_is_not_public(
    node: Node, client: FlaskClient
) -> None:
    asked = routes(client.application, *(role for role in Role if role != Role.ANYONE))
    assert len(asked) > 20
    open_doors = [
        (method, url) for method, url in asked if ask(client, method, url) not in DENIED | {404}
    ]
    assert open_doors == []


@pytest.mark.databases("sqlite")
def test_a_person_without_a_role_is_turned_away_from_city_and_organisations(
    client: FlaskClient, make_person: Callable[..., Any], sign_in: Callable[..., None]
) -> None:
    sign_in(client, make_person())
    asked = routes(client.application, *IN_ORGANISATION, Role.ADMIN)
    open_doors = [
        (method, url) for method, url in asked if ask(client, method, url) not in {403, 404, 401}
    ]
    assert open_doors == []


@pytest.mark.databases("sqlite")
def test_a_city_admin_is_not_a_member_of_every_organisation(
    node: Node,
    client: FlaskClient,
    make_person: Callable[..., Any],
    make_organisation: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:
    organisation = make_organisation()
    admin = make_person(is_admin=True)
    with node.reading():
        assert memberships.role_of(node, organisation.id, admin.id) is None
    sign_in(client, admin)
    answers = {
        ask(client, method, url.replace("/0/", f"/{organisation.id}/", 1))
        for method, url in routes(client.application, *IN_ORGANISATION)
        if method == "POST" and not url.startswith("/api/")
    }
    assert answers <= {403, 404}


@pytest.mark.databases("sqlite")
def test_each_role_opens_its_own_organisation_and_no_other(
    node: Node,
    client: FlaskClient,
    make_person: Callable[..., Any],
    make_organisation: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:
    own, foreign = make_organisation("Own"), make_organisation("Foreign")
    app = client.application
    by_argument = [
        (rule, requirement)
        for rule in app.url_map.iter_rules()
        if (requirement := requirement_of(app.view_functions[rule.endpoint])) is not None
        and requirement.organisation_of is None
        and node.host.permissions[requirement.permission].role in IN_ORGANISATION
        and rule.arguments == {"organisation_id"}
        and "GET" in (rule.methods or set())
        and not rule.rule.startswith("/api/")
    ]
    assert by_argument
    for role in IN_ORGANISATION:
        person = make_person()
        with node.unit():
            memberships.add_member(node, own.id, person.id, role=role, actor_id=person.id)
        sign_in(client, person)
        for rule, requirement in by_argument:
            needed = node.host.permissions[requirement.permission].role
            has_it = IN_ORGANISATION.index(role) >= IN_ORGANISATION.index(needed)
            inside = ask(client, "GET", rule.rule.replace("<organisation_id>", own.id))
            outside = ask(client, "GET", rule.rule.replace("<organisation_id>", foreign.id))
            assert (inside != 403) is has_it, (role, rule.rule, inside)
            assert outside == 403, (role, rule.rule)

"""The fixtures of the test kit. The node's code is imported when a fixture is first used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colnode.config import Config

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from colnode.badges.models import Achievement, Credential
    from colnode.catalogue import RecordView
    from colnode.http import GuardedClient
    from colnode.identity.models import Organisation, Person
    from colnode.mail import DevelopmentMail
    from colnode.node import Node
    from colnode.testing.databases import Templates
    from colnode.testing.peers import FakePeer

__all__ = ["TestClock"]


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment it stands at."""
        return self.moment

    def forward(self, **amount: float) -> None:
        """Move it on, e.g. forward(days=1)."""
        self.moment += timedelta(**amount)


@pytest.fixture(scope="session")
def colnode_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Migrated databases to copy from."""
    from colnode.testing.databases import Templates

    templates = Templates(tmp_path_factory.mktemp("databases"))
    yield templates
    templates.close()


@pytest.fixture(scope="session")
def colnode_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the nodes of a run keep compiled templates for each other."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def colnode_database(request: pytest.FixtureRequest) -> str:
    """The kind of database that this test runs on."""
    kind: str = getattr(request, "param", "sqlite")
    return kind


@pytest.fixture
def clock() -> TestClock:
    """A clock at 2026-11-23 10:00 UTC that the test moves."""
    return TestClock()


@pytest.fixture
def make_node(
    colnode_templates: Templates,
    colnode_database: str,
    colnode_cache: Path,
    tmp_path: Path,
    clock: TestClock,
) -> Iterator[Callable[..., Node]]:
    """Open a city: make_node(name="Vilnius", plugins=("map",), base_url=..., server={...})."""
    from colnode.app import open_node
    from colnode.federation import publish
    from colnode.identity import key_file

    opened: list[tuple[Node, tuple[str, ...]]] = []

    def make(
        *,
        name: str = "Testville",
        plugins: tuple[str, ...] = ("map", "playlists", "endorsement"),
        base_url: str = "http://localhost:8000",
        use_clock: Any = clock,
        plugin_settings: dict[str, dict[str, object]] | None = None,
        **sections: dict[str, object],
    ) -> Node:
        folder = tmp_path / f"node{len(opened)}"
        folder.mkdir()
        url = colnode_templates.new(colnode_database, plugins)
        server = {"cache_dir": str(colnode_cache), **sections.pop("server", {})}
        sections["server"] = server
        config = _config(folder, url, name, plugins, base_url, sections, plugin_settings or {})
        key_file.ensure_key_file(config)
        node = open_node(config, clock=use_clock, http=_this_machine_only())
        opened.append((node, plugins))
        with node.unit():
            publish.init_identity(node)
        return node

    yield make
    for node, _plugins in opened:
        node.close()
    for node, plugins in opened:
        colnode_templates.release(node.config.database.url, plugins)


def _config(
    folder: Path,
    url: str,
    name: str,
    plugins: tuple[str, ...],
    base_url: str,
    sections: dict[str, dict[str, object]],
    plugin_settings: dict[str, dict[str, object]],
) -> Config:
    given: dict[str, dict[str, object]] = {
        "city": {"name": name, "languages": ["en", "lt"]},
        "server": {"base_url": base_url, "data_dir": str(folder), "demo": True},
        "database": {"url": url, "pool_size": 4},
        "federation": {"allow_loopback": True},
        "plugins": {"enabled": list(plugins)},
    }
    for section, values in sections.items():
        given.setdefault(section, {}).update(values)
    config = Config(plugin_settings=plugin_settings)
    changed: dict[str, Any] = {
        section: replace(getattr(config, section), **values) for section, values in given.items()
    }
    return replace(config, **changed)


def _is_inner(host: str) -> bool:
    """Whether it is an address of this machine or an inner network, which the client refuses."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _this_machine_only() -> GuardedClient:
    """The guarded client with no way off this machine: a name of elsewhere is not found."""
    from colnode.http import GuardedClient
    from colnode.http.client import system_resolve

    def resolve(host: str, port: int) -> Sequence[str]:
        if host == "localhost" or _is_inner(host):
            return system_resolve(host, port)
        raise OSError(f"tests ask nobody but this machine, and not {host}")

    return GuardedClient(allow_loopback=True, resolve=resolve)


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city with every built-in plugin."""
    return make_node()


@pytest.fixture
def client(node: Node) -> FlaskClient:
    """A browser without JavaScript on the city's site. `client.post` sends the form token."""
    return _client(node)


def _client(node: Node) -> FlaskClient:
    from colnode.app import create_app

    app = create_app(node=node)
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def make_client() -> Callable[[Node], FlaskClient]:
    """A browser without JavaScript on another city's site: make_client(city)."""
    return _client


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, Person], None]:
    """Sign a person in: sign_in(client, person)."""

    from colnode.identity import sessions
    from colnode.web.auth import SESSION_COOKIE

    def act(client: FlaskClient, person: Person) -> None:
        served: Node = client.application.extensions["colnode"]
        with served.unit():
            token = sessions.start(served, person.id, user_agent="test")
        client.set_cookie(SESSION_COOKIE, token)

    return act


@pytest.fixture
def make_person(node: Node) -> Callable[..., Person]:
    """Make a person with a proven address: make_person("ada@example.org", is_admin=True)."""
    from colnode.identity import people

    counter = iter(range(1, 10_000))

    def make(
        email: str | None = None,
        *,
        display_name: str = "Ada Learner",
        password: str | None = None,
        is_admin: bool = False,
        on: Node | None = None,
    ) -> Person:
        city = on or node
        with city.unit():
            return people.create(
                city,
                email=email or f"person{next(counter)}@example.org",
                display_name=display_name,
                password=password,
                is_proven=True,
                is_admin=is_admin,
            )

    return make


@pytest.fixture
def make_organisation(
    node: Node, make_person: Callable[..., Person]
) -> Callable[..., Organisation]:
    """Make a verified organisation with an owner: make_organisation("Library", owner=person)."""

    from colnode.host.types import Role
    from colnode.identity import memberships, organisations

    def make(
        name: str = "Town Library",
        *,
        owner: Person | None = None,
        is_verified: bool = True,
        on: Node | None = None,
    ) -> Organisation:
        city = on or node
        owner = owner or make_person(on=city)
        with city.unit():
            made = organisations.create(city, name={"en": name}, actor_id=owner.id)
            assert memberships.role_of(city, made.id, owner.id) == Role.OWNER
            if is_verified:
                organisations.verify(city, made.id, actor_id=owner.id)
        return made

    return make


@pytest.fixture
def make_achievement(
    node: Node, make_organisation: Callable[..., Organisation]
) -> Callable[..., Achievement]:
    """Make a published badge: make_achievement(organisation, name="Robot builder")."""
    from colnode.badges import achievements
    from colnode.badges.content import Content
    from colnode.identity import organisations

    def make(
        organisation: Organisation | None = None,
        *,
        name: str = "Robot builder",
        is_published: bool = True,
        on: Node | None = None,
        **changes: Any,
    ) -> Achievement:
        city = on or node
        organisation = organisation or make_organisation(on=city)
        given = {
            "name": {"en": name},
            "description": {"en": "Builds a robot that follows a line."},
            "criteria": {"en": "Build it, and show that it drives."},
        } | changes
        with city.unit():
            actor_id = organisations.list_members(city, organisation.id)[0].person_id
            made = achievements.create(
                city, organisation.id, content=Content(**given), actor_id=actor_id
            )
            if is_published:
                achievements.publish(city, made.id, actor_id=actor_id)
        return made

    return make


@pytest.fixture
def make_credential(
    node: Node, make_achievement: Callable[..., Achievement], make_person: Callable[..., Person]
) -> Callable[..., Credential]:
    """Make a signed badge that somebody has earned: make_credential(person, achievement)."""
    from colnode.badges import awards, issuing, offers
    from colnode.identity import organisations

    def make(
        person: Person | None = None,
        achievement: Achievement | None = None,
        *,
        on: Node | None = None,
    ) -> Credential:
        city = on or node
        person = person or make_person(on=city)
        achievement = achievement or make_achievement(on=city)
        with city.unit():
            owner = organisations.list_members(city, achievement.organisation_id)[0]
            assert person.email is not None
            awards.award(city, achievement.id, emails=[person.email], actor_id=owner.person_id)
            offered = next(
                offer
                for offer in offers.offers_for(city, person.id)
                if offer.achievement_id == achievement.id
            )
            return issuing.accept(city, offered.id, person_id=person.id)

    return make


@pytest.fixture
def make_record(node: Node) -> Callable[..., RecordView]:
    """Publish a record of this city: make_record("trail", {"title": {"en": "River"}, ...})."""
    from colnode import catalogue
    from colnode.db import new_id

    def make(
        record_type: str,
        body: Mapping[str, Any],
        *,
        record_id: str | None = None,
        on: Node | None = None,
    ) -> RecordView:
        city = on or node
        record_id = record_id or new_id()
        with city.unit():
            catalogue.publish(city, record_type, record_id, body)
            view = catalogue.get(city, catalogue.OWN, record_id, record_type=record_type)
        assert view is not None
        return view

    return make


@pytest.fixture
def export_person() -> Callable[[Node, Person], dict[str, Any]]:
    """Everything that a city keeps about a person: export_person(city, person)["trail"]."""
    from colnode.identity import people

    def export(city: Node, person: Person) -> dict[str, Any]:
        with city.reading():
            return people.export(city, person.id)

    return export


@pytest.fixture
def erase_person() -> Callable[[Node, Person], None]:
    """Erase a person as they would themselves: erase_person(city, person)."""
    from colnode.identity import people

    def erase(city: Node, person: Person) -> None:
        with city.unit():
            people.erase(city, person.id, actor_id=person.id)

    return erase


@pytest.fixture
def outbox() -> Callable[[Node], list[DevelopmentMail]]:
    """The mail that a city has sent, oldest first; run_jobs sends it. None leaves this machine."""
    from colnode import mail

    def read(city: Node) -> list[DevelopmentMail]:
        return mail.list_development_mail(city)[::-1]

    return read


@pytest.fixture
def fake_peer() -> Iterator[FakePeer]:
    """A machine on loopback that answers what the test says: fake_peer.answer("/x", b"...")."""
    from colnode.testing.peers import FakePeer

    with FakePeer.serving() as peer:
        yield peer


@pytest.fixture
def run_jobs() -> Callable[..., int]:
    """Do the background work that is due: run_jobs(node)."""

    from colnode import jobs

    def run(city: Node) -> int:
        return jobs.run_due(city)

    return run


@contextmanager
def _serving(city: Node) -> Iterator[str]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    from colnode.app import create_app

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:
            """Say nothing."""

    port = int(city.config.domain.rpartition(":")[2])
    server = make_server(
        "127.0.0.1", port, create_app(node=city), threaded=True, request_handler=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield city.config.server.base_url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Node], str]]:
    """Serve a city over real HTTP on loopback; returns its address: serve(node)."""
    with ExitStack() as stack:
        yield lambda city: stack.enter_context(_serving(city))


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def two_nodes(make_node: Callable[..., Node], serve: Callable[[Node], str]) -> tuple[Node, Node]:
    """Two cities that reach each other over real HTTP on loopback."""
    first = make_node(name="Northport", base_url=f"http://localhost:{_free_port()}")
    second = make_node(name="Southport", base_url=f"http://localhost:{_free_port()}")
    for city in (first, second):
        serve(city)
    return first, second


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real, headless Chromium, one for the whole run."""
    from colnode.testing.browser import launch

    with launch() as browser:
        yield browser


@pytest.fixture
def open_page(chromium: Browser) -> Callable[..., AbstractContextManager[Page]]:
    """Open pages that may ask this machine only: `with open_page(width=390) as page:`."""
    from colnode.testing import browser

    return partial(browser.open_page, chromium)


@pytest.fixture
def browser_page(open_page: Callable[..., AbstractContextManager[Page]]) -> Iterator[Page]:
    """A page of a real Chromium, 1280 px wide. Any request to another machine fails the test."""
    with open_page() as page:
        yield page

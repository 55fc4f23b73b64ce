"""The fixtures of the test kit. The node's code is imported when a fixture is first used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colnode.config import Config

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from colnode.identity.models import Organisation, Person
    from colnode.node import Node
    from colnode.testing.databases import Templates

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

    opened: list[Node] = []

    def make(
        *,
        name: str = "Testville",
        plugins: tuple[str, ...] = ("map",),
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
        node = open_node(config, clock=use_clock)
        opened.append(node)
        with node.unit():
            publish.init_identity(node)
        return node

    yield make
    for node in opened:
        node.close()


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

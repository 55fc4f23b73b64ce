"""Two temporary cities on this machine with a learner in each, and what the points do with them."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.badges import achievements, awards, issuing, offers
from colnode.badges.content import Content
from colnode.config import Config
from colnode.identity import key_file, organisations, people, sessions
from colnode.openbadges.verify import verify

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import Client, TestResponse

    from colnode.badges.models import Credential
    from colnode.identity.models import Person
    from colnode.node import Node
    from colnode.openbadges.findings import Verdict

__all__ = ["City", "Stage", "Unmet", "need", "open_stage"]


class Unmet(Exception):
    """A point is not answered; the text says what was seen instead."""


def need(condition: object, text: str) -> None:
    """Raise Unmet unless the condition holds."""
    if not condition:
        raise Unmet(text)


@dataclass
class City:
    """A temporary city that answers over HTTP, with a browser in which a learner is signed in."""

    node: "Node"
    app: "Flask"
    learner: "Person"
    browser: "Client"

    @property
    def url(self) -> str:
        """Its address."""
        return self.node.config.server.base_url

    def give(self, name: str, *, email: str | None = None) -> "Credential":
        """Award a new badge by e-mail and accept it as the learner."""
        node, learner = self.node, self.learner
        content = Content(
            name={"en": name},
            description={"en": "Shows that the standard is met."},
            criteria={"en": "Meet it."},
            tags=(),
            art={"shape": "circle", "icon": "award", "first": "green", "second": "amber"},
        )
        with node.unit():
            organisation = organisations.create(node, name={"en": name}, actor_id=learner.id)
            organisations.verify(node, organisation.id, actor_id=learner.id)
            made = achievements.create(node, organisation.id, content=content, actor_id=learner.id)
            achievements.publish(node, made.id, actor_id=learner.id)
            address = email or str(learner.email)
            awards.award(node, made.id, emails=[address], actor_id=learner.id)
            offer = next(
                offer
                for offer in offers.offers_for(node, learner.id)
                if offer.achievement_id == made.id
            )
            return issuing.accept(node, offer.id, person_id=learner.id)

    def get(self, path: str, **headers: str) -> "TestResponse":
        """Open a page of this city in the learner's browser."""
        return self.browser.get(path.removeprefix(self.url), base_url=self.url, headers=headers)

    def post(self, path: str, **form: str) -> "TestResponse":
        """Send a form of this city in the learner's browser."""
        return self.browser.post(path.removeprefix(self.url), base_url=self.url, data=form)


@dataclass
class Stage:
    """Where the points are tried. `memory` is what one try leaves for a later one."""

    home: City
    away: City
    memory: dict[str, Any] = field(default_factory=dict)

    def verdict(self, document: bytes) -> "Verdict":
        """The verdict of somebody who knows neither city."""
        from colnode.http import GuardedClient, HttpResolver

        resolver = HttpResolver(GuardedClient(allow_loopback=True))
        return verify(document, resolver=resolver, now=self.home.node.clock.now())


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Two cities, gone with everything in them when the `with` ends."""
    folder = Path(tempfile.mkdtemp(prefix="colnode-conformance-"))
    try:
        with ExitStack() as stack:
            home = stack.enter_context(_open_city(folder / "home", "Northport"))
            away = stack.enter_context(_open_city(folder / "away", "Southport"))
            yield Stage(home, away)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _open_city(folder: Path, name: str) -> Iterator[City]:
    from colnode.app import create_app, open_node
    from colnode.db import connect
    from colnode.federation import publish
    from colnode.host.loader import load_plugins
    from colnode.host.migrate import upgrade

    folder.mkdir()
    config = _config(folder, name)
    key_file.ensure_key_file(config)
    engine = connect(config.database_url)
    upgrade(engine, load_plugins(config))
    engine.dispose()
    node = open_node(config)
    try:
        with node.unit():
            publish.init_identity(node)
            learner = people.create(
                node,
                email="conformance@imsglobal.org",
                display_name="Conformance Tester",
                password=None,
                is_proven=True,
            )
        app = create_app(node=node)
        with _serving(app, config):
            yield City(node, app, learner, _browser(node, learner))
    finally:
        node.close()


def _config(folder: Path, name: str) -> Config:
    config = Config()
    return replace(
        config,
        city=replace(config.city, name=name),
        server=replace(
            config.server,
            base_url=f"http://localhost:{_free_port()}",
            data_dir=str(folder),
            demo=True,
        ),
        federation=replace(config.federation, allow_loopback=True),
        plugins=replace(config.plugins, enabled=[]),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _browser(node: "Node", learner: "Person") -> "Client":
    """A browser without JavaScript; forms need no token, since no other site is open in it."""
    from colnode.app import create_app
    from colnode.web.auth import SESSION_COOKIE

    app = create_app(node=node)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    with node.unit():
        token = sessions.start(node, learner.id, user_agent="conformance")
    browser.set_cookie(SESSION_COOKIE, token)
    return browser


@contextmanager
def _serving(app: "Flask", config: Config) -> Iterator[None]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            """Say nothing."""

    port = int(config.domain.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A hint makes a reader look within seconds, and is good for nothing else."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from colnode import catalogue, jobs
from colnode.app import create_app
from colnode.catalogue import Query
from colnode.federation import peers
from colnode.jobs import Job
from colnode.node import Node
from colnode.testing.fixtures import TestClock

Put = Callable[..., None]


def _titles(node: Node) -> set[str]:
    with node.reading():
        return {view.title["en"] for view in catalogue.search(node, Query()).items}


def _befriend(two_cities: tuple[Node, Node]) -> None:
    """The origin reads its reader, too, and so tells it when something changed."""
    reader, origin = two_cities
    peer = peers.add(origin, reader.config.server.base_url)
    with origin.unit():
        peers.allow(origin, peer.id)
    jobs.run_due(origin)
    jobs.run_due(reader)


def test_a_change_is_read_within_a_minute_of_the_word(
    two_cities: tuple[Node, Node], put: Put, clock: TestClock
) -> None:
    reader, origin = two_cities
    _befriend(two_cities)
    put(origin, a="Chess")
    clock.forward(seconds=40)
    jobs.run_due(origin)  # the hint itself
    jobs.run_due(reader)
    assert _titles(reader) == {"Chess"}


def test_nobody_is_told_when_nothing_changed(
    two_cities: tuple[Node, Node], put: Put, clock: TestClock
) -> None:
    _reader, origin = two_cities
    _befriend(two_cities)
    put(origin, a="Chess")
    clock.forward(seconds=40)
    jobs.run_due(origin)
    clock.forward(hours=30)
    jobs.run_due(origin)  # signs its checkpoint again, and the log is no longer
    with origin.reading():
        waiting = select(func.count()).select_from(Job).where(Job.kind == "federation.hint")
        assert origin.db.scalar(waiting) == 0


def test_a_reader_that_is_away_does_no_harm(
    two_cities: tuple[Node, Node], put: Put, clock: TestClock
) -> None:
    reader, origin = two_cities
    _befriend(two_cities)
    with origin.unit():
        for peer in peers.list_peers(origin):
            peer.url = "http://localhost:1"
    put(origin, a="Chess")
    clock.forward(seconds=40)
    jobs.run_due(origin)
    with origin.reading():
        assert jobs.failed_jobs(origin) == []
    clock.forward(hours=2)
    jobs.run_due(reader)
    assert _titles(reader) == {"Chess"}


@pytest.fixture
def knocking(two_cities: tuple[Node, Node], clock: TestClock) -> FlaskClient:
    """Somebody who sends hints to a reader that has just looked."""
    reader, _origin = two_cities
    jobs.run_due(reader)
    clock.forward(seconds=31)
    return create_app(node=reader).test_client()


def _jobs(reader: Node) -> list[Any]:
    with reader.reading():
        return list(reader.db.scalars(select(Job.run_at).where(Job.kind == "federation.sync")))


def test_a_flood_of_hints_is_one_look(
    two_cities: tuple[Node, Node], knocking: FlaskClient, clock: TestClock
) -> None:
    reader, origin = two_cities
    for size in range(100, 400):
        answer = knocking.post("/federation/v1/hint", json={"node": origin.id, "size": size})
        assert (answer.status_code, answer.data) == (202, b"")
    assert _jobs(reader) == [clock.now()]
    jobs.run_due(reader)
    knocking.post("/federation/v1/hint", json={"node": origin.id, "size": 401})
    assert _jobs(reader) == [clock.now() + timedelta(seconds=30)]


def _hint(node: Node, /, **changes: Any) -> bytes:
    return json.dumps({"node": node.id, "size": 1_000, **changes}).encode()


def test_whatever_else_comes_is_answered_alike_and_does_nothing(
    two_cities: tuple[Node, Node], knocking: FlaskClient
) -> None:
    reader, origin = two_cities
    useless = [
        b"",
        b"[]",
        b"no json",
        b"\xff",
        b"[" * 1_000,
        b"x" * 100_000,
        _hint(origin, size=2),
        _hint(origin, size=True),
        _hint(origin, size=-1),
        _hint(origin, size=1.5e300),
        _hint(origin, size="9"),
        _hint(origin, node="n_unknown"),
        _hint(origin, node=["n_"]),
        _hint(origin, more="x" * 2_000),
        _hint(origin)[:-1] + b',"size":1001}',
    ]
    for data in useless:
        answer = knocking.post("/federation/v1/hint", data=data)
        assert (answer.status_code, answer.data) == (202, b"")
    assert _jobs(reader) == []
    assert knocking.get("/federation/v1/hint").status_code == 405


@pytest.mark.parametrize("state", ["pending", "blocked", "failing"])
def test_only_a_city_that_is_read_and_answers_is_looked_at(
    two_cities: tuple[Node, Node], knocking: FlaskClient, state: str
) -> None:
    reader, origin = two_cities
    with reader.unit():
        (peer,) = peers.list_peers(reader)
        peer.state = "allowed" if state == "failing" else state
        peer.failures = 3 if state == "failing" else 0
    assert knocking.post("/federation/v1/hint", data=_hint(origin)).status_code == 202
    assert _jobs(reader) == []

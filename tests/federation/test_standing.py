"""A database that is older than what was shown: read-only, said so, and nothing is lost."""

import json
import stat
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select

from colnode import catalogue, jobs
from colnode.errors import ConfigurationError, ReadOnly
from colnode.federation import peers, polling, pull, sequencer, serving, standing, witness
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead
from colnode.identity import tokens
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.federation.test_crashes import check_log
from tests.federation.test_two_cities import shown, the_peer

Put = Callable[..., None]
_TABLES: tuple[Any, ...] = (LogEntry, LogHead, LogCheckpoint)
Rows = list[list[dict[str, Any]]]


def photograph(city: Node) -> Rows:
    """The rows of the log as they stand."""
    with city.reading():
        return [
            [dict(row._mapping) for row in city.db.execute(select(table.__table__))]
            for table in _TABLES
        ]


def put_back(city: Node, rows: Rows) -> None:
    """Make the log what it was, as a restored database does."""
    with city.unit():
        for table, old in zip(_TABLES, rows, strict=True):
            city.db.execute(delete(table))
            city.db.execute(insert(table.__table__), old)
    serving.forget(city)


def test_checkpoint_is_in_the_witness_before_anybody_sees_it(
    city: Node, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(city, a="Chess")
    seen = witness.read(city.config)
    with city.reading():
        head = serving.current_head(city)
    assert seen is not None
    assert (seen.size, seen.note) == (3, head.note)
    path = witness.file_of(city.config)
    assert path.parent == city.config.key_file.parent
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def die(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(witness, "_write", die)
    put(city, b="Go")
    serving.forget(city)
    with city.reading(), pytest.raises(ConfigurationError, match=r"No space left.*until it can"):
        serving.current_head(city)
    monkeypatch.undo()
    with city.reading():
        assert serving.current_head(city).size == 4


def test_database_that_is_behind_writes_nothing_and_keeps_what_waits(
    city: Node, put: Put, clock: TestClock
) -> None:
    put(city, a="Chess")
    old = photograph(city)
    put(city, b="Go")
    with city.reading():
        shown_note = serving.current_head(city).note
    put_back(city, old)
    with city.unit():
        catalogue.publish(city, "thing", "c", {"name": {"en": "Ludo"}})
    clock.forward(days=3)
    jobs.run_due(city)
    assert check_log(city) == ["put thing/a"]
    with city.reading():
        fault = standing.fault(city)
        assert len(catalogue.read_outbox(city, limit=9)) == 1
        assert serving.current_head(city).note == shown_note
    assert fault is not None
    assert "3 entries instead of 4" in str(fault)
    with pytest.raises(ReadOnly), city.unit():
        sequencer.lock_head(city)


def test_everybody_is_told_and_reading_goes_on(
    node: Node,
    client: FlaskClient,
    sign_in: Callable[..., None],
    make_person: Callable[..., Any],
) -> None:
    admin, ada = make_person(is_admin=True), make_person()
    assert client.get("/healthz").data == b"ok\n"
    with node.unit():
        standing.stop_restored(node)
    assert client.get("/healthz").data.startswith(b"read-only\nThe city was restored")
    sign_in(client, ada)
    page = client.get("/").get_data(as_text=True)
    assert "restored from a backup" not in page
    refused = client.post("/account", data={"display_name": "Ada L."})
    assert refused.status_code == 503
    text = refused.get_data(as_text=True)
    assert "Nothing can be changed in this city for now" in text
    assert "what you typed is still there" in text
    sign_in(client, admin)
    for path in ("/", "/admin", "/network"):
        assert "restored from a backup" in client.get(path).get_data(as_text=True), path
    with node.unit():
        token = tokens.create(node, admin.id, label="x", scopes=["organisation.create"])
    head = {"Authorization": f"Bearer {token}"}
    answer = client.post("/api/v1/organisations", json={"name": {"en": "X"}}, headers=head)
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    problem = json.loads(answer.data)
    assert problem["type"].endswith("/read-only")
    assert "colnode recover" in problem["detail"]
    with node.unit():
        standing.resume(node)
    assert "restored from a backup" not in client.get("/").get_data(as_text=True)


def follow_each_other(reader: Node, origin: Node) -> str:
    """Let the origin read the reader too; the id of that peer."""
    back = peers.add(origin, reader.config.server.base_url)
    with origin.unit():
        peers.allow(origin, back.id)
    return back.id


def test_what_peers_hold_shows_that_the_database_is_behind(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    back = follow_each_other(reader, origin)
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    assert standing.check_peer(origin, back) is None
    old = photograph(origin)
    put(origin, b="Go")
    pull.sync(reader, the_peer(reader).id)
    put_back(origin, old)
    witness.start_anew(origin.config)
    polling.read(origin, back)
    with origin.reading():
        assert "older than what other cities have read" in str(standing.fault(origin))
    assert shown(reader, origin) == {"a": "Chess", "b": "Go"}


def test_second_copy_of_a_city_is_told_so(two_cities: tuple[Node, Node], put: Put) -> None:
    reader, origin = two_cities
    back = follow_each_other(reader, origin)
    put(origin, a="Chess")
    old = photograph(origin)
    put(origin, b="Written by the one copy")
    pull.sync(reader, the_peer(reader).id)
    put_back(origin, old)
    witness.start_anew(origin.config)
    put(origin, b="Written by the other", c="And more")
    polling.read(origin, back)
    with origin.reading():
        assert "second copy of this city" in str(standing.fault(origin))


def test_lying_peer_cannot_stop_a_city(two_cities: tuple[Node, Node], put: Put) -> None:
    reader, origin = two_cities
    back = follow_each_other(reader, origin)
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    with reader.unit():
        peer = peers.get_peer(reader, the_peer(reader).id)
        assert peer.note is not None
        peer.note = peer.note.replace(b"\n4\n", b"\n9\n").replace(b"\n3\n", b"\n9\n")
    assert standing.check_peer(origin, back) is None

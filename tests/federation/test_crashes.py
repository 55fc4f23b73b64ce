"""Killed at any moment: nothing acknowledged is lost, nothing is told twice, reading goes on."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from colnode import catalogue, jobs
from colnode.errors import Unavailable
from colnode.federation import pull, reading, replica, sequencer, serving
from colnode.federation.log import Frontier, leaf_hash, tree_root
from colnode.federation.models import LogCheckpoint, LogEntry, LogHead, Stage
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.federation.lying import Answer, LyingCity
from tests.federation.test_lying_cities import a_liar, followed, stored, titles
from tests.federation.test_two_cities import assert_equal, shown, the_peer

Put = Callable[..., None]


class Killed(BaseException):
    """What a test raises where the process is to die; nothing in the code catches it."""


@pytest.fixture
def liar(clock: TestClock) -> Iterator[LyingCity]:
    """A truthful city on loopback whose answers a test can tear."""
    with a_liar(clock) as city:
        yield city


def check_log(city: Node) -> list[str]:
    """Hold the whole log together; gives what its entries do, in order."""
    with city.reading():
        rows = city.db.execute(
            select(LogEntry.seq, LogEntry.op, LogEntry.record_id, LogEntry.header).order_by(
                LogEntry.seq
            )
        ).all()
        head = city.db.get_one(LogHead, 1)
        newest = city.db.scalar(select(func.max(LogCheckpoint.size)))
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert head.size == newest == len(rows)
    frontier = Frontier.from_bytes(head.size, head.frontier)
    assert frontier.root() == tree_root(leaf_hash(row[3]) for row in rows)
    return [f"{op} {record_id}" for _seq, op, record_id, _header in rows[2:]]


def publish(city: Node, record_id: str, title: str) -> None:
    """Publish without sequencing."""
    with city.unit():
        catalogue.publish(city, "thing", record_id, {"name": {"en": title}})


@pytest.mark.parametrize("place", ["_write", "sign"])
def test_sequencer_killed_before_its_commit_loses_and_repeats_nothing(
    city: Node, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    publish(city, "a", "Chess")
    publish(city, "b", "Go")
    real = getattr(sequencer, place)

    def die(*args: Any) -> None:
        real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sequencer, place, die)
        with pytest.raises(Killed):
            sequencer.append_waiting(city)
    assert check_log(city) == []
    serving.forget(city)
    jobs.run_due(city)
    assert check_log(city) == ["put thing/a", "put thing/b"]


def test_change_that_was_committed_is_sequenced_even_if_nobody_was_woken(
    city: Node, monkeypatch: pytest.MonkeyPatch, clock: TestClock
) -> None:
    jobs.run_due(city)

    def die(*_args: object, **_kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "enqueue", die)
        with pytest.raises(Killed):
            publish(city, "a", "Chess")
    clock.forward(minutes=2)
    jobs.run_due(city)
    assert check_log(city) == ["put thing/a"]


def test_writers_and_sequencers_at_once_make_one_dense_log(city: Node) -> None:
    def write(name: str) -> None:
        for number in range(12):
            publish(city, f"{name}{number}", "One")
            publish(city, "shared", f"{name} {number}")
            sequencer.append_waiting(city)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sequencer.append_waiting(city)
    done = check_log(city)
    assert len(done) == 72
    assert len(set(done)) == 37
    with city.reading():
        view = catalogue.get(city, catalogue.OWN, "shared")
        last = city.db.scalars(
            select(LogEntry.body)
            .where(LogEntry.record_id == "thing/shared")
            .order_by(LogEntry.seq.desc())
            .limit(1)
        ).one()
        head = city.db.get_one(LogHead, 1)
    assert view is not None
    assert last is not None
    assert view.title["en"].encode() in last
    assert head.count == 37


def test_torn_snapshot_is_read_on_from_where_it_stopped(city: Node, liar: LyingCity) -> None:
    for number in range(2_500):
        liar.put(f"n{number}", f"Walk {number}")
    peer = followed(city, liar)
    liar.change["snapshot"] = lambda answer: Answer(answer.body, tear=True)
    with pytest.raises(Unavailable):
        pull.sync(city, peer.id)
    assert titles(city) == {}
    with city.reading():
        stage = city.db.get_one(Stage, peer.id)
    assert stage.seq > 1_000
    liar.change.clear()
    liar.asked.clear()
    result = pull.sync(city, peer.id)
    assert result.entries == liar.size - stage.seq
    assert liar.asked == ["checkpoint", "snapshot"]
    with city.reading():
        assert catalogue.search(city, catalogue.Query()).total_is_at_least == 2_000


def test_log_that_grows_while_it_is_read_is_read_to_its_end(city: Node, liar: LyingCity) -> None:
    for number in range(1_200):
        liar.put(f"n{number}", f"Walk {number}")
    peer = followed(city, liar)
    liar.change["snapshot"] = lambda answer: Answer(answer.body, tear=True)
    with pytest.raises(Unavailable):
        pull.sync(city, peer.id)
    size, old = liar.size, list(liar.lines)
    liar.change.clear()
    liar.put("late", "Late")
    now, liar.lines = liar.lines, old
    old_snapshot = liar.snapshot(0)
    liar.lines = now
    liar.change["snapshot"] = lambda _answer: Answer(old_snapshot)
    with city.reading():
        staged = city.db.get(Stage, peer.id)
    assert staged is None or staged.seq < size
    pull.sync(city, peer.id)
    with city.reading():
        assert catalogue.get(city, liar.node_id, "late") is not None


PLACES = [
    (replica, "store_live"),
    (replica, "state_of"),
    (replica, "check_totals"),
    (catalogue, "show_edition"),
    (reading.jobs, "enqueue"),
]


@pytest.mark.parametrize(("module", "name"), PLACES, ids=[name for _module, name in PLACES])
def test_first_reading_killed_anywhere_shows_nothing_and_goes_on(
    two_cities: tuple[Node, Node],
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go")
    real = getattr(module, name)

    def die(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {}
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Chess", "b": "Go"}
    assert_equal(reader, origin)
    jobs.run_due(reader)
    with reader.reading():
        assert not catalogue.hidden_editions(reader, the_peer(reader).node_id)


LATER_PLACES = [(replica, "apply"), (replica, "check_totals"), (reading.jobs, "enqueue")]


@pytest.mark.parametrize(
    ("module", "name"), LATER_PLACES, ids=[name for _module, name in LATER_PLACES]
)
def test_later_reading_killed_anywhere_changes_all_or_nothing(
    two_cities: tuple[Node, Node],
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go")
    pull.sync(reader, the_peer(reader).id)
    put(origin, a="Poker", b=None, c="Ludo")
    real = getattr(module, name)

    def die(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Chess", "b": "Go"}
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Poker", "c": "Ludo"}
    assert_equal(reader, origin)


def test_two_readings_at_once_are_harmless(city: Node, liar: LyingCity) -> None:
    for number in range(1_500):
        liar.put(f"n{number}", f"Walk {number}")
    peer = followed(city, liar)
    failures: list[BaseException] = []

    def read() -> None:
        try:
            pull.sync(city, peer.id)
        except pull.Superseded:
            pass
        except BaseException as error:  # kept for the assertion below
            failures.append(error)

    threads = [threading.Thread(target=read) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    pull.sync(city, peer.id)
    jobs.run_due(city)
    rows, entries, stages = stored(city)
    assert (rows, entries, stages) == (1_504, 0, 0)

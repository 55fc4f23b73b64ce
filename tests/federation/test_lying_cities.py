"""Whatever a city says, nothing false is stored or shown, and the reason is named."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from colnode import catalogue, jobs
from colnode.errors import ColnodeError, Refused, TooLarge, Unavailable, Untrusted
from colnode.federation import evidence, peers, pull
from colnode.federation.bundles import read_evidence
from colnode.federation.models import Peer, ReplicaRecord, Stage, StagedEntry
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.federation.lying import Answer, LyingCity, ndjson, zipped

Lie = Callable[[LyingCity], None]


@contextmanager
def a_liar(clock: TestClock) -> Iterator[LyingCity]:
    """A city with two things, served on loopback, that has not lied yet."""
    city = LyingCity(clock.now())
    city.start()
    city.put("a", "Chess")
    city.put("b", "Go")
    try:
        yield city
    finally:
        city.stop()


@pytest.fixture
def liar(clock: TestClock) -> Iterator[LyingCity]:
    """Such a city for one test."""
    with a_liar(clock) as city:
        yield city


def followed(city: Node, liar: LyingCity) -> Peer:
    """Add a city and allow it; it has not been read yet."""
    peer = peers.add(city, liar.url)
    with city.unit():
        peers.allow(city, peer.id)
        city.db.execute(delete(jobs.Job))
    return peer


def forget(city: Node, peer: Peer) -> None:
    """Block a city and clear up, so that the next one finds an empty node."""
    with city.unit():
        peers.block(city, peer.id, reason="next")
    jobs.run_due(city)


@pytest.fixture
def follow(city: Node, liar: LyingCity) -> Peer:
    """The reader's record of that city, allowed and not yet read."""
    return followed(city, liar)


def titles(city: Node) -> dict[str, str]:
    """Everything that the reader shows."""
    with city.reading():
        found = catalogue.search(city, catalogue.Query(limit=100)).items
        return {view.id: view.title["en"] for view in found}


def stored(city: Node) -> tuple[int, int, int]:
    """How many rows there are of replicas, of staged entries and of stages."""
    with city.reading():
        tables = (ReplicaRecord, StagedEntry, Stage)
        counts = [city.db.scalar(select(func.count()).select_from(table)) for table in tables]
        return counts[0] or 0, counts[1] or 0, counts[2] or 0


def refuse(city: Node, peer: Peer, kind: type[ColnodeError] = Untrusted) -> str:
    """Read the city; it must fail in this way. Gives the message that was kept for the admin."""
    with pytest.raises(kind):
        pull.sync(city, peer.id)
    jobs.run_due(city)
    with city.reading():
        kept = city.db.get_one(Peer, peer.id).problem
    assert kept is not None
    return str(kept["message"])


def test_honest_city_is_read(city: Node, liar: LyingCity, follow: Peer) -> None:
    """The city of these tests speaks the protocol, so that what follows is the lie's doing."""
    pull.sync(city, follow.id)
    assert titles(city) == {"a": "Chess", "b": "Go"}
    liar.put("c", "Ludo")
    liar.delete("a")
    liar.put("b", "Speed go")
    pull.sync(city, follow.id)
    assert titles(city) == {"b": "Speed go", "c": "Ludo"}
    with city.reading():
        peer = city.db.get_one(Peer, follow.id)
    assert (peer.node_id, peer.count, peer.size) == (liar.node_id, 2, liar.size)


def test_gzip_is_read(city: Node, liar: LyingCity, follow: Peer) -> None:
    liar.change["snapshot"] = zipped
    pull.sync(city, follow.id)
    assert titles(city) == {"a": "Chess", "b": "Go"}


def header_of(liar: LyingCity, record_id: str) -> dict[str, Any]:
    """The members of the header of a live record."""
    for header, _body in liar.live():
        members: dict[str, Any] = json.loads(header)
        if members["id"] == f"thing/{record_id}":
            return members
    raise LookupError(record_id)


def swap_records(liar: LyingCity) -> None:
    """Give the records of the snapshot in another order."""
    first, second = (ndjson([pair]) for pair in liar.live())
    liar.lie("snapshot", first + second, second + first)


def drop_record(liar: LyingCity) -> None:
    """Leave a record out of the snapshot."""
    liar.lie("snapshot", ndjson(liar.live()[:1]), b"")


def add_record(liar: LyingCity) -> None:
    """Add a record to the snapshot that is in no log."""
    ghost = LyingCity(liar.now)
    ghost.lines = [*liar.lines]
    ghost.put("ghost", "Ghost")
    last = ghost.lines[-1][0].replace(b'"seq":5', b'"seq":4')
    liar.change["snapshot"] = lambda answer: Answer(
        answer.body.replace(ndjson(liar.live()[1:]), b"") + ndjson([(last, ghost.lines[-1][1])])
    )


def double_record(liar: LyingCity) -> None:
    """Give a record twice."""
    pair = ndjson(liar.live()[1:])
    liar.lie("snapshot", pair, pair + pair)


def resurrect(liar: LyingCity) -> None:
    """Show a record in the snapshot that was deleted, with the true checkpoint."""
    gone = ndjson(liar.live()[:1])
    liar.delete("a")
    liar.put("d", "Draughts")
    liar.change["snapshot"] = lambda answer: Answer(
        answer.body.replace(ndjson(liar.live()[:1]), gone + ndjson(liar.live()[:1]))
    )


SNAPSHOT_LIES: dict[str, Lie] = {
    "title": lambda liar: liar.lie("snapshot", b"Chess", b"Chest"),
    "nonce": lambda liar: liar.lie("snapshot", b"AAAA", b"AAAB"),
    "digest": lambda liar: liar.lie(
        "snapshot", header_of(liar, "a")["digest"].encode(), header_of(liar, "b")["digest"].encode()
    ),
    "schema": lambda liar: liar.lie("snapshot", b"schemas/thing/1", b"schemas/thing/2"),
    "licence": lambda liar: liar.lie("snapshot", b"CC-BY-4.0", b"CC0-1.0"),
    "time": lambda liar: liar.lie("snapshot", b'"ts":"2026-11-23', b'"ts":"2026-11-22'),
    "rev": lambda liar: liar.lie("snapshot", b'"rev":1', b'"rev":2'),
    "seq": lambda liar: liar.lie("snapshot", b'"seq":4', b'"seq":3'),
    "seq beyond the end": lambda liar: liar.lie("snapshot", b'"seq":4', b'"seq":5'),
    "id": lambda liar: liar.lie("snapshot", b'"thing/a"', b'"thing/c"'),
    "op": lambda liar: liar.lie("snapshot", b'"op":"put"', b'"op":"del"'),
    "redact": lambda liar: liar.lie("snapshot", b'"op":"put"', b'"op":"redact"'),
    "spelling": lambda liar: liar.lie("snapshot", b'"op":"put",', b'"op": "put",'),
    "order": swap_records,
    "left out": drop_record,
    "added": add_record,
    "twice": double_record,
    "deleted": resurrect,
    "name of the city": lambda liar: liar.lie("snapshot", b"Liarville", b"Mayorville"),
    "node entry left out": lambda liar: liar.lie(
        "snapshot",
        b'"identity":2}\n' + ndjson(liar.identity()),
        b'"identity":1}\n' + ndjson(liar.identity()[:1]),
    ),
    "frontier": lambda liar: liar.lie("snapshot", b'"frontier":["', b'"frontier":["00'),
    "frontier too long": lambda liar: liar.lie(
        "snapshot", b'"frontier":["', b'"frontier":["' + b"00" * 32 + b'","'
    ),
    "no identity": lambda liar: liar.lie("snapshot", b'"identity":2', b'"identity":0'),
    "head is no JSON": lambda liar: liar.lie("snapshot", b'{"snapshot"', b'["snapshot"'),
    "head is deep": lambda liar: liar.lie(
        "snapshot", b'{"snapshot":1', b'{"x":' + b"[" * 9000 + b"]" * 9000 + b',"snapshot":1'
    ),
    "not a line": lambda liar: liar.lie("snapshot", b'{"v":1,"seq":3', b"<html>"),
}


def test_lies_in_a_snapshot_store_and_show_nothing(city: Node, clock: TestClock) -> None:
    for name, lie in SNAPSHOT_LIES.items():
        with a_liar(clock) as liar:
            peer = followed(city, liar)
            lie(liar)
            refuse(city, peer)
            assert titles(city) == {}, name
            assert stored(city) == (0, 0, 0), name
            liar.change.clear()
            pull.sync(city, peer.id)
            assert titles(city).keys() == {key.partition("/")[2] for key in _live_ids(liar)}, name
            forget(city, peer)


def _live_ids(liar: LyingCity) -> list[str]:
    return [json.loads(header)["id"] for header, _body in liar.live()]


def signed(**lies: Any) -> Lie:
    """The city signs this instead of the truth, and says so everywhere."""

    def act(liar: LyingCity) -> None:
        note = liar.note(**lies)
        liar.change["checkpoint"] = lambda _answer: Answer(note)
        liar.change["snapshot"] = lambda _answer: Answer(liar.snapshot(checkpoint=note.decode()))

    return act


def unsigned(old: bytes, new: bytes) -> Lie:
    """The checkpoint is changed after signing."""
    return lambda liar: liar.lie("checkpoint", old, new, count=1)


def as_other_city(liar: LyingCity) -> None:
    """Pass off another city's checkpoint, rightly signed, as one's own."""
    other = LyingCity(liar.now)
    other.url = liar.url
    other.begin()
    liar.change["checkpoint"] = lambda _answer: Answer(other.note())


def with_another_key(liar: LyingCity) -> None:
    """Sign with a key that nobody knows."""
    other = LyingCity(liar.now)
    other.lines, other.url = liar.lines, liar.url
    liar.change["checkpoint"] = lambda _answer: Answer(other.note())


CHECKPOINT_LIES: dict[str, Lie] = {
    "root": signed(root=bytes(32)),
    "state": signed(state=bytes(32)),
    "count": signed(count=3),
    "smaller count": signed(count=1),
    "size": signed(size=5),
    "epoch changed after signing": unsigned(b"epoch 0", b"epoch 1"),
    "count changed after signing": unsigned(b"count 2", b"count 3"),
    "size changed after signing": unsigned(b"\n4\n", b"\n5\n"),
    "time changed after signing": unsigned(b"issued 2026", b"issued 2025"),
    "valid for a year": lambda liar: signed(expires=liar.now + timedelta(days=365))(liar),
    "another city": as_other_city,
    "another key": with_another_key,
    "no signature": lambda liar: liar.change.update(
        checkpoint=lambda answer: Answer(answer.body.partition(b"\n\n")[0] + b"\n\n")
    ),
    "nothing": lambda liar: liar.change.update(checkpoint=lambda _answer: Answer(b"")),
    "no text": lambda liar: liar.change.update(checkpoint=lambda _answer: Answer(b"\xff" * 99)),
}


@pytest.mark.databases("sqlite")
def test_lies_in_the_checkpoint_store_and_show_nothing(city: Node, clock: TestClock) -> None:
    for name, lie in CHECKPOINT_LIES.items():
        with a_liar(clock) as liar:
            peer = followed(city, liar)
            lie(liar)
            refuse(city, peer)
            assert titles(city) == {}, name
            assert stored(city) == (0, 0, 0), name


ENTRY_LIES: dict[str, Lie] = {
    "title": lambda liar: liar.lie("entries", b"Ludo", b"Lido"),
    "digest": lambda liar: liar.lie(
        "entries", header_of(liar, "c")["digest"].encode(), header_of(liar, "b")["digest"].encode()
    ),
    "time": lambda liar: liar.lie("entries", b'"ts":"2026', b'"ts":"2025'),
    "id": lambda liar: liar.lie("entries", b'"thing/c"', b'"thing/x"'),
    "deletion of another": lambda liar: liar.lie("entries", b'"thing/a"', b'"thing/b"'),
    "deletion kept back": lambda liar: liar.change.update(
        entries=lambda _answer: Answer(ndjson([liar.lines[4], liar.lines[4]]))
    ),
    "gap": lambda liar: liar.lie("entries", b'"seq":6', b'"seq":7'),
    "order": lambda liar: liar.change.update(
        entries=lambda _answer: Answer(ndjson([liar.lines[5], liar.lines[4]]))
    ),
    "from the start again": lambda liar: liar.change.update(
        entries=lambda _answer: Answer(ndjson(liar.lines))
    ),
    "new genesis": lambda liar: liar.change.update(
        entries=lambda _answer: Answer(
            ndjson([(liar.lines[0][0].replace(b'"seq":1', b'"seq":5'), liar.lines[0][1])])
            + ndjson(liar.lines[5:])
        )
    ),
    "key": lambda liar: liar.lie("entries", b'"op":"put"', b'"op":"key"'),
    "too large": lambda liar: liar.lie("entries", b"Ludo", b"L" * 70_000),
    "half a pair": lambda liar: liar.change.update(
        entries=lambda answer: Answer(
            answer.body.partition(b"\n")[0] + b"\n" + b"x" * 2_000 + b"\n"
        )
    ),
    "not JSON": lambda liar: liar.change.update(entries=lambda _answer: Answer(b"<p>\n<p>\n")),
}


@pytest.mark.databases("sqlite")
def test_lies_in_the_entries_change_nothing_that_is_shown(city: Node, clock: TestClock) -> None:
    for name, lie in ENTRY_LIES.items():
        with a_liar(clock) as liar:
            peer = followed(city, liar)
            pull.sync(city, peer.id)
            before = stored(city)
            liar.put("c", "Ludo")
            liar.delete("a")
            lie(liar)
            refuse(city, peer)
            assert titles(city) == {"a": "Chess", "b": "Go"}, name
            assert stored(city) == before, name
            liar.change.clear()
            pull.sync(city, peer.id)
            assert titles(city) == {"b": "Go", "c": "Ludo"}, name
            forget(city, peer)


LATER_LIES: dict[str, Lie] = {
    "root": signed(root=bytes(32)),
    "state": signed(state=bytes(32)),
    "count": signed(count=9),
    "taken back": signed(size=3),
    "another epoch": signed(epoch=1),
}


@pytest.mark.databases("sqlite")
def test_signed_lies_after_honest_days_change_nothing(city: Node, clock: TestClock) -> None:
    for name, lie in LATER_LIES.items():
        with a_liar(clock) as liar:
            peer = followed(city, liar)
            pull.sync(city, peer.id)
            before = stored(city)
            liar.put("c", "Ludo")
            lie(liar)
            refuse(city, peer)
            assert titles(city) == {"a": "Chess", "b": "Go"}, name
            assert stored(city) == before, name
            forget(city, peer)


def test_two_logs_of_one_size_are_noticed(city: Node, liar: LyingCity, follow: Peer) -> None:
    pull.sync(city, follow.id)
    for lie in ({"root": bytes(32)}, {"state": bytes(32)}, {"count": 1}):
        signed(**lie)(liar)
        assert "two different logs" in refuse(city, follow)
        refuse(city, follow)
    with city.reading():
        kept = evidence.list_evidence(city, follow.node_id)
        assert evidence.list_evidence(city, "n_other") == []
    assert len(kept) == 3
    for item in kept:
        proven = read_evidence(item.document)
        assert proven.identity.node_id == follow.node_id
        assert proven.first.size == proven.second.size


def test_rewritten_history_is_noticed(city: Node, liar: LyingCity, follow: Peer) -> None:
    pull.sync(city, follow.id)
    liar.lines[2:] = []
    liar.put("a", "Poker")
    liar.put("b", "Go")
    liar.put("c", "Ludo")
    refuse(city, follow)
    assert titles(city) == {"a": "Chess", "b": "Go"}


def test_checkpoint_of_tomorrow_is_a_clock_error(city: Node, liar: LyingCity, follow: Peer) -> None:
    liar.now += timedelta(hours=30)
    assert "clock" in refuse(city, follow, Refused)


def test_expired_checkpoint_is_proof_still(
    city: Node, liar: LyingCity, follow: Peer, clock: TestClock
) -> None:
    clock.forward(days=9)
    pull.sync(city, follow.id)
    assert titles(city) == {"a": "Chess", "b": "Go"}


NONSENSE = [
    b'{"nonce":"A","record":{"name":{"en":"x"},"name":{"en":"y"}}}',
    b'{"nonce":"A","record":{"name":{"en":"x"},"email":"ada@example.org"}}',
    b'{"nonce":"A","record":{"name":"x"}}',
    b'{"nonce":"A","record":{"name":{"en":"a\\u0000b"}}}',
    b'{"nonce":"A","record":{"name":{"en":"\\ud800"}}}',
    b'{"nonce":"A","record":{"name":{"en":""}}}',
    b'{"nonce":"A","record":{"name":{"en":"x"},"place":[1e999,2]}}',
    b'{"nonce":"A","record":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"nonce":"A","record":null}',
    b"[]",
    b"{",
    b"\xff\xfe",
]


def test_signed_nonsense_is_counted_and_not_shown(
    city: Node, liar: LyingCity, follow: Peer
) -> None:
    for number, body in enumerate(NONSENSE):
        liar.put_body(f"bad{number:02}", body)
    pull.sync(city, follow.id)
    assert titles(city) == {"a": "Chess", "b": "Go"}
    with city.reading():
        found = sorted(peers.faults(city, follow.id))
        assert found == [f"thing/bad{number:02}" for number in range(len(NONSENSE))]
        assert city.db.get_one(Peer, follow.id).count == 2 + len(NONSENSE)


def test_unknown_type_and_withheld_body_are_counted_and_not_shown(
    city: Node, liar: LyingCity, follow: Peer
) -> None:
    body = liar.body("record", {"anything": 1})
    liar.put_body("q", body, type="quest", id="quest/q")
    liar.change["snapshot"] = lambda answer: Answer(
        answer.body.replace(liar.live()[0][1], b"null", 1)
    )
    liar.lines[2] = (liar.lines[2][0].replace(b"null", b"null"), liar.lines[2][1])
    pull.sync(city, follow.id)
    shown = titles(city)
    assert "q" not in shown
    with city.reading():
        faults = dict(peers.faults(city, follow.id))
        assert city.db.get_one(Peer, follow.id).count == 3
    assert set(faults.values()) == {"withheld"}


def test_place_beyond_the_earth_is_shown_without_a_place(
    city: Node, liar: LyingCity, follow: Peer
) -> None:
    liar.put("far", "Far", place=[91.0, 500.0])
    pull.sync(city, follow.id)
    with city.reading():
        view = catalogue.get(city, liar.node_id, "far")
    assert view is not None
    assert view.latitude is None


def test_records_of_one_city_never_touch_another(
    city: Node, liar: LyingCity, follow: Peer, clock: TestClock
) -> None:
    with city.unit():
        catalogue.publish(city, "thing", "a", {"name": {"en": "Our own chess"}})
    liar.delete("a")
    pull.sync(city, follow.id)
    second = LyingCity(clock.now(), "Secondtown")
    try:
        peer = peers.add(city, second.start())
        second.put("b", "Second go")
        second.delete("b")
        second.delete("a")
        with city.unit():
            peers.allow(city, peer.id)
        pull.sync(city, peer.id)
    finally:
        second.stop()
    assert titles(city) == {"a": "Our own chess", "b": "Go"}


OUTAGES: dict[str, Lie] = {
    "torn snapshot": lambda liar: liar.change.update(
        snapshot=lambda answer: Answer(answer.body, tear=True)
    ),
    "torn gzip": lambda liar: liar.change.update(
        snapshot=lambda answer: Answer(zipped(answer).body[:-9], headers=zipped(answer).headers)
    ),
    "server error": lambda liar: liar.change.update(snapshot=lambda _answer: Answer(b"", 500)),
    "gone": lambda liar: liar.change.update(snapshot=lambda _answer: Answer(b"", 410)),
    "checkpoint missing": lambda liar: liar.change.update(
        checkpoint=lambda _answer: Answer(b"", 404)
    ),
    "not modified without being asked": lambda liar: liar.change.update(
        checkpoint=lambda _answer: Answer(b"", 304)
    ),
}


def test_outage_is_no_lie_and_the_reading_goes_on_later(city: Node, clock: TestClock) -> None:
    for name, outage in OUTAGES.items():
        with a_liar(clock) as liar:
            peer = followed(city, liar)
            outage(liar)
            refuse(city, peer, Unavailable)
            assert titles(city) == {}, name
            liar.change.clear()
            pull.sync(city, peer.id)
            assert titles(city) == {"a": "Chess", "b": "Go"}, name
            forget(city, peer)


def test_oversized_answers_are_cut_off(city: Node, liar: LyingCity, follow: Peer) -> None:
    liar.change["checkpoint"] = lambda answer: Answer(answer.body + b"x" * 100_000)
    refuse(city, follow, TooLarge)
    liar.change.clear()
    pull.sync(city, follow.id)
    liar.put("c", "Ludo")
    liar.change["entries"] = lambda answer: Answer(answer.body + b"x" * 5_000_000)
    refuse(city, follow, TooLarge)
    assert titles(city) == {"a": "Chess", "b": "Go"}


def test_log_beyond_every_measure_is_not_begun(city: Node, liar: LyingCity, follow: Peer) -> None:
    signed(size=10**15, count=10**15)(liar)
    assert "larger than this node accepts" in refuse(city, follow, TooLarge)
    assert "snapshot" not in liar.asked


def test_one_bad_city_does_not_keep_the_others(
    city: Node, liar: LyingCity, follow: Peer, clock: TestClock
) -> None:
    honest = LyingCity(clock.now(), "Honestville")
    try:
        peer = peers.add(city, honest.start())
        with city.unit():
            peers.allow(city, peer.id)
        honest.put("h", "Harp")
        liar.lie("snapshot", b"Chess", b"Chest")
        jobs.run_due(city)
        assert titles(city) == {"h": "Harp"}
        with city.reading():
            assert city.db.get_one(Peer, follow.id).failures == 1
            assert city.db.get_one(Peer, peer.id).failures == 0
    finally:
        honest.stop()


def test_failures_back_off_and_are_never_forgotten(
    city: Node, liar: LyingCity, follow: Peer, clock: TestClock
) -> None:
    liar.change["checkpoint"] = lambda _answer: Answer(b"", 500)
    waits = []
    for _time in range(12):
        with pytest.raises(Unavailable):
            pull.sync(city, follow.id)
        with city.reading():
            waits.append(city.db.get_one(Peer, follow.id).next_poll_at - clock.now())
    assert waits[0] == timedelta(minutes=5)
    assert waits[1] == timedelta(minutes=10)
    assert waits[-1] == timedelta(hours=24)
    asked = len(liar.asked)
    jobs.run_due(city)
    assert len(liar.asked) == asked
    liar.change.clear()
    clock.forward(hours=25)
    jobs.run_due(city)
    assert titles(city) == {"a": "Chess", "b": "Go"}


def test_city_that_is_not_allowed_is_not_read(city: Node, liar: LyingCity) -> None:
    peer = peers.add(city, liar.url)
    with pytest.raises(Refused):
        pull.sync(city, peer.id)
    asked = len(liar.asked)
    jobs.run_due(city)
    assert len(liar.asked) == asked
    assert stored(city) == (0, 0, 0)


def test_limits_of_a_city_keep_bodies_out_but_the_proof_whole(
    city: Node, liar: LyingCity, follow: Peer
) -> None:
    object.__setattr__(city.config.federation, "records_per_origin", 3)
    for number in range(4):
        liar.put(f"n{number}", f"Walk {number}")
    pull.sync(city, follow.id)
    assert len(titles(city)) == 3
    with city.reading():
        assert set(peers.faults(city, follow.id).values()) == {"limit"}
        assert city.db.get_one(Peer, follow.id).count == 6


def test_look_at_a_liar_says_what_is_wrong(city: Node, liar: LyingCity) -> None:
    for name in ("identity", "checkpoint", "entries"):
        liar.change.clear()
        for nonsense in (b"x", b"null\nnull\n", b"{}", base64.b64encode(bytes(90)), b"[" * 50_000):
            answer = Answer(nonsense)
            liar.change[name] = lambda _true, answer=answer: answer  # type: ignore[misc]
            with pytest.raises((Untrusted, Unavailable, TooLarge)):
                peers.look(city, liar.url)
    with city.reading():
        assert peers.list_peers(city) == []

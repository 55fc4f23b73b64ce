"""What another city redacts is gone here with the next reading, and the proof stays whole."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from colnode.errors import Untrusted
from colnode.federation import peers, pull, relaying
from colnode.federation.models import Peer, ReplicaRecord, StagedEntry
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.federation.lying import Answer, LyingCity
from tests.federation.test_lying_cities import a_liar, followed, refuse, titles


@pytest.fixture
def origin(clock: TestClock) -> Iterator[LyingCity]:
    """A city with the records a (Chess) and b (Go)."""
    with a_liar(clock) as made:
        yield made


def held(city: Node) -> bytes:
    """Every body that the reader has of other cities, also the staged ones."""
    with city.reading():
        bodies = [
            *city.db.scalars(select(ReplicaRecord.body)),
            *city.db.scalars(select(StagedEntry.body)),
        ]
    return b"\n".join(body for body in bodies if body is not None)


def relayed(city: Node, origin: LyingCity) -> bytes:
    """What the reader passes on of that city."""
    with city.reading():
        pieces = relaying.snapshot_of(city, origin.node_id, origin.size)
    return b"".join(pieces)


def test_redacted_record_is_gone_everywhere_and_the_proof_holds(
    city: Node, origin: LyingCity
) -> None:
    peer = followed(city, origin)
    pull.sync(city, peer.id)
    assert b"Chess" in held(city)
    assert b"Chess" in relayed(city, origin)
    origin.redact("a")
    pull.sync(city, peer.id)
    assert titles(city) == {"b": "Go"}
    assert b"Chess" not in held(city)
    assert b"Chess" not in relayed(city, origin)
    with city.reading():
        kept = city.db.get_one(Peer, peer.id)
        assert (kept.count, kept.size, kept.problem) == (1, origin.size, None)
        assert dict(peers.faults(city, peer.id)) == {}


@pytest.mark.databases("sqlite")
def test_record_that_came_and_was_redacted_between_two_readings(
    city: Node, origin: LyingCity
) -> None:
    """Its put has a null body, which the redact behind it explains: nothing counts as withheld."""
    peer = followed(city, origin)
    pull.sync(city, peer.id)
    origin.put("c", "Ludo")
    origin.redact("c")
    origin.put("d", "Draughts")
    pull.sync(city, peer.id)
    assert titles(city) == {"a": "Chess", "b": "Go", "d": "Draughts"}
    with city.reading():
        assert dict(peers.faults(city, peer.id)) == {}


@pytest.mark.databases("sqlite")
def test_null_body_without_a_redact_is_withheld(city: Node, origin: LyingCity) -> None:
    peer = followed(city, origin)
    pull.sync(city, peer.id)
    origin.put("c", "Ludo")
    origin.lines[-1] = (origin.lines[-1][0], b"null")
    pull.sync(city, peer.id)
    assert titles(city) == {"a": "Chess", "b": "Go"}
    with city.reading():
        assert list(dict(peers.faults(city, peer.id)).values()) == ["withheld"]
        assert city.db.get_one(Peer, peer.id).count == 3


@pytest.mark.databases("sqlite")
def test_redact_that_nobody_signed_removes_nothing(city: Node, origin: LyingCity) -> None:
    peer = followed(city, origin)
    pull.sync(city, peer.id)
    origin.delete("a")
    for old, new in ((b'"op":"del"', b'"op":"redact"'), (b"\nnull\n", b'\n{"a":1}\n')):
        origin.change["entries"] = lambda answer, old=old, new=new: Answer(  # type: ignore[misc]
            answer.body.replace(old, new)
        )
        refuse(city, peer, Untrusted)
        assert titles(city) == {"a": "Chess", "b": "Go"}

"""Keys that change hands: readers follow what the keys above allow, and nothing else."""

import json
from collections.abc import Callable, Iterator

import pytest

from colnode.errors import Invalid, Untrusted
from colnode.federation import chain, peers, pull, ruling, serving
from colnode.federation.identity import check_follows, read_identity
from colnode.federation.models import LogEntry, Peer
from colnode.identity import keys
from colnode.node import Node
from colnode.openbadges.keys import SigningKey
from colnode.testing.fixtures import TestClock
from tests.federation.lying import LyingCity, digest, ndjson
from tests.federation.test_lying_cities import a_liar, followed, refuse, titles
from tests.federation.test_two_cities import assert_equal, shown, the_peer

Put = Callable[..., None]


@pytest.fixture
def liar(clock: TestClock) -> Iterator[LyingCity]:
    """A truthful city on loopback that a test can make lie."""
    with a_liar(clock) as city:
        yield city


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> list[SigningKey]:
    """The recovery keys that are made, as the sheets in the safe hold them."""
    kept: list[SigningKey] = []
    real = chain.new_recovery_key

    def make() -> tuple[SigningKey, str]:
        key, text = real()
        assert chain.read_recovery_key(text.lower().replace("-", " ")).public == key.public
        kept.append(key)
        return key, text

    monkeypatch.setattr(chain, "new_recovery_key", make)
    return kept


def test_readers_follow_a_new_key_and_several_that_they_missed(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    with origin.unit():
        ruling.rotate_key(origin, reason="New year.")
    put(origin, b="Go")
    assert pull.sync(reader, the_peer(reader).id).requests == 3
    for _time in range(3):
        with origin.unit():
            ruling.rotate_key(origin)
        put(origin, a=None)
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"b": "Go"}
    assert_equal(reader, origin)
    with origin.reading():
        current = keys.node_signing_key(origin).public
    assert peers.identity_of(the_peer(reader)).key == current
    assert pull.sync(reader, the_peer(reader).id).requests == 1


def test_key_that_changed_before_the_first_reading_is_followed(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    with origin.unit():
        ruling.rotate_key(origin)
    pull.sync(reader, the_peer(reader).id)
    assert_equal(reader, origin)


def log_of(origin: Node) -> list[tuple[bytes, bytes]]:
    """Every entry of a city's log."""
    with origin.reading():
        rows = origin.db.query(LogEntry).order_by(LogEntry.seq).all()
        return [(row.header, row.body or b"null") for row in rows]


def a_thief_of(origin: Node, thief: LyingCity) -> None:
    """Give somebody else all that the city has but its recovery key."""
    with origin.reading():
        thief.key = keys.node_signing_key(origin)
    thief.lines = log_of(origin)


def point_at(reader: Node, url: str) -> None:
    """Lead the reader's requests elsewhere, as a hijacked name does."""
    with reader.unit():
        peer = reader.db.get_one(Peer, the_peer(reader).id)
        peer.url, peer.etag = url, None


@pytest.mark.parametrize("has_new_key", [False, True], ids=["same key", "new key"])
def test_recovery_key_beats_a_thief_whom_readers_believed(
    sheet: list[SigningKey],
    two_cities: tuple[Node, Node],
    put: Put,
    liar: LyingCity,
    has_new_key: bool,
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go")
    pull.sync(reader, the_peer(reader).id)
    a_thief_of(origin, liar)
    if has_new_key:
        thief_key = SigningKey.generate()
        liar.add_identity("key", _key(liar, thief_key))
        liar.key = thief_key
    for record_id in "acdefg":
        liar.put(record_id, "Cheap watches")
    point_at(reader, liar.url)
    pull.sync(reader, the_peer(reader).id)
    assert "Cheap watches" in shown(reader, origin).values()
    with origin.unit():
        ruling.begin_epoch(origin, sheet[-1], is_stolen=True)
    put(origin, e="Draughts")
    point_at(reader, origin.config.server.base_url)
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Chess", "b": "Go", "e": "Draughts"}
    assert_equal(reader, origin)
    point_at(reader, liar.url)
    with pytest.raises(Untrusted):
        pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Chess", "b": "Go", "e": "Draughts"}
    point_at(reader, origin.config.server.base_url)
    put(origin, a=None)
    pull.sync(reader, the_peer(reader).id)
    assert_equal(reader, origin)


def test_stranger_cannot_begin_an_epoch(city: Node) -> None:
    with city.unit(), pytest.raises(Invalid, match="not the one of this city"):
        ruling.begin_epoch(city, SigningKey.generate())


KEY_LIES: dict[str, Callable[[LyingCity, SigningKey], dict[str, object]]] = {
    "signed by a stranger": lambda city, new: _key(city, new, by=SigningKey.generate()),
    "another place": lambda city, new: _key(city, new, seq=city.size + 2),
    "another city": lambda city, new: _key(city, new, node_id="n_" + "a" * 52),
    "another recovery key": lambda city, new: _key(city, new, recovery=digest(b"x")),
    "no signatures": lambda city, new: {**_key(city, new), "signatures": None},
    "not signed by the new key": lambda city, new: {
        **_key(city, new),
        "key": SigningKey.generate().multibase,
    },
    "no key": lambda city, new: {**_key(city, new), "key": "z6Mk"},
}


def _key(
    city: LyingCity,
    new: SigningKey,
    *,
    by: SigningKey | None = None,
    seq: int = 0,
    node_id: str = "",
    recovery: str = "",
) -> dict[str, object]:
    known = json.loads(city.lines[0][1])["genesis"]["recovery"]
    body = chain.key_body(
        node_id or city.node_id,
        seq or city.size + 1,
        new=new,
        by=by or city.key,
        recovery=recovery or known,
    )
    value: dict[str, object] = json.loads(body)["key"]
    return value


@pytest.mark.parametrize("lie", KEY_LIES.values(), ids=KEY_LIES)
def test_key_that_nobody_allowed_is_refused(
    city: Node, liar: LyingCity, lie: Callable[[LyingCity, SigningKey], dict[str, object]]
) -> None:
    peer = followed(city, liar)
    pull.sync(city, peer.id)
    new = SigningKey.generate()
    liar.add_identity("key", lie(liar, new))
    liar.key = new
    liar.put("c", "Ludo")
    refuse(city, peer)
    assert titles(city) == {"a": "Chess", "b": "Go"}


def test_key_that_was_replaced_signs_nothing_any_more(city: Node, liar: LyingCity) -> None:
    peer = followed(city, liar)
    old, new = liar.key, SigningKey.generate()
    liar.add_identity("key", _key(liar, new))
    liar.key = new
    pull.sync(city, peer.id)
    liar.put("c", "Ludo")
    liar.key = old
    assert "replaced" in refuse(city, peer)
    liar.key = new
    pull.sync(city, peer.id)
    assert "Ludo" in titles(city).values()


def test_shorter_and_other_identities_are_refused(city: Node) -> None:
    with city.unit():
        ruling.rotate_key(city)
    with city.reading():
        first = read_identity(serving.identity_lines(city))
    lines = ndjson(log_of(city)[:2])
    with pytest.raises(Untrusted, match="less of its identity"):
        check_follows(read_identity(lines), first)
    check_follows(first, read_identity(lines))
    check_follows(first, first)


def test_two_epochs_by_the_same_sheet_beat_nothing(sheet: list[SigningKey], city: Node) -> None:
    """Only the recovery key could tell two stories, and neither is preferred then."""
    told = []
    for reason in ("one", "two"):
        with pytest.raises(RuntimeError), city.unit():  # the unit is rolled back
            ruling.begin_epoch(city, sheet[0], reason=reason)
            told.append(read_identity(serving.identity_lines(city)))
            raise RuntimeError
    assert [item.epoch for item in told] == [1, 1]
    with pytest.raises(Untrusted, match="two stories"):
        check_follows(told[0], told[1])


def test_recovery_key_is_used_once(sheet: list[SigningKey], city: Node) -> None:
    (first,) = sheet
    with city.unit():
        ruling.replace_key(city, first)
    with pytest.raises(Invalid, match="used before"), city.unit():
        ruling.replace_key(city, first)
    with city.unit():
        ruling.begin_epoch(city, sheet[1])
    with city.reading():
        assert read_identity(serving.identity_lines(city)).epoch == 1


@pytest.mark.parametrize("typed", ["", "AAAA", "hello world", "A" * 56, "ä" * 56])
def test_mistyped_recovery_key_is_told(typed: str) -> None:
    with pytest.raises(Invalid, match="Type the groups"):
        chain.read_recovery_key(typed)

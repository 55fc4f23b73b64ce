"""Two cities over real HTTP end with equal records, on both databases."""

from collections.abc import Callable

from sqlalchemy import select

from colnode import catalogue, jobs
from colnode.federation import peers, pull, replica
from colnode.federation.models import LogHead, Peer
from colnode.node import Node
from colnode.testing.fixtures import TestClock

Put = Callable[..., None]


def shown(reader: Node, origin: Node) -> dict[str, str]:
    """Titles by id that the reader shows of the origin."""
    with origin.reading():
        node_id = origin.id
    with reader.reading():
        found = catalogue.search(reader, catalogue.Query(origin=node_id, limit=500))
        return {view.id: view.title["en"] for view in found.items}


def the_peer(reader: Node) -> Peer:
    """The one peer that a city has."""
    with reader.reading():
        return reader.db.scalars(select(Peer)).one()


def assert_equal(reader: Node, origin: Node) -> None:
    """The replica is, record for record, what the origin signed."""
    peer = the_peer(reader)
    with origin.reading():
        head = origin.db.get_one(LogHead, 1)
    assert (peer.size, peer.count) == (head.size, head.count)
    assert peer.buckets == head.buckets
    assert peer.frontier == head.frontier
    with reader.reading():
        assert peer.edition_no is not None
        assert replica.state_of(reader, peer.edition_no).to_bytes() == head.buckets


def test_adds_edits_and_deletions_arrive(two_cities: tuple[Node, Node], put: Put) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go", c="Draughts")
    first = pull.sync(reader, the_peer(reader).id)
    assert first.is_first
    assert first.requests == 2
    assert shown(reader, origin) == {"a": "Chess", "b": "Go", "c": "Draughts"}
    assert_equal(reader, origin)
    put(origin, a="Speed chess", b=None, d="Backgammon")
    put(origin, d="Ludo")
    second = pull.sync(reader, the_peer(reader).id)
    assert (second.entries, second.requests) == (4, 2)
    assert shown(reader, origin) == {"a": "Speed chess", "c": "Draughts", "d": "Ludo"}
    assert_equal(reader, origin)
    with reader.reading():
        assert not catalogue.search(reader, catalogue.Query(text="backgammon")).items


def test_nothing_new_costs_one_request(two_cities: tuple[Node, Node], put: Put) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    pull.sync(reader, the_peer(reader).id)
    again = pull.sync(reader, the_peer(reader).id)
    assert (again.requests, again.byte_count, again.entries) == (1, 0, 0)


def test_cities_read_each_other(two_cities: tuple[Node, Node], put: Put, clock: TestClock) -> None:
    first, second = two_cities
    back = peers.add(second, first.config.server.base_url)
    with second.unit():
        peers.allow(second, back.id)
    put(first, a="Chess in the north", x="Fjord")
    put(second, a="Chess in the south", y="Beach")
    clock.forward(hours=2)
    for city in (first, second):
        jobs.run_due(city)
    assert shown(first, second) == {"a": "Chess in the south", "y": "Beach"}
    assert shown(second, first) == {"a": "Chess in the north", "x": "Fjord"}
    for city in (first, second):
        with city.reading():
            assert len(catalogue.search(city, catalogue.Query(text="chess")).items) == 2
    assert_equal(first, second)
    assert_equal(second, first)


def test_foreign_record_carries_its_city_and_a_link_home(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    with reader.reading():
        view = catalogue.get(reader, the_peer(reader).node_id, "a")
    assert view is not None
    assert not view.is_own
    assert view.origin_name == {"en": "Southport"}
    assert view.home_url == f"{origin.config.server.base_url}/records/thing/a"


def test_thousands_of_records_arrive_in_two_requests(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, **{f"r{number}": f"Walk {number}" for number in range(1_050)})
    result = pull.sync(reader, the_peer(reader).id)
    assert (result.entries, result.requests) == (1_050, 2)
    assert_equal(reader, origin)
    put(origin, **{f"r{number}": None for number in range(1_020)})
    result = pull.sync(reader, the_peer(reader).id)
    assert (result.entries, result.requests) == (1_020, 3)
    assert_equal(reader, origin)


def test_change_of_name_follows(two_cities: tuple[Node, Node], put: Put, clock: TestClock) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    object.__setattr__(origin.config.city, "name", "Sunport")
    clock.forward(minutes=2)
    jobs.run_due(origin)
    pull.sync(reader, the_peer(reader).id)
    assert the_peer(reader).name == {"en": "Sunport"}
    with reader.reading():
        view = catalogue.get(reader, the_peer(reader).node_id, "a")
    assert view is not None
    assert view.origin_name == {"en": "Sunport"}
    assert_equal(reader, origin)


def test_checkpoint_is_signed_again_each_day(
    two_cities: tuple[Node, Node], put: Put, clock: TestClock
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    before = the_peer(reader).expires_at
    clock.forward(hours=25)
    jobs.run_due(origin)
    result = pull.sync(reader, the_peer(reader).id)
    after = the_peer(reader).expires_at
    assert result.entries == 0
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 25 * 3600
    peer = the_peer(reader)
    assert peer.note is not None
    assert peers.identity_of(peer).open(peer.note).size == peer.size


def test_blocked_city_disappears_at_once_and_comes_back_when_allowed(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    peer_id = the_peer(reader).id
    pull.sync(reader, peer_id)
    with reader.unit():
        peers.block(reader, peer_id, reason="Too much chess")
    assert shown(reader, origin) == {}
    jobs.run_due(reader)
    with reader.reading():
        assert not catalogue.hidden_editions(reader, the_peer(reader).node_id)
    with reader.unit():
        peers.allow(reader, peer_id, reason="Chess is fine")
    jobs.run_due(reader)
    assert shown(reader, origin) == {"a": "Chess"}
    assert_equal(reader, origin)

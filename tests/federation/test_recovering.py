"""Going on after a loss: from what others hold, else by the recovery key, never by guessing."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete

from colnode import catalogue
from colnode.errors import Gone, Refused
from colnode.federation import (
    chain,
    peers,
    proving,
    pull,
    recovering,
    serving,
    standing,
    witness,
)
from colnode.federation.models import LogSubtree
from colnode.node import Node
from tests.federation.test_crashes import check_log
from tests.federation.test_standing import photograph, put_back
from tests.federation.test_two_cities import assert_equal, shown, the_peer

Put = Callable[..., None]


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is printed on the recovery sheets, in the order in which they are made."""
    kept: list[str] = []
    real = chain.new_recovery_key

    def make() -> object:
        made = real()
        kept.append(made[1])
        return made

    monkeypatch.setattr(chain, "new_recovery_key", make)
    return kept


def look(reader: Node, origin: Node) -> recovering.Finding:
    """What the origin finds out when it asks the reader."""
    return recovering.look(origin, [reader.config.server.base_url])


def test_what_others_hold_comes_back_and_nobody_notices(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go")
    old = photograph(origin)
    put(origin, a="Speed chess", c="Ludo")
    pull.sync(reader, the_peer(reader).id)
    put_back(origin, old)
    with origin.unit():
        catalogue.withdraw(origin, "thing", "c")
        catalogue.drop_outbox(origin, [row[0] for row in catalogue.read_outbox(origin, limit=9)])
        standing.stop_restored(origin)
    found = look(reader, origin)
    assert (found.is_behind, found.is_forked, found.size) == (True, False, 4)
    with origin.unit():
        done = recovering.recover(origin, found)
    assert (done.entries, done.size, done.epoch, done.recovery_text) == (2, 6, 0, "")
    with origin.reading():
        view = catalogue.get(origin, catalogue.OWN, "c")
        assert view is not None
        assert view.title == {"en": "Ludo"}
        assert standing.fault(origin) is None
    put(origin, d="Draughts")
    assert len(check_log(origin)) == 5
    assert pull.sync(reader, the_peer(reader).id).entries == 1
    assert_equal(reader, origin)
    assert look(reader, origin).is_complete


@pytest.mark.parametrize("has_witness", [True, False])
def test_lost_entries_need_the_recovery_key_and_begin_an_epoch(
    sheets: list[str], two_cities: tuple[Node, Node], put: Put, has_witness: bool
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess", b="Go")
    old = photograph(origin)
    put(origin, a="Speed chess", c="Ludo")
    put(origin, a="Blitz", b=None)  # what "Speed chess" was is held by nobody now
    pull.sync(reader, the_peer(reader).id)
    if has_witness:
        put(origin, e="Read by nobody")
    else:
        witness.start_anew(origin.config)
    put_back(origin, old)
    found = look(reader, origin)
    with pytest.raises(Refused, match="recovery key is needed"), origin.unit():
        recovering.recover(origin, found)
    with origin.unit():
        done = recovering.recover(origin, found, recovery=chain.read_recovery_key(sheets[-1]))
    assert (done.epoch, done.size) == (1, 10 if has_witness else 9)
    assert done.recovery_text == sheets[-1]
    put(origin, d="Draughts")
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Blitz", "c": "Ludo", "d": "Draughts"}
    assert_equal(reader, origin)
    assert peers.look(reader, origin.config.server.base_url).checkpoint.epoch == 1
    with origin.reading(), pytest.raises(serving.CursorTooOld):
        serving.entries_page(origin, 4)


def test_copy_that_went_another_way_is_a_second_city_and_not_taken_in(
    sheets: list[str], two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    old = photograph(origin)
    put(origin, b="Of the other copy", c="Of the other copy", d="Of the other copy")
    pull.sync(reader, the_peer(reader).id)
    put_back(origin, old)
    witness.start_anew(origin.config)
    put(origin, b="Of this copy")
    found = look(reader, origin)
    assert (found.is_forked, found.copy) == (True, None)
    with origin.unit():
        recovering.recover(origin, found, recovery=chain.read_recovery_key(sheets[-1]))
    put(origin, e="Halma")
    pull.sync(reader, the_peer(reader).id)
    assert shown(reader, origin) == {"a": "Chess", "b": "Of this copy", "e": "Halma"}
    assert_equal(reader, origin)


def test_log_with_a_gap_goes_on_and_proves_nothing_over_it(
    sheets: list[str], two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    old = photograph(origin)
    put(origin, **{f"r{number}": "Walk" for number in range(300)})
    put(origin, **{f"r{number}": None for number in range(300)})
    pull.sync(reader, the_peer(reader).id)
    with origin.unit():
        origin.db.execute(delete(LogSubtree))
    put_back(origin, old)
    found = look(reader, origin)
    with origin.unit():
        recovering.recover(origin, found, recovery=chain.read_recovery_key(sheets[-1]))
    put(origin, **{f"s{number}": "Run" for number in range(600)})
    pull.sync(reader, the_peer(reader).id)
    assert_equal(reader, origin)
    with origin.reading(), pytest.raises(Gone):
        proving.bundle(origin, "thing/s1")


def test_nobody_asked_is_not_the_same_as_nothing_missing(
    two_cities: tuple[Node, Node], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    witness.start_anew(origin.config)
    found = look(reader, origin)
    assert found.answers == 0
    assert str(found.sources[0].problem) == "It does not read this city."

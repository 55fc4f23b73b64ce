"""Whichever byte of an answer is wrong: what is shown is the truth, or what it was before."""

from collections.abc import Callable

import pytest

from colnode.errors import ColnodeError
from colnode.federation import peers, pull
from colnode.federation.models import Peer
from colnode.node import Node
from tests.federation.lying import Answer, LyingCity
from tests.federation.test_lying_cities import follow, followed, forget, liar, stored, titles

__all__ = ["follow", "liar"]

CASES = 30
TRUTH = {"a": "Chess", "b": "Go"}


def flip(at: int) -> Callable[[Answer], Answer]:
    """Answers with one bit of the byte at a share of the whole, in 1/CASES, turned over."""

    def change(answer: Answer) -> Answer:
        body = bytearray(answer.body)
        place = at * len(body) // CASES
        body[place] ^= 1 << at % 7
        return Answer(bytes(body))

    return change


@pytest.mark.parametrize("name", ["snapshot", "checkpoint"])
def test_first_reading_shows_the_truth_or_nothing(city: Node, liar: LyingCity, name: str) -> None:
    peer = followed(city, liar)
    refused = 0
    for at in range(CASES):
        liar.change[name] = flip(at)
        try:
            pull.sync(city, peer.id)
        except ColnodeError:
            refused += 1
            assert titles(city) == {}, at
        else:
            assert titles(city) == TRUTH, at
            forget(city, peer)
            with city.unit():
                peers.allow(city, peer.id, reason="once more")
    assert refused > CASES * 0.8
    liar.change.clear()
    pull.sync(city, peer.id)
    assert titles(city) == TRUTH
    forget(city, peer)
    assert stored(city) == (0, 0, 0)


@pytest.mark.parametrize("name", ["entries", "checkpoint"])
def test_later_reading_shows_the_truth_or_what_it_was(
    city: Node, liar: LyingCity, follow: Peer, name: str
) -> None:
    pull.sync(city, follow.id)
    shown = dict(TRUTH)
    refused = 0
    for at in range(CASES):
        liar.put("b", f"Go {at}")
        liar.change[name] = flip(at)
        try:
            pull.sync(city, follow.id)
        except ColnodeError:
            refused += 1
        else:
            shown["b"] = f"Go {at}"
        assert titles(city) == shown, at
    assert refused > CASES * 0.8
    liar.change.clear()
    pull.sync(city, follow.id)
    assert titles(city) == {**TRUTH, "b": f"Go {CASES - 1}"}

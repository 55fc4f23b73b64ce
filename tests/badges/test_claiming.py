"""Claim links: limits hold among any number of hands, and one person gets one badge."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from colnode.badges import claims
from colnode.badges.models import Achievement, Claim, ClaimLink, Credential, StatusEntry
from colnode.errors import Gone, Invalid, NotFound, Refused
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


def _link(node: Node, achievement: Achievement, limit: int | None = None) -> str:
    with node.unit():
        link = claims.create_link(
            node, achievement.id, actor_id=achievement.created_by, limit=limit
        )
        return link.code


def _race(node: Node, code: str, person_ids: list[str]) -> list[str]:
    """Everybody claims at the same moment; what each got: a credential's id or an error's name."""
    start, results = threading.Barrier(len(person_ids)), []

    def run(person_id: str) -> None:
        start.wait()
        try:
            with node.unit():
                results.append(claims.claim(node, code, person_id=person_id).id)
        except Gone as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(person_id,)) for person_id in person_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_claim_gives_a_badge_and_a_second_one_the_same(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    code, person_id = _link(node, achievement, limit=5), make_person().id
    with node.unit():
        first = claims.claim(node, code, person_id=person_id)
    with node.unit():
        second = claims.claim(
            node, f" {code[:4].upper()}-{code[4:8]} {code[8:]}", person_id=person_id
        )
    assert first.id == second.id
    with node.reading():
        assert claims.find_link(node, code).used == 1


def test_no_more_people_than_the_limit_get_the_badge(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    code = _link(node, achievement, limit=3)
    results = _race(node, code, [make_person().id for _index in range(8)])
    assert results.count("Gone") == 5
    assert len(set(results) - {"Gone"}) == 3
    with node.reading():
        rows = [
            node.db.scalar(select(func.count()).select_from(table))
            for table in (Credential, StatusEntry, Claim)
        ]
        assert rows == [3, 3, 3]
        assert claims.find_link(node, code).used == 3


def test_a_double_click_on_the_last_place_gives_one_badge(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    code, person_id = _link(node, achievement, limit=1), make_person().id
    results = _race(node, code, [person_id] * 4)
    assert len(set(results)) == 1
    assert "Gone" not in results
    with node.reading():
        assert claims.find_link(node, code).used == 1
        assert node.db.scalar(select(func.count()).select_from(Credential)) == 1


def test_a_claim_that_fails_takes_no_place(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    code, person_id = _link(node, achievement, limit=1), make_person().id

    class PowerCut(Exception):
        """The machine stops before the commit."""

    with pytest.raises(PowerCut), node.unit():
        claims.claim(node, code, person_id=person_id)
        raise PowerCut
    with node.reading():
        assert claims.find_link(node, code).used == 0
    with node.unit():
        assert claims.claim(node, code, person_id=person_id).id


def test_a_closed_or_ended_link_gives_nothing(
    node: Node,
    achievement: Achievement,
    make_person: "Callable[..., Person]",
    clock: "TestClock",
) -> None:
    actor_id, person_id = achievement.created_by, make_person().id
    with node.unit():
        ending = claims.create_link(
            node, achievement.id, actor_id=actor_id, expires_at=clock.now() + timedelta(hours=1)
        )
        closed = claims.create_link(node, achievement.id, actor_id=actor_id)
        claims.close_link(node, closed.id, actor_id=actor_id)
    clock.forward(hours=1)
    for link in (ending, closed):
        with pytest.raises(Gone), node.unit():
            claims.claim(node, link.code, person_id=person_id)


def test_an_unknown_code_and_impossible_limits_are_refused(
    node: Node, achievement: Achievement, clock: "TestClock"
) -> None:
    actor_id = achievement.created_by
    with pytest.raises(NotFound), node.reading():
        claims.find_link(node, "nosuchcode22")
    with pytest.raises(Invalid), node.unit():
        claims.create_link(node, achievement.id, actor_id=actor_id, limit=0)
    with pytest.raises(Invalid), node.unit():
        claims.create_link(node, achievement.id, actor_id=actor_id, expires_at=clock.now())


def test_a_draft_has_no_link(node: Node, make_achievement: Callable[..., Achievement]) -> None:
    draft = make_achievement(is_published=False)
    with pytest.raises(Refused, match="Publish"), node.unit():
        claims.create_link(node, draft.id, actor_id=draft.created_by)
    with node.reading():
        assert node.db.scalar(select(func.count()).select_from(ClaimLink)) == 0

"""A demonstration city is full of life, and never touches a real one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from colnode import catalogue, demo
from colnode.badges import (
    achievements,
    applications,
    brought,
    codes,
    collections,
    offers,
    passport,
    public_pages,
    request_files,
    rules,
    verifying,
)
from colnode.errors import Refused
from colnode.identity import organisations, people
from colnode.node import Node, set_fact
from colnode.openbadges.summary import summarise


@pytest.fixture
def open_demo(make_node: Callable[..., Node]) -> Callable[..., Node]:
    """An empty demonstration city: open_demo("vilnius")."""

    def open_it(key: str, **more: Any) -> Node:
        city = demo.CITIES[key].city
        node = make_node(
            name=city.name,
            city={
                "languages": city.languages,
                "latitude": city.latitude,
                "longitude": city.longitude,
                "time_zone": city.time_zone,
            },
            **more,
        )
        with node.unit():
            set_fact(node, "is_demo", "true")
        return node

    return open_it


def count(node: Node, kind: str) -> int:
    with node.reading():
        return catalogue.search(node, catalogue.Query(types=(kind,))).total_is_at_least


def test_vilnius_has_organisations_badges_and_learners_with_credentials(
    open_demo: Callable[..., Node],
) -> None:
    node = open_demo("vilnius")
    demo.load(node, demo.CITIES["vilnius"])
    assert count(node, "organisation") >= 8
    assert count(node, "achievement") >= 30
    assert count(node, "activity") >= 60
    assert count(node, "playlist") == 6
    with node.reading():
        learner = people.find_by_email(node, "learner@demo.example")
        assert learner is not None
        held = passport.list_credentials(node, learner.id)
        assert len(held) == 8
        assert len({item.achievement.image for item in held}) == 8
        for item in held:
            verdict = verifying.verify_text(node, item.credential.document)
            assert verdict.is_valid or verdict.find("revoked") or verdict.find("expired")
        assert sum(verifying.verify_text(node, i.credential.document).is_valid for i in held) > 4
        found = catalogue.search(node, catalogue.Query(types=("achievement",), limit=100)).items
        images = {achievements.get_achievement(node, item.id).image for item in found}
        assert len(images) == len(found)
        for kind in ("organisation", "achievement", "activity"):
            for item in catalogue.search(node, catalogue.Query(types=(kind,), limit=200)).items:
                assert {"en", "lt"} <= set(item.title) or kind == "organisation", item.title
        places = catalogue.search(node, catalogue.Query(types=("activity",), limit=200)).items
        points = {(item.latitude, item.longitude) for item in places if item.latitude}
        assert len(points) > 30
        assert all(54.5 < lat < 54.9 and 25.0 < lon < 25.6 for lat, lon in points)
        assert len(offers.offers_for(node, learner.id)) == 2


def test_every_way_to_earn_and_keep_a_badge_has_something_to_show(
    open_demo: Callable[..., Node], run_jobs: Callable[[Node], int]
) -> None:
    node = open_demo("ljubljana")
    demo.load(node, demo.CITIES["ljubljana"])
    run_jobs(node)
    with node.reading():
        learner = people.find_by_email(node, "learner@demo.example")
        assert learner is not None
        (library,) = (
            item for item, _role in organisations.memberships_of(node, _organiser(node))
            if applications.count_waiting(node, organisation_id=item.id)
        )  # fmt: skip
        (waiting,) = applications.list_waiting(node, library.id)
        assert len(request_files.list_files(node, waiting.id)) == 1
        games, reader = (
            next(item for item in achievements.list_of_organisation(node, library.id)
                 if item.name["en"] == name)
            for name in ("Game Explainer", "Bookworm")
        )  # fmt: skip
        assert games.version == 2
        (held,) = passport.list_holders(node, games.id)
        assert summarise(json.loads(held.credential.document)).results[0].name == "Explaining"
        assert len(rules.list_rules(node, games.id)) == 1
        assert codes.list_sheets(node, reader.id)[0].count == 6
        assert collections.list_collections(node, learner.id)[0].collection.shared_at
        assert public_pages.find(node, learner.id) is not None
        (badge,) = brought.list_brought(node, learner.id)
        assert (badge.name, badge.outcome) == ("Sailing Crew", "valid")


def _organiser(node: Node) -> str:
    found = people.find_by_email(node, "organiser@demo.example")
    assert found is not None
    return found.id


def test_loading_a_second_time_changes_nothing(open_demo: Callable[..., Node]) -> None:
    node = open_demo("ljubljana")
    demo.load(node, demo.CITIES["ljubljana"])
    before = count(node, "achievement")
    demo.load(node, demo.CITIES["ljubljana"])
    assert count(node, "achievement") == before == 10


def test_the_core_part_needs_no_plugin(open_demo: Callable[..., Node]) -> None:
    node = open_demo("ljubljana", plugins=())
    demo.load(node, demo.CITIES["ljubljana"])
    assert count(node, "organisation") == 5


def test_a_real_city_is_left_alone(make_node: Callable[..., Node]) -> None:
    node = make_node()
    with pytest.raises(Refused, match="real city"):
        demo.load(node, demo.CITIES["vilnius"])
    assert count(node, "organisation") == 0

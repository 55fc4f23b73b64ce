"""What repeats is found at each of its times; the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colnode import catalogue
from colnode.catalogue import Query
from colnode.node import Node

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
"""Where the test clock stands: a Monday."""


def publish(city: Node, record_id: str, **more: Any) -> None:
    with city.unit():
        catalogue.publish(city, "thing", record_id, {"name": {"en": record_id}, **more})


def found(city: Node, start: datetime, days: int) -> list[str]:
    query = Query(ends_after=start, starts_before=start + timedelta(days=days), by_time=True)
    with city.reading():
        return [view.id for view in catalogue.search(city, query).items]


@pytest.fixture
def weekly(city: Node) -> Node:
    """A city with a talk on each Tuesday for ten weeks, and another on the next Wednesday only."""
    tuesday = {"start": "2026-11-24T18:00:00Z", "end": "2026-11-24T20:00:00Z"}
    publish(city, "weekly", **tuesday, weeks=10)
    publish(city, "once", start="2026-11-25T18:00:00Z", end="2026-11-25T20:00:00Z")
    return city


def test_each_time_is_found_in_its_own_week_and_no_other(weekly: Node) -> None:
    assert found(weekly, NOW, 7) == ["weekly", "once"]
    assert found(weekly, NOW + timedelta(days=21), 7) == ["weekly"]
    assert found(weekly, NOW + timedelta(days=23), 4) == []
    assert found(weekly, NOW + timedelta(weeks=12), 7) == []


def test_a_map_counts_it_in_the_week_too(weekly: Node) -> None:
    tuesday = {"start": "2026-11-24T18:00:00Z", "end": "2026-11-24T20:00:00Z"}
    publish(weekly, "placed", **tuesday, weeks=3, place=[54.6, 25.2])
    later = NOW + timedelta(days=14)
    query = Query(ends_after=later, starts_before=later + timedelta(days=7))
    with weekly.reading():
        assert [item.count for item in catalogue.cluster(weekly, query, zoom=5)] == [1]


def test_its_time_moves_on_and_it_sorts_by_the_next_one(weekly: Node, clock: Any) -> None:
    clock.forward(days=2)
    publish(weekly, "thursday", start="2026-11-26T18:00:00Z", end="2026-11-26T20:00:00Z")
    assert found(weekly, clock.now(), 14)[0] == "weekly"  # not renewed yet, and found all the same
    catalogue.renew_occurrences(weekly)
    assert found(weekly, clock.now(), 14) == ["once", "thursday", "weekly"]
    with weekly.reading():
        view = catalogue.get(weekly, catalogue.OWN, "weekly")
    assert view is not None
    assert view.starts_at == datetime(2026, 12, 1, 18, tzinfo=UTC)


def test_it_goes_when_the_last_time_is_over(weekly: Node, clock: Any) -> None:
    clock.forward(weeks=11)
    catalogue.renew_occurrences(weekly)
    with weekly.reading():
        assert catalogue.search(weekly, Query(ends_after=clock.now())).items == []


def test_what_no_longer_repeats_loses_its_other_times(weekly: Node) -> None:
    publish(weekly, "weekly", start="2026-11-24T18:00:00Z", end="2026-11-24T20:00:00Z")
    assert found(weekly, NOW + timedelta(days=21), 7) == []


def test_the_job_goes_through_more_than_one_portion(city: Node, clock: Any) -> None:
    with city.unit():
        body = {"start": "2026-11-24T18:00:00Z", "end": "2026-11-24T20:00:00Z", "weeks": 4}
        many = [(f"t{n}", {"name": {"en": "T"}, **body}) for n in range(205)]
        catalogue.publish_many(city, "thing", many)
    clock.forward(days=3)
    catalogue.renew_occurrences(city)
    with city.reading():
        found_items = catalogue.search(city, Query(limit=500)).items
    assert {view.starts_at for view in found_items} == {datetime(2026, 12, 1, 18, tzinfo=UTC)}

"""What lies nearest, and how much there is of each value; the same on both databases."""

from typing import Any

import pytest

from colnode import catalogue
from colnode.catalogue import Query
from colnode.node import Node


def _publish(city: Node, **places: tuple[float, float] | None) -> None:
    with city.unit():
        for record_id, place in places.items():
            body: dict[str, Any] = {"name": {"en": f"Walk {record_id}"}}
            if place:
                body |= {
                    "place": list(place),
                    "kind": "walk",
                    "tags": ["out", f"level:{len(body)}"],
                }
            catalogue.publish(city, "thing", record_id, body)


def _near(city: Node, point: tuple[float, float], **more: Any) -> list[str]:
    with city.reading():
        return [view.id for view in catalogue.search(city, Query(near=point, **more)).items]


def test_the_nearest_comes_first_and_what_is_nowhere_is_left_out(city: Node) -> None:
    _publish(city, far=(55.7, 21.1), here=(54.68, 25.28), close=(54.69, 25.28), online=None)
    assert _near(city, (54.68, 25.28)) == ["here", "close", "far"]
    assert _near(city, (55.7, 21.2)) == ["far", "close", "here"]
    assert _near(city, (54.68, 25.28), text="walk far") == ["far"]


def test_near_reaches_over_the_date_line_and_the_poles(city: Node) -> None:
    _publish(city, east=(-17.0, 179.99), west=(-17.0, -179.99), pole=(89.9, 0.0))
    assert _near(city, (-17, -179.98)) == ["west", "east", "pole"]
    assert _near(city, (-17, 179.98)) == ["east", "west", "pole"]
    assert _near(city, (89.95, 180))[0] == "pole"
    assert len(_near(city, (-90, 0))) == 3


def test_pages_of_the_nearest_follow_each_other(city: Node) -> None:
    _publish(city, **{f"n{n}": (54.0 + n * n / 200, 25.0) for n in range(30)})
    seen: list[str] = []
    cursor = None
    with city.reading():
        while True:
            query = Query(near=(54.0, 25.0), limit=7, cursor=cursor)
            results = catalogue.search(city, query)
            assert results.total_is_at_least == 30
            seen += [view.id for view in results.items]
            cursor = results.next_cursor
            if cursor is None:
                break
    assert seen == [f"n{n}" for n in range(30)]


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((0, 179.9), (0, -179.9), 22.24),
        ((90, 0), (90, 140), 0),
        ((0, 0), (0, 180), 20015.1),
        ((54, 25), (55, 25), 111.2),
    ],
)
def test_distances_are_those_on_a_globe(
    one: tuple[float, float], other: tuple[float, float], kilometres: float
) -> None:
    assert catalogue.distance_km(one, other) == pytest.approx(kilometres, abs=0.1, rel=0.003)


def test_values_are_counted_under_a_question(city: Node) -> None:
    _publish(city, a=(54.0, 25.0), b=(54.5, 25.0), online=None)
    with city.reading():
        everything = Query()
        assert catalogue.count_values(city, everything, "category") == {"walk": 2}
        assert catalogue.count_values(city, everything, "tag", prefix="level:") == {"1": 2}
        assert catalogue.count_values(city, Query(text="b"), "tag") == {"level:1": 1, "out": 1}
        assert catalogue.count_values(city, everything, "type") == {"thing": 3}
        (own,) = catalogue.count_origins(city, everything)
    assert (own.origin, own.count, own.latitude, own.longitude) == (catalogue.OWN, 3, 54.25, 25.0)

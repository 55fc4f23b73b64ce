"""Finding records by words, place, time, language and tag; the same on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest

from colnode import catalogue
from colnode.catalogue import Bounds, Query
from colnode.errors import Invalid
from colnode.node import Node


def _publish(city: Node, **bodies: dict[str, Any]) -> None:
    with city.unit():
        for record_id, body in bodies.items():
            catalogue.publish(city, "thing", record_id, body)


def _ids(city: Node, **wishes: Any) -> list[str]:
    with city.reading():
        return [view.id for view in catalogue.search(city, Query(**wishes)).items]


@pytest.mark.parametrize(
    "typed", ["zalgirio", "ŽALGIRIO", "žalg", "zalg zyg", "lodz", "straße", "STRASSE", "obuch"]
)
def test_words_are_found_without_accents_case_and_endings(city: Node, typed: str) -> None:
    _publish(
        city,
        a={"name": {"lt": "Žalgirio žygis", "pl": "Łódź", "de": "Straßenkunst"}},
        b={"name": {"en": "Something else"}},
        c={"name": {"en": "Summary only"}, "text": {"sk": "Zalgirio zygis, Lodz, strasse, óbuch"}},
    )
    assert set(_ids(city, text=typed)) <= {"a", "c"}
    assert _ids(city, text=typed)[0] == ("c" if typed == "obuch" else "a")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("program", ["a", "b"]),
        ("programm", ["a", "b"]),
        ("programmi", ["a"]),
        ("PROGRAMMING", ["a"]),
        ("programmings", []),
        ("programmatic walkers", ["b"]),
        ("rogramming", []),
        ("programm_ng", []),
    ],
)
def test_long_words_are_held_to_every_letter(city: Node, typed: str, found: list[str]) -> None:
    _publish(
        city,
        a={"name": {"en": "Programming"}, "place": [54, 25]},
        b={"name": {"en": "Programmatic art for walkers"}, "place": [54, 25]},
    )
    assert sorted(_ids(city, text=typed)) == found
    with city.reading():
        dots = catalogue.cluster(city, Query(text=typed), zoom=3)
    assert sum(dot.count for dot in dots) == len(found)


@pytest.mark.parametrize(
    "typed", ['"', "'", "* OR", "a:b", "NEAR(", "-", "(", "\\", "' | '", "%", "!"]
)
def test_search_signs_in_the_text_do_no_harm(city: Node, typed: str) -> None:
    _publish(city, a={"name": {"en": "Chess"}})
    assert _ids(city, text=typed) in ([], ["a"])


def test_title_counts_more_than_summary(city: Node) -> None:
    _publish(
        city,
        a={"name": {"en": "Evening class"}, "text": {"en": "with robots"}},
        b={"name": {"en": "Robots"}, "text": {"en": "an evening class about other things"}},
    )
    assert _ids(city, text="robots") == ["b", "a"]


def test_place_time_language_tag_and_kind_narrow_down(city: Node) -> None:
    _publish(
        city,
        vilnius={"name": {"en": "A"}, "place": [54.68, 25.28], "languages": ["lt", "en"]},
        suva={"name": {"en": "B"}, "place": [-18.1, 178.4], "tags": ["sea", "boat"]},
        samoa={"name": {"en": "C"}, "place": [-13.8, -171.7], "tags": ["sea"], "kind": "walk"},
        nowhere={"name": {"en": "D"}, "online": True, "start": "2026-12-01T10:00:00+02:00"},
        null_island={"name": {"en": "E"}, "place": [0, 0], "end": "2026-01-01T00:00:00+00:00"},
    )
    assert _ids(city, bounds=Bounds(25, 54, 26, 55)) == ["vilnius"]
    assert set(_ids(city, bounds=Bounds(170, -30, -160, 0))) == {"suva", "samoa"}
    assert _ids(city, bounds=Bounds(-1, -1, 1, 1)) == ["null_island"]
    assert _ids(city, languages=["lt", "fr"]) == ["vilnius"]
    assert _ids(city, tags=["sea", "boat"]) == ["suva"]
    assert _ids(city, categories=["walk"]) == ["samoa"]
    assert _ids(city, is_online=True) == ["nowhere"]
    assert "null_island" not in _ids(city, ends_after=datetime(2026, 11, 1, tzinfo=UTC))
    assert len(_ids(city, ends_after=datetime(2026, 11, 1, tzinfo=UTC))) == 4
    assert _ids(city, starts_before=datetime(2026, 12, 2, tzinfo=UTC)) == ["nowhere"]
    assert _ids(city, types=["thing"], origin=catalogue.OWN, tags=["boat"]) == ["suva"]
    assert _ids(city, types=["other"]) == []


def test_pages_follow_one_another_without_gap_or_repeat(city: Node) -> None:
    _publish(city, **{f"r{number}": {"name": {"en": f"Walk {number}"}} for number in range(25)})
    for wishes in ({}, {"text": "walk"}, {"own_first": True}, {"by_time": True}):
        seen: list[str] = []
        cursor = None
        for _page in range(3):
            with city.reading():
                page = catalogue.search(city, Query(limit=10, cursor=cursor, **wishes))  # type: ignore[arg-type]
            seen += [view.id for view in page.items]
            cursor = page.next_cursor
            assert page.total_is_at_least == 25
        assert cursor is None
        assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize("cursor", ["", "x", "LTE", "MTAwMDAw", "dHJ1ZQ", "é"])
def test_made_up_cursor_is_refused(city: Node, cursor: str) -> None:
    with city.reading(), pytest.raises(Invalid, match="Search again"):
        catalogue.search(city, Query(cursor=cursor))


def test_facets_count_what_was_found(city: Node) -> None:
    _publish(
        city,
        a={"name": {"en": "Walk"}, "tags": ["sea", "sea"], "kind": "x"},
        b={"name": {"en": "Walk"}, "tags": ["sea", "hill"], "languages": ["lt"]},
        c={"name": {"en": "Chess"}, "tags": ["sea"]},
    )
    with city.reading():
        facets = catalogue.search(city, Query(text="walk", with_facets=True)).facets
    assert facets == {
        "tag": {"sea": 2, "hill": 1},
        "language": {"lt": 1},
        "type": {"thing": 2},
        "category": {"x": 1},
        "origin": {"self": 2},
    }


def test_clusters_come_apart_as_the_map_comes_nearer(city: Node) -> None:
    _publish(
        city,
        a={"name": {"en": "A"}, "place": [54.68, 25.28]},
        b={"name": {"en": "B"}, "place": [54.70, 25.30]},
        c={"name": {"en": "C"}, "place": [-33.9, 151.2]},
    )
    with city.reading():
        world = catalogue.cluster(city, Query(), zoom=2)
        street = catalogue.cluster(city, Query(bounds=Bounds(20, 50, 30, 60)), zoom=17)
    assert [(dot.count, dot.view and dot.view.id) for dot in world] == [(2, None), (1, "c")]
    assert world[0].latitude == pytest.approx(54.69)
    assert sorted(dot.view.id for dot in street if dot.view) == ["a", "b"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "zoom", "tile"),
    [
        (0, 0, 1, (1, 1)),
        (54.6872, 25.2797, 10, (583, 325)),
        (90, 180, 3, (7, 0)),
        (-90, -180, 3, (0, 7)),
    ],
)
def test_cells_are_web_map_tiles(
    latitude: float, longitude: float, zoom: int, tile: tuple[int, int]
) -> None:
    first, after = catalogue.cell_range(*tile, zoom)
    assert catalogue.tile_of(latitude, longitude, zoom) == tile
    assert first <= catalogue.cell_of(latitude, longitude) < after

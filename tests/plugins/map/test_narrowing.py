"""Narrowing the map down: values with counts, days, distance, the chosen one, other cities."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from colnode_map import addresses, backgrounds
from colnode_map.days import this_weekend
from flask import template_rendered

from colnode.plugin import Node

pytestmark = pytest.mark.databases("sqlite")  # both: tests/catalogue/test_nearby.py

GROUND = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
    b'{"kind":"district","name":{"en":"Old Town","lt":"Senamiestis"}},"geometry":{"type":"Polygon",'
    b'"coordinates":[[[25.27,54.67],[25.29,54.67],[25.29,54.69],[25.27,54.69],[25.27,54.67]]]}}]}'
)


def shown(client: Any, wish: str = "") -> Any:
    """The values that the map page at an address is made of."""
    pages = []

    def keep(_app: Any, template: Any, context: dict[str, Any], **_more: Any) -> None:
        if template.name == "map/map.html":
            pages.append(context["page"])

    with template_rendered.connected_to(keep, client.application):
        assert client.get(f"/map?{wish}").status_code == 200
    return pages[0]


def titles(page: Any) -> list[str]:
    return [item.activity.content.title["en"] for item in page.items]


def counts(page: Any, name: str) -> dict[str, int]:
    """The values of one filter as they are said, with their counts."""
    found = [group for group in page.groups if group.name == name]
    return {choice.label: choice.count for group in found for choice in group.choices}


@pytest.fixture
def some(make_activity: Callable[..., Any], node: Node) -> None:
    """Five activities: in the middle, a kilometre and ten away, far, and online."""
    week = timedelta(days=7)
    at = {"latitude": 54.68, "longitude": 25.28}
    make_activity("Chess", category="club", accessibility=("step_free", "hearing_loop"), **at)
    make_activity("Pottery", category="course", price_cents=0, latitude=54.689, longitude=25.28)
    make_activity(
        "Sauna", category="course", latitude=54.77, longitude=25.28, accessibility=("step_free",),
        starts_at=node.clock.now() + 2 * week,
    )  # fmt: skip
    make_activity("Sea", category="event", latitude=54.86, longitude=25.28, languages=("lt",))
    make_activity(
        "Code", mode="online", join_url="https://meet.example/x", latitude=None, longitude=None
    )


@pytest.mark.usefixtures("some")
def test_each_value_says_how_much_it_would_find(node: Node, client: Any) -> None:
    page = shown(client)
    assert counts(page, "category") == {"Club": 1, "Course": 2, "Event": 2}
    assert counts(page, "way") == {"In person": 4, "Online": 1}
    assert counts(page, "access") == {"Step-free entrance": 2, "Hearing loop": 1}


@pytest.mark.usefixtures("some")
def test_counts_are_those_under_the_other_filters(node: Node, client: Any) -> None:
    page = shown(client, "category=course&free=1")
    assert titles(page) == ["Pottery"]
    # as if another kind were chosen instead, while "free" stays
    assert counts(page, "category") == {"Course": 1}
    page = shown(client, "category=course")
    assert counts(page, "category") == {"Club": 1, "Course": 2, "Event": 2}
    assert counts(page, "free") == {"Free": 1}


@pytest.mark.usefixtures("some")
def test_every_count_is_what_its_link_finds(node: Node, client: Any) -> None:
    for wish in ("", "category=course", "access=step_free", "way=in_person&when=week"):
        for group in shown(client, wish).groups:
            for choice in group.choices:
                if not choice.is_on:
                    found = shown(client, choice.url.partition("?")[2])
                    assert found.total == choice.count, (wish, group.name, choice.label)


@pytest.mark.usefixtures("some")
def test_all_that_is_needed_has_to_be_there(node: Node, client: Any) -> None:
    assert titles(shown(client, "access=step_free")) == ["Chess", "Sauna"]
    assert titles(shown(client, "access=step_free,hearing_loop")) == ["Chess"]


@pytest.mark.usefixtures("some")
def test_what_is_chosen_is_taken_away_by_its_chip(node: Node, client: Any) -> None:
    page = shown(client, "q=pottery&category=course&free=1&from=2020-01-01")
    assert [chip.label for chip in page.chips] == ["“pottery”", "From 1 Jan", "Course", "Free"]
    for chip in page.chips:
        assert len(shown(client, chip.url.partition("?")[2]).chips) == 3
    html = client.get("/map?category=course&free=1").get_data(as_text=True)
    assert 'href="/map?free=1"' in html
    assert 'class="map-number">2<' in html


def test_a_choice_that_finds_nothing_can_still_be_taken_away(node: Node, client: Any) -> None:
    page = shown(client, "language=fr&category=club&city=n_" + "b" * 52)
    assert [chip.label for chip in page.chips] == ["Club", "French", "Another city"]


@pytest.mark.parametrize(
    ("today", "weekend"),
    [
        ("2030-05-01", ("2030-05-04", "2030-05-05")),  # a Wednesday
        ("2030-05-04", ("2030-05-04", "2030-05-05")),
        ("2030-05-05", ("2030-05-05", "2030-05-05")),
    ],
)
def test_the_weekend_is_what_is_left_of_it(today: str, weekend: tuple[str, str]) -> None:
    days = this_weekend(date.fromisoformat(today))
    assert (days.first.isoformat(), days.last.isoformat()) == weekend  # type: ignore[union-attr]


def test_days_begin_and_end_at_the_citys_midnight(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    year = node.clock.now().year + 1
    make_activity("Late", starts_at=datetime(year, 7, 1, 21, 30, tzinfo=UTC))  # 2 July, 00:30
    assert titles(shown(client, f"from={year}-07-01&until={year}-07-01")) == []
    assert titles(shown(client, f"from={year}-07-02&until={year}-07-02")) == ["Late"]
    assert titles(shown(client, f"from={year}-07-03&until={year}-07-02")) == ["Late"]
    assert titles(shown(client, f"from={year}-07-03")) == []
    assert titles(shown(client, "from=2030-02-30&until=x")) == ["Late"]


@pytest.mark.usefixtures("some")
def test_the_nearest_comes_first_with_its_distance(node: Node, client: Any) -> None:
    page = shown(client, "near=54.68,25.28")
    assert titles(page) == ["Chess", "Pottery", "Sauna", "Sea"]  # online is nowhere
    far = [round(item.distance_km, 1) for item in page.items]
    assert far[:3] == [0.0, 1.0, 10.0]
    assert far[3] == 20.0
    html = client.get("/map?near=54.68,25.28").get_data(as_text=True)
    assert ">less than 1 km<" in html
    assert ">1 km<" in html
    assert page.total == 4


@pytest.mark.usefixtures("some")
def test_where_somebody_is_becomes_no_more_exact_than_a_kilometre(node: Node, client: Any) -> None:
    page = shown(client, "near=54.689512,25.279123")
    assert page.filters.near == (54.69, 25.28)
    html = client.get("/map?near=54.689512,25.279123").get_data(as_text=True)
    assert "54.6895" not in html.partition("<main")[2]  # no link carries it on


@pytest.mark.parametrize("wish", ["near=1,2,3", "near=91,0", "near=0,181", "near=nan,nan", "near="])
def test_a_point_that_is_none_is_left_out(node: Node, client: Any, wish: str) -> None:
    assert shown(client, wish).filters.near is None


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("typed", ["Gedimino pr. 51", "gedimino", "Senamiestis", "old town"])
def test_a_place_is_found_in_the_citys_own_lists(node: Node, client: Any, typed: str) -> None:
    with node.unit():
        backgrounds.replace(node, GROUND, actor_id=None)
        addresses.import_addresses(node, b"street,number,lat,lon\nGedimino pr.,51,54.681,25.281\n")
    page = shown(client, f"place={typed}")
    assert titles(page)[0] == "Chess"
    assert not page.is_place_unknown
    assert page.chips[0].label == f"Near {typed}"


@pytest.mark.usefixtures("some")
def test_a_place_where_something_is_on_is_found_by_its_name(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Draft", is_published=False, place_name="Secret den")
    make_activity("Ducks", place_name="Žvėryno parkas", latitude=54.771, longitude=25.28)
    assert titles(shown(client, "place=zveryno parkas"))[:2] == ["Ducks", "Sauna"]
    assert shown(client, "place=Secret den").is_place_unknown


@pytest.mark.usefixtures("some")
def test_a_place_that_nobody_knows_is_kept_and_explained(client: Any) -> None:
    html = client.get("/map?place=Atlantis<b>").get_data(as_text=True)
    assert "does not know the place “Atlantis&lt;b&gt;”" in html
    assert 'value="Atlantis&lt;b&gt;"' in html
    assert "Chess" in html


@pytest.mark.usefixtures("some")
def test_the_list_of_what_is_near_goes_on(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    for n in range(30):
        make_activity(f"Walk {n}", latitude=54.7 + n / 100, longitude=25.28)
    page = shown(client, "near=54.68,25.28")
    assert page.next_url is not None
    more = shown(client, page.next_url.partition("?")[2])
    far = [item.distance_km for item in (*page.items, *more.items)]
    assert far == sorted(far)
    assert len(far) == page.total == 34


@pytest.mark.usefixtures("some")
def test_an_address_can_name_the_activity_that_comes_first(
    node: Node, client: Any, make_activity: Callable[..., Any], make_foreign: Callable[..., str]
) -> None:
    hidden = make_activity("Private", is_by_invitation=True)
    draft = make_activity("Draft", is_published=False)
    chosen = next(item.activity.id for item in shown(client).items if item.activity.has_point)
    page = shown(client, f"show={chosen}&category=event")
    assert page.items[0].is_chosen
    assert page.items[0].activity.id == chosen
    assert sum(item.activity.id == chosen for item in page.items) == 1
    origin = make_foreign("Sailing", latitude=54.5, longitude=25.5, is_always_open=True)
    assert titles(shown(client, f"show={origin}/a1"))[0] == "Sailing"
    for nothing in (hidden.id, draft.id, "x", "/", "a/b/c"):
        assert not any(item.is_chosen for item in shown(client, f"show={nothing}").items)


@pytest.mark.usefixtures("some")
def test_other_cities_have_a_name_on_the_map_and_a_link_shows_all(
    node: Node, client: Any, make_foreign: Callable[..., str]
) -> None:
    assert shown(client).whole_view is None
    origin = make_foreign("Sailing", latitude=50.0, longitude=10.0, is_always_open=True)
    page = shown(client)
    latitude, longitude, zoom = map(float, page.whole_view.split(","))
    assert 50 < latitude < 55
    assert 10 < longitude < 26
    assert 3 <= zoom <= 6
    html = unescape(client.get("/map").get_data(as_text=True))
    assert re.search(r'href="/map\?at=[^"]*"[^>]*>All cities<', html)
    found = client.get("/map/cities.geojson").get_json()["features"]
    assert [city["properties"]["name"] for city in found] == [node.config.city.name, "Southport"]
    assert found[1]["properties"]["count"] == 1
    assert found[1]["geometry"]["coordinates"] == [10.0, 50.0]
    assert counts(page, "city") == {node.config.city.name: 5, "Southport": 1}
    assert titles(shown(client, f"city={origin}")) == ["Sailing"]
    assert titles(shown(client, "category=event&city=self")) == ["Code", "Sea"]


@pytest.mark.usefixtures("some")
def test_programs_narrow_down_as_pages_do(client: Any) -> None:
    def named(wish: str) -> list[str]:
        answer = client.get(f"/api/v1/activities?{wish}")
        assert answer.status_code == 200
        return [item["title"]["en"] for item in answer.get_json()["items"]]

    assert named("near=54.77,25.28&way=in_person&access=step_free") == ["Sauna", "Chess"]
    assert named("from=2020-01-01&until=2020-01-02") == []
    (first, *_rest) = client.get("/api/v1/activities?near=54.68,25.28").get_json()["items"]
    assert first["distance_km"] == pytest.approx(0, abs=0.01)

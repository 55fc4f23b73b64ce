"""The map page: the same results in the list, as GeoJSON and as counted clusters."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from colnode.plugin import Node

BOX = "bbox=25,54,26,55"


def titles(client: Any, wish: str = "") -> set[str]:
    """The names in the list of the map page."""
    import re

    page = client.get(f"/map?{wish}").get_data(as_text=True)
    return set(re.findall(r'map-row-title"><a [^>]*>([^<]*)<', page))


def dots(client: Any, wish: str = "", *, zoom: int = 17) -> list[dict[str, Any]]:
    answer = client.get(f"/map/activities.geojson?{BOX}&zoom={zoom}&{wish}")
    assert answer.content_type == "application/geo+json"
    return [feature["properties"] for feature in answer.get_json()["features"]]


@pytest.fixture
def some(make_activity: Callable[..., Any], node: Node) -> None:
    """Four activities that differ in everything that can be filtered by."""
    soon = node.clock.now() + timedelta(days=2)
    later = node.clock.now() + timedelta(days=30)
    make_activity("Chess club", category="club", price_cents=0, languages=("lt",), starts_at=soon)
    make_activity(
        "Pottery course", category="course", price_cents=900, starts_at=later, age_from=30
    )
    make_activity("Žalias sodas", is_always_open=True, starts_at=None, latitude=54.71, age_to=13)
    make_activity(
        "Night of code", mode="online", join_url="https://meet.example/x", category="workshop",
        latitude=None, longitude=None, languages=("en",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", {"Chess club", "Pottery course", "Žalias sodas", "Night of code"}),
        ("q=chess", {"Chess club"}),
        ("q=zalias", {"Žalias sodas"}),
        ("category=course", {"Pottery course"}),
        ("week=1", {"Chess club", "Night of code"}),
        ("free=1", {"Chess club"}),
        ("online=1", {"Night of code"}),
        ("way=online", {"Night of code"}),
        ("way=in_person&when=week", {"Chess club"}),
        ("when=nonsense", {"Chess club", "Pottery course", "Žalias sodas", "Night of code"}),
        ("language=lt", {"Chess club"}),
        ("age=7-13", {"Chess club", "Žalias sodas", "Night of code"}),
        ("category=club&free=1", {"Chess club"}),
        ("category=course&free=1", set()),
        ("bbox=25.2,54.7,25.3,54.8", {"Žalias sodas"}),
    ],
)
@pytest.mark.usefixtures("some")
def test_filters_are_plain_links(client: Any, wish: str, expected: set[str]) -> None:
    assert titles(client, wish) == expected


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("wish", ["", "q=chess", "category=course", "free=1", "age=7-13"])
def test_the_map_shows_what_the_list_shows(client: Any, wish: str) -> None:
    listed = titles(client, wish) - {"Night of code"}  # online: in the list only
    flat = [item for dot in dots(client, wish) for item in dot.get("items", [dot])]
    assert {item["title"] for item in flat} == listed


def test_what_is_over_is_not_shown(
    client: Any, clock: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess club")
    assert titles(client) == {"Chess club"}
    clock.forward(days=3)
    assert titles(client) == set()


def test_clusters_count_exactly_at_every_zoom(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    for n in range(30):
        make_activity(f"Walk {n}", latitude=54.60 + n / 150, longitude=25.20 + (n % 7) / 60)
    for zoom in range(2, 19):
        found = dots(client, zoom=zoom)
        assert sum(dot.get("count", 1) for dot in found) == 30
    assert len(dots(client, zoom=2)) == 1
    assert len(dots(client, zoom=18)) == 30


def test_activities_in_one_house_are_listed_together(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    for name in ("Chess", "Draughts"):
        make_activity(name)
    (house,) = dots(client, zoom=18)
    assert house["count"] == 2
    assert {item["title"] for item in house["items"]} == {"Chess", "Draughts"}


def test_other_cities_are_on_the_map_with_their_name_and_the_way_home(
    client: Any, make_activity: Callable[..., Any], make_foreign: Callable[..., str]
) -> None:
    make_activity("Chess club")
    origin = make_foreign("Sailing", latitude=54.5, longitude=25.5, is_always_open=True)
    assert titles(client) == {"Chess club", "Sailing"}
    assert titles(client, "own=1") == {"Chess club"}
    (sailing,) = [dot for dot in dots(client, zoom=18) if dot.get("title") == "Sailing"]
    assert sailing["city"] == "Southport"
    page = client.get(sailing["url"]).get_data(as_text=True)
    assert "Southport" in page
    assert "https://southport.example/records/activity/a1" in page
    assert client.get(f"/activities/{origin}/nothing").status_code == 404


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "25,55,26,54", "0,0,0,nan", "0,-91,1,91"])
def test_a_wrong_box_is_explained(client: Any, box: str) -> None:
    answer = client.get(f"/map/activities.geojson?bbox={box}")
    assert answer.status_code == (200 if box == "" else 422)


def test_a_long_list_goes_on(client: Any, make_activity: Callable[..., Any]) -> None:
    import re

    for n in range(30):
        make_activity(f"Walk {n}")
    first = client.get("/map").get_data(as_text=True)
    more = re.search(r'href="(/map\?after=[^"]*)"', first)
    assert more is not None
    rest = client.get(more[1]).get_data(as_text=True)
    assert len(set(re.findall(r"Walk \d+", first + rest))) == 30


def test_the_first_page_shows_the_map_and_this_week(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess club")
    page = client.get("/").get_data(as_text=True)
    assert "This week near you" in page
    assert "Chess club" in page
    drawing = client.get("/map/preview.svg")
    assert drawing.content_type.startswith("image/svg+xml")
    assert "<circle" in drawing.get_data(as_text=True)


def test_an_empty_city_teaches(client: Any) -> None:
    assert "Activities will appear here" in client.get("/map").get_data(as_text=True)


@pytest.mark.parametrize(("count", "words"), [(1, "1 veikla"), (2, "2 veiklos"), (10, "10 veiklų")])
def test_numbers_are_said_as_lithuanian_says_them(
    client: Any, make_activity: Callable[..., Any], count: int, words: str
) -> None:
    for n in range(count):
        make_activity(f"Walk {n}")
    page = client.get("/map", headers={"Accept-Language": "lt"}).get_data(as_text=True)
    assert f'<p id="map-total">{words}</p>' in page


def test_programs_are_told_how_much_there_is_and_that_nothing_changed(
    client: Any, make_activity: Callable[..., Any]
) -> None:
    for number in range(3):
        make_activity(f"Chess {number}")
    address = f"/map/activities.geojson?{BOX}&zoom=18"
    first = client.get(address)
    (house,) = first.json["features"]
    assert house["properties"]["count"] == 3
    assert (first.json["numberMatched"], first.json["numberReturned"]) == (3, 3)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    make_activity("Go")
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200

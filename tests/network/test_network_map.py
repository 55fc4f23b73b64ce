"""The plan of cities: each on the line of its direction, nothing on top of another."""

import pytest

from colnode.web.network_map import City, draw_plan

VILNIUS = {"latitude": 54.69, "longitude": 25.28}


def city(name: str, latitude: float | None, longitude: float | None) -> City:
    """A city that was read within hours."""
    return City(name, f"/cities/{name}", latitude, longitude, 3)


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "line"),
    [
        ("Helsinki", 60.17, 24.94, 1),
        ("Tokyo", 35.68, 139.69, 2),
        ("Smolensk", 54.78, 32.05, 3),
        ("Athens", 37.98, 23.73, 5),
        ("Warsaw", 52.23, 21.01, 6),
        ("Gdańsk", 54.35, 18.65, 7),
        ("New York", 40.71, -74.01, 8),
    ],
)
def test_city_lies_on_the_line_of_its_direction(
    name: str, latitude: float, longitude: float, line: int
) -> None:
    plan = draw_plan([city(name, latitude, longitude)], **VILNIUS)
    assert [station.line for station in plan.stations] == [line]


def test_nearer_cities_come_first_on_a_line() -> None:
    plan = draw_plan(
        [city("Helsinki", 60.17, 24.94), city("Riga", 56.95, 24.1), city("Tartu", 58.38, 26.72)],
        **VILNIUS,
    )
    heights = {station.city.name: station.y for station in plan.stations}
    assert heights["Riga"] > heights["Tartu"] > heights["Helsinki"]


def test_many_cities_in_one_direction_take_the_next_lines_and_then_the_list() -> None:
    crowd = [city(f"C{number}", 60 + number / 10, 25.28) for number in range(30)]
    crowd.append(city("Nowhere", None, None))
    plan = draw_plan(crowd, **VILNIUS)
    places = [(station.x, station.y) for station in plan.stations]
    assert len(places) == len(set(places)) == 24
    assert plan.left_out == 7
    assert all(0 < x < plan.width for x, _y in places)
    assert all(plan.top < y < plan.top + plan.height for _x, y in places)


def test_plan_without_cities_is_only_the_own_one() -> None:
    plan = draw_plan([], **VILNIUS)
    assert (plan.stations, plan.left_out) == ([], 0)
    assert plan.top < plan.centre[1] < plan.top + plan.height

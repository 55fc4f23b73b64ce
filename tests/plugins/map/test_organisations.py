"""Organisations have a place on the map, in a list of their own, and on their own page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from colnode.plugin import Node, organisations

Make = Callable[..., Any]


@pytest.fixture
def places(node: Node, make_organisation: Make) -> dict[str, Any]:
    """A library and a school with a point, a club without one, and one that is not confirmed."""
    made = {}
    for name, point, is_verified in (
        ("Library", (54.69, 25.27), True),
        ("School", (54.70, 25.29), True),
        ("Club", None, True),
        ("Draft", (54.68, 25.28), False),
    ):
        made[name] = make_organisation(name, is_verified=is_verified)
        latitude, longitude = point or (None, None)
        with node.unit():
            organisations.edit(
                node,
                made[name].id,
                name={"en": name},
                description={"en": f"About {name}"},
                address="Gedimino pr. 51" if point else "",
                latitude=latitude,
                longitude=longitude,
                actor_id="somebody",
            )
    return made


def page(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.fromstring(answer.data)


def test_a_link_shows_organisations_in_place_of_activities(
    client: FlaskClient, places: dict[str, Any]
) -> None:
    first = page(client, "/map?q=library&category=course&near=54.69,25.27")
    (link,) = first.xpath("//nav[@class='map-what']/a[not(@aria-current)]/@href")
    assert {"q=library", "what=organisations"} <= set(link.partition("?")[2].split("&"))
    assert "category" not in link
    shown = page(client, "/map?what=organisations")
    titles = shown.xpath("//li[contains(@class, 'map-row')]//a[@class='card-link']")
    assert {item.text for item in titles} == {"Library", "School", "Club"}
    assert dict((item.text, item.get("href")) for item in titles)["School"].startswith(
        "/organisations/school"
    )
    assert "3 organisations" in shown.text_content()
    assert shown.xpath("//a[contains(@href, 'calendar')]") == []
    near = page(client, "/map?what=organisations&near=54.70,25.29")
    assert near.xpath("//a[@class='card-link']/text()")[0] == "School"
    assert (
        "3 organisations" in page(client, "/map?what=organisations&category=course").text_content()
    )


def test_each_is_a_stop_of_its_own_kind(client: FlaskClient, places: dict[str, Any]) -> None:
    address = "/map/activities.geojson?what=organisations&bbox=25,54,26,55&zoom="
    (dot,) = client.get(f"{address}5").json["features"]
    assert dot["properties"] == {"count": 2}
    for zoom in (14, 18):
        found = client.get(f"{address}{zoom}").json["features"]
        facts = {each["properties"]["title"]: each["properties"] for each in found}
        assert set(facts) == {"Library", "School"}
        assert facts["Library"]["category"] == "organisation"
        assert facts["Library"]["kind"] == "Organisation"
        assert facts["Library"]["place"] == "Gedimino pr. 51"


def test_a_place_is_on_the_organisations_page(client: FlaskClient, places: dict[str, Any]) -> None:
    shown = page(client, f"/organisations/{places['Library'].slug}")
    (canvas,) = shown.xpath("//*[@data-map]")
    assert canvas.get("data-point") == "54.69,25.27"
    assert page(client, f"/organisations/{places['Club'].slug}").xpath("//*[@data-map]") == []


def test_what_belongs_to_activities_stays_with_them(
    client: FlaskClient, places: dict[str, Any], make_activity: Make
) -> None:
    make_activity("Chess")
    assert client.get("/map/calendar.ics?what=organisations").data.count(b"BEGIN:VEVENT") == 1
    assert [
        item["title"] for item in client.get("/api/v1/activities?what=organisations").json["items"]
    ]


def test_they_can_be_put_into_another_site(client: FlaskClient, places: dict[str, Any]) -> None:
    framed = page(client, "/map/embed?what=organisations")
    assert "School" in framed.xpath("//a[@class='card-link'][@target='_blank']/text()")

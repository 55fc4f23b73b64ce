"""What is on along a playlist, and what of it somebody has left: map, calendar, API."""

from collections.abc import Callable
from typing import Any

import pytest

from colnode.plugin import Node, complete_record
from tests.plugins.map.test_calendar_feed import events
from tests.plugins.map.test_narrowing import shown, titles
from tests.plugins.playlists.conftest import Branch, make_playlist, record, task

__all__ = ["make_playlist"]

_CALENDAR = "/map/calendar.ics?playlist="


@pytest.fixture
def line(
    node: Node, editor: Any, make_activity: Callable[..., Any], make_playlist: Callable[..., Any]
) -> Any:
    """A playlist by way of an activity, a badge and one of two more; and something off the line."""
    badge = f"{node.id}/achievement/welding"
    ids = {name: make_activity(name).id for name in ("Chess", "Choir", "Dance", "Sauna")}
    make_activity("Workshop", achievements=(badge,))
    stops = [record(f"{node.id}/activity/{ids['Chess']}", "chess"), record(badge, "welding")]
    branch = [
        record(f"{node.id}/activity/{ids[name]}", name.lower(), branch="b1")
        for name in ("Choir", "Dance")
    ]
    return make_playlist([*stops, *branch, task("think")], branches=[Branch("b1", 1)]), ids


def test_the_map_shows_what_is_on_along_a_playlist_and_what_is_left_of_it(
    node: Node, client: Any, editor: Any, call: Callable[..., Any], line: Any
) -> None:
    playlist, ids = line
    page = shown(client, f"playlist={playlist.id}")
    assert sorted(titles(page)) == ["Chess", "Choir", "Dance", "Workshop"]
    assert [chip.label for chip in page.chips] == ["Reader"]
    assert shown(client, f"playlist={playlist.id}&left=1").chips[0].label == "Left of Reader"

    with node.unit():
        for name in ("Chess", "Choir"):
            complete_record(node, editor.id, f"self/activity/{ids[name]}", source="map")
    left = f"playlist={playlist.id}&left=1"
    assert titles(shown(client, left)) == ["Workshop"]
    assert len(titles(shown(client, f"playlist={playlist.id}"))) == 4
    assert set(events(client, f"{_CALENDAR}{playlist.id}&left=1")) == {"Workshop"}
    found = call("GET", f"/activities?{left}").get_json()["items"]
    assert [item["title"]["en"] for item in found] == ["Workshop"]
    dots = client.get(f"/map/activities.geojson?{left}")
    assert [item["properties"]["title"] for item in dots.get_json()["features"]] == ["Workshop"]
    assert dots.headers["Cache-Control"].startswith("private")

    own = client.get(f"/playlists/{playlist.id}").text
    assert f"/map?playlist={playlist.id}&amp;left=1" in own
    assert f"{_CALENDAR}{playlist.id}&amp;left=1" in own


@pytest.mark.databases("sqlite")
def test_a_visitor_sees_the_whole_line_whatever_the_address_asks(
    node: Node, make_client: Callable[..., Any], line: Any
) -> None:
    playlist, _ids = line
    visitor = make_client(node)
    wish = f"playlist={playlist.id}&left=1"
    assert len(titles(shown(visitor, wish))) == 4
    assert visitor.get(f"/map/activities.geojson?{wish}").headers["Cache-Control"] == (
        "public, max-age=30"
    )
    subscribing = visitor.get(f"/map/calendar?{wish}").text
    assert f"playlist={playlist.id}" in subscribing
    assert "left=1" not in subscribing
    page = visitor.get(f"/playlists/{playlist.id}").text
    assert f"/map?playlist={playlist.id}" in page
    assert "left=1" not in page


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("playlist", ["nowhere", "n_" + "b" * 52 + "/p1"])
def test_an_unknown_playlist_finds_nothing(
    client: Any, playlist: str, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess")
    page = shown(client, f"playlist={playlist}")
    assert titles(page) == []
    assert [chip.label for chip in page.chips] == ["A playlist"]

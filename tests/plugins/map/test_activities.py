"""An activity from the form to the map, and away again."""

from typing import Any


def test_published_activity_is_in_the_list_and_on_the_map(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    made = client.post(f"/organiser/{library.id}/activities/new", data={**form, "publish": "1"})
    assert made.status_code == 303, made.get_data(as_text=True)
    page = client.get(made.location).get_data(as_text=True)
    assert "Robots for beginners" in page
    assert "Robots for beginners" in client.get("/map").get_data(as_text=True)
    found = client.get("/map/activities.geojson?bbox=25,54,26,55&zoom=12").get_json()
    assert [item["properties"]["title"] for item in found["features"]] == ["Robots for beginners"]

"""A panorama: sent in the form or by a program, checked, looked around in, shown elsewhere too."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from colnode_map import service
from colnode_map.records import content_of
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Page, expect

from colnode.plugin import Invalid, Node, media

Make = Callable[..., Any]
TEXT = {"en": "A hall with a robot"}


def picture(width: int, height: int) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    drawn = Image.new("RGB", (width, height), "red")
    drawn.paste("blue", (width // 2, 0, width, height))
    data = io.BytesIO()
    drawn.save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def panorama(node: Node) -> str:
    """The digest of one that this city has."""
    with node.unit():
        return media.store(node, picture(1000, 500), kind="panorama").digest


def test_it_has_a_page_of_its_own(client: FlaskClient, make_activity: Make, panorama: str) -> None:
    made = make_activity("Robots", panorama=panorama, panorama_text=TEXT)
    plain = make_activity("Chess")
    assert f"/activities/{made.id}/panorama" in client.get(f"/activities/{made.id}").text
    page = client.get(f"/activities/{made.id}/panorama").text
    assert f'alt="{TEXT["en"]}"' in page
    assert panorama in page
    assert "panorama" not in client.get(f"/activities/{plain.id}").text
    assert client.get(f"/activities/{plain.id}/panorama").status_code == 404


def test_a_headset_is_for_those_who_may_have_the_address(
    client: FlaskClient, make_activity: Make, panorama: str
) -> None:
    usual = {"mode": "virtual_reality", "join_url": "https://room.example/vr", "panorama": panorama}
    usual |= {"latitude": None, "longitude": None, "panorama_text": TEXT}
    all_may = make_activity("Open room", **usual)
    joined = make_activity("Room to join", **usual, needs_joining=True)
    assert "https://room.example/vr" in client.get(f"/activities/{all_may.id}/panorama").text
    page = client.get(f"/activities/{joined.id}/panorama").text
    assert "https://room.example/vr" not in page
    assert "Join the activity to get the address" in page


def test_what_is_no_panorama_or_says_nothing_is_refused(
    node: Node, make_activity: Make, panorama: str
) -> None:
    with node.unit():
        square = media.store(node, picture(600, 500), kind="panorama").digest
    for changes, field in (
        ({"panorama": square, "panorama_text": TEXT}, "panorama"),
        ({"panorama": panorama}, "panorama_text"),
        ({"panorama": panorama, "panorama_text": {"en": "x" * 501}}, "panorama_text.en"),
    ):
        with pytest.raises(Invalid) as refused:
            make_activity("Robots", **changes)
        assert list(refused.value.fields) == [field]


def test_the_form_takes_keeps_and_removes_it(
    node: Node, client: FlaskClient, editor: Any, make_activity: Make
) -> None:
    made = make_activity("Robots")
    address = f"/organiser/activities/{made.id}/edit"

    def save(**more: Any) -> Any:
        with node.reading():
            revision = service.get_activity(node, made.id).revision
        form = {"title.en": "Robots", "category": "event", "when": "always", "mode": "in_person"}
        form |= {"place_name": "Hall", "latitude": "54.69", "longitude": "25.27"}
        form |= {"revision": str(revision), **more}
        answer = client.post(address, data=form, content_type="multipart/form-data")
        with node.reading():
            return answer, service.get_activity(node, made.id).panorama

    square = (io.BytesIO(picture(500, 500)), "around.png")
    answer, kept = save(panorama=square, **{"panorama_text.en": "A hall"})
    assert (answer.status_code, kept) == (422, None)
    assert "twice as wide" in answer.text
    sent = (io.BytesIO(picture(1000, 500)), "around.png")
    _answer, kept = save(panorama=sent, **{"panorama_text.en": "A hall"})
    assert kept is not None
    assert save(**{"panorama_text.en": "A large hall"})[1] == kept
    assert save(remove_panorama="1")[1] is None


def test_other_cities_read_it_from_the_record(
    node: Node, make_activity: Make, panorama: str
) -> None:
    made = make_activity("Robots", panorama=panorama, panorama_text=TEXT)
    with node.reading():
        body = service.record_of(node, made)
    content = content_of(body)
    assert (content.panorama, content.panorama_text) == (panorama, TEXT)
    assert body["workFeatured"]["contentSize"]


def test_programs_send_pictures_before_they_name_them(
    call: Callable[..., Any], library: Any
) -> None:
    address = f"/organisations/{library.id}/activities/pictures"
    sent = call("POST", f"{address}?kind=panorama", data=picture(1000, 500))
    assert (sent.status_code, sent.json["width"], sent.json["height"]) == (201, 1000, 500)
    activity = {"organisation_id": library.id, "title": {"en": "Robots"}, "panorama_text": TEXT}
    made = call("POST", "/activities", json=activity | {"panorama": sent.json["digest"]})
    assert (made.status_code, made.json["panorama"]) == (201, sent.json["digest"])
    plain = call("POST", address, data=picture(600, 500)).json["digest"]
    for wrong, status in ((plain, 422), ("0" * 64, 404)):
        answer = call("POST", "/activities", json=activity | {"panorama": wrong})
        assert answer.status_code == status
    assert call("POST", address, data=b"no picture").status_code == 422


@pytest.mark.browser
@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("width", [390, 1280])
def test_one_looks_around_with_the_keys(
    width: int,
    node: Node,
    serve: Callable[[Node], str],
    make_activity: Make,
    panorama: str,
    open_page: Callable[..., AbstractContextManager[Page]],
) -> None:
    made = make_activity("Robots", panorama=panorama, panorama_text=TEXT)
    with open_page(width=width) as page:
        page.goto(f"{serve(node)}/activities/{made.id}")
        page.get_by_role("link", name="Look around").click()
        view = page.get_by_role("region", name="Panorama")
        expect(view).to_be_visible()
        if view.locator("canvas").count() == 0:
            expect(view.locator("img")).to_be_visible()  # a machine without WebGL
            return
        before = view.screenshot()
        view.focus()
        for _turn in range(6):
            page.keyboard.press("ArrowRight")
        assert view.screenshot() != before
        assert page.evaluate("document.documentElement.scrollWidth") <= width

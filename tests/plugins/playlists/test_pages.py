"""The pages: what everybody sees, what one's own way looks like, and the editor without script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from colnode_playlists import journeys, service
from colnode_playlists.library import content_of
from flask.testing import FlaskClient

from colnode.badges import issuing
from colnode.plugin import Node
from tests.plugins.map.conftest import make_activity
from tests.plugins.playlists.conftest import ELSEWHERE, record, task

__all__ = ["make_activity"]

pytestmark = pytest.mark.databases("sqlite")


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page's text without its marks."""
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_visitor_finds_a_playlist_and_its_stops(
    client: FlaskClient, make_playlist: Callable[..., Any], foreign: Callable[..., None]
) -> None:
    made = make_playlist([task("write"), task("print", after=("write",))], "Newspaper")
    foreign({"p1": [task("swim")]})
    assert "Newspaper" in read(client, "/playlists?q=newsp")
    assert "From Southport" in read(client, "/playlists")
    assert "No playlist fits" in read(client, "/playlists?q=zebra")
    page = read(client, f"/playlists/{made.id}")
    assert "Sign in to start" in page
    assert "Opens after “Write”" in page
    assert "Swim" in read(client, f"/playlists/from/{ELSEWHERE}/p1")
    assert "Newspaper" in read(client, "/")
    read(client, "/playlists/unknown", status=404)


def test_somebody_travels_a_line(
    client: FlaskClient, node: Node, kai: Any, make_playlist: Callable[..., Any],
    make_achievement: Callable[..., Any], sign_in: Callable[..., None],
) -> None:  # fmt: skip
    badge = make_achievement()
    made = make_playlist([record(f"self/achievement/{badge.id}", "badge"), task("write")])
    with node.unit():
        issuing.issue(node, badge.id, person_id=kai.id)
    sign_in(client, kai)
    way = f"/playlists/from/{node.id}/{made.id}"
    assert "One stop is behind you already" in read(client, f"/playlists/{made.id}")
    client.post(f"{way}/journey", data={"wish": "start"})
    sentence = "Because you have the badge “Badge”, 1 of 2 stops of “Reader” are done"
    for path in (f"/playlists/{made.id}", "/my/playlists", "/"):
        assert sentence in read(client, path)
    assert "Next: Write" in read(client, "/my-badges")
    assert "On this playlist" in read(client, f"/badges/{badge.id}")
    client.post(f"{way}/journey", data={"wish": "pause"})
    assert sentence not in read(client, "/")
    client.post(f"{way}/stops/write", data={"done": "1"})
    assert "You have travelled all of “Reader”" in read(client, f"/playlists/{made.id}")
    client.post(f"{way}/journey", data={"wish": "leave"})
    assert "You are not on a line yet" in read(client, "/my/playlists")


def test_an_activity_says_which_lines_it_is_a_stop_of(
    client: FlaskClient,
    make_playlist: Callable[..., Any],
    make_activity: Callable[..., Any],
) -> None:
    activity = make_activity("Robots")
    make_playlist([record(f"self/activity/{activity.id}", "robots")], "Maker")
    page = read(client, f"/activities/{activity.id}")
    assert "On this playlist" in page
    assert "Maker" in page


def test_a_line_whose_city_is_gone_says_so_and_keeps_what_was_done(
    client: FlaskClient, node: Node, kai: Any, foreign: Callable[..., None],
    sign_in: Callable[..., None],
) -> None:  # fmt: skip
    foreign({"p1": [task("swim"), task("dive")]})
    with node.unit():
        journeys.tick(node, kai.id, f"{ELSEWHERE}/playlist/p1", "swim")
    foreign({})
    sign_in(client, kai)
    assert "cannot be reached at present" in read(client, "/my/playlists")
    read(client, "/")
    foreign({"p1": [task("swim"), task("dive")]})
    assert "1 of 2 stops" in read(client, "/my/playlists")


def test_an_editor_makes_a_playlist_without_script(
    client: FlaskClient, node: Node, library: Any, editor: Any,
    make_achievement: Callable[..., Any],
) -> None:  # fmt: skip
    badge = make_achievement(library)
    answer = client.post(f"/organiser/{library.id}/playlists/new", data={"title.en": "Robots"})
    edit = answer.location
    playlist_id = edit.split("/")[-2]
    stops = f"/playlists/{playlist_id}/stops"
    assert "Robot builder" in read(client, f"{stops}/new?q=robot")
    client.post(f"{stops}/new?q=robot", data={"reference": f"{node.id}/achievement/{badge.id}"})
    for title in ("Draw", "Build"):
        client.post(f"{stops}/new", data={"kind": "task", "title.en": title})
    wrong = client.post(f"{stops}/new", data={"kind": "link", "title.en": "See", "url": "x"})
    assert wrong.status_code == 422
    assert "Write the whole address" in wrong.text
    content = saved(node, playlist_id)
    assert [step.title["en"] for step in content.steps] == ["Robot builder", "Draw", "Build"]
    robot, draw, build = (step.id for step in content.steps)
    client.post(f"{stops}/{build}", data={"wish": "up"})
    client.post(f"{stops}/{draw}", data={"title.en": "Draw", "branch": "new"})
    content = saved(node, playlist_id)
    (branch,) = content.branches
    client.post(f"{stops}/{build}", data={"title.en": "Build", "branch": branch.id, "minutes": "9"})
    client.post(f"/playlists/{playlist_id}/branches/{branch.id}", data={"needed": "2"})
    content = saved(node, playlist_id)
    assert [step.id for step in content.steps] == [robot, build, draw]
    assert (content.branches[0].needed, content.step(build).minutes) == (2, 9)
    client.post(f"{stops}/{robot}", data={"wish": "down"})
    client.post(f"{stops}/{draw}", data={"wish": "remove"})
    content = saved(node, playlist_id)
    assert [step.id for step in content.steps] == [build, robot]
    assert content.branches[0].needed == 1
    refused = client.post(f"/playlists/{playlist_id}/state", data={"wish": "publish"})
    assert "Say what people learn on the way" in refused.text
    facts = {
        "title.en": "Robots", "description.en": "Build one.", "line": "2", "revision": "9",
        "achievement": f"{node.id}/achievement/{badge.id}", "giving": "automatic",
    }  # fmt: skip
    assert client.post(edit, data=facts).status_code == 409
    with node.reading():
        revision = service.get_playlist(node, playlist_id).revision
    assert client.post(edit, data=facts | {"revision": str(revision)}).status_code == 303
    client.post(f"/playlists/{playlist_id}/state", data={"wish": "publish"})
    assert "Public" in read(client, f"/organiser/{library.id}/playlists")
    assert "Robots" in read(client, f"/organiser/{library.id}")
    assert "Fewer than 5 people" in read(client, f"/playlists/{playlist_id}/people")


def saved(node: Node, playlist_id: str) -> Any:
    """What a playlist says now."""
    with node.reading():
        return content_of(service.get_playlist(node, playlist_id))


def test_a_persons_playlist_is_theirs_until_they_share_its_link(
    client: FlaskClient, node: Node, kai: Any, make_person: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:  # fmt: skip
    sign_in(client, kai)
    edit = client.post("/my/playlists/new", data={"title.en": "My summer"}).location
    page = edit.removesuffix("/edit")
    client.post(f"{page}/stops/new", data={"kind": "task", "title.en": "Swim"})
    client.post(f"{page}/state", data={"wish": "share"})
    code = re.search(r"/playlists/shared/([\w-]+)", client.get(edit).text).group(1)
    other = make_person()
    sign_in(client, other)
    read(client, page, status=404)
    read(client, edit, status=404)
    assert "Swim" in read(client, f"/playlists/shared/{code}")
    way = f"/playlists/from/{node.id}/{page.split('/')[-1]}"
    client.post(f"{way}/journey", data={"wish": "start", "code": code})
    sign_in(client, kai)
    client.post(f"{page}/state", data={"wish": "unshare"})
    read(client, f"/playlists/shared/{code}", status=404)
    assert "My summer" not in read(client, "/playlists")
    assert "Delete this playlist?" in read(client, f"{page}/delete")
    refused = client.post(f"{page}/state", data={"wish": "delete"}, follow_redirects=True)
    assert "People are on the way" in refused.text
    sign_in(client, other)
    assert "My summer" in read(client, "/my/playlists")


def test_a_copy_goes_to_oneself_or_to_an_organisation(
    client: FlaskClient, editor: Any, library: Any, foreign: Callable[..., None],
    make_organisation: Callable[..., Any],
) -> None:  # fmt: skip
    foreign({"p1": [task("swim")]})
    way = f"/playlists/from/{ELSEWHERE}/p1/copy"
    assert "Town Library" in read(client, way)
    edit = client.post(way, data={"organisation_id": library.id}).location
    assert "After “p1” by Harbour School, Southport." in read(client, edit)
    own = client.post(way).location
    assert "Your own playlist" in read(client, own)
    assert client.post(way, data={"organisation_id": make_organisation().id}).status_code == 404


def test_the_guide_is_text_and_paper(
    client: FlaskClient, node: Node, make_playlist: Callable[..., Any]
) -> None:
    made = make_playlist([task("write", text={"en": "Use a *pen*."}, minutes=30)], "A [line]")
    text = client.get(f"/playlists/from/self/{made.id}/guide.md")
    assert text.content_type == "text/markdown; charset=utf-8"
    assert r"# A \[line\]" in text.text
    assert "- [ ] 1. Write\n  - Task · 30 minutes\n  - Use a \\*pen\\*." in text.text
    paper = client.get(f"/playlists/from/self/{made.id}/guide.pdf", headers={"Cookie": ""})
    assert paper.data.startswith(b"%PDF-")
    assert paper.headers["Content-Disposition"] == 'attachment; filename="a-line.pdf"'

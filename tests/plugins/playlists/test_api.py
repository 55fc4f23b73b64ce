"""Playlists for programs: the same rules as the pages."""

from collections.abc import Callable
from typing import Any

import pytest

from colnode.identity import tokens
from colnode.plugin import Node
from tests.plugins.playlists.conftest import ELSEWHERE, task

SCOPES = ["public.read", "account.use", "playlist.edit"]


@pytest.fixture
def call(client: Any, node: Node, editor: Any) -> Callable[..., Any]:
    """Call the API as the editor: call("GET", "/playlists", json=...)."""
    with node.unit():
        token = tokens.create(node, editor.id, label="test", scopes=SCOPES)

    def send(method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return send


def test_a_playlist_is_made_published_travelled_retired_and_deleted(
    call: Callable[..., Any], library: Any, make_achievement: Callable[..., Any]
) -> None:
    badge = make_achievement(library)
    written = {
        "title": {"en": "Robots"},
        "description": {"en": "Build one."},
        "steps": [
            {"id": "badge", "kind": "record", "reference": f"self/achievement/{badge.id}"},
            {"id": "draw", "title": {"en": "Draw"}, "branch": "b"},
            {"id": "see", "kind": "link", "title": {"en": "See"}, "url": "https://x.example",
             "branch": "b"},
        ],
        "branches": [{"id": "b", "needed": 1}],
    }  # fmt: skip
    made = call("POST", "/playlists", json={**written, "organisation_id": library.id})
    assert made.status_code == 201, made.json
    assert made.json["steps"][0]["title"] == {"en": "Robot builder", "lt": "Robotų kūrėjas"}
    own = f"/playlists/{made.json['id']}"
    assert call("GET", "/playlists").json["items"] == []
    assert call("GET", f"/organisations/{library.id}/playlists").json["total_is_at_least"] == 1
    assert call("POST", f"{own}/publish").json["state"] == "published"
    (listed,) = call("GET", "/playlists?q=robot").json["items"]
    assert (listed["id"], listed["organisation"]) == (made.json["id"], {"en": "Town Library"})
    changed = call("PUT", own, json={**made_again(written), "revision": 1})
    assert (changed.json["line"], changed.json["revision"]) == (5, 2)
    assert call("PUT", own, json={**written, "revision": 1}).status_code == 409
    way = f"/journeys/self/{made.json['id']}"
    assert call("GET", way).json["state"] is None
    assert call("PUT", way, json={"state": "going"}).json["next"] == "badge"
    ticked = call("PUT", f"{way}/ticks/draw").json
    assert (ticked["done"], ticked["needed"]) == (1, 2)
    assert ticked["sentence"].startswith("Because you finished “Draw”")
    assert call("PUT", f"{way}/ticks/badge").status_code == 409
    assert call("DELETE", f"{way}/ticks/draw").json["done"] == 0
    assert len(call("GET", "/journeys").json["items"]) == 1
    assert call("GET", f"{own}/counts").json["is_hidden"] is True
    assert call("POST", f"{way}/badge", json={"narrative": "Done."}).status_code == 409
    assert call("DELETE", own).status_code == 409
    assert call("POST", f"{own}/retire").json["state"] == "retired"
    assert call("PUT", way, json={"state": "left"}).json["state"] == "left"
    assert call("DELETE", own).status_code == 204


def made_again(written: dict[str, Any]) -> dict[str, Any]:
    return {**written, "line": 5}


@pytest.mark.databases("sqlite")
def test_an_own_playlist_is_shared_and_copied(
    call: Callable[..., Any], client: Any, foreign: Callable[..., None]
) -> None:
    foreign({"p1": [task("swim")]})
    copied = call("POST", f"/playlists/from/{ELSEWHERE}/p1/copies", json={})
    assert copied.json["based_on"][0]["city"] == {"en": "Southport"}
    own = f"/playlists/{copied.json['id']}"
    there = f"/api/v1/playlists/from/self/{copied.json['id']}"
    assert client.get(there).status_code == 404
    code = call("PUT", f"{own}/share").json["share_code"]
    seen = client.get(f"{there}?code={code}")
    assert (seen.json["title"], seen.json["share_code"]) == ({"en": "p1"}, None)
    assert call("DELETE", f"{own}/share").json["share_code"] is None
    assert client.get(f"{there}?code={code}").status_code == 404
    assert len(call("GET", "/playlists/mine").json["items"]) == 1


@pytest.mark.databases("sqlite")
def test_what_is_wrong_is_a_problem_with_its_fields(
    call: Callable[..., Any], make_organisation: Callable[..., Any]
) -> None:
    answer = call("POST", "/playlists", json={"title": {}, "line": 9})
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"title", "line"})
    foreign_organisation = {"title": {"en": "X"}, "organisation_id": make_organisation().id}
    assert call("POST", "/playlists", json=foreign_organisation).status_code == 404

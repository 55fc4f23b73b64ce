"""An organisation with an editor, activities with the least that they need, another city's too."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from colnode_map import records, service
from colnode_map.content import Content

from colnode.plugin import Node, Role, catalogue, organisations


@pytest.fixture
def library(make_organisation: Callable[..., Any]) -> Any:
    """A verified organisation."""
    return make_organisation("Town Library")


@pytest.fixture
def editor(
    node: Node, library: Any, make_person: Callable[..., Any], sign_in: Any, client: Any
) -> Any:
    """Somebody who is signed in and edits for the library."""
    person = make_person("editor@example.org", display_name="Edita")
    with node.unit():
        organisations.add_member(node, library.id, person.id, role=Role.EDITOR, actor_id=person.id)
    sign_in(client, person)
    return person


@pytest.fixture
def form(node: Node) -> dict[str, str]:
    """What an editor types for a complete activity."""
    tomorrow = node.clock.now() + timedelta(days=1)
    return {
        "title.en": "Robots for beginners",
        "title.lt": "Robotai pradedantiesiems",
        "description.en": "Build a robot.\n\nTake it home.",
        "category": "workshop",
        "mode": "in_person",
        "place_name": "Library hall",
        "address": "Gedimino pr. 51",
        "latitude": "54.6895",
        "longitude": "25.2636",
        "when": "dated",
        "starts_at": tomorrow.strftime("%Y-%m-%dT18:00"),
        "ends_at": tomorrow.strftime("%Y-%m-%dT20:00"),
        "price": "0",
        "currency": "EUR",
        "age_from": "14",
        "age_to": "19",
        "languages": "en",
        "accessibility": "step_free",
    }


@pytest.fixture
def make_activity(node: Node, library: Any) -> Callable[..., Any]:
    """A published activity: make_activity("Chess", latitude=54.7, price_cents=0)."""

    def make(title: str = "Chess", *, is_published: bool = True, **more: Any) -> Any:
        usual: dict[str, Any] = {
            "place_name": "Hall",
            "latitude": 54.69,
            "longitude": 25.27,
            "starts_at": node.clock.now() + timedelta(days=2),
        }
        content = Content(title={"en": title}, **(usual | more))
        with node.unit():
            made = service.create(node, library.id, content=content, actor_id=None)
            if is_published:
                service.publish(node, made.id, actor_id=None)
        return made

    return make


@pytest.fixture
def make_foreign(node: Node) -> Callable[..., str]:
    """An activity of another city that this one follows; returns the city's node id."""

    def make(title: str, **more: Any) -> str:
        origin = "n_" + "b" * 52
        content = Content(title={"en": title}, place_name="Quay", **more)
        organiser = records.Organiser("org1", {"en": "Harbour School"})
        page = "https://southport.example/activities/a1"
        body = records.write(content, organiser, node_id=origin, page_url=page)
        kind = records.RECORD_TYPE
        put = catalogue.Put("activity", "a1", json.dumps(body), kind.index(body), node.clock.now())
        with node.unit():
            edition = catalogue.open_edition(
                node, origin, name={"en": "Southport"}, url="https://southport.example"
            )
            catalogue.replace(node, edition, [put])
            catalogue.show_edition(node, origin, edition)
        return origin

    return make


@pytest.fixture
def sent_mail(
    run_jobs: Callable[[Node], int], outbox: Callable[[Node], list[Any]]
) -> Callable[[Node], list[Any]]:
    """What has left by mail so far, once the work that waits is done: sent_mail(node)."""

    def read(node: Node) -> list[Any]:
        run_jobs(node)
        return outbox(node)

    return read


@pytest.fixture
def call(
    client: Any, node: Node, editor: Any, make_token: Callable[..., str]
) -> Callable[..., Any]:
    """Call the API as the editor: call("GET", "/activities", json=...)."""
    token = make_token(editor, ["public.read", "account.use", "activity.edit", "activity.people"])

    def send(method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return send


@pytest.fixture
def make_token(node: Node) -> Callable[..., str]:
    """A personal token: make_token(person, scopes)."""
    from colnode.identity import tokens

    def make(person: Any, scopes: list[str]) -> str:
        with node.unit():
            return tokens.create(node, person.id, label="test", scopes=scopes)

    return make

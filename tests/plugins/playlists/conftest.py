"""An organisation with an editor and badges, playlists with the least they need, another city."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from colnode_playlists import records, service
from colnode_playlists.content import Branch, Content, Kind, Step
from colnode_playlists.records import Maker

from colnode.plugin import Node, Role, catalogue, organisations
from tests.badges.conftest import content, make_achievement

__all__ = ["content", "make_achievement"]

ELSEWHERE = "n_" + "b" * 52


def record(reference: str, step_id: str, **more: Any) -> Step:
    """A stop that is a record."""
    usual: dict[str, Any] = {"title": {"en": step_id.capitalize()}}
    return Step(id=step_id, kind=Kind.RECORD, reference=reference, **(usual | more))


def task(step_id: str, **more: Any) -> Step:
    """A stop that is a task in words."""
    return Step(id=step_id, kind=Kind.TASK, title={"en": step_id.capitalize()}, **more)


@pytest.fixture
def library(make_organisation: Callable[..., Any]) -> Any:
    """A verified organisation."""
    return make_organisation("Town Library")


@pytest.fixture
def kai(make_person: Callable[..., Any]) -> Any:
    """A learner."""
    return make_person("kai@example.org", display_name="Kai")


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
def make_playlist(node: Node, library: Any) -> Callable[..., Any]:
    """A published playlist of the library: make_playlist([task("read")], "Reader")."""

    def make(
        steps: Sequence[Step],
        title: str = "Reader",
        *,
        branches: Sequence[Branch] = (),
        is_published: bool = True,
        person_id: str | None = None,
        **more: Any,
    ) -> Any:
        written = Content(
            title={"en": title},
            description={"en": "Read a lot."},
            steps=tuple(steps),
            branches=tuple(branches),
            **more,
        )
        owner = {"person_id": person_id} if person_id else {"organisation_id": library.id}
        actor_id = organisations.list_members(node, library.id)[0].person_id
        made = service.create(node, content=written, actor_id=actor_id, **owner)
        if is_published and person_id is None:
            service.publish(node, made.id, actor_id=actor_id)
        return made

    def in_unit(*arguments: Any, **more: Any) -> Any:
        with node.unit():
            return make(*arguments, **more)

    return in_unit


@pytest.fixture
def foreign(node: Node) -> Callable[..., None]:
    """Show these playlists of another city, by id: foreign({"p1": [task("read")]}); {} hides it."""

    def show(playlists: Mapping[str, Sequence[Step]]) -> None:
        kind = records.RECORD_TYPE
        puts = []
        for name, steps in playlists.items():
            written = Content(title={"en": name}, steps=tuple(steps))
            body = records.write(written, Maker("org1", {"en": "Harbour School"}))
            puts.append(
                catalogue.Put(
                    "playlist", name, json.dumps(body), kind.index(body), node.clock.now()
                )
            )
        with node.unit():
            edition = catalogue.open_edition(
                node, ELSEWHERE, name={"en": "Southport"}, url="https://southport.example"
            )
            catalogue.replace(node, edition, puts)
            catalogue.show_edition(node, ELSEWHERE, edition)

    return show

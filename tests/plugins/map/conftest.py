"""An organisation with an editor, and activities with the least that they need."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from colnode.plugin import Node


@pytest.fixture
def library(make_organisation: Callable[..., Any]) -> Any:
    """A verified organisation."""
    return make_organisation("Town Library")


@pytest.fixture
def editor(
    node: Node, library: Any, make_person: Callable[..., Any], sign_in: Any, client: Any
) -> Any:
    """Somebody who is signed in and edits for the library."""
    from colnode.plugin import Role, organisations

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

"""A learner who is signed in, with a badge or without."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode.badges import issuing
from colnode.node import Node
from tests.badges.conftest import content, make_achievement

__all__ = ["content", "give", "learner", "make_achievement"]


@pytest.fixture
def learner(
    client: FlaskClient, make_person: Callable[..., Any], sign_in: Callable[..., None]
) -> Any:
    """Ada, signed in in `client`."""
    person = make_person("ada@example.org")
    sign_in(client, person)
    return person


@pytest.fixture
def give(node: Node, make_achievement: Callable[..., Any]) -> Callable[..., Any]:
    """Give somebody a new badge: give(person, name={"en": "Chess"})."""

    def act(person: Any, *, on: Node | None = None, **changes: Any) -> Any:
        city = on or node
        made = make_achievement(on=city, **changes)
        with city.unit():
            return issuing.issue(city, made.id, person_id=person.id)

    return act

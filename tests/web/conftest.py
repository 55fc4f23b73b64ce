"""Fixtures of page tests: badges as tests/badges makes them, and a network of known pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode.badges.models import Achievement
from colnode.identity import tokens
from colnode.node import Node
from tests.badges.conftest import content, make_achievement
from tests.openbadges import samples
from tests.web.checking import SCOPES, Api, KnownPages

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Organisation, Person

__all__ = ["content", "make_achievement"]

# Other projects' documents are used where they lie beside the repository; where they do not, the
# documents made in test_verify_page.py cover the same behaviours.
collect_ignore = [] if samples.folder().exists() else ["test_verify_samples.py"]


@pytest.fixture
def web(node: Node) -> KnownPages:
    """The pages that the node can reach; none until the test adds some."""
    pages = KnownPages()
    node.http = pages  # type: ignore[assignment]  # answers what the client would
    return pages


@pytest.fixture
def api_of(node: Node, client: "FlaskClient") -> "Callable[..., Api]":
    """The API as somebody: api_of(person, scopes)."""

    def make(person: "Person", scopes: tuple[str, ...] = SCOPES) -> Api:
        with node.unit():
            token = tokens.create(node, person.id, label="test", scopes=scopes)
        return Api(client, token if isinstance(token, str) else token[0])

    return make


@pytest.fixture
def owner(make_person: "Callable[..., Person]") -> "Person":
    """Somebody who runs an organisation."""
    return make_person("ona@example.org", display_name="Ona")


@pytest.fixture
def organisation(
    make_organisation: "Callable[..., Organisation]", owner: "Person"
) -> "Organisation":
    """A verified organisation."""
    return make_organisation("Nature House", owner=owner)


@pytest.fixture
def achievement(
    make_achievement: Callable[..., Achievement], organisation: "Organisation"
) -> Achievement:
    """A published badge."""
    return make_achievement(organisation)


@pytest.fixture
def learner(make_person: "Callable[..., Person]") -> "Person":
    """Somebody who earns badges."""
    return make_person("kai@example.org", display_name="Kai Learner")

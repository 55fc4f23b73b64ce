"""Makes achievements, on top of the public test kit."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import achievements
from colnode.badges.content import Content
from colnode.badges.models import Achievement
from colnode.identity import organisations
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Organisation

CONTENT = {
    "name": {"en": "Robot builder", "lt": "Robotų kūrėjas"},
    "description": {"en": "Builds a robot that follows a line.", "lt": "Sukuria robotą."},
    "criteria": {"en": "Build it, and show that it drives.", "lt": "Sukurk ir parodyk."},
    "tags": ("robots", "teamwork"),
    "art": {"shape": "scallop", "icon": "bot", "first": "green", "second": "amber"},
}


@pytest.fixture
def content() -> Callable[..., Content]:
    """What an organiser writes: content(valid_days=30)."""

    def make(**changes: Any) -> Content:
        return Content(**(CONTENT | changes))

    return make


@pytest.fixture
def make_achievement(
    node: Node, make_organisation: "Callable[..., Organisation]", content: Callable[..., Content]
) -> Callable[..., Achievement]:
    """Make a published achievement of a verified organisation."""

    def make(
        organisation: "Organisation | None" = None,
        *,
        is_published: bool = True,
        on: Node | None = None,
        **changes: Any,
    ) -> Achievement:
        city = on or node
        organisation = organisation or make_organisation(on=city)
        with city.unit():
            actor_id = organisations.list_members(city, organisation.id)[0].person_id
            made = achievements.create(
                city, organisation.id, content=content(**changes), actor_id=actor_id
            )
            if is_published:
                achievements.publish(city, made.id, actor_id=actor_id)
        return made

    return make

"""A badge of another city as the template of one's own, with its maker named."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode import jobs
from colnode.badges import achievements, copying
from colnode.badges.content import Content
from colnode.badges.more import Match, More, ResultKind, Source
from colnode.errors import NotFound, Refused
from colnode.federation import peers, pull
from colnode.identity import organisations
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person

MORE = More(
    matches=(Match("robotics", "http://data.europa.eu/esco/skill/1", "ESCO", "S5"),),
    results=(ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can")),),
    credits=2,
    licence="CC-BY-4.0",
)


def make_badge(node: Node, organisation: "Organisation", more: More) -> str:
    with node.unit():
        owner = organisations.list_members(node, organisation.id)[0].person_id
        content = Content(
            name={"en": "Robot builder", "lt": "Robotų kūrėjas"},
            description={"en": "Builds a robot."},
            criteria={"en": "Build one."},
            tags=("robots",),
            more=more,
        )
        made = achievements.create(node, organisation.id, content=content, actor_id=owner)
        achievements.publish(node, made.id, actor_id=owner)
    jobs.run_due(node)
    return made.id


def test_a_badge_of_another_city_is_copied_with_its_maker_and_licence(
    two_cities: tuple[Node, Node],
    make_person: "Callable[..., Person]",
    make_organisation: "Callable[..., Organisation]",
) -> None:
    reader, origin = two_cities
    there = make_organisation("Robot Club", owner=make_person(on=origin), on=origin)
    free, closed = make_badge(origin, there, MORE), make_badge(origin, there, More())
    person = make_person(on=reader)
    here = make_organisation("Library", owner=person, on=reader)
    with reader.reading():
        (peer,) = peers.list_peers(reader)
    pull.sync(reader, peer.id)

    def copy(source_id: str) -> str:
        with reader.unit():
            made = copying.copy(
                reader, here.id, origin=origin.id, source_id=source_id, actor_id=person.id
            )
            return made.id

    with reader.unit():
        made = achievements.get_achievement(reader, copy(free))
        content = achievements.content_of(made)
    url = f"{origin.config.server.base_url}/badges/{free}"
    assert content.name == {"en": "Robot builder", "lt": "Robotų kūrėjas"}
    assert content.more.source == Source("Robot builder", "Robot Club", url, "CC-BY-4.0")
    assert content.more.matches == MORE.matches
    assert content.more.results == MORE.results
    assert content.more.credits == 2
    assert made.is_draft
    with pytest.raises(Refused):
        copy(closed)
    with pytest.raises(NotFound):
        copy("unknown")

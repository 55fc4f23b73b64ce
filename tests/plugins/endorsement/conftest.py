"""A club with a badge, an employer who may endorse it, and a learner who has earned it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from colnode_endorsement import giving
from colnode_endorsement.content import Content

from colnode.badges import achievements, issuing, passport
from colnode.badges.content import Content as Badge
from colnode.plugin import Node, organisations

ROBOTS = Badge(
    name={"en": "Robot builder"},
    description={"en": "Builds a robot that follows a line."},
    criteria={"en": "Build it, and show that it drives."},
    tags=("robots",),
    art={"shape": "scallop", "icon": "bot", "first": "green", "second": "amber"},
)
WORDS = Content(
    "Who has this badge can start with us at once.",
    opportunity="Apprenticeship 2027",
    opportunity_url="https://works.example/jobs",
)


@dataclass
class Scene:
    """Ids of who and what there is; persons are those who own the organisations."""

    club: str
    club_owner: Any
    works: str
    works_owner: Any
    badge: str
    learner: Any

    def badge_ref(self, node: Node) -> str:
        """The badge's reference."""
        return f"{node.id}/achievement/{self.badge}"

    def club_ref(self, node: Node) -> str:
        """The club's reference."""
        return f"{node.id}/organisation/{self.club}"


@pytest.fixture
def make_scene(
    make_person: Callable[..., Any], make_organisation: Callable[..., Any]
) -> Callable[..., Scene]:
    """Set the scene in a city."""

    def make(city: Node) -> Scene:
        club_owner = make_person(display_name="Clara Club", on=city)
        works_owner = make_person(display_name="Wim Works", on=city)
        club = make_organisation("Robot Club", owner=club_owner, on=city)
        works = make_organisation("Machine Works", owner=works_owner, on=city)
        with city.unit():
            made = achievements.create(city, club.id, content=ROBOTS, actor_id=club_owner.id)
            achievements.publish(city, made.id, actor_id=club_owner.id)
        learner = make_person(display_name="Lea Learner", on=city)
        return Scene(club.id, club_owner, works.id, works_owner, made.id, learner)

    return make


@pytest.fixture
def scene(node: Node, make_scene: Callable[[Node], Scene]) -> Scene:
    """The scene in the city."""
    return make_scene(node)


@pytest.fixture
def give(node: Node, scene: Scene) -> Callable[..., Any]:
    """The works endorse something, by default the badge: give(scene.club_ref(node))."""

    def act(about: str | None = None, content: Content = WORDS, **more: Any) -> Any:
        with node.unit():
            return giving.give(
                node,
                more.pop("organisation_id", scene.works),
                about or scene.badge_ref(node),
                content=content,
                actor_id=more.pop("actor_id", scene.works_owner.id),
                **more,
            )

    return act


@pytest.fixture
def earn(node: Node, scene: Scene) -> Callable[..., Any]:
    """The learner earns the badge and shares it."""

    def act(*, is_shared: bool = True) -> Any:
        with node.unit():
            credential = issuing.issue(node, scene.badge, person_id=scene.learner.id)
            if is_shared:
                passport.share(node, credential.address, person_id=scene.learner.id)
            return credential

    return act


@pytest.fixture
def suspend(node: Node) -> Callable[[str], None]:
    """The city suspends an organisation."""

    def act(organisation_id: str) -> None:
        with node.unit():
            organisations.suspend(node, organisation_id, actor_id="city", reason="Complaints.")

    return act

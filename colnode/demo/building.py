"""Fills a demonstration city through the same verbs that pages use."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

from colnode import media
from colnode.badges import achievements, awards, claims, issuing, passport
from colnode.badges.art import Colour, CoverKind, draw_cover
from colnode.badges.content import Content
from colnode.demo import ways
from colnode.demo.cities import PASSWORD, DemoCity
from colnode.demo.staging import Stage, in_the_past
from colnode.errors import Refused, _
from colnode.host.types import DemoScene, Role
from colnode.identity import organisations, people
from colnode.node import get_fact

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["load"]

_Progress = Callable[[int], None]


def load(node: "Node", city: DemoCity, *, progress: _Progress | None = None) -> None:
    """Fill the node with the demonstration city. A city that is filled already stays as it is.

    Call it outside of a unit. Raises Refused on a database that is not a demonstration's.
    """
    with node.unit():
        if get_fact(node, "is_demo") != "true":
            raise Refused(_("This is a real city. The demonstration is only for a new, empty one."))
        if people.find_by_email(node, city.accounts[0].email) is not None:
            return
        _build(node, city, progress or _say_nothing)


def _say_nothing(_count: int) -> None:
    """Nobody watches."""


def _build(node: "Node", city: DemoCity, progress: _Progress) -> None:
    file = resources.files("colnode.demo") / f"{city.key}.toml"
    stage = Stage(
        data=tomllib.loads(file.read_text(encoding="utf-8")),
        scene=DemoScene(city.key),
        languages=list(city.city.languages),
        today=node.clock.now(),
        progress=progress,
    )
    with in_the_past(node, stage.today, days=500):
        _open_accounts(node, city, stage)
        _found_organisations(node, stage)
        _make_achievements(node, stage)
        _welcome_people(node, stage)
    _award(node, stage)
    ways.show_ways(node, stage)
    parts = [part for _plugin, part in node.host.collect("register_demo")]
    for part in sorted(parts, key=lambda part: part.order):
        part.load(node, stage.scene)
        progress(1)


def _open_accounts(node: "Node", city: DemoCity, stage: Stage) -> None:
    admin, organiser, _learner = city.accounts
    person = people.create(
        node,
        email=admin.email,
        display_name=stage.data["admin_name"],
        password=admin.password,
        is_admin=True,
    )
    stage.admin_id = person.id
    maker = people.create(
        node,
        email=organiser.email,
        display_name=stage.data["organiser_name"],
        password=organiser.password,
    )
    stage.scene.people |= {"admin": person.id, "organiser": maker.id}


def _found_organisations(node: "Node", stage: Stage) -> None:
    own = stage.data["organiser"]
    for given in stage.data["organisations"]:
        key = given["key"]
        owner_id = stage.scene.people["organiser"]
        if key != own:
            owner_id = people.create(
                node, email=f"{key}@demo.example", display_name=given["name"]["en"]
            ).id
        made = organisations.create(
            node,
            name=given["name"],
            description=given["description"],
            address=given["address"],
            latitude=given["latitude"],
            longitude=given["longitude"],
            actor_id=owner_id,
        )
        cover = _cover(node, f"organisation:{key}", CoverKind.ORGANISATION, given)
        organisations.set_picture(node, made.id, digest=cover, actor_id=owner_id)
        if not given.get("is_waiting"):
            organisations.verify(node, made.id, actor_id=stage.admin_id)
        stage.owners[key] = owner_id
        stage.scene.organisations[key] = made.id
        stage.progress(1)
    for key in list(stage.scene.organisations)[1:3]:
        organisations.add_member(
            node,
            stage.scene.organisations[key],
            stage.scene.people["organiser"],
            role=Role.EDITOR,
            actor_id=stage.owners[key],
        )


def _cover(node: "Node", seed: str, kind: CoverKind, given: Mapping[str, Any]) -> str:
    colours = [Colour(name) for name in given["colours"]]
    drawing = draw_cover(seed, kind, colours, icon=given["icon"])
    return media.store(node, drawing.encode()).digest


def _make_achievements(node: "Node", stage: Stage) -> None:
    for given in stage.data["achievements"]:
        owner_id = stage.owners[given["organisation"]]
        content = Content(
            name=given["name"],
            description=given["description"],
            criteria=given["criteria"],
            main_language=stage.languages[0],
            tags=tuple(given["tags"]),
            art=given["art"],
            valid_days=given.get("valid_days"),
        )
        organisation_id = stage.scene.organisations[given["organisation"]]
        made = achievements.create(node, organisation_id, content=content, actor_id=owner_id)
        achievements.publish(node, made.id, actor_id=owner_id)
        stage.scene.achievements[given["key"]] = made.id
        stage.progress(1)


def _welcome_people(node: "Node", stage: Stage) -> None:
    for given in stage.data["people"]:
        person = people.create(
            node,
            email=given["email"],
            display_name=given["name"],
            language=given["language"],
            birth_year=given["birth_year"],
            password=PASSWORD if given["key"] == "learner" else None,
        )
        stage.scene.people[given["key"]] = person.id


def _award(node: "Node", stage: Stage) -> None:
    """Give badges on the days that the file says, oldest first; then offers and claim links."""
    given = [
        (days, key, person) for person in stage.data["people"] for key, days in person["earned"]
    ]
    for days, key, person in sorted(given, key=lambda item: -item[0]):
        with in_the_past(node, stage.today, days=days):
            _give(node, stage, key, person)
        stage.progress(1)
    for person in stage.data["people"]:
        for key in person["offered"]:
            _offer(node, stage, key, person["email"])
    for link in stage.data["claim_links"]:
        key = link["achievement"]
        claims.create_link(
            node,
            stage.scene.achievements[key],
            actor_id=stage.owner_of(key),
            limit=link.get("limit"),
            expires_at=stage.today + timedelta(days=60),
            label=link["label"][stage.languages[0]],
        )


def _give(node: "Node", stage: Stage, key: str, person: Mapping[str, Any]) -> None:
    person_id = stage.scene.people[person["key"]]
    achievement_id = stage.scene.achievements[key]
    credential = issuing.issue(
        node, achievement_id, person_id=person_id, actor_id=stage.owner_of(key)
    )
    if key in person["shared"]:
        passport.share(node, credential.address, person_id=person_id)


def _offer(node: "Node", stage: Stage, key: str, email: str) -> None:
    awards.award(node, stage.scene.achievements[key], emails=[email], actor_id=stage.owner_of(key))

"""Playlists: lines with stops through badges, activities and links of any city."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from colnode.plugin import (
    AwardRule,
    DemoPart,
    JobKind,
    NavItem,
    NavPlace,
    Node,
    Pages,
    Panel,
    Permission,
    RecordType,
    Role,
    hookimpl,
    modules_when_used,
)
from colnode_playlists.records import RECORD_TYPE

if TYPE_CHECKING:
    from flask import Blueprint
else:
    __getattr__ = modules_when_used(__name__)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    """What the plugin's routes ask for beyond the core's permissions."""
    return [Permission("playlist.edit", "Make and change playlists", Role.EDITOR)]


@hookimpl
def register_record_types() -> Sequence[RecordType]:
    """Playlists, as other cities read them."""
    return [RECORD_TYPE]


@hookimpl
def register_award_rules() -> Sequence[AwardRule]:
    """A badge for whoever has completed playlists."""
    from colnode_playlists.award_rule import RULE

    return [RULE]


@hookimpl
def register_pages() -> Sequence[Pages]:
    """Playlists for everybody, one's own, and organisers' pages."""
    from colnode_playlists import making, organising, pages

    return [
        Pages(
            pages.bp,
            [
                NavItem("Playlists", "playlists.index", "route", order=20),
                NavItem(
                    "My playlists",
                    "playlists.mine",
                    "route",
                    NavPlace.ACCOUNT,
                    Role.PERSON,
                    order=20,
                ),
            ],
        ),
        Pages(making.bp),
        Pages(
            organising.bp,
            [
                NavItem(
                    "Playlists",
                    "playlists_organising.mine",
                    "route",
                    NavPlace.ORGANISER,
                    Role.EDITOR,
                    order=25,
                )
            ],
        ),
    ]


@hookimpl
def register_api() -> "Sequence[Blueprint]":
    """Everything that the pages do, as JSON."""
    from colnode_playlists import api, journeys_api

    return [api.bp, journeys_api.bp]


@hookimpl
def register_jobs() -> Sequence[JobKind]:
    """Looking how far people have come."""
    from colnode_playlists.jobs import JOBS

    return JOBS


@hookimpl
def register_demo() -> Sequence[DemoPart]:
    """Playlists of the demonstration city, and learners on the way."""
    from colnode_playlists.demo import load

    return [DemoPart("playlists", load, order=50)]


@hookimpl
def record_completed(node: Node, person_id: str) -> None:
    """Somebody has done something: it may be a stop of theirs."""
    from colnode_playlists import journeys

    with node.unit():
        journeys.look_later(node, person_id)


@hookimpl
def person_erasing(node: Node, person_id: str) -> None:
    """A person's own playlists and their ways go; an organisation's playlists stay."""
    from colnode_playlists import service

    service.forget_person(node, person_id)


@hookimpl
def person_merging(node: Node, person_id: str, into_id: str) -> None:
    """What one account made and did, the other has made and done."""
    from colnode_playlists import journeys, service

    service.merge_person(node, person_id, into_id)
    journeys.merge_person(node, person_id, into_id)


@hookimpl
def person_exporting(node: Node, person_id: str) -> Mapping[str, Any]:
    """The playlists that the person made, and their ways along others."""
    from colnode_playlists import journeys, service

    return {
        "playlists": service.made_by(node, person_id),
        **journeys.export(node, person_id),
    }


@hookimpl
def panels(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Panel]:
    """What comes next, lines to start, and the playlists that a thing is a stop of."""
    from colnode_playlists import on_pages

    return on_pages.panels(node, place, subject, viewer)

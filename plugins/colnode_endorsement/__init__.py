"""Endorsement: who stands behind a badge or an organisation, signed by them, across cities."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.plugin import (
    DemoPart,
    JobKind,
    Link,
    NavItem,
    NavPlace,
    Node,
    Notification,
    Pages,
    Panel,
    Permission,
    RecordType,
    Role,
    hookimpl,
    modules_when_used,
)
from colnode_endorsement.records import RECORD_TYPE

if TYPE_CHECKING:
    from flask import Blueprint
else:
    __getattr__ = modules_when_used(__name__)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    """What the plugin's routes ask for beyond the core's permissions."""
    return [Permission("endorsement.manage", "Ask for and give endorsements", Role.EDITOR)]


@hookimpl
def register_record_types() -> Sequence[RecordType]:
    """Endorsements of badges and organisations, as other cities read them."""
    return [RECORD_TYPE]


@hookimpl
def register_pages() -> Sequence[Pages]:
    """The graph, single endorsements, organisers' pages and those of holders."""
    from colnode_endorsement import my_pages, organising, pages

    return [
        Pages(
            pages.bp,
            [
                NavItem(
                    "Endorsements", "endorsement.show_graph", "handshake", NavPlace.FOOT, order=30
                )
            ],
        ),
        Pages(
            organising.bp,
            [
                NavItem(
                    "Endorsements",
                    "endorsement_organising.mine",
                    "handshake",
                    NavPlace.ORGANISER,
                    Role.EDITOR,
                    order=30,
                )
            ],
        ),
        Pages(my_pages.bp),
    ]


@hookimpl
def register_api() -> "Sequence[Blueprint]":
    """Everything that the pages do, as JSON."""
    from colnode_endorsement import api

    return [api.bp]


@hookimpl
def register_jobs() -> Sequence[JobKind]:
    """Checks of other cities' endorsements, and what follows from changes."""
    from colnode_endorsement import checking, elsewhere, holding

    return [
        JobKind(
            "endorsement.check",
            lambda node, payload: checking.check_record(
                node, payload["origin"], payload["record_id"]
            ),
            waits_for_others=True,
        ),
        JobKind(
            "endorsement.check_held",
            lambda node, payload: holding.check_held(node, payload["held_id"]),
            waits_for_others=True,
        ),
        JobKind(
            "endorsement.sign_elsewhere",
            lambda node, payload: elsewhere.sign_checked(node, payload["given_id"]),
            waits_for_others=True,
        ),
        JobKind("endorsement.tend", lambda node, payload: checking.tend(node, payload["given_id"])),
        JobKind(
            "endorsement.daily",
            lambda node, _payload: checking.tend_daily(node),
            every=timedelta(days=1),
        ),
    ]


@hookimpl
def register_notifications() -> Sequence[Notification]:
    """What people may switch off."""
    from colnode_endorsement.mails import NOTIFICATIONS

    return NOTIFICATIONS


@hookimpl
def register_demo() -> Sequence[DemoPart]:
    """Endorsements of the demonstration city."""
    from colnode_endorsement.demo import load

    return [DemoPart("endorsements", load, order=40)]


@hookimpl
def credential_endorsements(node: Node, achievement_id: str) -> Sequence[Mapping[str, Any]]:
    """Who stands behind the badge and its organisation now, to travel with the badge."""
    from colnode_endorsement import embedding

    return embedding.documents(node, achievement_id)


@hookimpl
def record_changed(node: Node, origin: str, record_type: str, record_id: str) -> None:
    """Something that is endorsed, or endorses, has changed."""
    from colnode_endorsement import checking

    checking.note_change(node, origin, record_type, record_id)


@hookimpl
def person_erasing(node: Node, person_id: str) -> None:
    """What a person holds and asked for goes; what their organisation endorsed stays."""
    from colnode_endorsement import privacy

    privacy.erase(node, person_id)


@hookimpl
def person_merging(node: Node, person_id: str, into_id: str) -> None:
    """What one account has, the other has."""
    from colnode_endorsement import privacy

    privacy.merge(node, person_id, into_id)


@hookimpl
def person_exporting(node: Node, person_id: str) -> Mapping[str, Any]:
    """Endorsements of the person's badges, and what they asked and wrote."""
    from colnode_endorsement import privacy

    return privacy.export(node, person_id)


@hookimpl
def panels(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Panel]:
    """Who stands behind what the page is about."""
    from colnode_endorsement import on_pages

    return on_pages.panels(node, place, subject, viewer)


@hookimpl
def links(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Link]:
    """The ways to endorse and to ask."""
    from colnode_endorsement import on_pages

    return on_pages.links(node, place, subject, viewer)

"""Map: activities in person, online and in virtual reality, on a map with a list beside it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.plugin import (
    Command,
    DemoPart,
    Facet,
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
    Setting,
    hookimpl,
    modules_when_used,
)
from colnode_map.records import RECORD_TYPE

if TYPE_CHECKING:
    from flask import Blueprint
else:
    __getattr__ = modules_when_used(__name__)

_DAILY = timedelta(days=1)


@hookimpl
def startup(node: Node) -> None:
    """Refuse to start over tiles that cannot be shown."""
    from colnode_map.tiles import check_settings

    check_settings(node)


@hookimpl
def register_settings() -> Sequence[Setting]:
    """Where the ground of the map comes from, and who may show it."""
    return [
        Setting(
            "tiles_file",
            "",
            "A PMTiles or MBTiles file with raster tiles of the city; they are served from here.",
        ),
        Setting(
            "tile_url",
            "",
            "Address of somebody else's tiles, like https://tiles.example.org/{z}/{x}/{y}.png. "
            "Visitors' browsers then ask that host, and the privacy page says so.",
        ),
        Setting("tile_attribution", "", "Who made the tiles, shown on the map as plain text."),
        Setting(
            "embed_sites",
            [],
            "Sites that may show the map in a frame, like https://school.example. "
            "Without one, nobody may.",
            check=_check_sites,
        ),
    ]


def _check_sites(value: Any) -> None:
    from colnode_map.embedding import check_sites

    check_sites(value)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    """What the plugin's routes ask for beyond the core's permissions."""
    return [
        Permission("activity.edit", "Make and change activities", Role.EDITOR),
        Permission("activity.people", "See who comes and tick who was there", Role.AWARDER),
    ]


@hookimpl
def register_notifications() -> Sequence[Notification]:
    """What those who joined something are told."""
    from colnode_map.telling import KINDS

    return KINDS


@hookimpl
def register_record_types() -> Sequence[RecordType]:
    """Activities, as other cities read them."""
    return [RECORD_TYPE]


@hookimpl
def register_facets() -> Sequence[Facet]:
    """How one takes part and what a place offers, to narrow any search down by."""
    from colnode_map.facets import FACETS

    return FACETS


@hookimpl
def register_pages() -> Sequence[Pages]:
    """The map, organisers' pages and the admin's."""
    from colnode_map import (
        admin,
        calendar_feed,
        editing,
        embedding,
        feed_pages,
        import_pages,
        looking_around,
        pages,
        people_pages,
        taking_pages,
    )

    return [
        Pages(pages.bp, [NavItem("Map", "map.show", "map", order=10)]),
        Pages(
            taking_pages.bp,
            [
                NavItem(
                    "My activities",
                    "map_taking.mine",
                    "calendar-check",
                    NavPlace.ACCOUNT,
                    Role.PERSON,
                    order=30,
                )
            ],
        ),
        Pages(looking_around.bp),
        Pages(embedding.bp),
        Pages(calendar_feed.bp),
        Pages(import_pages.bp),
        Pages(feed_pages.bp),
        Pages(people_pages.bp),
        Pages(
            editing.bp,
            [
                NavItem(
                    "Activities",
                    "map_organising.mine",
                    "calendar-days",
                    NavPlace.ORGANISER,
                    Role.EDITOR,
                    order=20,
                )
            ],
        ),
        Pages(
            admin.bp,
            [
                NavItem(
                    "Map background",
                    "map_admin.ground",
                    "layers",
                    NavPlace.ORGANISER,
                    Role.ADMIN,
                    order=80,
                )
            ],
        ),
    ]


@hookimpl
def register_api() -> "Sequence[Blueprint]":
    """Everything that the pages do, as JSON."""
    from colnode_map import api, feed_api, ground_api, import_api, taking_api

    return [api.bp, import_api.bp, feed_api.bp, taking_api.bp, ground_api.bp]


@hookimpl
def register_commands() -> Sequence[Command]:
    """Imports for the operator."""
    from colnode_map.commands import COMMANDS

    return COMMANDS


@hookimpl
def register_jobs() -> Sequence[JobKind]:
    """Imports that a page started, calendars that are followed, reminders, tidying up."""
    from colnode_map import feeds, form_drafts, importing, reminding, syncing

    hourly = timedelta(hours=1)
    return [
        JobKind("map.import", lambda node, payload: importing.run_import(node, payload["run_id"])),
        JobKind("map.tidy", lambda node, _payload: importing.forget_old_runs(node), every=_DAILY),
        JobKind(
            "map.drafts", lambda node, _payload: form_drafts.forget_old_drafts(node), every=_DAILY
        ),
        JobKind(
            feeds.FEED_JOB,
            lambda node, payload: syncing.read_in_background(node, payload["feed_id"]),
            waits_for_others=True,
        ),
        JobKind(
            "map.feeds", lambda node, _payload: feeds.enqueue_due(node), every=timedelta(hours=6)
        ),
        JobKind("map.remind", lambda node, _payload: reminding.remind(node), every=hourly),
    ]


@hookimpl
def register_demo() -> Sequence[DemoPart]:
    """Activities and the ground of the demonstration city."""
    from colnode_map.demo import load

    return [DemoPart("activities", load, order=10)]


@hookimpl
def person_erasing(node: Node, person_id: str) -> None:
    """Activities stay the organisation's; nothing says who wrote or joined them."""
    from colnode_map.keeping import forget_person

    forget_person(node, person_id)


@hookimpl
def person_merging(node: Node, person_id: str, into_id: str) -> None:
    """What one account made or joined, the other has."""
    from colnode_map.keeping import merge_person

    merge_person(node, person_id, into_id)


@hookimpl
def person_exporting(node: Node, person_id: str) -> Mapping[str, Any]:
    """The activities that the person made, joined and completed."""
    from colnode_map.keeping import kept_about

    return kept_about(node, person_id)


@hookimpl
def panels(node: Node, place: str, subject: Any) -> Sequence[Panel]:
    """The map on the first page, activities of an organisation, where to earn a badge."""
    from colnode_map import on_pages

    return on_pages.panels(node, place, subject)


@hookimpl
def links(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Link]:
    """The way to an organisation's activities for those who edit them."""
    from colnode_map import on_pages

    return on_pages.links(node, place, subject, viewer)

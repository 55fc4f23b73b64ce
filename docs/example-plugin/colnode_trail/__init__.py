"""Trails: walks through the city, and badges for whoever has walked them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.plugin import (
    AwardRule,
    Command,
    DemoPart,
    Facet,
    Finding,
    FindingStatus,
    JobKind,
    Link,
    NavItem,
    Node,
    Notification,
    Pages,
    Panel,
    Permission,
    RecordType,
    Refused,
    Role,
    Setting,
    _,
    gettext,
    hookimpl,
    render,
    setting,
    url,
)
from colnode_trail import models as models
from colnode_trail.records import RECORD_TYPE, level_word

if TYPE_CHECKING:
    from flask import Blueprint

_LOG = "trail.seen"


@hookimpl
def startup(node: Node) -> None:
    """Have a place at hand for what is counted while the city runs."""
    node.memory[_LOG] = {"issued": 0, "revoked": 0, "changed": 0, "records": 0, "done": 0}


@hookimpl
def register_settings() -> Sequence[Setting]:
    """How the trails look, how many there may be, and a partner's key."""
    return [
        Setting("greeting", "Walk with us", "The line above the list of trails."),
        Setting("most_trails", 200, "How many trails there may be."),
        Setting("shows_panel", True, "Whether the first page shows the newest trails."),
        Setting("closed_levels", [], "Levels that are not offered at the moment."),
        Setting("partner_key", "", "The key of the walking club's service.", is_secret=True),
    ]


@hookimpl
def register_permissions() -> Sequence[Permission]:
    """The city lays trails out, everybody with an account walks them."""
    return [
        Permission("trail.edit", _("Lay out trails"), Role.ADMIN),
        Permission("trail.walk", _("Say that one has walked a trail"), Role.PERSON),
    ]


@hookimpl
def register_pages() -> Sequence[Pages]:
    """The list, one trail, and laying one out."""
    from colnode_trail import pages

    return [Pages(pages.bp, [NavItem(_("Trails"), "trail.index", "footprints", order=30)])]


@hookimpl
def register_api() -> "Sequence[Blueprint]":
    """What the pages do, as JSON."""
    from colnode_trail import api

    return [api.bp]


@hookimpl
def register_commands() -> Sequence[Command]:
    """Counting from the command line."""
    from colnode_trail.commands import COMMANDS

    return COMMANDS


@hookimpl
def register_jobs() -> Sequence[JobKind]:
    """Forgetting walks that are older than ten years."""
    from colnode_trail import service

    return [JobKind("trail.tidy", lambda node, _given: service.tidy(node), every=timedelta(days=1))]


@hookimpl
def register_record_types() -> Sequence[RecordType]:
    """Trails, as other cities read them."""
    return [RECORD_TYPE]


@hookimpl
def register_facets() -> Sequence[Facet]:
    """Find trails by how hard they are."""
    return [Facet("trail_level", _("Level"), ("trail",), lambda body: [body["level"]], level_word)]


@hookimpl
def register_award_rules() -> Sequence[AwardRule]:
    """A badge for whoever has walked all of some trails."""
    from colnode_trail import service

    return [
        AwardRule(
            name="trail_walked",
            label=_("Whoever has walked all of these trails"),
            choices=lambda node, organisation_id: service.titles(node),
            is_met=lambda node, person_id, things: service.walked(node, person_id) >= set(things),
            candidates=service.walkers,
        )
    ]


@hookimpl
def register_notifications() -> Sequence[Notification]:
    """What walkers are told."""
    return [Notification("trail_walk", _("Trails that you have walked"))]


@hookimpl
def register_demo() -> Sequence[DemoPart]:
    """Two trails in the demonstration city."""
    from colnode_trail import service

    return [DemoPart("trails", service.load_demo, order=50)]


@hookimpl
def credential_issuing(document: Mapping[str, Any]) -> None:
    """Refuse badges that promise a trail which nobody can walk."""
    if "endless trail" in str(document.get("name", "")).lower():
        raise Refused(_("Nobody can have walked an endless trail."))


@hookimpl
def credential_document(
    node: Node, achievement_id: str, document: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Say in the signed badge which trails it stands for, where it stands for any."""
    from colnode_trail import service

    trails = service.trails_of(node, achievement_id)
    if not trails or "evidence" in document:
        return {}
    base = node.config.server.base_url
    return {
        "evidence": [
            {"id": f"{base}/trails/{trail.id}", "type": ["Evidence"], "name": trail.title["en"]}
            for trail in trails
        ]
    }


@hookimpl
def credential_endorsements(node: Node, achievement_id: str) -> Sequence[Mapping[str, Any]]:
    """Let badges carry who stands behind the trails that they stand for."""
    from colnode_trail import service

    return service.endorsements_of(node, achievement_id)


@hookimpl
def person_erasing(node: Node, person_id: str) -> None:
    """Nobody knows any more who walked."""
    from colnode_trail import service

    service.forget(node, person_id)


@hookimpl
def person_merging(node: Node, person_id: str, into_id: str) -> None:
    """What one account walked, the other has walked."""
    from colnode_trail import service

    service.merge(node, person_id, into_id)


@hookimpl
def person_exporting(node: Node, person_id: str) -> Mapping[str, Any]:
    """The trails that the person has walked."""
    from colnode_trail import service

    return {"walks": service.export(node, person_id)}


@hookimpl
def credential_issued(node: Node) -> None:
    """Count what was given."""
    _count(node, "issued")


@hookimpl
def credential_revoked(node: Node) -> None:
    """Count what was taken back."""
    _count(node, "revoked")


@hookimpl
def achievement_changed(node: Node) -> None:
    """Count what changed."""
    _count(node, "changed")


@hookimpl
def record_changed(node: Node, record_type: str) -> None:
    """Count changes of trails, of this and of other cities."""
    if record_type == "trail":
        _count(node, "records")


@hookimpl
def record_completed(node: Node, reference: str) -> None:
    """Count who has walked, whoever said so."""
    if reference.split("/")[1] == "trail":
        _count(node, "done")


def _count(node: Node, what: str) -> None:
    seen = node.memory[_LOG]
    assert isinstance(seen, dict)
    seen[what] += 1


@hookimpl
def panels(node: Node, place: str) -> Sequence[Panel]:
    """The newest trails on the first page."""
    from markupsafe import Markup

    from colnode_trail import service

    if place != "home" or not setting(node, "trail.shows_panel"):
        return []
    newest = service.newest(node, 3)
    if not newest:
        return []
    html = Markup(render("trail/panel.html", trails=newest))  # noqa: S704 - escaped by Jinja
    return [Panel(gettext("Trails"), html, order=60)]


@hookimpl
def links(place: str) -> Sequence[Link]:
    """The way to the trails from one's badges."""
    return (
        [Link(gettext("Trails"), url("trail.index"), "footprints")] if place == "my_badges" else []
    )


@hookimpl
def verification_findings(verdict: Any) -> Sequence[Finding]:
    """Say that a badge is for walking, where it says so."""
    if "trail" not in [tag.lower() for tag in verdict.summary.tags]:
        return []
    return [Finding("known", FindingStatus.OK, _("This badge is for walking trails."))]

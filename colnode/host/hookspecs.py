"""Every hook, typed. docs/plugin-api.md explains each; the facade is colnode.plugin.

Four kinds. Start hooks are collected once and an error stops the start. Gate hooks run in the
transaction and may refuse it. After hooks run once it is committed. Show hooks run for each
request; one that fails leaves a gap. No hook is `firstresult`, so order never decides.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from colnode.host.types import (
    AwardRule,
    Command,
    DemoPart,
    Facet,
    JobKind,
    Link,
    Notification,
    Pages,
    Panel,
    Permission,
    RecordType,
    Setting,
)

if TYPE_CHECKING:
    from flask import Blueprint

    from colnode.node import Node
    from colnode.openbadges.findings import Finding, Verdict

__all__ = ["AFTER", "GATE", "GATE_LISTS", "SHOW", "START", "VALUES", "hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("colnode")
hookimpl = pluggy.HookimplMarker("colnode")

START = (
    "startup",
    "register_settings",
    "register_permissions",
    "register_pages",
    "register_api",
    "register_commands",
    "register_jobs",
    "register_record_types",
    "register_facets",
    "register_award_rules",
    "register_notifications",
    "register_demo",
)
GATE = (
    "credential_issuing",
    "credential_document",
    "credential_endorsements",
    "person_erasing",
    "person_merging",
    "person_exporting",
)
GATE_LISTS = frozenset({"credential_endorsements"})
"""The gates that give a list; the others give nothing or members by name."""
AFTER = (
    "credential_issued",
    "credential_revoked",
    "achievement_changed",
    "record_changed",
    "record_completed",
)
SHOW = ("panels", "links", "verification_findings")

VALUES: Mapping[str, type] = {
    "register_settings": Setting,
    "register_permissions": Permission,
    "register_pages": Pages,
    "register_commands": Command,
    "register_jobs": JobKind,
    "register_record_types": RecordType,
    "register_facets": Facet,
    "register_award_rules": AwardRule,
    "register_notifications": Notification,
    "register_demo": DemoPart,
}
"""What each start hook gives a sequence of; register_api gives Flask's Blueprints."""


@hookspec
def startup(node: "Node") -> None:
    """Called once the node is open and before it serves."""


@hookspec
def register_settings() -> Sequence[Setting]:
    """Settings that the plugin reads from [plugins.NAME]."""
    return ()


@hookspec
def register_permissions() -> Sequence[Permission]:
    """Permissions that the plugin's routes name."""
    return ()


@hookspec
def register_pages() -> Sequence[Pages]:
    """Blueprints of pages with their entries in the navigation."""
    return ()


@hookspec
def register_api() -> "Sequence[Blueprint]":
    """Blueprints whose routes join /api/v1 and its OpenAPI document."""
    return ()


@hookspec
def register_commands() -> Sequence[Command]:
    """Commands under `colnode plugin run NAME`."""
    return ()


@hookspec
def register_jobs() -> Sequence[JobKind]:
    """Kinds of background work."""
    return ()


@hookspec
def register_record_types() -> Sequence[RecordType]:
    """Types of records that the plugin publishes and reads from other cities."""
    return ()


@hookspec
def register_facets() -> Sequence[Facet]:
    """Filters over records, offered by the search page and the API."""
    return ()


@hookspec
def register_notifications() -> Sequence[Notification]:
    """Kinds of messages to people, which each may switch off."""
    return ()


@hookspec
def register_award_rules() -> Sequence[AwardRule]:
    """Ways in which badges give themselves, beside the core's "all of these badges"."""
    return ()


@hookspec
def register_demo() -> Sequence[DemoPart]:
    """The plugin's share of the demonstration city."""
    return ()


@hookspec
def credential_issuing(
    node: "Node", achievement_id: str, person_id: str | None, document: Mapping[str, Any]
) -> None:
    """Gate: a credential is about to be signed. Raise Refused(reason) to stop it."""


@hookspec
def credential_document(
    node: "Node", achievement_id: str, document: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Gate: members to add to the credential before it is signed; core members stay."""
    return {}


@hookspec
def credential_endorsements(node: "Node", achievement_id: str) -> Sequence[Mapping[str, Any]]:
    """Gate: signed endorsements of the achievement or its issuer, to embed in a credential."""
    return ()


@hookspec
def person_erasing(node: "Node", person_id: str) -> None:
    """Gate: a person is being erased; delete what the plugin keeps about them."""


@hookspec
def person_merging(node: "Node", person_id: str, into_id: str) -> None:
    """Gate: a person's two accounts become one; give what `person_id` has to `into_id`."""


@hookspec
def person_exporting(node: "Node", person_id: str) -> Mapping[str, Any]:
    """Gate: what the plugin keeps about a person, as JSON values."""
    return {}


@hookspec
def credential_issued(node: "Node", credential_id: str) -> None:
    """After: a credential was issued and committed."""


@hookspec
def credential_revoked(node: "Node", credential_id: str) -> None:
    """After: a credential was revoked and committed."""


@hookspec
def achievement_changed(node: "Node", achievement_id: str) -> None:
    """After: an achievement was created, edited, published or retired."""


@hookspec
def record_changed(node: "Node", origin: str, record_type: str, record_id: str) -> None:
    """After: a record of this or another city changed or went."""


@hookspec
def record_completed(node: "Node", person_id: str, reference: str) -> None:
    """After: a person has done the record `ORIGIN/type/id`, see complete_record."""


@hookspec
def panels(node: "Node", place: str, subject: Any, viewer: Any) -> Sequence[Panel]:
    """Show: pieces for the page `place` about `subject`, as seen by `viewer` (Person or None)."""
    return ()


@hookspec
def links(node: "Node", place: str, subject: Any, viewer: Any) -> Sequence[Link]:
    """Show: links for the page `place` about `subject`."""
    return ()


@hookspec
def verification_findings(node: "Node", verdict: "Verdict") -> "Sequence[Finding]":
    """Show: more findings about a badge that was checked; they never make a verdict better."""
    return ()

"""What endorsements add to other pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from colnode.plugin import (
    Link,
    NotFound,
    Panel,
    catalogue,
    find_earned,
    gettext,
    may,
    organisations,
    render,
    url,
)
from colnode_endorsement import asking, holding, standing, subjects
from colnode_endorsement.states import Kind

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["links", "panels"]

_ORDER = 15


def panels(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Panel]:
    """The panel of a place, if there is something to say."""
    if subject is None:
        return ()
    if place in {"achievement", "organisation"}:
        return _about(node, f"{node.id}/{place}/{subject.id}")
    if place == "record":
        return _record(node, subject)
    if place == "credential":
        return _credential(node, subject, viewer)
    return _organiser(node, subject) if place == "organiser" else ()


def links(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Link]:
    """Ways to endorse what the page is about, and to ask for it."""
    if subject is None or viewer is None:
        return ()
    if place == "credential":
        return _credential_links(node, subject, viewer)
    kind, origin = place, node.id
    if place == "record":
        kind, origin = subject.type, subject.origin
    if kind not in (Kind.ACHIEVEMENT, Kind.ORGANISATION):
        return ()
    found = _find(node, f"{origin}/{kind}/{subject.id}")
    return _about_links(node, found, viewer) if found is not None else ()


def _about_links(node: Node, subject: subjects.Subject, viewer: Any) -> Sequence[Link]:
    about, owner_id = subject.reference, subject.owner_id or ""
    if owner_id and may("endorsement.manage", owner_id):
        ask = url("endorsement_organising.ask", organisation_id=owner_id, about=about)
        return [Link(gettext("Ask for an endorsement"), ask, "handshake")]
    if not _works_elsewhere(node, viewer, owner_id):
        return ()
    return [Link(gettext("Endorse it"), url("endorsement.start", about=about), "handshake")]


def _works_elsewhere(node: Node, viewer: Any, owner_id: str) -> bool:
    """Whether the viewer may endorse for an organisation, and has none with what is endorsed."""
    found = organisations.memberships_of(node, viewer.id)
    mine = {item.id for item, role in found if role in {"editor", "owner"}}
    return bool(mine - {owner_id})


def _credential_links(node: Node, credential: Any, viewer: Any) -> Sequence[Link]:
    try:
        badge = find_earned(node, credential.address, viewer_id=viewer.id)
    except NotFound:
        return ()
    if badge.holder_id == viewer.id:
        page = url("endorsement_mine.show", address=badge.address)
        return [Link(gettext("Endorsements"), page, "handshake")]
    if not _works_elsewhere(node, viewer, badge.organisation_id):
        return ()
    start = url("endorsement.start", about=badge.url)
    return [Link(gettext("Endorse or accept it"), start, "handshake")]


def _find(node: Node, about: str) -> subjects.Subject | None:
    try:
        return subjects.find_subject(node, about)
    except NotFound:
        return None


def _about(node: Node, about: str) -> Sequence[Panel]:
    subject = _find(node, about)
    return _list(standing.behind(node, subject)) if subject is not None else ()


def _list(found: Sequence[standing.Standing], others: Sequence[Any] = ()) -> Sequence[Panel]:
    if not found and not others:
        return ()
    html = render("endorsement/panel.html", found=found, others=others)
    title = gettext("Endorsed by")
    return [Panel(title, Markup(html), order=_ORDER)]  # noqa: S704 - a rendered template


def _credential(node: Node, credential: Any, viewer: Any) -> Sequence[Panel]:
    badge = find_earned(node, credential.address, viewer_id=viewer.id if viewer else None)
    shown = [standing.of_held(node, item) for item in holding.shown_of(node, badge.url)]
    others: list[standing.Standing] = []
    for kind, record_id in (
        (Kind.ACHIEVEMENT, badge.achievement_id),
        (Kind.ORGANISATION, badge.organisation_id),
    ):
        subject = _find(node, f"{node.id}/{kind}/{record_id}")
        if subject is not None:
            others += [item for item in standing.behind(node, subject) if not item.is_changed]
    return _list([item for item in shown if item is not None], others)


def _record(node: Node, record: catalogue.RecordView) -> Sequence[Panel]:
    if record.type != standing.RECORD:
        return _about(node, f"{record.origin}/{record.type}/{record.id}")
    shown = standing.of_record(node, record)
    is_sound = shown is not None and standing.is_sound(node, record)
    subject = _find(node, record.body["about"])
    html = render(
        "endorsement/panel_record.html",
        shown=shown,
        is_sound=is_sound,
        about_url=subject.page_url if subject else "",
        name=record.body["aboutName"],
        is_changed=subject is not None and subject.digest != record.body["digest"],
        document_url=record.body["document"]["id"],
    )
    return [Panel("", Markup(html), order=_ORDER)]  # noqa: S704 - a rendered template


def _organiser(node: Node, organisation: Any) -> Sequence[Panel]:
    if not may("endorsement.manage", organisation.id):
        return ()
    waiting = asking.list_waiting(node, organisation.id)
    html = render("endorsement/panel_organiser.html", organisation=organisation, waiting=waiting)
    title = gettext("Endorsements")
    return [Panel(title, Markup(html), order=40)]  # noqa: S704 - a rendered template

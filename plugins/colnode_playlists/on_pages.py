"""What playlists add to other pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from colnode.plugin import Panel, gettext, may, ngettext, render
from colnode_playlists import journeys, library, organising, progress, service, states, views, words

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["panels"]

_SHOWN = 6
_WAYS = 3


def panels(node: Node, place: str, subject: Any, viewer: Any) -> Sequence[Panel]:
    """The panels of a place, if playlists have something to say there."""
    if place == "home":
        return [*_next_stops(node, viewer, order=1), *_lines_to_start(node, viewer)]
    if place == "my_badges":
        return _next_stops(node, viewer, order=10, is_beside=True)
    about = _ABOUT.get(place)
    return about(node, subject) if about is not None and subject is not None else ()


def _panel(title: str, html: str, order: int) -> Panel:
    return Panel(title, Markup(html), order=order)  # noqa: S704 - a rendered template


def _next_stops(node: Node, viewer: Any, *, order: int, is_beside: bool = False) -> Sequence[Panel]:
    """What comes next for somebody who is on the way, with the reason."""
    if viewer is None:
        return ()
    going = [
        journey
        for journey in journeys.list_journeys(node, viewer.id)
        if journey.state == states.JourneyState.GOING and journey.completed_at is None
    ]
    if not going:
        return ()
    facts = progress.look_up(node, viewer.id)
    ways = []
    for journey in going[:_WAYS]:
        found = library.find(node, journey.reference)
        if found is None:
            continue
        state = progress.work_out(node, found.reference, found.content, facts)
        following = views.stop_of(node, state.next_stop) if state.next_stop else None
        because = words.because(found.content, state)
        ways.append({"found": found, "state": state, "stop": following, "because": because})
    if not ways:
        return ()
    template = "playlists/panel_beside.html" if is_beside else "playlists/panel_next.html"
    html = render(template, ways=ways, page_url=views.page_url)
    return [_panel(gettext("Your lines") if is_beside else "", html, order)]


def _lines_to_start(node: Node, viewer: Any) -> Sequence[Panel]:
    """Playlists that the person is not on yet."""
    ways = journeys.list_journeys(node, viewer.id) if viewer is not None else ()
    known = {journey.reference for journey in ways}
    found, _total, _next = library.search(node, limit=_SHOWN + len(known))
    fresh = [item for item in found if item.reference not in known][:_SHOWN]
    if not fresh:
        return ()
    html = render("playlists/panel_home.html", cards=_cards(node, fresh))
    return [_panel("", html, 15)]


def _at_achievement(node: Node, achievement: Any) -> Sequence[Panel]:
    return _on_playlists(node, f"{node.id}/achievement/{achievement.id}")


def _at_record(node: Node, record: Any) -> Sequence[Panel]:
    origin = node.id if record.is_own else record.origin
    return _on_playlists(node, f"{origin}/{record.type}/{record.id}")


def _on_playlists(node: Node, reference: str) -> Sequence[Panel]:
    found = library.on_playlists(node, reference)
    if not found:
        return ()
    html = render("playlists/panel_list.html", playlists=found, page_url=views.page_url)
    title = ngettext("On this playlist", "On these playlists", len(found))
    return [_panel(title, html, 40)]


def _of_organisation(node: Node, organisation: Any) -> Sequence[Panel]:
    found, _total, _next = library.search(
        node, tag=f"organiser:{organisation.id}", is_own=True, limit=_SHOWN
    )
    if not found:
        return ()
    html = render("playlists/panel_cards.html", cards=_cards(node, found))
    return [_panel(gettext("Playlists"), html, 25)]


def _organiser(node: Node, organisation: Any) -> Sequence[Panel]:
    if not may("playlist.edit", organisation.id):
        return ()
    rows = service.list_of_organisation(node, organisation.id, limit=_SHOWN)
    found = [library.of_row(node, row) for row in rows]
    html = render(
        "playlists/panel_organiser.html",
        organisation=organisation,
        playlists=[(item, organising.lost_stops(node, item)) for item in found],
    )
    return [_panel(gettext("Playlists"), html, 35)]


def _cards(node: Node, found: Sequence[library.Found]) -> list[dict[str, Any]]:
    return [views.card(node, item) for item in found]


_ABOUT: Mapping[str, Callable[[Node, Any], Sequence[Panel]]] = {
    "achievement": _at_achievement,
    "record": _at_record,
    "organisation": _of_organisation,
    "organiser": _organiser,
}

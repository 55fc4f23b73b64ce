"""What the map adds to other pages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from colnode.plugin import Link, Panel, catalogue, gettext, may, render, url
from colnode_map import along, pages, repeating, service, tiles, views
from colnode_map.filters import Filters

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["links", "panels"]

_SHOWN = 6


def panels(node: "Node", place: str, subject: Any) -> Sequence[Panel]:
    """The panel of a place, if the map has something to say there."""
    if place == "home":
        return _home(node)
    if place == "organisation" and subject is not None:
        filters = Filters(organiser=subject.id)
        return [*_list(node, gettext("Activities"), filters), *_place(node, subject)]
    if place == "achievement" and subject is not None:
        filters = Filters(earns=f"{node.id}/achievement/{subject.id}")
        return _list(node, gettext("Where to earn it"), filters)
    if place == "organiser" and subject is not None:
        return _organiser(node, subject)
    if place == "privacy":
        return _privacy(node)
    return ()


def links(node: "Node", place: str, subject: Any, viewer: Any) -> Sequence[Link]:
    """Ways to the map's pages for those who may use them."""
    if place == "admin" and may("city.manage"):
        return [Link(gettext("Map background"), url("map_admin.ground"), "layers")]
    if place == "record" and subject is not None and subject.type == "playlist":
        return _along(node, subject, viewer)
    if place == "record" and subject is not None and subject.type == "activity":
        if subject.is_own:
            return ()
        address = url("map.foreign_activity", origin=subject.origin, activity_id=subject.id)
        return [Link(gettext("When and where"), address, "map-pin")]
    if place != "organisation" or subject is None or not may("activity.edit", subject.id):
        return ()
    address = url("map_organising.listing", organisation_id=subject.id)
    return [Link(gettext("Edit activities"), address, "calendar-days")]


def _along(node: "Node", record: catalogue.RecordView, viewer: Any) -> Sequence[Link]:
    """What is on along a playlist; for somebody who is signed in, of what they have left."""
    asked = Filters(playlist=along.reference_in_address(record), left=viewer is not None)
    filters = along.with_stops(node, asked, viewer.id if viewer else None)
    if not catalogue.search(node, filters.query(repeating.local_now(node), limit=1)).items:
        return ()
    arguments = filters.arguments()
    label = gettext("What is left, on the map") if filters.left else gettext("On the map")
    return [
        Link(label, url("map.show", **arguments), "map"),
        Link(gettext("Into my calendar"), url("map_calendar.feed", **arguments), "calendar-plus"),
    ]


def _home(node: "Node") -> Sequence[Panel]:
    now = repeating.local_now(node)
    everything = catalogue.search(node, Filters().query(now, limit=_SHOWN))
    if not everything.items:
        return ()
    week = catalogue.search(node, Filters(when="week").query(now, limit=_SHOWN))
    shown = week if week.items else everything
    elsewhere = replace(Filters().query(now, limit=100), own_first=False)
    foreign = [item for item in catalogue.search(node, elsewhere).items if not item.is_own]
    activities = [views.of_record(item) for item in shown.items]
    html = render(
        "map/panel_home.html",
        activities=activities,
        prizes=_prizes(node, activities),
        is_week=bool(week.items),
        foreign=[views.of_record(item) for item in foreign[:3]],
        total=everything.total_is_at_least,
    )
    return [Panel("", Markup(html), order=10)]  # noqa: S704 - a rendered template


def _prizes(
    node: "Node", activities: Sequence[views.ActivityView]
) -> dict[str, catalogue.RecordView]:
    """The first badge of each activity that gives one, by the activity's id."""
    found = {}
    for activity in activities:
        badges = views.earned_badges(node, activity.content.achievements[:1])
        if badges:
            found[activity.id] = badges[0]
    return found


def _list(node: "Node", title: str, filters: Filters) -> Sequence[Panel]:
    found = catalogue.search(node, filters.query(repeating.local_now(node), limit=_SHOWN))
    if not found.items:
        return ()
    html = render(
        "map/panel_list.html",
        activities=[views.of_record(item) for item in found.items],
        total=found.total_is_at_least,
        more_url=url("map.show", **filters.arguments()),
        calendar_url=url("map_calendar.subscribe", **filters.arguments()),
    )
    return [Panel(title, Markup(html), order=20)]  # noqa: S704 - a rendered template


def _place(node: "Node", organisation: Any) -> Sequence[Panel]:
    if organisation.latitude is None or organisation.longitude is None:
        return ()
    point = (organisation.latitude, organisation.longitude)
    html = render("map/panel_place.html", base=pages.base_map(node), point=point)
    return [Panel(gettext("Where it is"), Markup(html), order=60)]  # noqa: S704 - a rendered template


def _organiser(node: "Node", organisation: Any) -> Sequence[Panel]:
    if not may("activity.edit", organisation.id):
        return ()
    found, total = service.list_of_organisation(node, organisation.id, per_page=_SHOWN)
    html = render(
        "map/panel_organiser.html",
        organisation=organisation,
        activities=[views.of_activity(node, item) for item in found],
        total=total,
    )
    return [Panel(gettext("Activities"), Markup(html), order=30)]  # noqa: S704 - a rendered template


def _privacy(node: "Node") -> Sequence[Panel]:
    host = tiles.image_host(node)
    if host is None:
        return ()
    html = render("map/panel_privacy.html", host=host)
    return [Panel(gettext("The map"), Markup(html))]  # noqa: S704 - a rendered template

"""Calendars to subscribe to (RFC 5545): what this city offers, with the filters of the map."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    catalogue,
    current_node,
    current_person,
    current_person_id,
    gettext,
    pick_language,
    render,
    require,
    url,
)
from colnode_map import along, nearby, own_calendar, views
from colnode_map.calendar_file import add_when, new_calendar, where
from colnode_map.filters import Filters, read_filters
from colnode_map.repeating import local_now, zone_of

if TYPE_CHECKING:
    from icalendar import Event

    from colnode.plugin import Node

__all__ = ["bp", "calendar_of", "own_address"]

bp = Blueprint("map_calendar", __name__)

MOST_EVENTS = 500


@bp.route("/map/calendar.ics")
@require("public.read")
def feed() -> ResponseReturnValue:
    """What this city offers and has not ended, as a calendar; the filters are those of the map."""
    node = current_node()
    person = current_person()
    asked = read_filters(request.args).of_activities
    filters = along.with_stops(node, asked, person.id if person else None)
    data = calendar_of(node, nearby.with_place(node, filters))
    answer = Response(data, content_type="text/calendar; charset=utf-8")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = f"{'private' if filters.left else 'public'}, max-age=900"
    answer.headers["Vary"] = "Cookie, Accept-Language"
    answer.set_etag(hashlib.sha256(data).hexdigest()[:32])
    return answer.make_conditional(request)


@bp.route("/map/calendar")
@require("public.read")
def subscribe() -> ResponseReturnValue:
    """The address of the calendar, to open in one's own or to copy.

    A calendar program is not signed in, so what a person has left is nothing to subscribe to.
    """
    node, filters = current_node(), replace(read_filters(request.args).of_activities, left=False)
    address = node.config.server.base_url + url("map_calendar.feed", **filters.arguments())
    _scheme, _colon, rest = address.partition(":")
    return render(
        "map/subscribe.html", filters=filters, address=address, calendar_url=f"webcal:{rest}"
    )


@bp.route("/calendars/<path>.ics")
@require("public.read")
def own_feed(path: str) -> ResponseReturnValue:
    """What somebody has joined, for whoever has the address."""
    answer = Response(
        own_calendar.file_at(current_node(), path), content_type="text/calendar; charset=utf-8"
    )
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@bp.route("/my/activities/calendar", methods=["POST"])
@require("account.use")
def begin_own() -> ResponseReturnValue:
    """Make the calendar of what the person has joined, or give it a new address."""
    own_calendar.begin(current_node(), current_person_id())
    flash(gettext("Your calendar has a new address."), "success")
    return redirect(url("map_taking.mine", _anchor="calendar"), 303)


@bp.route("/my/activities/calendar/end", methods=["POST"])
@require("account.use")
def end_own() -> ResponseReturnValue:
    """End it: the address leads nowhere."""
    own_calendar.end(current_node(), current_person_id())
    flash(gettext("Your calendar has ended. Its address leads nowhere now."), "success")
    return redirect(url("map_taking.mine", _anchor="calendar"), 303)


def own_address(node: Node, person_id: str) -> str | None:
    """The whole address of a person's calendar, None without one."""
    path = own_calendar.path_of(node, person_id)
    return node.config.server.base_url + url("map_calendar.own_feed", path=path) if path else None


def calendar_of(node: Node, filters: Filters) -> bytes:
    """The next 500 activities at most. What is over, withdrawn or cancelled is not in it any more.

    A catalogue that did not change gives the same bytes. What is always open has no time and is
    left out.
    """
    own = replace(filters, city=catalogue.OWN)
    found = catalogue.search(node, own.query(local_now(node), limit=MOST_EVENTS))
    calendar = new_calendar(node)
    calendar.add("x-wr-calname", node.config.city.name)
    for record in found.items:
        activity = views.of_record(record)
        if activity.starts_at is not None:
            calendar.add_component(_event(node, activity))
    calendar.add_missing_timezones()
    data: bytes = calendar.to_ical()
    return data


def _event(node: Node, activity: views.ActivityView) -> Event:
    from icalendar import Event

    content = activity.content
    event = Event()
    event.add("uid", f"{activity.id}@{node.config.domain}")
    event.add("dtstamp", activity.updated_at)
    event.add("last-modified", activity.updated_at)
    event.add("summary", pick_language(content.title))
    event.add("description", pick_language(content.description))
    event.add("url", node.config.server.base_url + activity.page_url)
    event.add("location", where(content))
    event.add("categories", [content.category, *content.keywords])
    add_when(event, content, zone_of(node), content.starts_at, content.ends_at)
    if content.latitude is not None and content.longitude is not None:
        event.add("geo", (content.latitude, content.longitude))
    return event

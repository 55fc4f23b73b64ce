"""Calendar files (RFC 5545): of what somebody has joined, and the parts of any."""

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from colnode.plugin import pick_language
from colnode_map.content import Content
from colnode_map.joining import Occasion
from colnode_map.models import Activity
from colnode_map.repeating import zone_of
from colnode_map.states import Mode
from colnode_map.stored import content_of, page_url_of

if TYPE_CHECKING:
    from icalendar import Calendar, Event

    from colnode.plugin import Node

__all__ = ["add_when", "calendar_file", "joined_event", "new_calendar", "where"]


def calendar_file(node: "Node", activity: Activity, occasion: Occasion) -> bytes:
    """One event, or the whole series where people join that; times are those of the city.

    The event has the same UID each time, so that taking the file again changes the entry.
    """
    content = content_of(activity)
    calendar = new_calendar(node)
    calendar.add_component(joined_event(node, activity, content, occasion))
    calendar.add_missing_timezones()
    data: bytes = calendar.to_ical()
    return data


def new_calendar(node: "Node") -> "Calendar":
    """An empty calendar that this city publishes."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//{node.config.city.name}//colnode//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar


def joined_event(node: "Node", activity: Activity, content: Content, occasion: Occasion) -> "Event":
    """The entry of an activity, or of one date of it, for somebody who has joined."""
    from icalendar import Event

    zone = zone_of(node)
    event = Event()
    event.add("uid", f"{activity.id}{occasion.key.replace(':', '')}@{node.config.domain}")
    event.add("dtstamp", node.clock.now())
    event.add("sequence", activity.revision)
    event.add("summary", pick_language(content.title))
    event.add("description", pick_language(content.description))
    event.add("url", page_url_of(node, activity.id))
    event.add("location", where(content))
    once = content if content.joins_series else replace(content, rule="")
    add_when(event, once, zone, occasion.starts_at, occasion.ends_at)
    if content.latitude is not None and content.longitude is not None:
        event.add("geo", (content.latitude, content.longitude))
    return event


def add_when(
    event: "Event",
    content: Content,
    zone: ZoneInfo,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> None:
    """The whole series of what repeats, else the times that are given."""
    if content.rule:
        _add_series(event, content, zone)
    elif starts_at is not None:
        _add_times(event, starts_at, ends_at, zone)


def _add_times(
    event: "Event", starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo
) -> None:
    event.add("dtstart", starts_at.astimezone(zone))
    if ends_at is not None and ends_at > starts_at:
        event.add("dtend", ends_at.astimezone(zone))


def _add_series(event: "Event", content: Content, zone: ZoneInfo) -> None:
    from icalendar import vRecur

    if content.starts_at is None:
        return
    _add_times(event, content.starts_at, content.ends_at, zone)
    event.add("rrule", vRecur.from_ical(content.rule))
    first = content.starts_at.astimezone(zone)
    for day in content.exceptions:
        event.add("exdate", datetime.combine(date.fromisoformat(day), first.time(), zone))


def where(content: Content) -> str:
    """The place, or the address of what is online."""
    if content.mode != Mode.IN_PERSON:
        return content.join_url
    return ", ".join(part for part in (content.place_name, content.address) if part)

"""The events of another site's calendar (RFC 5545) as activities; what comes is hostile."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from colnode.plugin import Invalid, TooLarge, _
from colnode_map.addresses import find_points
from colnode_map.checks import check_content
from colnode_map.content import CATEGORIES, Content, clean_keyword
from colnode_map.recurrence import LONGEST, first_since, parse_rule
from colnode_map.repeating import all_times, zone_of
from colnode_map.states import Mode

if TYPE_CHECKING:
    from icalendar import Event

    from colnode.plugin import Node

__all__ = ["ReadEvent", "month_of", "read_events"]

_MOST_EVENTS = 2_000
_LONGEST_KEY = 500
_MOST_KEYWORDS, _LONGEST_KEYWORD = 10, 40


@dataclass(frozen=True)
class ReadEvent:
    """One event. Without a content it is wrong, and `message` with `parameters` says why, or
    `is_cancelled`, or not for everybody (`is_private`)."""

    key: str
    title: str
    content: Content | None = None
    digest: str = ""
    message: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    is_cancelled: bool = False
    is_private: bool = False


def month_of(node: "Node", moment: datetime) -> str:
    """The month of a moment in the city: what repeats without end is read afresh in each."""
    return f"{moment.astimezone(zone_of(node)):%Y-%m}"


def read_events(node: "Node", data: bytes) -> Sequence[ReadEvent]:
    """Every event of a calendar, once each. Needs an open unit: addresses are looked up.

    Times without a zone are the city's. A date that was moved (RECURRENCE-ID) is an event of its
    own and left out of its series. What repeats without end, or for longer than two years, begins
    with its first date of this month. Raises Invalid when it is no calendar, TooLarge.
    """
    groups: dict[str, list[Event]] = defaultdict(list)
    events = _parse(data)
    if len(events) > _MOST_EVENTS:
        raise TooLarge(_("The calendar has more than {most} events."), most=_MOST_EVENTS)
    for event in events:
        groups[str(event.get("UID", ""))].append(event)
    reader = _Reader(node)
    found = {read.key: read for uid, group in groups.items() for read in reader.read(uid, group)}
    return _placed(node, list(found.values()))


def _parse(data: bytes) -> "list[Event]":
    from icalendar import Calendar, Event

    try:
        calendars = Calendar.from_ical(data.decode("utf-8-sig"), multiple=True)
        found = [item for calendar in calendars for item in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid(_("What this address gives is no calendar (iCalendar).")) from error
    if not any(calendar.name == "VCALENDAR" for calendar in calendars):
        raise Invalid(_("What this address gives is no calendar (iCalendar)."))
    return [item for item in found if isinstance(item, Event)]


class _Reader:
    """Reads events in one city's time zone and main language."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._zone = zone_of(node)
        now = node.clock.now().astimezone(self._zone)
        self._month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def read(self, uid: str, group: "Sequence[Event]") -> Iterator[ReadEvent]:
        """The events of one UID: the series or the only one, and the dates that were moved."""
        moved = {}
        for event in group:
            title = _text(event, "SUMMARY")
            try:
                key, day = self._key(uid, event)
            except Invalid as error:
                yield ReadEvent(uid[:_LONGEST_KEY], title, message=error.message)
                continue
            if day:
                moved[day] = key
        for event in group:
            try:
                key, day = self._key(uid, event)
            except Invalid:
                continue
            yield self._one(key, event, () if day else tuple(moved))

    def _key(self, uid: str, event: "Event") -> tuple[str, str]:
        """What the event is found by, and the day that it stands for within its series."""
        if not uid or len(uid) > _LONGEST_KEY:
            raise Invalid(_("The event has no UID by which it could be found again."))
        if "RECURRENCE-ID" not in event:
            return uid, ""
        moment, _is_day = self._moment(event, "RECURRENCE-ID")
        if moment is None:
            raise Invalid(_("The event has no UID by which it could be found again."))
        return f"{uid}\n{moment.isoformat()}", moment.astimezone(self._zone).date().isoformat()

    def _one(self, key: str, event: "Event", moved: Sequence[str]) -> ReadEvent:
        title = _text(event, "SUMMARY")
        if _text(event, "STATUS").upper() == "CANCELLED":
            return ReadEvent(key, title, is_cancelled=True)
        if _text(event, "CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"}:
            return ReadEvent(key, title="", is_private=True)
        try:
            content = check_content(self._node, self._content(event, moved))
        except Invalid as error:
            message = next(iter(error.fields.values()), error.message)
            return ReadEvent(key, title, message=message, parameters=error.parameters)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            return ReadEvent(key, title, message=_("The times of this event cannot be read."))
        return ReadEvent(key, title, content, _digest(content))

    def _content(self, event: "Event", moved: Sequence[str]) -> Content:
        where, link = _text(event, "LOCATION"), _text(event, "URL")
        if where.lower().startswith(("https://", "http://")):
            where, link = "", where
        latitude, longitude = _point(event)
        is_online = bool(link) and not where and latitude is None
        place, _comma, address = where.partition(",")
        category, keywords = _categories(event)
        content = Content(
            title={self._node.config.main_language: title}
            if (title := _text(event, "SUMMARY"))
            else {},
            description={self._node.config.main_language: _text(event, "DESCRIPTION")},
            category=category,
            mode=Mode.ONLINE if is_online else Mode.IN_PERSON,
            place_name=place.strip(),
            address=address.strip(),
            latitude=latitude,
            longitude=longitude,
            join_url=link,
            keywords=keywords,
        )
        return self._with_times(content, event, moved)

    def _with_times(self, content: Content, event: "Event", moved: Sequence[str]) -> Content:
        starts_at, is_day = self._moment(event, "DTSTART")
        if starts_at is None:
            raise Invalid(_("Say when it starts."))
        ends_at, _is_day = self._moment(event, "DTEND")
        if ends_at is None and "DURATION" in event:
            ends_at = starts_at + event.decoded("DURATION")
        if ends_at is None and is_day:
            ends_at = datetime.combine(starts_at.date() + timedelta(days=1), time(), self._zone)
        content = replace(content, starts_at=starts_at, ends_at=ends_at)
        if "RDATE" in event or isinstance(event.get("RRULE"), list):
            raise Invalid(_("This rule is too special. Use days of the week or of the month."))
        return self._repeated(content, event, moved) if "RRULE" in event else content

    def _repeated(self, content: Content, event: "Event", moved: Sequence[str]) -> Content:
        starts_at = content.starts_at
        if starts_at is None:
            return content
        first = starts_at.astimezone(self._zone)
        recur: Any = event["RRULE"]
        rule = parse_rule(recur.to_ical().decode(), self._zone)
        is_long = rule.until > first + LONGEST if rule.until else rule.count is None
        if is_long:
            since = first_since(rule, first, max(first, self._month)) or first
            ends_at = content.ends_at and content.ends_at + (since - first)
            until = rule.until if rule.until and rule.until <= since + LONGEST else None
            rule = replace(rule, until=until)
            content = replace(content, starts_at=since, ends_at=ends_at)
        content = replace(content, rule=str(rule))
        days = {
            start.astimezone(self._zone).date().isoformat()
            for start, _end in all_times(content, self._zone)
        }
        left_out = {*moved, *self._exceptions(event)} & days
        return replace(content, exceptions=tuple(sorted(left_out)))

    def _exceptions(self, event: "Event") -> Iterator[str]:
        given = event.get("EXDATE", [])
        for some in given if isinstance(given, list) else [given]:
            for each in some.dts:
                yield self._aware(each.dt)[0].astimezone(self._zone).date().isoformat()

    def _moment(self, event: "Event", name: str) -> tuple[datetime | None, bool]:
        if name not in event:
            return None, False
        value = getattr(event[name], "dt", None)
        if not isinstance(value, date):
            raise Invalid(_("The times of this event cannot be read."))
        return self._aware(value)

    def _aware(self, value: date) -> tuple[datetime, bool]:
        """A moment with a zone, and whether it was a whole day."""
        if not isinstance(value, datetime):
            return datetime.combine(value, time(), self._zone), True
        if value.tzinfo is None:
            return value.replace(tzinfo=self._zone), False
        return value.astimezone(ZoneInfo("UTC")), False


def _text(event: "Event", name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()


def _point(event: "Event") -> tuple[float | None, float | None]:
    geo = event.get("GEO")
    if geo is None or not hasattr(geo, "latitude"):
        return None, None
    return float(geo.latitude), float(geo.longitude)


def _categories(event: "Event") -> tuple[str, tuple[str, ...]]:
    """The first word that is one of our kinds; the others are keywords."""
    given = event.get("CATEGORIES", [])
    words = [
        clean_keyword(str(word))
        for some in (given if isinstance(given, list) else [given])
        for word in getattr(some, "cats", ())
    ]
    kinds = [word for word in words if word.replace(" ", "_") in CATEGORIES]
    keywords = [
        word
        for word in words
        if word not in kinds and 0 < len(word) <= _LONGEST_KEYWORD and "," not in word
    ]
    kind = kinds[0].replace(" ", "_") if kinds else "event"
    return kind, tuple(dict.fromkeys(keywords))[:_MOST_KEYWORDS]


def _placed(node: "Node", events: Sequence[ReadEvent]) -> Sequence[ReadEvent]:
    """The events with the points of the addresses that the city's list knows."""
    lost = {
        text
        for event in events
        if event.content and event.content.latitude is None and event.content.mode == Mode.IN_PERSON
        for text in (event.content.address, event.content.place_name)
        if text
    }
    points = find_points(node, sorted(lost))

    def place(event: ReadEvent) -> ReadEvent:
        content = event.content
        if content is None or content.latitude is not None or content.mode != Mode.IN_PERSON:
            return event
        point = points.get(content.address) or points.get(content.place_name)
        if point is None:
            return event
        content = replace(content, latitude=point.latitude, longitude=point.longitude)
        return replace(event, content=content, digest=_digest(content))

    return [place(event) for event in events]


def _digest(content: Content) -> str:
    said = {name: value for name, value in vars(content).items() if value}
    text = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]

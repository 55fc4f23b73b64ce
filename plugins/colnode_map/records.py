"""The record type `activity`: a schema.org Event, how it is written, read and indexed.

The members are those of https://schema.org/Event; a text in several languages is a JSON-LD
language map, which the second part of the context declares.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from colnode.plugin import Indexed, LangMap, Picture, RecordType, _
from colnode_map.content import ACCESSIBILITY, Content, Step, clean_keyword
from colnode_map.record_schema import CONTEXT, MODES, PANORAMA, SCHEMA, WEBXR
from colnode_map.recurrence import parse_rule
from colnode_map.repeating import all_times
from colnode_map.states import Mode

__all__ = [
    "AGE_BANDS",
    "CONTEXT",
    "RECORD_TYPE",
    "Organiser",
    "content_of",
    "organiser_of",
    "write",
]

AGE_BANDS: Mapping[str, tuple[int, int]] = {
    "0-6": (0, 6),
    "7-13": (7, 13),
    "14-19": (14, 19),
    "20-29": (20, 29),
    "30-64": (30, 64),
    "65": (65, 120),
}


@dataclass(frozen=True)
class Organiser:
    """The organisation behind an activity: its id in its own city and its name."""

    id: str
    name: LangMap


def write(
    content: Content,
    organiser: Organiser,
    *,
    node_id: str,
    picture_size: int | None = None,
    panorama_size: int | None = None,
    page_url: str = "",
    time_zone: str = "UTC",
) -> dict[str, Any]:
    """The public record of an activity. `node_id` takes the place of `self` in references.

    `page_url` is where people join, and what is said instead of a link that is not for everybody;
    `time_zone` is the one in which an activity repeats.
    """
    body: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Event",
        "name": dict(content.title),
        "additionalType": content.category,
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": MODES[Mode(content.mode)],
        "location": _location(content, page_url),
        "organizer": {
            "@type": "Organization",
            "identifier": organiser.id,
            "name": dict(organiser.name),
        },
    }
    body |= {
        name: value
        for name, value in {
            "description": dict(content.description),
            "startDate": _time(content.starts_at),
            "endDate": _time(content.ends_at),
            "duration": content.duration_minutes and f"PT{content.duration_minutes}M",
            "inLanguage": list(content.languages),
            "keywords": list(content.keywords),
            "typicalAgeRange": _age_range(content),
            "about": _credentials(content, node_id),
            "url": content.join_url if content.mode == Mode.IN_PERSON else "",
            "eventSchedule": _schedule(content, ZoneInfo(time_zone)),
            "maximumAttendeeCapacity": content.capacity,
            "potentialAction": _registering(content, page_url),
            "subjectOf": _steps(content),
        }.items()
        if value
    }
    if content.price_cents is not None:
        body["isAccessibleForFree"] = content.price_cents == 0
        body["offers"] = {
            "@type": "Offer",
            "price": f"{content.price_cents // 100}.{content.price_cents % 100:02d}",
            "priceCurrency": content.currency,
        }
    if content.picture and picture_size:
        body["image"] = {
            "@type": "ImageObject",
            "sha256": content.picture,
            "contentSize": str(picture_size),
        }
    if content.panorama and panorama_size:
        body["workFeatured"] = {
            "@type": "ImageObject",
            "additionalType": PANORAMA,
            "sha256": content.panorama,
            "contentSize": str(panorama_size),
            "description": dict(content.panorama_text),
        }
    return body


def _schedule(content: Content, zone: ZoneInfo) -> dict[str, Any] | None:
    """https://schema.org/Schedule, with the rule of RFC 5545 whole as its identifier."""
    if not content.rule or content.starts_at is None:
        return None
    rule = parse_rule(content.rule, zone)
    first = content.starts_at.astimezone(zone)
    schedule: dict[str, Any] = {
        "@type": "Schedule",
        "identifier": content.rule,
        "repeatFrequency": f"P{rule.interval}{rule.frequency[0]}",
        "startDate": first.date().isoformat(),
        "startTime": f"{first:%H:%M:%S}",
        "scheduleTimezone": zone.key,
    }
    if rule.until is not None:
        schedule["endDate"] = rule.until.astimezone(zone).date().isoformat()
    if content.exceptions:
        schedule["exceptDate"] = list(content.exceptions)
    return schedule


def _registering(content: Content, page_url: str) -> dict[str, str] | None:
    if not content.needs_joining or not page_url:
        return None
    action = {"@type": "RegisterAction", "target": page_url}
    until = _time(content.joining_until)
    return action | {"endTime": until} if until else action


def _steps(content: Content) -> dict[str, Any] | None:
    steps = [{"@type": "HowToStep", "name": dict(step.text)} for step in content.steps]
    return {"@type": "HowTo", "step": steps} if steps else None


def _location(content: Content, page_url: str) -> dict[str, Any]:
    amenities = [
        {"@type": "LocationFeatureSpecification", "name": name, "value": True}
        for name in content.accessibility
    ]
    place: dict[str, Any]
    if content.mode != Mode.IN_PERSON:
        link = page_url if content.hides_link else content.join_url
        place = {"@type": "VirtualLocation", "url": link}
        if content.mode == Mode.VIRTUAL_REALITY:
            place["additionalType"] = WEBXR
    else:
        place = {"@type": "Place"}
        if content.place_name:
            place["name"] = content.place_name
        if content.address:
            place["address"] = content.address
        if content.latitude is not None and content.longitude is not None:
            place["geo"] = {
                "@type": "GeoCoordinates",
                "latitude": content.latitude,
                "longitude": content.longitude,
            }
    if amenities:
        place["amenityFeature"] = amenities
    return place


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _age_range(content: Content) -> str | None:
    if content.age_from is None and content.age_to is None:
        return None
    low = "" if content.age_from is None else content.age_from
    high = "" if content.age_to is None else content.age_to
    return f"{low}-{high}"


def _credentials(content: Content, node_id: str) -> list[dict[str, str]]:
    return [
        {
            "@type": "EducationalOccupationalCredential",
            "identifier": f"{node_id}{link.removeprefix('self')}"
            if link.startswith("self/")
            else link,
        }
        for link in content.achievements
    ]


def content_of(body: Mapping[str, Any]) -> Content:
    """The activity that a record of any city describes; the body has passed the schema."""
    place = body["location"]
    geo = place.get("geo", {})
    low, _dash, high = body.get("typicalAgeRange", "-").partition("-")
    return Content(
        title=dict(body["name"]),
        category=body["additionalType"],
        mode=_mode(body),
        description=dict(body.get("description", {})),
        place_name=place.get("name", ""),
        address=place.get("address", ""),
        latitude=geo.get("latitude"),
        longitude=geo.get("longitude"),
        join_url=place.get("url") or body.get("url", ""),
        is_always_open="startDate" not in body,
        starts_at=_moment(body.get("startDate")),
        ends_at=_moment(body.get("endDate")),
        duration_minutes=int(body["duration"][2:-1]) if "duration" in body else None,
        languages=tuple(body.get("inLanguage", ())),
        price_cents=_cents(body),
        currency=body.get("offers", {}).get("priceCurrency", "EUR"),
        age_from=int(low) if low else None,
        age_to=int(high) if high else None,
        accessibility=tuple(
            item["name"]
            for item in place.get("amenityFeature", ())
            if item["name"] in ACCESSIBILITY
        ),
        achievements=tuple(item["identifier"] for item in body.get("about", ())),
        picture=body.get("image", {}).get("sha256"),
        panorama=body.get("workFeatured", {}).get("sha256"),
        panorama_text=dict(body.get("workFeatured", {}).get("description", {})),
        keywords=tuple(body.get("keywords", ())),
        rule=body.get("eventSchedule", {}).get("identifier", ""),
        exceptions=tuple(body.get("eventSchedule", {}).get("exceptDate", ())),
        steps=tuple(
            Step(dict(step["name"]), str(number))
            for number, step in enumerate(body.get("subjectOf", {}).get("step", ()))
        ),
        needs_joining="potentialAction" in body,
        capacity=body.get("maximumAttendeeCapacity"),
        joining_until=_moment(body.get("potentialAction", {}).get("endTime")),
    )


def zone_of(body: Mapping[str, Any]) -> ZoneInfo:
    """The time zone in which a record's activity repeats; UTC when nobody knows it."""
    try:
        return ZoneInfo(body["eventSchedule"]["scheduleTimezone"])
    except (KeyError, ValueError, OSError):  # what another city wrote need not be a zone
        return ZoneInfo("UTC")


def occurrences(
    body: Mapping[str, Any], after: datetime, before: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The times at which a record's activity takes place between two moments."""
    for start, end in all_times(content_of(body), zone_of(body)):
        if start >= before:
            return
        if end > after:
            yield start, end


def organiser_of(body: Mapping[str, Any]) -> Organiser:
    """Who a record says is behind the activity."""
    return Organiser(body["organizer"]["identifier"], dict(body["organizer"]["name"]))


def _mode(body: Mapping[str, Any]) -> str:
    place = body["location"]
    if place["@type"] == "Place":
        return Mode.IN_PERSON
    return Mode.VIRTUAL_REALITY if "additionalType" in place else Mode.ONLINE


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:  # another city may write the 31st of February; the schema cannot know
        return None


def _cents(body: Mapping[str, Any]) -> int | None:
    if "offers" in body:
        return int(body["offers"]["price"].replace(".", ""))
    return 0 if body.get("isAccessibleForFree") else None


def index(body: Mapping[str, Any]) -> Indexed:
    """What search and map need. Tags with a colon are for filters: price, age, organiser, mode.

    A keyword is there twice: plain, so that search finds its words, and as `keyword:`, to be
    chosen in the map.
    """
    content = content_of(body)
    images = [body[name] for name in ("image", "workFeatured") if name in body]
    ends = [end for _start, end in all_times(content, zone_of(body))] if content.rule else []
    return Indexed(
        title=content.title,
        summary={
            language: text.split("\n\n")[0][:300] for language, text in content.description.items()
        },
        latitude=content.latitude,
        longitude=content.longitude,
        starts_at=content.starts_at,
        ends_at=content.ends_at,
        languages=content.languages,
        tags=_tags(content, organiser_of(body)),
        pictures=[Picture(image["sha256"], int(image["contentSize"])) for image in images],
        is_online=content.mode != Mode.IN_PERSON,
        category=content.category,
        repeats_until=ends[-1] if ends else None,
    )


def _tags(content: Content, organiser: Organiser) -> list[str]:
    tags = [f"organiser:{organiser.id}"]
    if content.price_cents == 0:
        tags.append("price:free")
    if content.mode == Mode.VIRTUAL_REALITY:
        tags.append("mode:vr")
    low = 0 if content.age_from is None else content.age_from
    high = 120 if content.age_to is None else content.age_to
    tags += [
        f"age:{band}" for band, (first, last) in AGE_BANDS.items() if low <= last and first <= high
    ]
    tags += [f"earns:{link}" for link in content.achievements]
    for keyword in dict.fromkeys(clean_keyword(word) for word in content.keywords):
        tags += [f"keyword:{keyword}", keyword.replace(":", " ")] if keyword else []
    return tags


RECORD_TYPE = RecordType(
    name="activity",
    label=_("Activity"),
    label_many=_("Activities"),
    icon="map-pin",
    schema_url="https://colnode.example/schemas/activity/1",
    schema=SCHEMA,
    index=index,
    path=lambda record_id: f"/activities/{record_id}",
    occurrences=occurrences,
)

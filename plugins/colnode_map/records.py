"""The record type `activity`: a schema.org Event, how it is written, read and indexed.

The members are those of https://schema.org/Event; a text in several languages is a JSON-LD
language map, which the second part of the context declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colnode.plugin import Indexed, LangMap, Picture, RecordType, _
from colnode_map.content import ACCESSIBILITY, CATEGORIES, Content
from colnode_map.models import Mode

__all__ = [
    "AGE_BANDS",
    "CONTEXT",
    "RECORD_TYPE",
    "Organiser",
    "content_of",
    "organiser_of",
    "write",
]

CONTEXT: list[Any] = [
    "https://schema.org",
    {
        "name": {"@id": "https://schema.org/name", "@container": "@language"},
        "description": {"@id": "https://schema.org/description", "@container": "@language"},
    },
]
AGE_BANDS: Mapping[str, tuple[int, int]] = {
    "0-6": (0, 6),
    "7-13": (7, 13),
    "14-19": (14, 19),
    "20-29": (20, 29),
    "30-64": (30, 64),
    "65": (65, 120),
}
_MODES = {
    Mode.IN_PERSON: "https://schema.org/OfflineEventAttendanceMode",
    Mode.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    Mode.VIRTUAL_REALITY: "https://schema.org/OnlineEventAttendanceMode",
}
_WEBXR = "https://www.w3.org/TR/webxr/"

_TEXT = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "maxLength": 35},
    "additionalProperties": {"type": "string", "maxLength": 10_000},
    "maxProperties": 40,
}
_LINE = {"type": "string", "maxLength": 500}
_URL = {"type": "string", "maxLength": 2_000, "pattern": "^https?://"}
_TIME = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$",
}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


_AMENITIES = {
    "type": "array",
    "maxItems": 20,
    "items": _object(
        {
            "@type": {"const": "LocationFeatureSpecification"},
            "name": {"type": "string", "maxLength": 60},
            "value": {"const": True},
        },
        "@type",
        "name",
        "value",
    ),
}
_PLACE = _object(
    {
        "@type": {"const": "Place"},
        "name": _LINE,
        "address": _LINE,
        "geo": _object(
            {
                "@type": {"const": "GeoCoordinates"},
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            },
            "@type",
            "latitude",
            "longitude",
        ),
        "amenityFeature": _AMENITIES,
    },
    "@type",
)
_VIRTUAL = _object(
    {
        "@type": {"const": "VirtualLocation"},
        "additionalType": {"const": _WEBXR},
        "url": _URL,
        "amenityFeature": _AMENITIES,
    },
    "@type",
    "url",
)
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "@context": {"const": CONTEXT},
            "@type": {"const": "Event"},
            "name": {**_TEXT, "minProperties": 1},
            "description": _TEXT,
            "additionalType": {"enum": list(CATEGORIES)},
            "eventStatus": {"const": "https://schema.org/EventScheduled"},
            "eventAttendanceMode": {"enum": sorted(set(_MODES.values()))},
            "startDate": _TIME,
            "endDate": _TIME,
            "duration": {"type": "string", "pattern": "^PT[0-9]{1,6}M$"},
            "inLanguage": {
                "type": "array",
                "maxItems": 20,
                "items": {"type": "string", "maxLength": 35},
            },
            "isAccessibleForFree": {"type": "boolean"},
            "offers": _object(
                {
                    "@type": {"const": "Offer"},
                    "price": {"type": "string", "pattern": "^[0-9]{1,7}\\.[0-9]{2}$"},
                    "priceCurrency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                },
                "@type",
                "price",
                "priceCurrency",
            ),
            "typicalAgeRange": {"type": "string", "pattern": "^[0-9]{0,3}-[0-9]{0,3}$"},
            "location": {"oneOf": [_PLACE, _VIRTUAL]},
            "organizer": _object(
                {
                    "@type": {"const": "Organization"},
                    "identifier": {"type": "string", "maxLength": 100},
                    "name": _TEXT,
                },
                "@type",
                "identifier",
                "name",
            ),
            "about": {
                "type": "array",
                "maxItems": 20,
                "items": _object(
                    {
                        "@type": {"const": "EducationalOccupationalCredential"},
                        "identifier": {"type": "string", "maxLength": 200},
                    },
                    "@type",
                    "identifier",
                ),
            },
            "image": _object(
                {
                    "@type": {"const": "ImageObject"},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "contentSize": {"type": "string", "pattern": "^[0-9]{1,9}$"},
                },
                "@type",
                "sha256",
                "contentSize",
            ),
            "url": _URL,
        },
        "@context",
        "@type",
        "name",
        "additionalType",
        "eventAttendanceMode",
        "location",
        "organizer",
    ),
}


@dataclass(frozen=True)
class Organiser:
    """The organisation behind an activity: its id in its own city and its name."""

    id: str
    name: LangMap


def write(
    content: Content, organiser: Organiser, *, node_id: str, picture_size: int | None = None
) -> dict[str, Any]:
    """The public record of an activity. `node_id` takes the place of `self` in references."""
    body: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Event",
        "name": dict(content.title),
        "additionalType": content.category,
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": _MODES[Mode(content.mode)],
        "location": _location(content),
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
            "typicalAgeRange": _age_range(content),
            "about": _credentials(content, node_id),
            "url": content.join_url if content.mode == Mode.IN_PERSON else "",
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
    return body


def _location(content: Content) -> dict[str, Any]:
    amenities = [
        {"@type": "LocationFeatureSpecification", "name": name, "value": True}
        for name in content.accessibility
    ]
    place: dict[str, Any]
    if content.mode != Mode.IN_PERSON:
        place = {"@type": "VirtualLocation", "url": content.join_url}
        if content.mode == Mode.VIRTUAL_REALITY:
            place["additionalType"] = _WEBXR
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
    )


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
    """What search and map need. Tags with a colon are for filters: price, age, organiser, mode."""
    content = content_of(body)
    image = body.get("image")
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
        pictures=[Picture(image["sha256"], int(image["contentSize"]))] if image else [],
        is_online=content.mode != Mode.IN_PERSON,
        category=content.category,
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
    return tags + [f"earns:{link}" for link in content.achievements]


RECORD_TYPE = RecordType(
    name="activity",
    label=_("Activity"),
    label_many=_("Activities"),
    icon="map-pin",
    schema_url="https://colnode.example/schemas/activity/1",
    schema=_SCHEMA,
    index=index,
    path=lambda record_id: f"/activities/{record_id}",
)

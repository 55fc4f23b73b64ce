"""The JSON Schema of an activity's record, https://schema.org/Event narrowed down.

It only ever widens: a record that an older version wrote still fits.
"""

from collections.abc import Mapping
from typing import Any

from colnode_map.content import CATEGORIES
from colnode_map.states import Mode

__all__ = ["CONTEXT", "MODES", "PANORAMA", "SCHEMA", "WEBXR"]

CONTEXT: list[Any] = [
    "https://schema.org",
    {
        "name": {"@id": "https://schema.org/name", "@container": "@language"},
        "description": {"@id": "https://schema.org/description", "@container": "@language"},
    },
]
MODES = {
    Mode.IN_PERSON: "https://schema.org/OfflineEventAttendanceMode",
    Mode.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    Mode.VIRTUAL_REALITY: "https://schema.org/OnlineEventAttendanceMode",
}
WEBXR = "https://www.w3.org/TR/webxr/"
PANORAMA = "https://en.wikipedia.org/wiki/Equirectangular_projection"
"""Tells a picture of all that is around one point from others; schema.org has no word for it."""

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
        "additionalType": {"const": WEBXR},
        "url": _URL,
        "amenityFeature": _AMENITIES,
    },
    "@type",
    "url",
)
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_CLOCK = {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}$"}
_SCHEDULE = _object(
    {
        "@type": {"const": "Schedule"},
        "identifier": {"type": "string", "maxLength": 300, "pattern": "^FREQ="},
        "repeatFrequency": {"type": "string", "pattern": "^P[0-9]{1,2}[DWMY]$"},
        "startDate": _DATE,
        "endDate": _DATE,
        "startTime": _CLOCK,
        "scheduleTimezone": {"type": "string", "maxLength": 60},
        "exceptDate": {"type": "array", "maxItems": 500, "items": _DATE},
    },
    "@type",
    "identifier",
    "scheduleTimezone",
)
"""`identifier` is the whole rule as RFC 5545 writes it; the other members are for readers that
know schema.org only."""
_STEPS = _object(
    {
        "@type": {"const": "HowTo"},
        "step": {
            "type": "array",
            "maxItems": 40,
            "items": _object({"@type": {"const": "HowToStep"}, "name": _TEXT}, "@type", "name"),
        },
    },
    "@type",
    "step",
)
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        {
            "@context": {"const": CONTEXT},
            "@type": {"const": "Event"},
            "name": {**_TEXT, "minProperties": 1},
            "description": _TEXT,
            "additionalType": {"enum": list(CATEGORIES)},
            "eventStatus": {"const": "https://schema.org/EventScheduled"},
            "eventAttendanceMode": {"enum": sorted(set(MODES.values()))},
            "startDate": _TIME,
            "endDate": _TIME,
            "duration": {"type": "string", "pattern": "^PT[0-9]{1,6}M$"},
            "keywords": {
                "type": "array",
                "maxItems": 10,
                "items": {"type": "string", "minLength": 1, "maxLength": 40},
            },
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
            "workFeatured": _object(
                {
                    "@type": {"const": "ImageObject"},
                    "additionalType": {"const": PANORAMA},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "contentSize": {"type": "string", "pattern": "^[0-9]{1,9}$"},
                    "description": _TEXT,
                },
                "@type",
                "additionalType",
                "sha256",
                "contentSize",
                "description",
            ),
            "url": _URL,
            "eventSchedule": _SCHEDULE,
            "maximumAttendeeCapacity": {"type": "integer", "minimum": 1, "maximum": 100_000},
            "potentialAction": _object(
                {"@type": {"const": "RegisterAction"}, "target": _URL, "endTime": _TIME},
                "@type",
                "target",
            ),
            "subjectOf": _STEPS,
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

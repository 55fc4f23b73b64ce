"""How an organisation appears in the catalogue: a schema.org Organization (RECORD_TYPES).

Members and the contact address stay here: nothing about people is published.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colnode import catalogue, media
from colnode.db import LangMap
from colnode.errors import _
from colnode.host.types import Indexed, Picture, RecordType
from colnode.identity import keys

if TYPE_CHECKING:
    from colnode.identity.models import Organisation
    from colnode.node import Node

__all__ = ["RECORD_TYPES", "publish_organisation", "withdraw_organisation"]

_TEXTS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 50,
    "items": {
        "type": "object",
        "required": ["@language", "@value"],
        "additionalProperties": False,
        "properties": {
            "@language": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
            "@value": {"type": "string", "minLength": 1, "maxLength": 5000},
        },
    },
}

_SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["@context", "@type", "@id", "name", "alternateName"],
    "additionalProperties": False,
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@type": {"const": "Organization"},
        "@id": {"type": "string", "pattern": "^did:web:", "maxLength": 500},
        "name": _TEXTS,
        "alternateName": {"type": "string", "pattern": "^[a-z0-9-]{1,80}$"},
        "description": _TEXTS,
        "url": {"type": "string", "pattern": "^https?://", "maxLength": 500},
        "logo": {
            "type": "object",
            "required": ["@type", "sha256", "contentSize"],
            "additionalProperties": False,
            "properties": {
                "@type": {"const": "ImageObject"},
                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "contentSize": {"type": "string", "pattern": "^[0-9]{1,9}$"},
            },
        },
        "location": {
            "type": "object",
            "required": ["@type"],
            "additionalProperties": False,
            "properties": {
                "@type": {"const": "Place"},
                "address": {"type": "string", "maxLength": 300},
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            },
        },
    },
}


def publish_organisation(node: "Node", organisation: "Organisation") -> None:
    """Put a verified organisation into the catalogue, or refresh it; others are left alone."""
    if organisation.is_verified:
        catalogue.publish(node, "organisation", organisation.id, _body(node, organisation))


def withdraw_organisation(node: "Node", organisation: "Organisation") -> None:
    """Take an organisation out of the catalogue."""
    catalogue.withdraw(node, "organisation", organisation.id)


def _body(node: "Node", organisation: "Organisation") -> Mapping[str, Any]:
    body: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": keys.did(node, organisation.id),
        "name": _tagged(organisation.name),
        "alternateName": organisation.slug,
    }
    if organisation.description:
        body["description"] = _tagged(organisation.description)
    if organisation.url:
        body["url"] = organisation.url
    if organisation.picture:
        body["logo"] = {
            "@type": "ImageObject",
            "sha256": organisation.picture,
            "contentSize": str(media.find(node, organisation.picture).byte_count),
        }
    place: dict[str, Any] = {"@type": "Place"}
    if organisation.address:
        place["address"] = organisation.address
    if organisation.latitude is not None and organisation.longitude is not None:
        place["latitude"] = organisation.latitude
        place["longitude"] = organisation.longitude
    if len(place) > 1:
        body["location"] = place
    return body


def _tagged(texts: LangMap) -> list[dict[str, str]]:
    """A language map as JSON-LD language-tagged strings."""
    return [{"@language": language, "@value": text} for language, text in sorted(texts.items())]


def _untagged(texts: list[dict[str, str]]) -> LangMap:
    return {text["@language"]: text["@value"] for text in texts}


def _index(body: Mapping[str, Any]) -> Indexed:
    place = body.get("location", {})
    logo = body.get("logo")
    name = _untagged(body["name"])
    return Indexed(
        title=name,
        summary=_untagged(body.get("description", [])),
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        languages=(),
        pictures=(Picture(logo["sha256"], int(logo["contentSize"])),) if logo else (),
    )


RECORD_TYPES: tuple[RecordType, ...] = (
    RecordType(
        name="organisation",
        label=_("Organisation"),
        label_many=_("Organisations"),
        icon="building-2",
        schema_url="https://colnode.example/schemas/organisation/1",
        schema=_SCHEMA,
        index=_index,
        path=lambda record_id: f"/organisations/id/{record_id}",
    ),
)

"""The record type `achievement`: what other cities read about a badge that can be earned here.

A body is the Open Badges 3.0 Achievement with three members more: `organisation`, the id of the
organisation's record; `translations`, the texts in other languages; `picture`, by digest and size.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colnode import media
from colnode.badges.content import KINDS
from colnode.badges.documents import public_achievement
from colnode.badges.models import Achievement
from colnode.catalogue import OWN, get, publish, withdraw
from colnode.db import LangMap
from colnode.errors import _
from colnode.host.types import Indexed, Picture, RecordType
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "RECORD_TYPES",
    "is_listed",
    "publish_achievement",
    "record_body",
    "withdraw_achievement",
]

_TYPE = "achievement"
_TEXTS = ("name", "description", "criteria")


def publish_achievement(node: "Node", achievement: Achievement) -> None:
    """Put the achievement as it is now into the catalogue, in the caller's transaction."""
    publish(node, _TYPE, achievement.id, record_body(node, achievement))


def withdraw_achievement(node: "Node", achievement_id: str) -> None:
    """Take the achievement out of the catalogue, in the caller's transaction."""
    withdraw(node, _TYPE, achievement_id)


def is_listed(node: "Node", achievement_id: str) -> bool:
    """Whether the achievement is in this city's catalogue now."""
    return get(node, OWN, achievement_id, record_type=_TYPE) is not None


def record_body(node: "Node", achievement: Achievement) -> dict[str, Any]:
    """The body of the achievement's record."""
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    body = public_achievement(node, achievement, organisation, language=main)
    body["organisation"] = organisation.id
    translations = {
        language: _texts(achievement, language)
        for language in sorted(achievement.name)
        if language != main
    }
    if translations:
        body["translations"] = translations
    if achievement.image:
        picture = media.find(node, achievement.image)
        body["picture"] = {"digest": picture.digest, "size": picture.byte_count}
    return body


def _texts(achievement: Achievement, language: str) -> LangMap:
    maps = {name: getattr(achievement, name) for name in _TEXTS}
    return {name: texts[language] for name, texts in maps.items() if language in texts}


def _index(body: Mapping[str, Any]) -> Indexed:
    main = body["inLanguage"]
    title: LangMap = {main: body["name"]}
    summary: LangMap = {main: body["description"]}
    for language, texts in body.get("translations", {}).items():
        title[language] = texts["name"]
        if "description" in texts:
            summary[language] = texts["description"]
    picture = body.get("picture")
    return Indexed(
        title=title,
        summary=summary,
        languages=sorted(title),
        tags=body.get("tag", ()),
        pictures=[Picture(picture["digest"], picture["size"])] if picture else (),
        category=body["achievementType"],
    )


def _path(record_id: str) -> str:
    return f"/badges/{record_id}"


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _closed(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


_LANGUAGE = {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"}
_URL = {"type": "string", "maxLength": 2048, "pattern": "^https?://"}
_PROFILE = _closed(
    {
        "id": {"type": "string", "maxLength": 2048, "pattern": "^(did:|https?://)"},
        "type": {"const": ["Profile"]},
        "name": _text(500),
        "description": _text(10_000),
        "url": _URL,
    },
    ["id", "type", "name"],
)
_REQUIRED = [
    "id",
    "type",
    "achievementType",
    "creator",
    "criteria",
    "description",
    "inLanguage",
    "name",
    "organisation",
]
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_closed(
        {
            "@context": {"type": "array", "items": _URL, "minItems": 1, "maxItems": 5},
            "id": _URL,
            "type": {"const": ["Achievement"]},
            "achievementType": {"enum": list(KINDS)},
            "creator": _PROFILE,
            "criteria": _closed({"id": _URL, "narrative": _text(10_000)}, ["narrative"]),
            "description": _text(1_000),
            "image": _closed(
                {"id": _URL, "type": {"const": "Image"}, "caption": _text(200)}, ["id", "type"]
            ),
            "inLanguage": _LANGUAGE,
            "name": _text(120),
            "tag": {"type": "array", "items": _text(50), "maxItems": 20},
            "organisation": _text(100),
            "translations": {
                "type": "object",
                "maxProperties": 40,
                "propertyNames": _LANGUAGE,
                "additionalProperties": _closed(
                    {
                        "name": _text(120),
                        "description": _text(1_000),
                        "criteria": _text(10_000),
                    },
                    ["name"],
                ),
            },
            "picture": _closed(
                {
                    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "size": {"type": "integer", "minimum": 1, "maximum": 10_000_000},
                },
                ["digest", "size"],
            ),
        },
        _REQUIRED,
    ),
}

RECORD_TYPES = (
    RecordType(
        name=_TYPE,
        label=_("Badge"),
        label_many=_("Badges"),
        icon="award",
        schema_url="https://colnode.example/schemas/achievement/1",
        schema=_SCHEMA,
        index=_index,
        path=_path,
    ),
)

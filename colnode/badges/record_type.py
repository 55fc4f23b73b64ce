"""The record type `achievement`: its schema, what search and map need of it, its page."""

from collections.abc import Mapping
from typing import Any

from colnode.badges.kinds import KINDS, LICENCES, RESULT_KINDS
from colnode.db import LangMap
from colnode.errors import _
from colnode.host.types import Indexed, Picture, RecordType

__all__ = ["ACHIEVEMENT", "RECORD_TYPES"]

ACHIEVEMENT = "achievement"


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


def _list(items: Mapping[str, Any], most: int = 20) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "maxItems": most}


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
_LEVEL = _closed(
    {
        "id": _URL,
        "type": {"const": ["RubricCriterionLevel"]},
        "name": _text(120),
        "level": _text(10),
    },
    ["id", "type", "name"],
)
_MORE = {
    "version": _text(20),
    "licence": {"enum": list(LICENCES)},
    "creditsAvailable": {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000},
    "fieldOfStudy": _text(200),
    "specialization": _text(200),
    "humanCode": _text(60),
    "alignment": _list(
        _closed(
            {
                "type": {"const": ["Alignment"]},
                "targetName": _text(200),
                "targetUrl": _URL,
                "targetFramework": _text(200),
                "targetCode": _text(100),
            },
            ["type", "targetName", "targetUrl"],
        )
    ),
    "related": _list(
        _closed(
            {
                "id": _URL,
                "type": {"const": ["Related"]},
                "inLanguage": _LANGUAGE,
                "version": _text(20),
            },
            ["id", "type"],
        ),
        most=80,
    ),
    "resultDescription": _list(
        _closed(
            {
                "id": _URL,
                "type": {"const": ["ResultDescription"]},
                "name": _text(120),
                "resultType": {"enum": list(RESULT_KINDS)},
                "allowedValue": _list(_text(120), most=100),
                "requiredValue": _text(120),
                "requiredLevel": _URL,
                "rubricCriterionLevel": _list(_LEVEL, most=100),
            },
            ["id", "type", "name", "resultType"],
        )
    ),
}
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
            **_MORE,
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
        name=ACHIEVEMENT,
        label=_("Badge"),
        label_many=_("Badges"),
        icon="award",
        schema_url="https://colnode.example/schemas/achievement/1",
        schema=_SCHEMA,
        index=_index,
        path=_path,
    ),
)

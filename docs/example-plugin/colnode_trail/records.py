"""The record type `trail`: what other cities read of a trail."""

from collections.abc import Mapping
from typing import Any

from colnode.plugin import Indexed, RecordType, _, gettext

__all__ = ["LEVELS", "RECORD_TYPE", "level_word"]

LEVELS = {"easy": _("Easy"), "middle": _("In the middle"), "hard": _("Hard")}

_SCHEMA = {
    "type": "object",
    "properties": {
        "title": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]{2,3}$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200},
            "minProperties": 1,
        },
        "level": {"enum": list(LEVELS)},
    },
    "required": ["title", "level"],
    "additionalProperties": False,
}


def level_word(level: str) -> str:
    """A level as people say it."""
    return gettext(LEVELS.get(level, level))


def _index(body: Mapping[str, Any]) -> Indexed:
    return Indexed(title=body["title"], languages=list(body["title"]), tags=["walking"])


RECORD_TYPE = RecordType(
    name="trail",
    label=_("Trail"),
    label_many=_("Trails"),
    icon="footprints",
    schema_url="https://example.org/schemas/trail-1.json",
    schema=_SCHEMA,
    index=_index,
    path=lambda trail_id: f"/trails/{trail_id}",
)

"""A small record type to publish with, so that the catalogue is tested without any plugin."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colnode.catalogue import Put
from colnode.host.types import Indexed, Picture, RecordType
from colnode.node import Node

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
        "text": {"type": "object", "additionalProperties": {"type": "string"}},
        "place": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "start": {"type": "string", "format": "date-time"},
        "end": {"type": "string", "format": "date-time"},
        "weeks": {"type": "integer"},
        "languages": {"type": "array", "items": {"type": "string"}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "kind": {"type": "string"},
        "online": {"type": "boolean"},
        "picture": {"type": "string"},
    },
}


def index(body: Mapping[str, Any]) -> Indexed:
    """What search needs of a body of this little type."""
    place = body.get("place", [None, None])
    moments = [datetime.fromisoformat(body[key]) if key in body else None for key in _TIMES]
    weeks = timedelta(weeks=body.get("weeks", 0))
    return Indexed(
        repeats_until=moments[1] + weeks if weeks and moments[1] else None,
        title=body["name"],
        summary=body.get("text", {}),
        latitude=place[0],
        longitude=place[1],
        starts_at=moments[0],
        ends_at=moments[1],
        languages=body.get("languages", ()),
        tags=body.get("tags", ()),
        pictures=[_picture(body["picture"])] if "picture" in body else (),
        is_online=body.get("online", False),
        category=body.get("kind", ""),
    )


_TIMES = ("start", "end")


def occurrences(
    body: Mapping[str, Any], after: datetime, before: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The body's time again in each of its `weeks`."""
    start, end = (datetime.fromisoformat(body[key]) for key in _TIMES)
    for week in range(body["weeks"] + 1):
        step = timedelta(weeks=week)
        if end + step > after and start + step < before:
            yield start + step, end + step


def _picture(text: str) -> Picture:
    digest, _colon, size = text.partition(":")
    return Picture(digest, int(size or 3))


THING = RecordType(
    name="thing",
    label="Thing",
    label_many="Things",
    icon="box",
    schema_url="https://example.org/schemas/thing/1",
    schema=SCHEMA,
    index=index,
    path=lambda record_id: f"/things/{record_id}",
    occurrences=occurrences,
)


@pytest.fixture
def city(make_node: Callable[..., Node]) -> Node:
    """A city without plugins that knows one type of record."""
    node = make_node(plugins=())
    node.host.record_types["thing"] = THING
    return node


@pytest.fixture
def make_put() -> Callable[[str, str], Put]:
    """A record of another city, ready to store: make_put("a", "Chess")."""

    def make(record_id: str, title: str) -> Put:
        body = {"name": {"en": title}}
        moment = datetime(2026, 11, 23, tzinfo=UTC)
        return Put("thing", record_id, json.dumps(body), index(body), moment)

    return make

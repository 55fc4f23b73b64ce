"""Records as pages and plugins see them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, or_, select

from colnode.catalogue.models import Edition, Record
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.db import LangMap

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["RecordView", "get", "get_many", "is_visible", "shown"]


@dataclass(frozen=True)
class RecordView:
    """One record of this or another city. `home_url` leads to its page in its own city."""

    origin: str
    origin_name: LangMap
    origin_url: str
    type: str
    id: str
    title: LangMap
    summary: LangMap
    body: Mapping[str, Any]
    category: str
    picture: str | None
    latitude: float | None
    longitude: float | None
    is_online: bool
    starts_at: datetime | None
    ends_at: datetime | None
    languages: Sequence[str]
    tags: Sequence[str]
    updated_at: datetime

    @property
    def is_own(self) -> bool:
        """Whether this city published it."""
        return self.origin == OWN

    @property
    def home_url(self) -> str:
        """Address of the record in its own city."""
        return f"{self.origin_url}/records/{self.type}/{self.id}"


def is_visible() -> Any:
    """The condition that a record is ours or of an edition that is shown."""
    shown_editions = select(Edition.no).where(Edition.is_shown.is_(True))
    return or_(Record.edition_no == OWN_EDITION, Record.edition_no.in_(shown_editions))


def shown() -> Select[Record, Edition | None]:
    """Visible records with the edition that they belong to (None: ours)."""
    query: Select[Record, Edition | None] = select(Record, Edition)
    return query.outerjoin(Edition, Edition.no == Record.edition_no).where(is_visible())


def get(
    node: "Node", origin: str, record_id: str, *, record_type: str | None = None
) -> RecordView | None:
    """One record of an origin (OWN or a node id), None when it is not there or not shown."""
    query = shown().where(Record.id == record_id)
    query = query.where(
        Record.edition_no == OWN_EDITION if origin == OWN else Edition.origin == origin
    )
    if record_type is not None:
        query = query.where(Record.type == record_type)
    for record, edition in node.db.execute(query.limit(1)):
        return make_view(node, record, edition)
    return None


def get_many(node: "Node", numbers: Iterable[int]) -> list[RecordView]:
    """The records with these row numbers, in that order."""
    wanted = list(numbers)
    rows = node.db.execute(shown().where(Record.no.in_(wanted))).all()
    found = {record.no: make_view(node, record, edition) for record, edition in rows}
    return [found[number] for number in wanted if number in found]


def make_view(node: "Node", record: Record, edition: Edition | None) -> RecordView:
    """The record as others see it."""
    city = node.config.city
    return RecordView(
        origin=edition.origin if edition else OWN,
        origin_name=edition.name if edition else {node.config.main_language: city.name},
        origin_url=edition.url if edition else node.config.server.base_url,
        type=record.type,
        id=record.id,
        title=record.title,
        summary=record.summary,
        body=json.loads(record.body),
        category=record.category,
        picture=record.pictures[0]["digest"] if record.pictures else None,
        latitude=record.latitude,
        longitude=record.longitude,
        is_online=record.is_online,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
        languages=record.languages,
        tags=record.tags,
        updated_at=record.updated_at,
    )

"""Records as pages and plugins see them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from colnode import media
from colnode.catalogue.models import Edition, Record
from colnode.catalogue.records import OWN, OWN_EDITION
from colnode.db import LangMap

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["RecordView", "count_by_type", "get", "get_many", "get_own", "is_visible", "shown"]


@dataclass(frozen=True)
class RecordView:
    """One record of this or another city.

    `picture` is the digest of a picture of this node: another city's is None until it was fetched.
    `home_url` leads to the record's page in its own city.
    """

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


def is_visible(edition_no: Any = None) -> ColumnElement[bool]:
    """The condition that a record, by its edition's number, is ours or of one that is shown.

    Coalesced, a record's own is of no index: almost everything is visible, so SQLite must not look
    for rows by it.
    """
    if edition_no is None:
        edition_no = func.coalesce(Record.edition_no, OWN_EDITION)
    shown_editions = select(Edition.no).where(Edition.is_shown.is_(True))
    return or_(edition_no == OWN_EDITION, edition_no.in_(shown_editions))


def shown() -> Select[Record, Edition | None]:
    """Visible records with the edition that they belong to (None: ours)."""
    query: Select[Record, Edition | None] = select(Record, Edition)
    return query.outerjoin(Edition, Edition.no == Record.edition_no).where(is_visible())


def get(
    node: "Node", origin: str, record_id: str, *, record_type: str | None = None
) -> RecordView | None:
    """One record of an origin (OWN or a node id), None when it is not there or not shown.

    A record of a type that no enabled plugin explains is not shown.
    """
    query = shown().where(Record.id == record_id, Record.type.in_(node.host.record_types))
    query = query.where(
        Record.edition_no == OWN_EDITION if origin == OWN else Edition.origin == origin
    )
    if record_type is not None:
        query = query.where(Record.type == record_type)
    views = _make_views(node, node.db.execute(query.limit(1)).all())
    return next(iter(views.values()), None)


def get_many(node: "Node", numbers: Iterable[int]) -> list[RecordView]:
    """The records with these row numbers, in that order."""
    wanted = list(numbers)
    found = _make_views(node, node.db.execute(shown().where(Record.no.in_(wanted))).all())
    return [found[number] for number in wanted if number in found]


def get_own(node: "Node", keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], RecordView]:
    """This city's own records by (type, id), also of types that no enabled plugin explains."""
    found: dict[tuple[str, str], RecordView] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        query = select(Record).where(
            Record.edition_no == OWN_EDITION,
            tuple_(Record.type, Record.id).in_(wanted[start : start + 500]),
        )
        for record in node.db.scalars(query):
            found[record.type, record.id] = _make_view(node, record, None, {})
    return found


def count_by_type(node: "Node") -> Mapping[str, Mapping[str, int]]:
    """How many records are shown, by origin and type."""
    origin = func.coalesce(Edition.origin, OWN)
    rows = node.db.execute(
        select(origin, Record.type, func.count())
        .select_from(Record)
        .outerjoin(Edition, Edition.no == Record.edition_no)
        .where(is_visible(), Record.type.in_(node.host.record_types))
        .group_by(origin, Record.type)
    )
    counts: dict[str, dict[str, int]] = {}
    for name, kind, count in rows:
        counts.setdefault(name, {})[kind] = count
    return counts


def _make_views(
    node: "Node", rows: Sequence[tuple[Record, Edition | None]]
) -> dict[int, RecordView]:
    wanted = [
        (edition.origin, record.pictures[0]["digest"])
        for record, edition in rows
        if edition is not None and record.pictures
    ]
    copies = media.find_copies(node, wanted) if wanted else {}
    return {record.no: _make_view(node, record, edition, copies) for record, edition in rows}


def _make_view(
    node: "Node",
    record: Record,
    edition: Edition | None,
    copies: Mapping[tuple[str, str], str],
) -> RecordView:
    city = node.config.city
    picture = record.pictures[0]["digest"] if record.pictures else None
    if edition is not None and picture is not None:
        picture = copies.get((edition.origin, picture))
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
        picture=picture,
        latitude=record.latitude,
        longitude=record.longitude,
        is_online=record.is_online,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
        languages=record.languages,
        tags=record.tags,
        updated_at=record.updated_at,
    )

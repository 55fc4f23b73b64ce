"""The catalogue over the API: records of this and of other cities, to search and to read."""

from datetime import datetime
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode import catalogue
from colnode.catalogue import Bounds, Query, RecordView
from colnode.errors import Invalid, NotFound, _
from colnode.web.addresses import record_url
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, require
from colnode.web.facets import read_facets

__all__ = ["bp"]

bp = Blueprint("api_catalogue", __name__)


class RecordQuery(BaseModel):
    """What to look for. Lists are separated by commas; bbox is west,south,east,north in degrees.

    `facet` filters by what plugins add: NAME:VALUE, as in trail_level:easy.
    """

    q: str = Field(default="", max_length=200)
    type: str = Field(default="", max_length=200)
    origin: str | None = Field(default=None, max_length=60)
    language: str = Field(default="", max_length=200)
    tag: str = Field(default="", max_length=500)
    category: str = Field(default="", max_length=200)
    facet: str = Field(default="", max_length=1000)
    bbox: str = Field(default="", max_length=100)
    starts_before: datetime | None = None
    ends_after: datetime | None = None
    online: bool | None = None
    limit: int = Field(default=24, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=100)


class RecordItem(BaseModel):
    """One record. `body` is what its city published, `page` where to read it here."""

    origin: str
    origin_name: dict[str, str]
    type: str
    id: str
    title: dict[str, str]
    summary: dict[str, str]
    body: dict[str, Any]
    category: str
    picture: str | None
    latitude: float | None
    longitude: float | None
    is_online: bool
    starts_at: datetime | None
    ends_at: datetime | None
    languages: list[str]
    tags: list[str]
    updated_at: datetime
    page: str
    home_url: str


class RecordList(BaseModel):
    """A page of records. `total_is_at_least` is exact below 2,000."""

    items: list[RecordItem]
    total_is_at_least: int
    next_cursor: str | None
    facets: dict[str, dict[str, int]]


@bp.route("/records")
@require("public.read")
@operation(tag="catalogue", query=RecordQuery, response=RecordList)
def search(query: RecordQuery) -> RecordList:
    """Find records of this and of other cities."""
    found = catalogue.search(
        current_node(),
        Query(
            text=query.q,
            types=_parts(query.type),
            origin=query.origin,
            languages=_parts(query.language),
            tags=_parts(query.tag),
            categories=_parts(query.category),
            facets=read_facets(_parts(query.facet)),
            bounds=_bounds(query.bbox),
            starts_before=query.starts_before,
            ends_after=query.ends_after,
            is_online=query.online,
            limit=query.limit,
            cursor=query.cursor,
            with_facets=True,
        ),
    )
    return RecordList(
        items=[_item(view) for view in found.items],
        total_is_at_least=found.total_is_at_least,
        next_cursor=found.next_cursor,
        facets={name: dict(values) for name, values in found.facets.items()},
    )


@bp.route("/records/<origin>/<type>/<id>")
@require("public.read")
@operation(tag="catalogue", response=RecordItem)
def show(origin: str, type: str, id: str) -> RecordItem:
    """Show one record; the origin of own ones is `self`."""
    view = catalogue.get(current_node(), origin, id, record_type=type)
    if view is None:
        raise NotFound(_("There is no such record."))
    return _item(view)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()][:20]


def _bounds(text: str) -> Bounds | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid(
            _("bbox should be four numbers: west,south,east,north."),
            fields={"bbox": _("bbox should be four numbers: west,south,east,north.")},
        ) from None
    return Bounds(west, south, east, north)


def _item(view: RecordView) -> RecordItem:
    return RecordItem(
        origin=view.origin,
        origin_name=dict(view.origin_name),
        type=view.type,
        id=view.id,
        title=dict(view.title),
        summary=dict(view.summary),
        body=dict(view.body),
        category=view.category,
        picture=view.picture,
        latitude=view.latitude,
        longitude=view.longitude,
        is_online=view.is_online,
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        languages=list(view.languages),
        tags=list(view.tags),
        updated_at=view.updated_at,
        page=record_url(view),
        home_url=view.home_url,
    )

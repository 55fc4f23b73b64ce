"""Finding playlists by reference: own ones in any state, other cities' as far as we read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from colnode.plugin import LangMap, NotFound, _, catalogue, organisations
from colnode_playlists import models, records
from colnode_playlists.content import REFERENCE, Content, branch_of_json, step_of_json
from colnode_playlists.records import Maker, Source
from colnode_playlists.states import State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "Found",
    "content_of",
    "find",
    "find_record",
    "get",
    "of_record",
    "of_row",
    "on_playlists",
    "reference_of",
    "search",
    "sources_of",
    "whole",
]


@dataclass(frozen=True)
class Found:
    """A playlist of this city (with its `row`) or of another one (with `home_url`).

    `maker` is None for a person's own playlist, whose maker is nobody's business.
    """

    reference: str
    content: Content
    state: str
    maker: Maker | None
    sources: tuple[Source, ...]
    row: models.Playlist | None
    city: LangMap
    home_url: str | None
    picture: str | None
    updated_at: datetime

    @property
    def id(self) -> str:
        """Its id in its own city."""
        return self.reference.rpartition("/")[2]

    @property
    def origin(self) -> str:
        """The node id of its city."""
        return self.reference.partition("/")[0]

    @property
    def is_own(self) -> bool:
        """Whether it is of this city."""
        return self.row is not None

    @property
    def is_personal(self) -> bool:
        """Whether a person made it for themselves."""
        return self.row is not None and self.row.person_id is not None


def reference_of(node: Node, playlist_id: str) -> str:
    """The reference of an own playlist."""
    return f"{node.id}/playlist/{playlist_id}"


def whole(node: Node, reference: str) -> str:
    """A reference with this node's id for `self`. Raises NotFound for what is no reference."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise NotFound(_("There is no such playlist."))
    origin, kind, record_id = found.groups()
    return f"{node.id if origin == catalogue.OWN else origin}/{kind}/{record_id}"


def find(node: Node, reference: str) -> Found | None:
    """The playlist at a reference, drafts too; None when it is gone or its city is not read."""
    origin, _kind, playlist_id = reference.split("/")
    if origin == node.id:
        row = node.db.get(models.Playlist, playlist_id)
        return of_row(node, row) if row is not None else None
    record = find_record(node, reference)
    return of_record(node, record) if record is not None else None


def get(node: Node, reference: str) -> Found:
    """Like find. Raises NotFound."""
    found = find(node, whole(node, reference))
    if found is None:
        raise NotFound(_("There is no such playlist."))
    return found


def find_record(node: Node, reference: str) -> catalogue.RecordView | None:
    """The record at a reference with a node id, None when the catalogue does not show it."""
    origin, kind, record_id = reference.split("/")
    home = catalogue.OWN if origin == node.id else origin
    return catalogue.get(node, home, record_id, record_type=kind)


def of_row(node: Node, row: models.Playlist) -> Found:
    """An own playlist."""
    maker = None
    if row.organisation_id is not None:
        organisation = organisations.get_organisation(node, row.organisation_id)
        maker = Maker(organisation.id, dict(organisation.name))
    return Found(
        reference=reference_of(node, row.id),
        content=content_of(row),
        state=row.state,
        maker=maker,
        sources=sources_of(row),
        row=row,
        city={node.config.main_language: node.config.city.name},
        home_url=None,
        picture=row.picture,
        updated_at=row.changed_at,
    )


def of_record(node: Node, record: catalogue.RecordView) -> Found:
    """A playlist as the catalogue has it."""
    origin = node.id if record.is_own else record.origin
    return Found(
        reference=f"{origin}/playlist/{record.id}",
        content=replace(records.content_of(record.body), picture=record.picture),
        state=State.PUBLISHED,
        maker=records.maker_of(record.body),
        sources=records.sources_of(record.body),
        row=node.db.get(models.Playlist, record.id) if record.is_own else None,
        city=dict(record.origin_name),
        home_url=None if record.is_own else record.home_url,
        picture=record.picture,
        updated_at=record.updated_at,
    )


def content_of(row: models.Playlist) -> Content:
    """What an own playlist says, as it was stored."""
    return Content(
        title=row.title,
        description=row.description,
        steps=tuple(step_of_json(item) for item in row.steps),
        branches=tuple(branch_of_json(item) for item in row.branches),
        tags=tuple(row.tags),
        languages=tuple(row.languages),
        age_from=row.age_from,
        age_to=row.age_to,
        line=row.line,
        picture=row.picture,
        achievement=row.achievement,
        giving=row.giving,
    )


def sources_of(row: models.Playlist) -> tuple[Source, ...]:
    """What an own playlist was copied from, the nearest first."""
    return tuple(Source(**item) for item in row.based_on)


def search(
    node: Node,
    *,
    text: str = "",
    is_own: bool = False,
    language: str = "",
    tag: str = "",
    limit: int = 24,
    cursor: str | None = None,
) -> tuple[Sequence[Found], int, str | None]:
    """Published playlists of this and other cities, own ones first; how many; the next cursor."""
    results = catalogue.search(
        node,
        catalogue.Query(
            text=text,
            types=("playlist",),
            origin=catalogue.OWN if is_own else None,
            languages=(language,) if language else (),
            tags=(tag,) if tag else (),
            own_first=True,
            limit=limit,
            cursor=cursor,
        ),
    )
    found = [of_record(node, item) for item in results.items]
    return found, results.total_is_at_least, results.next_cursor


def on_playlists(node: Node, reference: str, *, limit: int = 6) -> Sequence[Found]:
    """The published playlists that have this record as a stop, own ones first."""
    return search(node, tag=f"stop:{reference}", limit=limit)[0]

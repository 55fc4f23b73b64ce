"""Tables of playlists: the playlists themselves, who is on the way, what they ticked off.

Steps stand in the playlist's row as one value, because they are only ever read and saved together.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from colnode.plugin import Base, LangMap, new_id
from colnode_playlists.states import JourneyState, State

__all__ = ["EventCursor", "Journey", "Playlist", "Tick"]


class Playlist(Base):
    """An ordered path, of an organisation or of a person (private, or shared by `share_code`).

    `based_on` names what it was copied from, the nearest first; empty when it is original.
    `cover` is the picture that was drawn for one without; `rule_id` is the rule by which the own
    badge gives itself.
    """

    __tablename__ = "playlists_playlist"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'published', 'retired')", name="state"),
        CheckConstraint("giving in ('none', 'automatic', 'reviewed')", name="giving"),
        CheckConstraint("(organisation_id is null) <> (person_id is null)", name="owner"),
        CheckConstraint("line between 1 and 8", name="line"),
        Index("ix_playlists_playlist_organisation", "organisation_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str | None]
    person_id: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    title: Mapped[LangMap]
    description: Mapped[LangMap]
    steps: Mapped[list[dict[str, Any]]]
    branches: Mapped[list[dict[str, Any]]]
    tags: Mapped[list[str]]
    languages: Mapped[list[str]]
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    line: Mapped[int]
    picture: Mapped[str | None]
    cover: Mapped[str | None]
    achievement: Mapped[str]
    giving: Mapped[str]
    rule_id: Mapped[str | None]
    based_on: Mapped[list[dict[str, Any]]]
    share_code: Mapped[str | None] = mapped_column(unique=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Journey(Base):
    """A person on the way along a playlist of any city, `ORIGIN/playlist/ID` with a node id.

    `done` and `next_step` are what was last worked out, for counting; pages work it out anew.
    """

    __tablename__ = "playlists_journey"
    __table_args__ = (CheckConstraint("state in ('going', 'paused', 'left')", name="state"),)

    person_id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True, index=True)
    state: Mapped[str] = mapped_column(default=JourneyState.GOING)
    done: Mapped[list[str]]
    next_step: Mapped[str]
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class EventCursor(Base):
    """How far the node's events have been read, so that no earned badge is missed."""

    __tablename__ = "playlists_event_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class Tick(Base):
    """A link or task that a person says they have done."""

    __tablename__ = "playlists_tick"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    step_id: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]

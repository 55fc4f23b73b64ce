"""Tables of the map: activities, the city's addresses, its background, imports under way."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.plugin import Base, LangMap, new_id

__all__ = ["Activity", "Address", "Background", "ImportRun", "ImportState", "Mode", "State"]


class State(StrEnum):
    """A draft is seen by its organisers only; a cancelled activity keeps its page and says so."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Mode(StrEnum):
    """How one takes part."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    VIRTUAL_REALITY = "virtual_reality"


class ImportState(StrEnum):
    """Where an uploaded spreadsheet stands."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Activity(Base):
    """Something to take part in. `achievements` are references `ORIGIN/achievement/ID`.

    `source_key` names the spreadsheet row that it came from, `source_digest` that row's content.
    """

    __tablename__ = "map_activity"
    __table_args__ = (
        UniqueConstraint("organisation_id", "source_key"),
        CheckConstraint("state in ('draft', 'published', 'cancelled')", name="state"),
        CheckConstraint("mode in ('in_person', 'online', 'virtual_reality')", name="mode"),
        CheckConstraint("(latitude is null) = (longitude is null)", name="point"),
        CheckConstraint("ends_at is null or starts_at is not null", name="times"),
        Index("ix_map_activity_organisation", "organisation_id", "state", "starts_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str]
    state: Mapped[str] = mapped_column(default=State.DRAFT)
    mode: Mapped[str]
    category: Mapped[str]
    title: Mapped[LangMap]
    description: Mapped[LangMap]
    place_name: Mapped[str]
    address: Mapped[str]
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    join_url: Mapped[str]
    is_always_open: Mapped[bool]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    duration_minutes: Mapped[int | None]
    languages: Mapped[list[str]]
    price_cents: Mapped[int | None]
    currency: Mapped[str]
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    accessibility: Mapped[list[str]]
    achievements: Mapped[list[str]]
    picture: Mapped[str | None]
    source_key: Mapped[str | None]
    source_digest: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Address(Base):
    """A house of the city and its point. `key` is the street and number as they are compared."""

    __tablename__ = "map_address"

    key: Mapped[str] = mapped_column(primary_key=True)
    street: Mapped[str]
    number: Mapped[str]
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)


class Background(Base):
    """What is drawn below the activities when there are no tiles: one GeoJSON document."""

    __tablename__ = "map_background"

    name: Mapped[str] = mapped_column(primary_key=True)
    geojson: Mapped[str]
    digest: Mapped[str]
    uploaded_by: Mapped[str | None]
    uploaded_at: Mapped[datetime]


class ImportRun(Base):
    """One uploaded spreadsheet: its bytes, and how far the import has come."""

    __tablename__ = "map_import"
    __table_args__ = (
        CheckConstraint("state in ('checked', 'running', 'done', 'failed')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default=ImportState.CHECKED)
    publishes: Mapped[bool] = mapped_column(default=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)

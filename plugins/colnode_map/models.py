"""Tables of the map: activities and who takes part, addresses, the background, imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.plugin import Base, LangMap, new_id
from colnode_map.states import FeedState, ImportState, State

__all__ = [
    "Activity",
    "ActivityFile",
    "Address",
    "Background",
    "Completion",
    "Feed",
    "FeedItem",
    "FormDraft",
    "ImportRun",
    "Registration",
    "StepDone",
]


class Activity(Base):
    """Something to take part in. `achievements` are references `ORIGIN/achievement/ID`.

    What repeats has an RFC 5545 `rule`, with `exceptions` as ISO dates in the city's time zone.
    `steps` are {"id", "text"}, the text a language map. `invitation` is the secret of the link
    that opens an activity by invitation. `source_key` names the spreadsheet row that it came
    from, `source_digest` that row's content.
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
    panorama: Mapped[str | None]
    panorama_text: Mapped[LangMap] = mapped_column(default=dict)
    keywords: Mapped[list[str]] = mapped_column(default=list)
    rule: Mapped[str] = mapped_column(default="")
    exceptions: Mapped[list[str]] = mapped_column(default=list)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    completes_itself: Mapped[bool] = mapped_column(default=False)
    needs_joining: Mapped[bool] = mapped_column(default=False)
    joins_series: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None]
    joining_until: Mapped[datetime | None]
    is_joining_closed: Mapped[bool] = mapped_column(default=False)
    is_by_invitation: Mapped[bool] = mapped_column(default=False)
    invitation: Mapped[str] = mapped_column(default="")
    cancel_reason: Mapped[str] = mapped_column(default="")
    source_key: Mapped[str | None]
    source_digest: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Registration(Base):
    """Somebody who joined an activity, or waits for a place.

    `occasion` is empty, or for one date of what repeats its beginning as RFC 3339 in UTC.
    `starts_at` is when that occasion begins, None for what is always open.
    """

    __tablename__ = "map_registration"
    __table_args__ = (
        UniqueConstraint("activity_id", "occasion", "person_id"),
        CheckConstraint("state in ('joined', 'waiting')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    activity_id: Mapped[str]
    occasion: Mapped[str]
    person_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    attended_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]


class StepDone(Base):
    """A step of an activity that a person has ticked off."""

    __tablename__ = "map_step_done"

    activity_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    step_id: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]


class Completion(Base):
    """A person has completed an activity, by being there or by doing every step."""

    __tablename__ = "map_completion"

    activity_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    by_steps: Mapped[bool]
    completed_at: Mapped[datetime]


class ActivityFile(Base):
    """A file that people can take from an activity's page; the bytes are the city's media."""

    __tablename__ = "map_file"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    activity_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    digest: Mapped[str]
    media_type: Mapped[str]
    byte_count: Mapped[int]
    created_at: Mapped[datetime]


class FormDraft(Base):
    """What a person has typed into the form of an activity and not saved yet.

    `subject` is an activity's id, or `new:` and the id of the organisation that it is to be of.
    """

    __tablename__ = "map_form_draft"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class OwnCalendar(Base):
    """The calendar that a person has made of what they joined; `number` is half of its address."""

    __tablename__ = "map_own_calendar"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


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


class Feed(Base):
    """Another site's calendar (iCalendar) that an organisation's activities follow.

    `ran_at` is the last try, `read_at` the last time that it could be read. `result` is what the
    last try came to, as colnode_map.syncing writes it.
    """

    __tablename__ = "map_feed"
    __table_args__ = (
        UniqueConstraint("organisation_id", "address"),
        CheckConstraint("state in ('looking', 'in_sync', 'paused')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str]
    address: Mapped[str]
    state: Mapped[str] = mapped_column(default=FeedState.LOOKING)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    ran_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class FeedItem(Base):
    """Which activity an event of a calendar is. `key` is its UID, with the RECURRENCE-ID if any.

    `digest` is of what the calendar said last, empty once it said no more. `written` has a digest
    of each field of the activity as it was written from there: another value is a person's.
    """

    __tablename__ = "map_feed_item"

    feed_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str]
    digest: Mapped[str]
    written: Mapped[dict[str, Any]]

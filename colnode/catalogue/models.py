"""Tables of the catalogue: records of all cities as they stand now, and the outbox.

A record belongs to an edition of an origin. Own records are edition 0. A city that is read again
from the start gets a new edition, which stays unseen until it is proven and shown.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, LangMap

__all__ = ["SEARCH_DDL", "Edition", "OutboxRow", "Record", "RecordFacet", "RecordOccurrence"]

_Key = BigInteger().with_variant(Integer, "sqlite")


class Edition(Base):
    """One complete reading of another city's catalogue. Shown or not yet (or no longer)."""

    __tablename__ = "catalogue_edition"

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    origin: Mapped[str] = mapped_column(index=True)
    name: Mapped[LangMap]
    url: Mapped[str]
    is_shown: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[datetime]


class Record(Base):
    """One item of the catalogue, with what search and map need of it in columns.

    A record that repeats has `repeats_until`; its times are those of the next occurrence.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("edition_no", "type", "id"),
        Index("ix_record_updated_at", "updated_at", "no"),
        Index("ix_record_type", "type", "updated_at"),
        Index("ix_record_place", "latitude", "longitude"),
        Index("ix_record_time", "starts_at", "ends_at"),
    )

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    edition_no: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    id: Mapped[str] = mapped_column(index=True)
    title: Mapped[LangMap]
    summary: Mapped[LangMap]
    body: Mapped[str]
    category: Mapped[str]
    pictures: Mapped[list[dict[str, Any]]]
    languages: Mapped[list[str]]
    tags: Mapped[list[str]]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    cell: Mapped[int | None] = mapped_column(BigInteger, index=True)
    is_online: Mapped[bool]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    repeats_until: Mapped[datetime | None] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    title_text: Mapped[str]
    more_text: Mapped[str]


class RecordFacet(Base):
    """A value that a record can be filtered and counted by: a language, a tag."""

    __tablename__ = "record_facet"
    __table_args__ = (Index("ix_record_facet_value", "name", "value", "record_no"),)

    record_no: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("record.no", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)


class RecordOccurrence(Base):
    """One time at which a repeating record takes place, of those in the coming months."""

    __tablename__ = "record_occurrence"

    record_no: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("record.no", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]


class OutboxRow(Base):
    """A change of an own record that waits for its place in the log. `body` is None to remove."""

    __tablename__ = "outbox"

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    type: Mapped[str]
    id: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


SEARCH_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE record_search USING fts5("
        "title_text, more_text, content='record', content_rowid='no', "
        "tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
        "CREATE TRIGGER record_search_insert AFTER INSERT ON record BEGIN "
        "INSERT INTO record_search (rowid, title_text, more_text) "
        "VALUES (new.no, new.title_text, new.more_text); END",
        "CREATE TRIGGER record_search_delete AFTER DELETE ON record BEGIN "
        "INSERT INTO record_search (record_search, rowid, title_text, more_text) "
        "VALUES ('delete', old.no, old.title_text, old.more_text); END",
        "CREATE TRIGGER record_search_update AFTER UPDATE OF title_text, more_text ON record BEGIN "
        "INSERT INTO record_search (record_search, rowid, title_text, more_text) "
        "VALUES ('delete', old.no, old.title_text, old.more_text); "
        "INSERT INTO record_search (rowid, title_text, more_text) "
        "VALUES (new.no, new.title_text, new.more_text); END",
    ),
    "postgresql": (
        "CREATE TABLE record_search ("
        "no BIGINT CONSTRAINT pk_record_search PRIMARY KEY "
        "CONSTRAINT fk_record_search_no_record REFERENCES record (no) ON DELETE CASCADE, "
        "words TSVECTOR NOT NULL)",
        "CREATE INDEX ix_record_search_words ON record_search USING gin (words)",
        "CREATE FUNCTION record_search_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO record_search (no, words) VALUES (new.no, "
        "setweight(to_tsvector('simple', new.title_text), 'A') || "
        "setweight(to_tsvector('simple', new.more_text), 'D')) "
        "ON CONFLICT (no) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
        "CREATE TRIGGER record_search_write AFTER INSERT OR UPDATE OF title_text, more_text "
        "ON record FOR EACH ROW EXECUTE FUNCTION record_search_write()",
    ),
}
"""The full-text index beside `record`, which triggers keep in step: FTS5 or tsvector."""

for _dialect, _statements in SEARCH_DDL.items():
    for _statement in _statements:
        event.listen(
            Record.__table__,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )

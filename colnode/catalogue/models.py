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

__all__ = [
    "TRIGGERS_DDL",
    "Edition",
    "OutboxRow",
    "Record",
    "RecordCluster",
    "RecordClusterChange",
    "RecordFacet",
    "RecordOccurrence",
]

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

    A record that repeats has `repeats_until`; its times are those of the next occurrence. It is
    over for good at `over_at`, in the year 9999 if never. `is_counted`: the clusters of the map
    count it, because it has a place and was not over when somebody last looked. Their index
    ix_record_counted stands in the migration alone: an index over a part of a table, declared here,
    imports both dialects at every start.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("edition_no", "type", "id"),
        Index("ix_record_edition_no", "edition_no", "no"),
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
    over_at: Mapped[datetime] = mapped_column(server_default="9999-01-01 00:00:00.000000")
    is_counted: Mapped[bool] = mapped_column(Boolean, server_default=false())
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


class RecordCluster(Base):
    """Counted records of one cell of the map: a square of 64 pixels at a web map zoom.

    One row for each kind of record in all categories (category is empty) and one for each category;
    of an edition, and again (edition_no is -1) of all that is shown. Sums of coordinates are in
    units of 1e-7 degrees; `number_sum` is the record's number where only one is counted.
    """

    __tablename__ = "record_cluster"

    edition_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    zoom: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    latitude_sum: Mapped[int] = mapped_column(BigInteger)
    longitude_sum: Mapped[int] = mapped_column(BigInteger)
    number_sum: Mapped[int] = mapped_column(BigInteger)


class RecordClusterChange(Base):
    """What a write did to the counts, until it is added to them: +1 or -1 for one record.

    Triggers of `record` write it, so that whoever writes records neither waits for others nor
    loses their counts.
    """

    __tablename__ = "record_cluster_change"

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    edition_no: Mapped[int] = mapped_column(BigInteger, index=True)
    type: Mapped[str]
    category: Mapped[str]
    cell: Mapped[int] = mapped_column(BigInteger)
    latitude: Mapped[int] = mapped_column(BigInteger)
    longitude: Mapped[int] = mapped_column(BigInteger)
    record_no: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]


class OutboxRow(Base):
    """A change of an own record that waits for its place in the log. `body` is None to remove."""

    __tablename__ = "outbox"

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    type: Mapped[str]
    id: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


def _count(row: str, count: int) -> str:
    """A statement of a trigger: note that a record came into the counts or left them."""
    return (
        "INSERT INTO record_cluster_change "
        "(edition_no, type, category, cell, latitude, longitude, record_no, count) "
        f"SELECT {row}.edition_no, {row}.type, {row}.category, {row}.cell, "
        f"CAST(round({row}.latitude * 10000000) AS BIGINT), "
        f"CAST(round({row}.longitude * 10000000) AS BIGINT), {row}.no, {count} "
        f"WHERE {row}.is_counted; "
    )


_UPDATE = "AFTER UPDATE OF category, latitude, longitude, cell, is_counted ON record FOR EACH ROW"
_IS_MOVED = " OR ".join(
    f"old.{name} {{differs}} new.{name}"
    for name in ("category", "latitude", "longitude", "is_counted")
)
TRIGGERS_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE record_search USING fts5("
        "title_text, more_text, content='record', content_rowid='no', "
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars '_='\", "
        "prefix='1 2 3 4 5 6 7 8', detail=none)",
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
        f"CREATE TRIGGER record_cluster_insert AFTER INSERT ON record BEGIN {_count('new', 1)}END",
        f"CREATE TRIGGER record_cluster_delete AFTER DELETE ON record BEGIN {_count('old', -1)}END",
        f"CREATE TRIGGER record_cluster_update {_UPDATE} "
        f"WHEN {_IS_MOVED.format(differs='IS NOT')} BEGIN "
        f"{_count('old', -1)}{_count('new', 1)}END",
    ),
    "postgresql": (
        "CREATE TABLE record_search ("
        "no BIGINT CONSTRAINT pk_record_search PRIMARY KEY "
        "CONSTRAINT fk_record_search_no_record REFERENCES record (no) ON DELETE CASCADE, "
        "words TSVECTOR NOT NULL)",
        "CREATE INDEX ix_record_search_words ON record_search USING gin (words)",
        "CREATE FUNCTION record_search_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO record_search (no, words) VALUES (new.no, array_to_tsvector(array_remove("
        "string_to_array(new.title_text || ' ' || new.more_text, ' '), ''))) "
        "ON CONFLICT (no) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
        "CREATE TRIGGER record_search_write AFTER INSERT OR UPDATE OF title_text, more_text "
        "ON record FOR EACH ROW EXECUTE FUNCTION record_search_write()",
        "CREATE FUNCTION record_cluster_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF tg_op <> 'INSERT' THEN {_count('old', -1)}END IF; "
        f"IF tg_op <> 'DELETE' THEN {_count('new', 1)}END IF; RETURN NULL; END $$",
        "CREATE TRIGGER record_cluster_write AFTER INSERT OR DELETE ON record "
        "FOR EACH ROW EXECUTE FUNCTION record_cluster_write()",
        f"CREATE TRIGGER record_cluster_update {_UPDATE} "
        f"WHEN ({_IS_MOVED.format(differs='IS DISTINCT FROM')}) "
        "EXECUTE FUNCTION record_cluster_write()",
    ),
}
"""Triggers that keep in step with `record`: the full-text index beside it (FTS5 or tsvector, of
words that are folded and parted already), and what is to be added to the clusters."""

for _dialect, _statements in TRIGGERS_DDL.items():
    for _statement in _statements:
        event.listen(
            Record.__table__,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )

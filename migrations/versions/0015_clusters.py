"""Counted clusters of the map, when a record is over, and a search index of marked words."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015_clusters"
down_revision = "0014_occurrences"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_AT_ONCE = 1_000
_RECORD = sa.table(
    "record",
    sa.column("no", sa.BigInteger()),
    sa.column("edition_no", sa.BigInteger()),
    sa.column("type", sa.String()),
    sa.column("category", sa.String()),
    sa.column("languages", sa.JSON()),
    sa.column("tags", sa.JSON()),
    sa.column("is_online", sa.Boolean()),
    sa.column("latitude", sa.Double()),
    sa.column("longitude", sa.Double()),
    sa.column("cell", sa.BigInteger()),
    sa.column("starts_at", _TIME),
    sa.column("ends_at", _TIME),
    sa.column("repeats_until", _TIME),
    sa.column("over_at", _TIME),
    sa.column("is_counted", sa.Boolean()),
    sa.column("more_text", sa.String()),
)


def _count(row: str, count: int) -> str:
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
_START_COUNTING = {
    "sqlite": (
        f"CREATE TRIGGER record_cluster_insert AFTER INSERT ON record BEGIN {_count('new', 1)}END",
        f"CREATE TRIGGER record_cluster_delete AFTER DELETE ON record BEGIN {_count('old', -1)}END",
        f"CREATE TRIGGER record_cluster_update {_UPDATE} "
        f"WHEN {_IS_MOVED.format(differs='IS NOT')} BEGIN "
        f"{_count('old', -1)}{_count('new', 1)}END",
    ),
    "postgresql": (
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
_STOP_COUNTING = {
    "sqlite": (
        "DROP TRIGGER record_cluster_insert",
        "DROP TRIGGER record_cluster_delete",
        "DROP TRIGGER record_cluster_update",
    ),
    "postgresql": (
        "DROP TRIGGER record_cluster_write ON record",
        "DROP TRIGGER record_cluster_update ON record",
        "DROP FUNCTION record_cluster_write()",
    ),
}


def upgrade() -> None:
    """Add tables and columns, count what is there, and mark and index its words anew.

    What is counted goes to the changes; the next run of the job adds it to the clusters.
    """
    dialect = op.get_bind().dialect.name
    op.add_column(
        "record",
        sa.Column("over_at", _TIME, server_default="9999-01-01 00:00:00.000000", nullable=False),
    )
    op.add_column(
        "record", sa.Column("is_counted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _create_clusters()
    _stop_search(dialect)
    _fill_columns()
    for rows in _portions():
        _write_words([{"wanted": row.no, "text": _marked(row)} for row in rows])
    op.create_index(
        "ix_record_counted",
        "record",
        ["over_at"],
        sqlite_where=sa.text("is_counted"),
        postgresql_where=sa.text("is_counted"),
    )
    _start_search(dialect, is_marked=True)
    for statement in _START_COUNTING[dialect]:
        op.execute(statement)
    op.execute(_count("record", 1).replace(" WHERE", " FROM record WHERE"))


def downgrade() -> None:
    """Take all of it away again."""
    dialect = op.get_bind().dialect.name
    for statement in _STOP_COUNTING[dialect]:
        op.execute(statement)
    _stop_search(dialect)
    for rows in _portions():
        _write_words([{"wanted": row.no, "text": _unmarked(row.more_text)} for row in rows])
    op.drop_table("record_cluster_change")
    op.drop_table("record_cluster")
    op.drop_index("ix_record_counted", "record")
    op.drop_column("record", "is_counted")
    op.drop_column("record", "over_at")
    _start_search(dialect, is_marked=False)


def _create_clusters() -> None:
    op.create_table(
        "record_cluster",
        sa.Column("edition_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("zoom", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("y", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("latitude_sum", sa.BigInteger(), nullable=False),
        sa.Column("longitude_sum", sa.BigInteger(), nullable=False),
        sa.Column("number_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "edition_no", "type", "category", "zoom", "x", "y", name="pk_record_cluster"
        ),
    )
    op.create_table(
        "record_cluster_change",
        sa.Column("no", _KEY, autoincrement=True),
        sa.Column("edition_no", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("latitude", sa.BigInteger(), nullable=False),
        sa.Column("longitude", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_record_cluster_change"),
    )
    op.create_index("ix_record_cluster_change_edition_no", "record_cluster_change", ["edition_no"])


def _fill_columns() -> None:
    row = _RECORD.c
    ends = sa.func.coalesce(row.ends_at, row.starts_at)
    over_at = sa.case(
        (ends.is_(None), sa.literal(_NEVER, _TIME)),
        (row.repeats_until > ends, row.repeats_until),
        else_=ends,
    )
    op.execute(_RECORD.update().values(over_at=over_at))
    now = sa.literal(datetime.now(UTC), _TIME)
    op.execute(
        _RECORD.update().values(
            is_counted=row.cell.is_not(None) & (row.over_at > now),
            latitude=sa.cast(sa.func.round(row.latitude * 10_000_000), sa.BigInteger())
            / sa.literal_column("10000000.0", sa.Double()),
            longitude=sa.cast(sa.func.round(row.longitude * 10_000_000), sa.BigInteger())
            / sa.literal_column("10000000.0", sa.Double()),
        )
    )


def _portions() -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        query = sa.select(_RECORD).where(_RECORD.c.no > after).order_by(_RECORD.c.no)
        rows = op.get_bind().execute(query.limit(_AT_ONCE)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].no


def _write_words(rows: Sequence[dict[str, Any]]) -> None:
    statement = _RECORD.update().where(_RECORD.c.no == sa.bindparam("wanted"))
    op.get_bind().execute(statement.values(more_text=sa.bindparam("text")), list(rows))


def _marked(row: Any) -> str:
    facts = [("own", "no" if row.edition_no else "yes"), ("type", row.type)]
    facts += [("category", row.category), ("online", "yes" if row.is_online else "no")]
    facts += [("language", value) for value in row.languages]
    facts += [("tag", value) for value in row.tags]
    marks = dict.fromkeys(f"={zlib.crc32(f'{name} {value}'.encode()):08x}" for name, value in facts)
    return " ".join([row.more_text, *marks])


def _unmarked(text: str) -> str:
    return " ".join(word for word in text.split(" ") if not word.startswith("="))


def _stop_search(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute("DROP TRIGGER record_search_write ON record")
        op.execute("DROP INDEX ix_record_search_words")
        return
    for name in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER record_search_{name}")
    op.execute("DROP TABLE record_search")


def _start_search(dialect: str, *, is_marked: bool) -> None:
    if dialect == "postgresql":
        _start_tsvector(is_marked=is_marked)
    else:
        _start_fts5(is_marked=is_marked)


def _start_tsvector(*, is_marked: bool) -> None:
    words = (
        "array_to_tsvector(array_remove(string_to_array("
        "{0}.title_text || ' ' || {0}.more_text, ' '), ''))"
        if is_marked
        else "setweight(to_tsvector('simple', {0}.title_text), 'A') || "
        "setweight(to_tsvector('simple', {0}.more_text), 'D')"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION record_search_write() RETURNS trigger LANGUAGE plpgsql AS $$ "  # noqa: S608 - one of two constants
        f"BEGIN INSERT INTO record_search (no, words) VALUES (new.no, {words.format('new')}) "
        "ON CONFLICT (no) DO UPDATE SET words = excluded.words; RETURN NULL; END $$"
    )
    op.execute(
        f"UPDATE record_search SET words = {words.format('record')} "  # noqa: S608 - one of two constants
        "FROM record WHERE record.no = record_search.no"
    )
    op.execute("CREATE INDEX ix_record_search_words ON record_search USING gin (words)")
    op.execute(
        "CREATE TRIGGER record_search_write AFTER INSERT OR UPDATE OF title_text, more_text "
        "ON record FOR EACH ROW EXECUTE FUNCTION record_search_write()"
    )


def _start_fts5(*, is_marked: bool) -> None:
    parting = (
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars '_='\", prefix='1 2 3'"
        if is_marked
        else "tokenize='unicode61 remove_diacritics 2', prefix='2 3'"
    )
    op.execute(
        "CREATE VIRTUAL TABLE record_search USING fts5("
        f"title_text, more_text, content='record', content_rowid='no', {parting})"
    )
    op.execute("INSERT INTO record_search (record_search) VALUES ('rebuild')")
    op.execute(
        "CREATE TRIGGER record_search_insert AFTER INSERT ON record BEGIN "
        "INSERT INTO record_search (rowid, title_text, more_text) "
        "VALUES (new.no, new.title_text, new.more_text); END"
    )
    op.execute(
        "CREATE TRIGGER record_search_delete AFTER DELETE ON record BEGIN "
        "INSERT INTO record_search (record_search, rowid, title_text, more_text) "
        "VALUES ('delete', old.no, old.title_text, old.more_text); END"
    )
    op.execute(
        "CREATE TRIGGER record_search_update AFTER UPDATE OF title_text, more_text ON record BEGIN "
        "INSERT INTO record_search (record_search, rowid, title_text, more_text) "
        "VALUES ('delete', old.no, old.title_text, old.more_text); "
        "INSERT INTO record_search (rowid, title_text, more_text) "
        "VALUES (new.no, new.title_text, new.more_text); END"
    )

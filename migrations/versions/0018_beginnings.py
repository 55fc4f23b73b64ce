"""Words are found without looking at more than is wanted, however large the catalogue is.

SQLite lists every beginning of up to eight letters, newest first; any other was gathered from all
its words each time. Nobody asks where in a text a word stands: without that the index is a third
as large. PostgreSQL goes through own records, or those of others, from the newest on; it went
through all of them before.
"""

from alembic import op

revision = "0018_beginnings"
down_revision = "0017_harvest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes anew from the records."""
    op.create_index("ix_record_edition_no", "record", ["edition_no", "no"])
    if op.get_bind().dialect.name == "sqlite":
        _make_fts5("prefix='1 2 3 4 5 6 7 8', detail=none")
        return
    op.execute("ALTER TABLE record_search ADD COLUMN is_own BOOLEAN")
    op.execute(
        "UPDATE record_search SET is_own = record.edition_no = 0 "
        "FROM record WHERE record.no = record_search.no"
    )
    op.execute("ALTER TABLE record_search ALTER COLUMN is_own SET NOT NULL")
    op.execute("CREATE INDEX ix_record_search_is_own ON record_search (is_own, no)")
    _write_tsvector("no, words, is_own", "{words}, new.edition_no = 0")


def downgrade() -> None:
    """Make the indexes of before anew from the records."""
    op.drop_index("ix_record_edition_no", "record")
    if op.get_bind().dialect.name == "sqlite":
        _make_fts5("prefix='1 2 3'")
        return
    op.execute("ALTER TABLE record_search DROP COLUMN is_own")
    _write_tsvector("no, words", "{words}")


def _make_fts5(options: str) -> None:
    op.execute("DROP TABLE record_search")
    op.execute(
        "CREATE VIRTUAL TABLE record_search USING fts5("
        "title_text, more_text, content='record', content_rowid='no', "
        f"tokenize=\"unicode61 remove_diacritics 0 tokenchars '_='\", {options})"
    )
    op.execute("INSERT INTO record_search (record_search) VALUES ('rebuild')")


def _write_tsvector(columns: str, values: str) -> None:
    words = (
        "array_to_tsvector(array_remove("
        "string_to_array(new.title_text || ' ' || new.more_text, ' '), ''))"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION record_search_write() RETURNS trigger LANGUAGE plpgsql AS $$ "  # noqa: S608 - constants
        f"BEGIN INSERT INTO record_search ({columns}) VALUES (new.no, {values.format(words=words)})"
        " ON CONFLICT (no) DO UPDATE SET words = excluded.words; RETURN NULL; END $$"
    )

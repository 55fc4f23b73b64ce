"""Words are found without looking at more than is wanted, however large the catalogue is.

SQLite lists every beginning of up to eight letters, newest first; any other was gathered from all
its words each time. Nobody asks where in a text a word stands: without that the index is a third
as large. Records in the order of their edition are found without going through all others.
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


def downgrade() -> None:
    """Make the indexes of before anew from the records."""
    op.drop_index("ix_record_edition_no", "record")
    if op.get_bind().dialect.name == "sqlite":
        _make_fts5("prefix='1 2 3'")


def _make_fts5(options: str) -> None:
    op.execute("DROP TABLE record_search")
    op.execute(
        "CREATE VIRTUAL TABLE record_search USING fts5("
        "title_text, more_text, content='record', content_rowid='no', "
        f"tokenize=\"unicode61 remove_diacritics 0 tokenchars '_='\", {options})"
    )
    op.execute("INSERT INTO record_search (record_search) VALUES ('rebuild')")

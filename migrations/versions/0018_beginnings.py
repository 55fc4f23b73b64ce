"""The full-text index of SQLite lists beginnings of up to eight letters, and no places of words.

Every word that is typed may be the beginning of a longer one. Beginnings that are listed are read
newest first, up to what is wanted; any other one was gathered from all its words each time. Nobody
asks where in a text a word stands: without that the index is a third as large.
"""

from alembic import op

revision = "0018_beginnings"
down_revision = "0017_harvest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index anew from the records."""
    _make("prefix='1 2 3 4 5 6 7 8', detail=none")


def downgrade() -> None:
    """Make the index of before anew from the records."""
    _make("prefix='1 2 3'")


def _make(options: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TABLE record_search")
    op.execute(
        "CREATE VIRTUAL TABLE record_search USING fts5("
        "title_text, more_text, content='record', content_rowid='no', "
        f"tokenize=\"unicode61 remove_diacritics 0 tokenchars '_='\", {options})"
    )
    op.execute("INSERT INTO record_search (record_search) VALUES ('rebuild')")

"""Tables of: records and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_catalogue"
down_revision = "0002_identity"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)

_SEARCH = {
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


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "catalogue_edition",
        sa.Column("no", _KEY, autoincrement=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("name", _JSON, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_catalogue_edition"),
    )
    op.create_index("ix_catalogue_edition_origin", "catalogue_edition", ["origin"])
    _create_record()
    op.create_table(
        "record_facet",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record_no", "name", "value", name="pk_record_facet"),
        sa.ForeignKeyConstraint(
            ["record_no"],
            ["record.no"],
            name="fk_record_facet_record_no_record",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_record_facet_value", "record_facet", ["name", "value", "record_no"])
    op.create_table(
        "outbox",
        sa.Column("no", _KEY, autoincrement=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("no", name="pk_outbox"),
    )
    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_record() -> None:
    op.create_table(
        "record",
        sa.Column("no", _KEY, autoincrement=True),
        sa.Column("edition_no", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", _JSON, nullable=False),
        sa.Column("summary", _JSON, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("pictures", _JSON, nullable=False),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("tags", _JSON, nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("cell", sa.BigInteger()),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("starts_at", _TIME),
        sa.Column("ends_at", _TIME),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("title_text", sa.String(), nullable=False),
        sa.Column("more_text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_record"),
        sa.UniqueConstraint("edition_no", "type", "id", name="uq_record_edition_no_type_id"),
    )
    op.create_index("ix_record_updated_at", "record", ["updated_at", "no"])
    op.create_index("ix_record_type", "record", ["type", "updated_at"])
    op.create_index("ix_record_place", "record", ["latitude", "longitude"])
    op.create_index("ix_record_time", "record", ["starts_at", "ends_at"])
    op.create_index("ix_record_id", "record", ["id"])
    op.create_index("ix_record_cell", "record", ["cell"])


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE record_search")
    for table in ("outbox", "record_facet", "record", "catalogue_edition"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION record_search_write()")

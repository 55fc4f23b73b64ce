"""Activities, addresses, background, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_map"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_activity()
    op.create_table(
        "map_address",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_map_address"),
    )
    op.create_table(
        "map_background",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("geojson", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("uploaded_by", sa.String()),
        sa.Column("uploaded_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_map_background"),
    )
    op.create_table(
        "map_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("publishes", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_map_import"),
        sa.CheckConstraint(
            "state in ('checked', 'running', 'done', 'failed')", name="ck_map_import_state"
        ),
    )
    op.create_index("ix_map_import_organisation_id", "map_import", ["organisation_id"])
    op.create_index("ix_map_import_created_at", "map_import", ["created_at"])


def _create_activity() -> None:
    op.create_table(
        "map_activity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("title", _JSON, nullable=False),
        sa.Column("description", _JSON, nullable=False),
        sa.Column("place_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("join_url", sa.String(), nullable=False),
        sa.Column("is_always_open", sa.Boolean(), nullable=False),
        sa.Column("starts_at", _TIME),
        sa.Column("ends_at", _TIME),
        sa.Column("duration_minutes", sa.Integer()),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("price_cents", sa.Integer()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("age_from", sa.Integer()),
        sa.Column("age_to", sa.Integer()),
        sa.Column("accessibility", _JSON, nullable=False),
        sa.Column("achievements", _JSON, nullable=False),
        sa.Column("picture", sa.String()),
        sa.Column("source_key", sa.String()),
        sa.Column("source_digest", sa.String()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_map_activity"),
        sa.UniqueConstraint(
            "organisation_id", "source_key", name="uq_map_activity_organisation_id_source_key"
        ),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'cancelled')", name="ck_map_activity_state"
        ),
        sa.CheckConstraint(
            "mode in ('in_person', 'online', 'virtual_reality')", name="ck_map_activity_mode"
        ),
        sa.CheckConstraint(
            "(latitude is null) = (longitude is null)", name="ck_map_activity_point"
        ),
        sa.CheckConstraint(
            "ends_at is null or starts_at is not null", name="ck_map_activity_times"
        ),
    )
    op.create_index(
        "ix_map_activity_organisation",
        "map_activity",
        ["organisation_id", "state", "starts_at"],
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("map_import", "map_background", "map_address", "map_activity"):
        op.drop_table(table)

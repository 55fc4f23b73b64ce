"""Calendars of other sites that are kept in sync, and which activity each of their events is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_feeds"
down_revision = "0005_panorama"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "map_feed",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", _JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_map_feed"),
        sa.UniqueConstraint(
            "organisation_id", "address", name="uq_map_feed_organisation_id_address"
        ),
        sa.CheckConstraint("state in ('looking', 'in_sync', 'paused')", name="ck_map_feed_state"),
    )
    op.create_table(
        "map_feed_item",
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("written", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "key", name="pk_map_feed_item"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("map_feed_item")
    op.drop_table("map_feed")

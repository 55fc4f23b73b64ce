"""A panorama of the place of an activity."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_panorama"
down_revision = "0004_own_calendar"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns; what is there has no panorama."""
    op.add_column("map_activity", sa.Column("panorama", sa.String(), nullable=True))
    op.add_column(
        "map_activity", sa.Column("panorama_text", _JSON, nullable=False, server_default="{}")
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("map_activity", "panorama_text")
    op.drop_column("map_activity", "panorama")

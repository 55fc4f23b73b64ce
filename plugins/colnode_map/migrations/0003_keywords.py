"""Free keywords of activities."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_keywords"
down_revision = "0002_taking_part"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column; what is there has no keywords."""
    op.add_column("map_activity", sa.Column("keywords", _JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("map_activity", "keywords")

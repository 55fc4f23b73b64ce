"""Columns of the results that an offer or a claim link gives."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_results"
down_revision = "0009_exchange"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns."""
    # The defaults stay: taking them away would make SQLite copy a table that others refer to.
    for table in ("offer", "claim_link"):
        op.add_column(table, sa.Column("results", JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop the columns."""
    for table in ("claim_link", "offer"):
        op.drop_column(table, "results")

"""A person's calendar of what they have joined, at an address of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0004_own_calendar"
down_revision = "0003_keywords"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "map_own_calendar",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_map_own_calendar"),
        sa.UniqueConstraint("number", name="uq_map_own_calendar_number"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("map_own_calendar")

"""Trails and walks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_tables"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "trail_trail",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", _JSON, nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=True),
        sa.Column("endorsement", sa.Text(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_trail"),
    )
    op.create_index("ix_trail_trail_achievement_id", "trail_trail", ["achievement_id"])
    op.create_table(
        "trail_walk",
        sa.Column("trail_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("walked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("trail_id", "person_id", name="pk_trail_walk"),
    )
    op.create_index("ix_trail_walk_person_id", "trail_walk", ["person_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("trail_walk")
    op.drop_table("trail_trail")

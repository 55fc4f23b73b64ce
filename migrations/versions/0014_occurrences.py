"""Records that repeat: until when, and their occurrences of the coming months."""

import sqlalchemy as sa
from alembic import op

revision = "0014_occurrences"
down_revision = "0013_completing"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("record", sa.Column("repeats_until", TIME))
    op.create_index("ix_record_repeats_until", "record", ["repeats_until"])
    op.create_table(
        "record_occurrence",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("record_no", "starts_at", name="pk_record_occurrence"),
        sa.ForeignKeyConstraint(
            ["record_no"],
            ["record.no"],
            name="fk_record_occurrence_record_no_record",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("record_occurrence")
    op.drop_index("ix_record_repeats_until", "record")
    op.drop_column("record", "repeats_until")

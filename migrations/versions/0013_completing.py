"""Table of what people have done."""

import sqlalchemy as sa
from alembic import op

revision = "0013_completing"
down_revision = "0012_platform"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "completed_record",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "reference", name="pk_completed_record"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_completed_record_person_id_person"
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("completed_record")

"""Table that harvesters follow: the newest change of each own record."""

import sqlalchemy as sa
from alembic import op

revision = "0017_harvest"
down_revision = "0016_proofs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next run of the sequencer fills it from the log."""
    op.create_table(
        "harvest_entry",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_harvest_entry"),
        sa.UniqueConstraint("seq", name="uq_harvest_entry_seq"),
    )
    op.create_index("ix_harvest_entry_changed_at", "harvest_entry", ["changed_at", "seq"])
    op.create_index("ix_harvest_entry_type", "harvest_entry", ["type", "seq"])
    op.create_index("ix_harvest_entry_organisation_id", "harvest_entry", ["organisation_id", "seq"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("harvest_entry")

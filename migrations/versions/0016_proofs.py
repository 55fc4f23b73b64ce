"""Roots of subtrees of the log, from which proofs are made; kept evidence against cities."""

import sqlalchemy as sa
from alembic import op

revision = "0016_proofs"
down_revision = "0015_clusters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the sequencer fills the one of subtrees from the log."""
    op.create_table(
        "log_subtree",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "no", name="pk_log_subtree"),
    )
    op.create_table(
        "peer_evidence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_peer_evidence"),
        sa.UniqueConstraint("digest", name="uq_peer_evidence_digest"),
    )
    op.create_index("ix_peer_evidence_node_id", "peer_evidence", ["node_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("peer_evidence")
    op.drop_table("log_subtree")

"""Tables of: the log, peers, replicas."""

revision = "0005_federation"
down_revision = "0004_badges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""

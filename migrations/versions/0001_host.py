"""Tables of: jobs, audit trail, media."""

revision = "0001_host"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""

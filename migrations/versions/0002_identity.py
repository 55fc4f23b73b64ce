"""Tables of: people, organisations, sessions, keys."""

revision = "0002_identity"
down_revision = "0001_host"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""

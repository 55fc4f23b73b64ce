"""Tables of: achievements, awards, credentials, status lists."""

revision = "0004_badges"
down_revision = "0003_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""

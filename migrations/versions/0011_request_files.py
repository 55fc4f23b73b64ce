"""Files that people send with a request, and when its reviewers were told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011_request_files"
down_revision = "0010_results"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table and add the column."""
    op.add_column("application", sa.Column("told_at", TIME, nullable=True))
    op.create_table(
        "application_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application_file"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name="fk_application_file_application_id_application",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_application_file_application_id", "application_file", ["application_id"])


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_table("application_file")
    op.drop_column("application", "told_at")

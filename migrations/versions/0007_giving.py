"""Tables of bulk runs and versions of achievements; the rest of an achievement's data model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_giving"
down_revision = "0006_earning"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_bulk()
    _create_version()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("achievement_version")
    op.drop_column("achievement", "version")
    op.drop_column("achievement", "more")
    op.drop_table("bulk_result")
    op.drop_table("bulk_run")


def _create_bulk() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.CheckConstraint("done >= 0", name="ck_bulk_run_done_is_a_number"),
        sa.CheckConstraint("told IS NULL OR told <= done", name="ck_bulk_run_told_up_to_done"),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name="fk_bulk_run_achievement_id_achievement"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_run"),
        sa.UniqueConstraint("achievement_id", "key", name="uq_bulk_run_achievement_id_key"),
    )
    op.create_table(
        "bulk_result",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(credential_id IS NULL) <> (problem IS NULL)",
            name="ck_bulk_result_one_or_the_other",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_bulk_result_credential_id_credential"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name="fk_bulk_result_run_id_bulk_run"),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_bulk_result"),
    )


def _create_version() -> None:
    # The defaults stay: taking them away would make SQLite copy a table that others refer to.
    op.add_column("achievement", sa.Column("more", _JSON, nullable=False, server_default="{}"))
    op.add_column(
        "achievement", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    op.create_table(
        "achievement_version",
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name="fk_achievement_version_achievement_id_achievement",
        ),
        sa.PrimaryKeyConstraint("achievement_id", "number", name="pk_achievement_version"),
    )

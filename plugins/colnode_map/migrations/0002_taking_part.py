"""What repeats, steps, joining, attending, files, drafts of forms."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_taking_part"
down_revision = "0001_map"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_FLAGS = (
    "needs_joining",
    "joins_series",
    "is_joining_closed",
    "is_by_invitation",
    "completes_itself",
)


def _columns() -> list[sa.Column[Any]]:
    flags: list[sa.Column[Any]] = [
        sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()) for name in _FLAGS
    ]
    texts: list[sa.Column[Any]] = [
        sa.Column(name, sa.String(), nullable=False, server_default="")
        for name in ("rule", "cancel_reason", "invitation")
    ]
    lists: list[sa.Column[Any]] = [
        sa.Column(name, _JSON, nullable=False, server_default="[]")
        for name in ("exceptions", "steps")
    ]
    rest: list[sa.Column[Any]] = [
        sa.Column("capacity", sa.Integer()),
        sa.Column("joining_until", _TIME),
    ]
    return [*flags, *texts, *lists, *rest]


def upgrade() -> None:
    """Add columns and tables."""
    for column in _columns():
        op.add_column("map_activity", column)
    _create_registration()
    op.create_table(
        "map_step_done",
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("done_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "person_id", "step_id", name="pk_map_step_done"),
    )
    op.create_index("ix_map_step_done_person_id", "map_step_done", ["person_id"])
    op.create_table(
        "map_completion",
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("by_steps", sa.Boolean(), nullable=False),
        sa.Column("completed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "person_id", name="pk_map_completion"),
    )
    op.create_index("ix_map_completion_person_id", "map_completion", ["person_id"])
    op.create_table(
        "map_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_map_file"),
    )
    op.create_index("ix_map_file_activity_id", "map_file", ["activity_id"])
    op.create_table(
        "map_form_draft",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("fields", _JSON, nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "subject", name="pk_map_form_draft"),
    )


def _create_registration() -> None:
    op.create_table(
        "map_registration",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("attended_at", _TIME),
        sa.Column("reminded_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_map_registration"),
        sa.UniqueConstraint(
            "activity_id",
            "occasion",
            "person_id",
            name="uq_map_registration_activity_id_occasion_person_id",
        ),
        sa.CheckConstraint("state in ('joined', 'waiting')", name="ck_map_registration_state"),
    )
    op.create_index("ix_map_registration_person_id", "map_registration", ["person_id"])
    op.create_index("ix_map_registration_starts_at", "map_registration", ["starts_at"])


def downgrade() -> None:
    """Drop them."""
    for table in (
        "map_form_draft",
        "map_file",
        "map_completion",
        "map_step_done",
        "map_registration",
    ):
        op.drop_table(table)
    for column in _columns():
        op.drop_column("map_activity", column.name)

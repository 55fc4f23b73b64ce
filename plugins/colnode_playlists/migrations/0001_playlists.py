"""Playlists, who is on the way along them, and what they ticked off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_playlists"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_playlist()
    op.create_table(
        "playlists_journey",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", _JSON, nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("completed_at", _TIME),
        sa.PrimaryKeyConstraint("person_id", "reference", name="pk_playlists_journey"),
        sa.CheckConstraint(
            "state in ('going', 'paused', 'left')", name="ck_playlists_journey_state"
        ),
    )
    op.create_index("ix_playlists_journey_reference", "playlists_journey", ["reference"])
    op.create_table(
        "playlists_tick",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("ticked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "reference", "step_id", name="pk_playlists_tick"),
    )
    op.create_table(
        "playlists_event_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_playlists_event_cursor"),
    )


def _create_playlist() -> None:
    op.create_table(
        "playlists_playlist",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String()),
        sa.Column("person_id", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", _JSON, nullable=False),
        sa.Column("description", _JSON, nullable=False),
        sa.Column("steps", _JSON, nullable=False),
        sa.Column("branches", _JSON, nullable=False),
        sa.Column("tags", _JSON, nullable=False),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("age_from", sa.Integer()),
        sa.Column("age_to", sa.Integer()),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("picture", sa.String()),
        sa.Column("cover", sa.String()),
        sa.Column("achievement", sa.String(), nullable=False),
        sa.Column("giving", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String()),
        sa.Column("based_on", _JSON, nullable=False),
        sa.Column("share_code", sa.String()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_playlists_playlist"),
        sa.UniqueConstraint("share_code", name="uq_playlists_playlist_share_code"),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'retired')", name="ck_playlists_playlist_state"
        ),
        sa.CheckConstraint(
            "giving in ('none', 'automatic', 'reviewed')", name="ck_playlists_playlist_giving"
        ),
        sa.CheckConstraint(
            "(organisation_id is null) <> (person_id is null)", name="ck_playlists_playlist_owner"
        ),
        sa.CheckConstraint("line between 1 and 8", name="ck_playlists_playlist_line"),
    )
    op.create_index("ix_playlists_playlist_person_id", "playlists_playlist", ["person_id"])
    op.create_index(
        "ix_playlists_playlist_organisation", "playlists_playlist", ["organisation_id", "state"]
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "playlists_event_cursor",
        "playlists_tick",
        "playlists_journey",
        "playlists_playlist",
    ):
        op.drop_table(table)

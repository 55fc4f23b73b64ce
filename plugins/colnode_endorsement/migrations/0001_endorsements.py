"""Given, asked for, held, checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_endorsements"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_KINDS = "kind in ('organisation', 'achievement', 'credential')"
_OUTCOMES = "outcome in ('checking', 'valid', 'ended', 'unproven')"


def upgrade() -> None:
    """Create the tables."""
    _create_given()
    _create_request()
    _create_held()
    op.create_table(
        "endorsement_checked",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("checked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("origin", "record_id", name="pk_endorsement_checked"),
        sa.CheckConstraint(_OUTCOMES, name="ck_endorsement_checked_outcome"),
    )
    op.create_index("ix_endorsement_checked_about", "endorsement_checked", ["about", "outcome"])


def _create_given() -> None:
    op.create_table(
        "endorsement_given",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("about_name", _JSON, nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String()),
        sa.Column("told_digest", sa.String()),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("opportunity", sa.String(), nullable=False),
        sa.Column("opportunity_url", sa.String(), nullable=False),
        sa.Column("is_receipt", sa.Boolean(), nullable=False),
        sa.Column("valid_until", _TIME),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("status_list_id", sa.String()),
        sa.Column("status_position", sa.Integer()),
        sa.Column("created_by", sa.String()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("signed_at", _TIME),
        sa.Column("withdrawn_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_endorsement_given"),
        sa.UniqueConstraint("address", name="uq_endorsement_given_address"),
        sa.CheckConstraint(_KINDS, name="ck_endorsement_given_kind"),
        sa.CheckConstraint(
            "state in ('waiting', 'signed', 'withdrawn')", name="ck_endorsement_given_state"
        ),
        sa.CheckConstraint(
            "state <> 'signed' or document is not null", name="ck_endorsement_given_signed"
        ),
    )
    op.create_index("ix_endorsement_given_about", "endorsement_given", ["about", "state"])
    op.create_index(
        "ix_endorsement_given_organisation", "endorsement_given", ["organisation_id", "created_at"]
    )
    op.create_index("ix_endorsement_given_created_by", "endorsement_given", ["created_by"])


def _create_request() -> None:
    op.create_table(
        "endorsement_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("endorser_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("about_name", _JSON, nullable=False),
        sa.Column("organisation_id", sa.String()),
        sa.Column("asked_by", sa.String()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("given_id", sa.String()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("answered_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_endorsement_request"),
        sa.UniqueConstraint("token_hash", name="uq_endorsement_request_token_hash"),
        sa.CheckConstraint(_KINDS, name="ck_endorsement_request_kind"),
        sa.CheckConstraint(
            "state in ('waiting', 'accepted', 'declined', 'cancelled')",
            name="ck_endorsement_request_state",
        ),
        sa.CheckConstraint(
            "(endorser_id is null) = (token_hash is not null)",
            name="ck_endorsement_request_to_whom",
        ),
    )
    for column in ("endorser_id", "organisation_id", "asked_by"):
        op.create_index(f"ix_endorsement_request_{column}", "endorsement_request", [column])


def _create_held() -> None:
    op.create_table(
        "endorsement_held",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("given_id", sa.String()),
        sa.Column("document", sa.Text()),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("checked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_endorsement_held"),
        sa.UniqueConstraint(
            "person_id", "source_url", name="uq_endorsement_held_person_id_source_url"
        ),
        sa.CheckConstraint(_OUTCOMES, name="ck_endorsement_held_outcome"),
    )
    op.create_index("ix_endorsement_held_about", "endorsement_held", ["about"])
    for column in ("person_id", "given_id"):
        op.create_index(f"ix_endorsement_held_{column}", "endorsement_held", [column])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("checked", "held", "request", "given"):
        op.drop_table(f"endorsement_{name}")

"""Tables of: achievements, offers, claim links, credentials, status lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_badges"
down_revision = "0003_catalogue"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_achievement()
    _create_status_list()
    _create_claim_link()
    _create_credential()
    _create_status_entry()
    _create_claim()
    _create_credential_holder()
    _create_offer()


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "offer",
        "credential_holder",
        "claim",
        "status_entry",
        "credential",
        "claim_link",
        "status_list",
        "achievement",
    ):
        op.drop_table(name)


def _create_achievement() -> None:
    op.create_table(
        "achievement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("main_language", sa.String(), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("criteria", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("art", JSON, nullable=False),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("image", sa.String(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("retired_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name="ck_achievement_state_is_known"
        ),
        sa.CheckConstraint(
            "valid_days IS NULL OR valid_days > 0", name="ck_achievement_valid_days_are_positive"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_achievement_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_achievement"),
    )
    op.create_index(
        "ix_achievement_organisation_id", "achievement", ["organisation_id"], unique=False
    )


def _create_status_list() -> None:
    op.create_table(
        "status_list",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= 131072", name="ck_status_list_used_fits"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_status_list_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_status_list"),
    )
    op.create_index(
        "ix_status_list_organisation_id", "status_list", ["organisation_id"], unique=False
    )
    op.create_index(
        "uq_status_list_open",
        "status_list",
        ["organisation_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )


def _create_claim_link() -> None:
    op.create_table(
        "claim_link",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("most IS NULL OR most > 0", name="ck_claim_link_most_is_positive"),
        sa.CheckConstraint("most IS NULL OR used <= most", name="ck_claim_link_used_up_to_most"),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name="fk_claim_link_achievement_id_achievement"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_claim_link_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim_link"),
        sa.UniqueConstraint("code", name="uq_claim_link_code"),
    )
    op.create_index("ix_claim_link_achievement_id", "claim_link", ["achievement_id"], unique=False)
    op.create_index(
        "ix_claim_link_organisation_id", "claim_link", ["organisation_id"], unique=False
    )


def _create_credential() -> None:
    op.create_table(
        "credential",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status_list_id", sa.String(), nullable=False),
        sa.Column("status_position", sa.Integer(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("valid_until", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name="fk_credential_achievement_id_achievement"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_credential_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.id"], name="fk_credential_status_list_id_status_list"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("address", name="uq_credential_address"),
        sa.UniqueConstraint("digest", name="uq_credential_digest"),
        sa.UniqueConstraint(
            "status_list_id", "status_position", name="uq_credential_status_list_id_status_position"
        ),
    )
    op.create_index("ix_credential_achievement_id", "credential", ["achievement_id"], unique=False)
    op.create_index("ix_credential_issued_at", "credential", ["issued_at"], unique=False)
    op.create_index(
        "ix_credential_organisation_id", "credential", ["organisation_id"], unique=False
    )


def _create_status_entry() -> None:
    op.create_table(
        "status_entry",
        sa.Column("status_list_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_set", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "position >= 0 AND position < 131072", name="ck_status_entry_position_fits"
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id"],
            ["status_list.id"],
            name="fk_status_entry_status_list_id_status_list",
        ),
        sa.PrimaryKeyConstraint("status_list_id", "position", name="pk_status_entry"),
    )
    op.create_index(
        "ix_status_entry_set",
        "status_entry",
        ["status_list_id"],
        unique=False,
        sqlite_where=sa.text("is_set"),
        postgresql_where=sa.text("is_set"),
    )


def _create_claim() -> None:
    op.create_table(
        "claim",
        sa.Column("claim_link_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_link_id"], ["claim_link.id"], name="fk_claim_claim_link_id_claim_link"
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_claim_credential_id_credential"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_claim_person_id_person"),
        sa.PrimaryKeyConstraint("claim_link_id", "person_id", name="pk_claim"),
        sa.UniqueConstraint("credential_id", name="uq_claim_credential_id"),
    )
    op.create_index("ix_claim_person_id", "claim", ["person_id"], unique=False)


def _create_credential_holder() -> None:
    op.create_table(
        "credential_holder",
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("shared_at", TIME, nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
            name="fk_credential_holder_credential_id_credential",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_credential_holder_person_id_person"
        ),
        sa.PrimaryKeyConstraint("credential_id", name="pk_credential_holder"),
    )
    op.create_index(
        "ix_credential_holder_person_id", "credential_holder", ["person_id"], unique=False
    )


def _create_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=True),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (credential_id IS NOT NULL)",
            name="ck_offer_accepted_has_credential",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')",
            name="ck_offer_state_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name="fk_offer_achievement_id_achievement"
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_offer_credential_id_credential"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_offer_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
        sa.UniqueConstraint("credential_id", name="uq_offer_credential_id"),
        sa.UniqueConstraint("token_digest", name="uq_offer_token_digest"),
    )
    op.create_index("ix_offer_achievement_id", "offer", ["achievement_id"], unique=False)
    op.create_index("ix_offer_email", "offer", ["email"], unique=False)
    op.create_index("ix_offer_organisation_id", "offer", ["organisation_id"], unique=False)
    op.create_index(
        "uq_offer_waiting",
        "offer",
        ["achievement_id", "email"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

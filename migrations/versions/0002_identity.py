"""Tables of: people, organisations, sessions, keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_identity"
down_revision = "0001_host"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TEXT = sa.String()


def upgrade() -> None:
    """Create the tables."""
    _people()
    _organisations()
    _secrets()
    _keys()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("display_name", _TEXT, nullable=False),
        sa.Column("folded_name", _TEXT, nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("password_hash", _TEXT),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("suspended_at", _TIME),
        sa.Column("erased_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_table(
        "person_email",
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("person_id", _TEXT, nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("proven_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_person_email"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], "fk_person_email_person_id_person"),
    )
    op.create_index("ix_person_email_person_id", "person_email", ["person_id"])


def _organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("slug", _TEXT, nullable=False),
        sa.Column("name", _JSON, nullable=False),
        sa.Column("description", _JSON, nullable=False),
        sa.Column("folded_name", _TEXT, nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("picture", _TEXT),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("status_reason", _TEXT, nullable=False),
        sa.Column("status_at", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("slug", name="uq_organisation_slug"),
        sa.CheckConstraint(
            "status in ('draft', 'verified', 'suspended')", name="ck_organisation_status"
        ),
        sa.CheckConstraint(
            "(latitude is null) = (longitude is null)", name="ck_organisation_point"
        ),
    )
    op.create_index("ix_organisation_status", "organisation", ["status"])
    op.create_table(
        "membership",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("person_id", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name="pk_membership"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], "fk_membership_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], "fk_membership_person_id_person"),
        sa.CheckConstraint("role in ('owner', 'editor', 'awarder')", name="ck_membership_role"),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])


def _secrets() -> None:
    op.create_table(
        "person_session",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("token_hash", _TEXT, nullable=False),
        sa.Column("person_id", _TEXT, nullable=False),
        sa.Column("user_agent", _TEXT, nullable=False),
        sa.Column("is_by_link", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_session"),
        sa.UniqueConstraint("token_hash", name="uq_person_session_token_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], "fk_person_session_person_id_person"),
    )
    op.create_index("ix_person_session_person_id", "person_session", ["person_id"])
    op.create_index("ix_person_session_expires_at", "person_session", ["expires_at"])
    op.create_table(
        "mail_link",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("token_hash", _TEXT, nullable=False),
        sa.Column("purpose", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("person_id", _TEXT),
        sa.Column("organisation_id", _TEXT),
        sa.Column("role", _TEXT),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_mail_link"),
        sa.UniqueConstraint("token_hash", name="uq_mail_link_token_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], "fk_mail_link_person_id_person"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], "fk_mail_link_organisation_id_organisation"
        ),
    )
    for column in ("email", "person_id", "organisation_id", "expires_at"):
        op.create_index(f"ix_mail_link_{column}", "mail_link", [column])
    op.create_table(
        "personal_token",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("token_hash", _TEXT, nullable=False),
        sa.Column("person_id", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_personal_token"),
        sa.UniqueConstraint("token_hash", name="uq_personal_token_token_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], "fk_personal_token_person_id_person"),
    )
    op.create_index("ix_personal_token_person_id", "personal_token", ["person_id"])
    op.create_table(
        "throttle",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("blocked_until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    op.create_index("ix_throttle_last_at", "throttle", ["last_at"])


def _keys() -> None:
    op.create_table(
        "stored_key",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("owner_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("multikey", _TEXT, nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("retired_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_stored_key"),
        sa.UniqueConstraint("owner_id", "multikey", name="uq_stored_key_owner_id_multikey"),
        sa.CheckConstraint("kind in ('ed25519', 'p256')", name="ck_stored_key_kind"),
        sa.CheckConstraint("state in ('active', 'retired', 'revoked')", name="ck_stored_key_state"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "stored_key",
        "throttle",
        "personal_token",
        "mail_link",
        "person_session",
        "membership",
        "organisation",
        "person_email",
        "person",
    ):
        op.drop_table(table)

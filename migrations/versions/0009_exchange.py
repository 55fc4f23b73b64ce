"""Tables of: programs and what people allowed them, badges from elsewhere, copies for 2.0."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_exchange"
down_revision = "0006_earning"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_client()
    _create_grant()
    _create_code()
    _create_token()
    _create_profile()
    _create_kept_badge()
    _create_outside_site()
    _create_outside_visit()
    _create_old_copy()


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "old_copy",
        "outside_visit",
        "outside_site",
        "kept_badge",
        "exchange_profile",
        "oauth_token",
        "oauth_code",
        "oauth_grant",
        "oauth_client",
    ):
        op.drop_table(name)


def _create_client() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_digest", sa.String(), nullable=True),
        sa.Column("auth_method", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("redirect_urls", JSON, nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("grant_types", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_client"),
        sa.CheckConstraint(
            "auth_method IN ('none', 'client_secret_basic', 'client_secret_post')",
            name="ck_oauth_client_auth_method_is_known",
        ),
        sa.CheckConstraint(
            "(auth_method = 'none') = (secret_digest IS NULL)",
            name="ck_oauth_client_secret_unless_public",
        ),
    )
    op.create_index("ix_oauth_client_used_at", "oauth_client", ["used_at"])


def _create_grant() -> None:
    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_grant"),
        _reference("oauth_grant", "client_id", "oauth_client"),
        _reference("oauth_grant", "person_id", "person"),
    )
    op.create_index("ix_oauth_grant_client_id", "oauth_grant", ["client_id"])
    op.create_index("ix_oauth_grant_person_id", "oauth_grant", ["person_id"])


def _create_code() -> None:
    op.create_table(
        "oauth_code",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("redirect_url", sa.String(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("grant_id", sa.String(), nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_code"),
        _reference("oauth_code", "client_id", "oauth_client"),
        _reference("oauth_code", "person_id", "person"),
        _reference("oauth_code", "grant_id", "oauth_grant"),
    )
    for column in ("client_id", "person_id", "grant_id", "expires_at"):
        op.create_index(f"ix_oauth_code_{column}", "oauth_code", [column])


def _create_token() -> None:
    op.create_table(
        "oauth_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("access_digest", sa.String(), nullable=False),
        sa.Column("refresh_digest", sa.String(), nullable=True),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("refresh_until", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_token"),
        sa.UniqueConstraint("access_digest", name="uq_oauth_token_access_digest"),
        sa.UniqueConstraint("refresh_digest", name="uq_oauth_token_refresh_digest"),
        _reference("oauth_token", "grant_id", "oauth_grant"),
    )
    op.create_index("ix_oauth_token_grant_id", "oauth_token", ["grant_id"])
    op.create_index("ix_oauth_token_refresh_until", "oauth_token", ["refresh_until"])


def _create_profile() -> None:
    op.create_table(
        "exchange_profile",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_exchange_profile"),
        _reference("exchange_profile", "person_id", "person"),
    )


def _create_kept_badge() -> None:
    op.create_table(
        "kept_badge",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("badge_id", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_badge"),
        sa.UniqueConstraint(
            "person_id", "issuer_id", "badge_id", name="uq_kept_badge_person_id_issuer_id_badge_id"
        ),
        sa.CheckConstraint("proof IN ('none', 'fetched')", name="ck_kept_badge_proof_is_known"),
        _reference("kept_badge", "person_id", "person"),
    )
    op.create_index("ix_kept_badge_person_id", "kept_badge", ["person_id"])


def _create_outside_site() -> None:
    op.create_table(
        "outside_site",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("registration_url", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outside_site"),
        sa.UniqueConstraint("url", name="uq_outside_site_url"),
    )


def _create_outside_visit() -> None:
    op.create_table(
        "outside_visit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("site_url", sa.String(), nullable=False),
        sa.Column("site_name", sa.String(), nullable=False),
        sa.Column("badge_address", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_digest", sa.String(), nullable=False),
        sa.Column("endpoints", JSON, nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.Column("known_as", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("problem", JSON, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outside_visit"),
        sa.UniqueConstraint("state_digest", name="uq_outside_visit_state_digest"),
        sa.CheckConstraint(
            "state IN ('left', 'fetching', 'done', 'failed')",
            name="ck_outside_visit_state_is_known",
        ),
        _reference("outside_visit", "person_id", "person"),
    )
    op.create_index("ix_outside_visit_person_id", "outside_visit", ["person_id"])
    op.create_index("ix_outside_visit_created_at", "outside_visit", ["created_at"])


def _create_old_copy() -> None:
    op.create_table(
        "old_copy",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_old_copy"),
        sa.UniqueConstraint("address", name="uq_old_copy_address"),
        sa.UniqueConstraint("credential_id", name="uq_old_copy_credential_id"),
        _reference("old_copy", "credential_id", "credential"),
        _reference("old_copy", "person_id", "person"),
    )
    op.create_index("ix_old_copy_person_id", "old_copy", ["person_id"])


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")

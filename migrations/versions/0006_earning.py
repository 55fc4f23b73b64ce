"""Tables of: requests, printed codes, suspension and correction, rules, repeated calls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_earning"
down_revision = "0005_federation"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
OFFER_TIMES = ("valid_until", "mailed_at", "opened_at", "reminded_at")


def upgrade() -> None:
    """Create the tables, add the columns."""
    _create_review_rule()
    _create_application()
    _create_codes()
    _create_standing()
    _create_rules()
    _create_keyed_call()
    for name in OFFER_TIMES:
        op.add_column("offer", sa.Column(name, TIME))
    op.add_column("offer", sa.Column("reminder_digest", sa.String()))
    op.create_index("uq_offer_reminder_digest", "offer", ["reminder_digest"], unique=True)
    op.add_column("credential_holder", sa.Column("end_reminded_at", TIME))
    op.add_column("claim_link", sa.Column("valid_until", TIME))


def downgrade() -> None:
    """Drop the columns and the tables."""
    op.drop_column("claim_link", "valid_until")
    op.drop_column("credential_holder", "end_reminded_at")
    op.drop_index("uq_offer_reminder_digest", "offer")
    for name in ("reminder_digest", *reversed(OFFER_TIMES)):
        op.drop_column("offer", name)
    for name in (
        "keyed_call",
        "rule_award",
        "giving_rule",
        "correction",
        "suspension_entry",
        "issuing_setting",
        "printed_code",
        "code_sheet",
        "application",
        "review_rule",
    ):
        op.drop_table(name)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def _create_review_rule() -> None:
    op.create_table(
        "review_rule",
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.CheckConstraint(
            "reviewer IN ('self', 'peer', 'organiser')", name="ck_review_rule_reviewer_is_known"
        ),
        _reference("review_rule", "achievement_id", "achievement"),
        sa.PrimaryKeyConstraint("achievement_id", name="pk_review_rule"),
    )


def _create_application() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String()),
        sa.Column("reviewed_by", sa.String()),
        sa.Column("credential_id", sa.String()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'declined', 'withdrawn')",
            name="ck_application_state_is_known",
        ),
        sa.CheckConstraint(
            "(state = 'granted') = (credential_id IS NOT NULL)",
            name="ck_application_granted_has_credential",
        ),
        _reference("application", "achievement_id", "achievement"),
        _reference("application", "organisation_id", "organisation"),
        _reference("application", "person_id", "person"),
        _reference("application", "credential_id", "credential"),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("credential_id", name="uq_application_credential_id"),
    )
    for column in ("achievement_id", "organisation_id", "person_id", "reviewed_by"):
        op.create_index(f"ix_application_{column}", "application", [column])
    op.create_index(
        "uq_application_waiting",
        "application",
        ["achievement_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _create_codes() -> None:
    op.create_table(
        "code_sheet",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("label", sa.String()),
        sa.Column("expires_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _reference("code_sheet", "achievement_id", "achievement"),
        _reference("code_sheet", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_code_sheet"),
    )
    op.create_index("ix_code_sheet_achievement_id", "code_sheet", ["achievement_id"])
    op.create_index("ix_code_sheet_organisation_id", "code_sheet", ["organisation_id"])
    op.create_table(
        "printed_code",
        sa.Column("claim_link_id", sa.String(), nullable=False),
        sa.Column("code_sheet_id", sa.String(), nullable=False),
        _reference("printed_code", "claim_link_id", "claim_link"),
        _reference("printed_code", "code_sheet_id", "code_sheet"),
        sa.PrimaryKeyConstraint("claim_link_id", name="pk_printed_code"),
    )
    op.create_index("ix_printed_code_code_sheet_id", "printed_code", ["code_sheet_id"])


def _create_standing() -> None:
    op.create_table(
        "issuing_setting",
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("has_suspension", sa.Boolean(), nullable=False),
        _reference("issuing_setting", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_issuing_setting"),
    )
    op.create_table(
        "suspension_entry",
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("status_list_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("suspended_at", TIME),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint(
            "(suspended_at IS NULL) = (reason IS NULL)",
            name="ck_suspension_entry_suspended_has_reason",
        ),
        _reference("suspension_entry", "credential_id", "credential"),
        _reference("suspension_entry", "status_list_id", "status_list"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_suspension_entry"),
        sa.UniqueConstraint(
            "status_list_id", "position", name="uq_suspension_entry_status_list_id_position"
        ),
    )
    op.create_table(
        "correction",
        sa.Column("old_credential_id", sa.String(), nullable=False),
        sa.Column("new_credential_id", sa.String(), nullable=False),
        sa.Column("corrected_at", TIME, nullable=False),
        _reference("correction", "old_credential_id", "credential"),
        _reference("correction", "new_credential_id", "credential"),
        sa.PrimaryKeyConstraint("old_credential_id", name="pk_correction"),
        sa.UniqueConstraint("new_credential_id", name="uq_correction_new_credential_id"),
    )


def _create_rules() -> None:
    op.create_table(
        "giving_rule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("things", JSON, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        _reference("giving_rule", "achievement_id", "achievement"),
        _reference("giving_rule", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_giving_rule"),
    )
    op.create_index("ix_giving_rule_achievement_id", "giving_rule", ["achievement_id"])
    op.create_index("ix_giving_rule_organisation_id", "giving_rule", ["organisation_id"])
    op.create_table(
        "rule_award",
        sa.Column("giving_rule_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String()),
        sa.Column("acted_at", TIME, nullable=False),
        _reference("rule_award", "giving_rule_id", "giving_rule"),
        _reference("rule_award", "person_id", "person"),
        _reference("rule_award", "offer_id", "offer"),
        sa.PrimaryKeyConstraint("giving_rule_id", "person_id", name="pk_rule_award"),
    )
    op.create_index("ix_rule_award_person_id", "rule_award", ["person_id"])


def _create_keyed_call() -> None:
    op.create_table(
        "keyed_call",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _reference("keyed_call", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_keyed_call"),
    )
    op.create_index("ix_keyed_call_created_at", "keyed_call", ["created_at"])

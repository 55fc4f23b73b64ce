"""Tables of: messages to people, what they chose of them, settings and faults of plugins."""

import sqlalchemy as sa
from alembic import op

revision = "0012_platform"
down_revision = "0011_request_files"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "notification",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notification_person_id_person"
        ),
        sa.UniqueConstraint("person_id", "key", name="uq_notification_person_id_key"),
    )
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    op.create_table(
        "notification_choice",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_page", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "kind", name="pk_notification_choice"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notification_choice_person_id_person"
        ),
    )
    op.create_table(
        "plugin_setting",
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "name", name="pk_plugin_setting"),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name="fk_plugin_setting_changed_by_person"
        ),
    )
    op.create_table(
        "plugin_fault",
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("hook", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "hook", name="pk_plugin_fault"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("plugin_fault", "plugin_setting", "notification_choice", "notification"):
        op.drop_table(name)

"""Tables of: the log, peers and their replicas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_federation"
down_revision = "0004_badges"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_log()
    _create_peers()
    _create_replicas()


def _create_log() -> None:
    op.create_table(
        "log_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.Integer()),
        sa.Column("replaced_at_seq", sa.BigInteger()),
        sa.PrimaryKeyConstraint("seq", name="pk_log_entry"),
    )
    op.create_index("ix_log_entry_bucket", "log_entry", ["bucket", "replaced_at_seq"])
    op.create_index("ix_log_entry_record", "log_entry", ["record_id", "replaced_at_seq"])
    op.create_table(
        "log_head",
        sa.Column("no", sa.Integer(), autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("buckets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_log_head"),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("no", _KEY, autoincrement=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_log_checkpoint"),
    )
    op.create_index("ix_log_checkpoint_size", "log_checkpoint", ["size"])


def _create_peers() -> None:
    op.create_table(
        "peer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("name", _JSON, nullable=False),
        sa.Column("description", _JSON, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("buckets", sa.LargeBinary()),
        sa.Column("edition_no", sa.BigInteger()),
        sa.Column("etag", sa.String()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", _JSON),
        sa.Column("checked_at", _TIME),
        sa.Column("changed_at", _TIME),
        sa.Column("expires_at", _TIME),
        sa.Column("next_poll_at", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_peer"),
        sa.UniqueConstraint("node_id", name="uq_peer_node_id"),
    )
    op.create_index("ix_peer_next_poll_at", "peer", ["next_poll_at"])
    op.create_index("ix_peer_state", "peer", ["state"])


def _create_replicas() -> None:
    op.create_table(
        "replica_record",
        sa.Column("edition_no", sa.BigInteger(), autoincrement=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("fault", sa.String()),
        sa.PrimaryKeyConstraint("edition_no", "bucket", "id", name="pk_replica_record"),
    )
    op.create_table(
        "replica_stage",
        sa.Column("peer_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("edition_no", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("peer_id", name="pk_replica_stage"),
    )
    op.create_table(
        "replica_staged_entry",
        sa.Column("peer_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("peer_id", "seq", name="pk_replica_staged_entry"),
    )
    op.create_table(
        "wanted_picture",
        sa.Column("peer_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("peer_id", "digest", name="pk_wanted_picture"),
    )
    op.create_index("ix_wanted_picture_next_try_at", "wanted_picture", ["next_try_at"])


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "wanted_picture",
        "replica_staged_entry",
        "replica_stage",
        "replica_record",
        "peer",
        "log_checkpoint",
        "log_head",
        "log_entry",
    ):
        op.drop_table(table)

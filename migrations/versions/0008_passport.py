"""Tables of: badges brought in, holders' DIDs, collections, public pages; listing and hiding."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_passport"
down_revision = "0007_giving"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and the columns of what a holder lists and hides."""
    op.add_column("credential_holder", sa.Column("listed_at", TIME, nullable=True))
    op.add_column("credential_holder", sa.Column("hidden_at", TIME, nullable=True))
    _create_brought_badge()
    _create_holder_did()
    _create_collection()
    _create_collection_item()
    _create_public_page()


def downgrade() -> None:
    """Drop them."""
    for name in ("public_page", "collection_item", "collection", "holder_did", "brought_badge"):
        op.drop_table(name)
    op.drop_column("credential_holder", "hidden_at")
    op.drop_column("credential_holder", "listed_at")


def _create_brought_badge() -> None:
    op.create_table(
        "brought_badge",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("has_picture", sa.Boolean(), nullable=False),
        sa.Column("badge_id", sa.Text(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("criteria", sa.Text(), nullable=True),
        sa.Column("achievement_id", sa.Text(), nullable=True),
        sa.Column("issuer_id", sa.Text(), nullable=True),
        sa.Column("issuer_name", sa.String(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("recipients", JSON, nullable=False),
        sa.Column("issued_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.Column("checked_at", TIME, nullable=True),
        sa.Column("given_proof", sa.String(), nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("shared_at", TIME, nullable=True),
        sa.Column("listed_at", TIME, nullable=True),
        sa.Column("hidden_at", TIME, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('unchecked', 'valid', 'invalid', 'indeterminate')",
            name="ck_brought_badge_outcome_is_known",
        ),
        sa.CheckConstraint(
            "given_proof IS NULL OR given_proof = 'oauth'", name="ck_brought_badge_proof_is_known"
        ),
        sa.CheckConstraint(
            "listed_at IS NULL OR shared_at IS NOT NULL", name="ck_brought_badge_listed_is_shared"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_brought_badge_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_brought_badge"),
        sa.UniqueConstraint("address", name="uq_brought_badge_address"),
        sa.UniqueConstraint("person_id", "digest", name="uq_brought_badge_person_id_digest"),
    )


def _create_holder_did() -> None:
    op.create_table(
        "holder_did",
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("proven_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_holder_did_person_id_person"
        ),
        sa.PrimaryKeyConstraint("did", name="pk_holder_did"),
    )
    op.create_index("ix_holder_did_person_id", "holder_did", ["person_id"], unique=False)


def _create_collection() -> None:
    op.create_table(
        "collection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shared_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_collection_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.UniqueConstraint("address", name="uq_collection_address"),
    )
    op.create_index("ix_collection_person_id", "collection", ["person_id"], unique=False)


def _create_collection_item() -> None:
    op.create_table(
        "collection_item",
        sa.Column("collection_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("brought_badge_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(credential_id IS NULL) <> (brought_badge_id IS NULL)",
            name="ck_collection_item_is_one_badge",
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name="fk_collection_item_collection_id_collection",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
            name="fk_collection_item_credential_id_credential",
        ),
        sa.ForeignKeyConstraint(
            ["brought_badge_id"],
            ["brought_badge.id"],
            name="fk_collection_item_brought_badge_id_brought_badge",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("collection_id", "position", name="pk_collection_item"),
    )
    for column in ("credential_id", "brought_badge_id"):
        op.create_index(f"ix_collection_item_{column}", "collection_item", [column], unique=False)


def _create_public_page() -> None:
    op.create_table(
        "public_page",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_public_page_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_public_page"),
        sa.UniqueConstraint("address", name="uq_public_page_address"),
    )

"""Tables of what people hold beside the badges of this node, and of how they show them.

Every row belongs to one person and goes with them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["UNCHECKED", "BroughtBadge", "Collection", "CollectionItem", "HolderDid", "PublicPage"]

UNCHECKED = "unchecked"
"""The outcome of a badge that was just brought in."""


class BroughtBadge(Base):
    """A badge from elsewhere: the bytes as they came, what they say, and what a check found.

    `recipients` are the hashed or plain identities that the badge names, `given_proof` how it was
    proven when it came; what else proves it is worked out when it is read (proving.py).
    """

    __tablename__ = "brought_badge"
    __table_args__ = (
        UniqueConstraint("person_id", "digest"),
        CheckConstraint(
            "outcome IN ('unchecked', 'valid', 'invalid', 'indeterminate')",
            name="outcome_is_known",
        ),
        CheckConstraint("given_proof IS NULL OR given_proof = 'oauth'", name="proof_is_known"),
        CheckConstraint("listed_at IS NULL OR shared_at IS NOT NULL", name="listed_is_shared"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    address: Mapped[str] = mapped_column(unique=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    byte_count: Mapped[int]
    digest: Mapped[str]
    format: Mapped[str]
    kind: Mapped[str]
    source_url: Mapped[str | None]
    picture: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    has_picture: Mapped[bool] = mapped_column(default=False)
    badge_id: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(Text)
    criteria: Mapped[str | None] = mapped_column(Text)
    achievement_id: Mapped[str | None] = mapped_column(Text)
    issuer_id: Mapped[str | None] = mapped_column(Text)
    issuer_name: Mapped[str | None]
    subject_id: Mapped[str | None] = mapped_column(Text)
    recipients: Mapped[list[dict[str, Any]]]
    issued_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default=UNCHECKED)
    findings: Mapped[list[dict[str, Any]]]
    checked_at: Mapped[datetime | None]
    given_proof: Mapped[str | None]
    received_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]


class HolderDid(Base):
    """A DID that a person has proven to control, by signing a challenge of this node."""

    __tablename__ = "holder_did"

    did: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    proven_at: Mapped[datetime]


class Collection(Base):
    """Chosen badges under a title, at an unguessable address; private until it is shared."""

    __tablename__ = "collection"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    shared_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CollectionItem(Base):
    """One badge of a collection, issued here or brought in, at its place."""

    __tablename__ = "collection_item"
    __table_args__ = (
        CheckConstraint(
            "(credential_id IS NULL) <> (brought_badge_id IS NULL)", name="is_one_badge"
        ),
    )

    collection_id: Mapped[str] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"), index=True)
    brought_badge_id: Mapped[str | None] = mapped_column(
        ForeignKey("brought_badge.id", ondelete="CASCADE"), index=True
    )


class PublicPage(Base):
    """A person's own page with the badges that they list on it. Nobody under age has one."""

    __tablename__ = "public_page"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]

"""The tables of badges: achievements, offers, claim links, credentials and their status lists.

A credential's row holds nothing about its holder. Person and credential meet in CredentialHolder,
Offer and Claim alone, whose rows can be erased; a status index stays taken for ever.

Indexes over a part of a table (one waiting offer a person, one open status list a purpose, the set
entries) stand in the migration alone: declaring one imports both dialects at every start.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, LangMap, new_id

__all__ = [
    "Achievement",
    "AchievementState",
    "Claim",
    "ClaimLink",
    "Credential",
    "CredentialHolder",
    "Offer",
    "OfferState",
    "StatusEntry",
    "StatusList",
]


class AchievementState(StrEnum):
    """A draft is seen by its organisation alone; a retired one is shown but no longer given."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class OfferState(StrEnum):
    """Where an offer stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Achievement(Base):
    """What can be earned. Texts are language maps; `art` is the specification of its drawing."""

    __tablename__ = "achievement"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'retired')", name="state_is_known"),
        CheckConstraint("valid_days IS NULL OR valid_days > 0", name="valid_days_are_positive"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(default=AchievementState.DRAFT)
    kind: Mapped[str] = mapped_column(default="Badge")
    main_language: Mapped[str]
    name: Mapped[LangMap]
    description: Mapped[LangMap]
    criteria: Mapped[LangMap]
    tags: Mapped[list[str]]
    art: Mapped[dict[str, Any]]
    picture: Mapped[str | None]
    image: Mapped[str | None]
    valid_days: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    @property
    def is_draft(self) -> bool:
        """Only its organisation sees it."""
        return self.state == AchievementState.DRAFT

    @property
    def is_published(self) -> bool:
        """Everybody sees it and it can be given."""
        return self.state == AchievementState.PUBLISHED

    @property
    def is_public(self) -> bool:
        """Everybody sees it: it is, or once was, published."""
        return self.published_at is not None


class Offer(Base):
    """A badge that waits for somebody at an e-mail address. The token itself is only mailed."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state_is_known"
        ),
        CheckConstraint(
            "(state = 'accepted') = (credential_id IS NOT NULL)", name="accepted_has_credential"
        ),
        Index("ix_offer_email", "email"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str | None]
    token_digest: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=OfferState.WAITING)
    narrative: Mapped[str | None]
    evidence: Mapped[list[str]]
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"), unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    @property
    def is_accepted(self) -> bool:
        """Somebody took it."""
        return self.state == OfferState.ACCEPTED


class ClaimLink(Base):
    """A code that gives a badge to whoever has it, up to `most` people and until `expires_at`."""

    __tablename__ = "claim_link"
    __table_args__ = (
        CheckConstraint("most IS NULL OR most > 0", name="most_is_positive"),
        CheckConstraint("most IS NULL OR used <= most", name="used_up_to_most"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    label: Mapped[str | None]
    most: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class Claim(Base):
    """One person's use of a claim link, so that a second try gives the same badge."""

    __tablename__ = "claim"

    claim_link_id: Mapped[str] = mapped_column(ForeignKey("claim_link.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), unique=True)
    claimed_at: Mapped[datetime]


class StatusList(Base):
    """One Bitstring Status List of an organisation with its signed credential, ready to serve."""

    __tablename__ = "status_list"
    __table_args__ = (CheckConstraint("used >= 0 AND used <= 131072", name="used_fits"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    purpose: Mapped[str] = mapped_column(default="revocation")
    is_open: Mapped[bool] = mapped_column(default=True)
    used: Mapped[int] = mapped_column(default=0)
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    signed_at: Mapped[datetime]


class StatusEntry(Base):
    """One index of a status list. It is never given twice, even after its credential is gone."""

    __tablename__ = "status_entry"
    __table_args__ = (CheckConstraint("position >= 0 AND position < 131072", name="position_fits"),)

    status_list_id: Mapped[str] = mapped_column(ForeignKey("status_list.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_set: Mapped[bool] = mapped_column(default=False)


class Credential(Base):
    """One earned badge: the exact signed document. `address` is the unguessable end of its URL."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("status_list_id", "status_position"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(unique=True)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(unique=True)
    status_list_id: Mapped[str] = mapped_column(ForeignKey("status_list.id"))
    status_position: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(index=True)
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]

    @property
    def is_revoked(self) -> bool:
        """The issuer took it back."""
        return self.revoked_at is not None


class CredentialHolder(Base):
    """Whose badge it is, and whether its holder shares it. Erasing this row forgets the person."""

    __tablename__ = "credential_holder"

    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    shared_at: Mapped[datetime | None]
    received_at: Mapped[datetime]

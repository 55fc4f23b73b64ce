"""Tables of the ways to earn: offers by e-mail, claim links and who used them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["Claim", "ClaimLink", "Offer", "OfferState"]


class OfferState(StrEnum):
    """Where an offer stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Offer(Base):
    """A badge that waits for somebody at an e-mail address. The token itself is only mailed.

    A reminder has a token of its own, so that the first link goes on working. `valid_until` is
    the badge's own end, where the organiser chose a day; `results` are name and value of each.
    """

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state_is_known"
        ),
        CheckConstraint(
            "(state = 'accepted') = (credential_id IS NOT NULL)", name="accepted_has_credential"
        ),
        Index("ix_offer_email", "email"),
        Index("uq_offer_reminder_digest", "reminder_digest", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str | None]
    token_digest: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=OfferState.WAITING)
    narrative: Mapped[str | None]
    evidence: Mapped[list[str]]
    results: Mapped[dict[str, str]] = mapped_column(default=dict)
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"), unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    reminder_digest: Mapped[str | None]

    @property
    def is_accepted(self) -> bool:
        """Somebody took it."""
        return self.state == OfferState.ACCEPTED


class ClaimLink(Base):
    """A code that gives a badge to whoever has it, up to `most` people and until `expires_at`.

    `valid_until` is the badge's own end, where the organiser chose a day; `results` are what
    everybody who uses it has reached.
    """

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
    valid_until: Mapped[datetime | None]
    results: Mapped[dict[str, str]] = mapped_column(default=dict)
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

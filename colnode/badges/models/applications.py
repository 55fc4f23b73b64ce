"""Tables of requests for a badge: who may review them, and each request with its answer."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["Application", "ApplicationFile", "ApplicationState", "ReviewRule", "Reviewer"]


class Reviewer(StrEnum):
    """Who says yes to a request: the person, somebody who holds the badge, an organiser."""

    SELF = "self"
    PEER = "peer"
    ORGANISER = "organiser"


class ApplicationState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ReviewRule(Base):
    """That a badge can be asked for, and who reviews. Without a row it cannot."""

    __tablename__ = "review_rule"
    __table_args__ = (
        CheckConstraint("reviewer IN ('self', 'peer', 'organiser')", name="reviewer_is_known"),
    )

    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    reviewer: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class Application(Base):
    """A person's request for a badge, with what they did and what shows it, and the answer.

    `told_at` is when those who may answer were mailed about it.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'granted', 'declined', 'withdrawn')", name="state_is_known"
        ),
        CheckConstraint(
            "(state = 'granted') = (credential_id IS NOT NULL)", name="granted_has_credential"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(default=ApplicationState.WAITING)
    narrative: Mapped[str]
    evidence: Mapped[list[str]]
    is_named: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str | None]
    reviewed_by: Mapped[str | None] = mapped_column(index=True)
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"), unique=True)
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    @property
    def is_waiting(self) -> bool:
        """Nobody has answered it."""
        return self.state == ApplicationState.WAITING


class ApplicationFile(Base):
    """A picture or PDF that shows what somebody did, at its place among them.

    It goes with its request.
    """

    __tablename__ = "application_file"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[str] = mapped_column(
        ForeignKey("application.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    byte_count: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)

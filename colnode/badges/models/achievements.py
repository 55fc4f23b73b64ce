"""Tables of what can be earned."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, LangMap, new_id

__all__ = ["Achievement", "AchievementState", "AchievementVersion"]


class AchievementState(StrEnum):
    """A draft is seen by its organisation alone; a retired one is shown but no longer given."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Achievement(Base):
    """What can be earned. Texts are language maps; `art` is the specification of its drawing.

    `version` is the one that is published, 1 before; `revision` counts every time it is saved.
    """

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
    more: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
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


class AchievementVersion(Base):
    """What a published achievement said under one number. Never changed."""

    __tablename__ = "achievement_version"

    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    published_by: Mapped[str]
    published_at: Mapped[datetime]

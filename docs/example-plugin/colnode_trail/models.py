"""Tables of trails and of who walked them. Every name starts with `trail_`."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from colnode.plugin import Base, LangMap, new_id

__all__ = ["Trail", "Walk"]


class Trail(Base):
    """A walk through the city. `endorsement` is a signed one of the badge that it gives."""

    __tablename__ = "trail_trail"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[LangMap]
    level: Mapped[str]
    achievement_id: Mapped[str | None] = mapped_column(index=True)
    endorsement: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Walk(Base):
    """Somebody has walked a trail. `person_id` is the person's id, without a foreign key."""

    __tablename__ = "trail_walk"

    trail_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    walked_at: Mapped[datetime]

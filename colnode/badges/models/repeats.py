"""The table of calls that carried an Idempotency-Key, with what was answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["KeyedCall"]


class KeyedCall(Base):
    """One call of one person under one key. `digest` is of method, path and body."""

    __tablename__ = "keyed_call"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)

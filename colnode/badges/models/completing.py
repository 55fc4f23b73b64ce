"""Table of what people have done: an activity, a playlist, whatever a plugin says is complete."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["CompletedRecord"]


class CompletedRecord(Base):
    """A person has done the record at a reference `ORIGIN/type/id`, whose origin is a node id.

    `source` says who found out, as the plugin that wrote it calls it.
    """

    __tablename__ = "completed_record"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    completed_at: Mapped[datetime]

"""Tables of bulk runs: how far one came, and what became of each of its rows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["BulkResult", "BulkRun"]


class BulkRun(Base):
    """One list of recipients of one achievement. `done` rows are behind it, `digest` is of them.

    `told` says up to which row holders were mailed; it is None when nobody is to be told.
    """

    __tablename__ = "bulk_run"
    __table_args__ = (
        UniqueConstraint("achievement_id", "key"),
        CheckConstraint("done >= 0", name="done_is_a_number"),
        CheckConstraint("told IS NULL OR told <= done", name="told_up_to_done"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"))
    key: Mapped[str]
    digest: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    told: Mapped[int | None]
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BulkResult(Base):
    """What became of one row: a credential, or the problem that it had. Nothing about a person."""

    __tablename__ = "bulk_result"
    __table_args__ = (
        CheckConstraint("(credential_id IS NULL) <> (problem IS NULL)", name="one_or_the_other"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("bulk_run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"))
    problem: Mapped[str | None]

"""Tables of printed codes: each is a claim link for one person that stands on a sheet."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["CodeSheet", "PrintedCode"]


class CodeSheet(Base):
    """Single-use codes that were made, and are printed, together."""

    __tablename__ = "code_sheet"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    label: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class PrintedCode(Base):
    """A claim link that stands on a sheet."""

    __tablename__ = "printed_code"

    claim_link_id: Mapped[str] = mapped_column(ForeignKey("claim_link.id"), primary_key=True)
    code_sheet_id: Mapped[str] = mapped_column(ForeignKey("code_sheet.id"), index=True)

"""Tables of how a credential stands beside revocation: corrected, suspended for a while."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["Correction", "IssuingSetting", "SuspensionEntry"]


class IssuingSetting(Base):
    """How an organisation issues. Without a row everything is as by default."""

    __tablename__ = "issuing_setting"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    has_suspension: Mapped[bool] = mapped_column(default=False)


class SuspensionEntry(Base):
    """A credential's second status entry, and since when and why it is suspended, if it is."""

    __tablename__ = "suspension_entry"
    __table_args__ = (
        UniqueConstraint("status_list_id", "position"),
        CheckConstraint("(suspended_at IS NULL) = (reason IS NULL)", name="suspended_has_reason"),
    )

    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), primary_key=True)
    status_list_id: Mapped[str] = mapped_column(ForeignKey("status_list.id"))
    position: Mapped[int]
    suspended_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    @property
    def is_suspended(self) -> bool:
        """It does not count at the moment."""
        return self.suspended_at is not None


class Correction(Base):
    """Which credential took the place of which."""

    __tablename__ = "correction"

    old_credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), primary_key=True)
    new_credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), unique=True)
    corrected_at: Mapped[datetime]

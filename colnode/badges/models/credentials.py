"""Tables of what was issued, to whom, and how it stands."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["Credential", "CredentialHolder", "StatusEntry", "StatusList"]


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
    end_reminded_at: Mapped[datetime | None]

"""Tables of copies in the form of Open Badges 2.0, which old backpacks read."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["OldCopy"]


class OldCopy(Base):
    """A hosted Open Badges 2.0 assertion that a holder asked for; `identity` is a salted hash.

    The one place where a digest of an e-mail address is kept: the form of 2.0 needs it, and it is
    made only when the holder says so. Deleting the row ends the assertion.
    """

    __tablename__ = "old_copy"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(unique=True)
    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    identity: Mapped[str]
    salt: Mapped[str]
    created_at: Mapped[datetime]

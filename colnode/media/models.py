"""Tables of pictures. The bytes are files in the data folder, not rows."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

__all__ = ["Media", "MediaCopy"]

SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
}


class Media(Base):
    """One picture or PDF file of this node; `digest` is the SHA-256 of it in lower-case hex."""

    __tablename__ = "media"

    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    byte_count: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime]

    @property
    def file_name(self) -> str:
        """The digest with the suffix of its type."""
        return f"{self.digest}.{SUFFIXES[self.media_type]}"


class MediaCopy(Base):
    """Which picture of this node stands for a picture of another city."""

    __tablename__ = "media_copy"

    origin_id: Mapped[str] = mapped_column(primary_key=True)
    source_digest: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("media.digest"), index=True)
    created_at: Mapped[datetime]

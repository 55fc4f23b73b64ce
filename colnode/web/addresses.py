"""Addresses of things that templates link to: a record's page, a picture's file."""

from typing import TYPE_CHECKING

from flask import url_for

from colnode.web.auth import current_node

if TYPE_CHECKING:
    from colnode.catalogue import RecordView

__all__ = ["picture_url", "record_url"]


def record_url(record: "RecordView") -> str:
    """A record's page on this site: its own page, or the reader's view of another city's record."""
    if record.is_own:
        return current_node().host.record_types[record.type].path(record.id)
    return url_for("network.record", origin=record.origin, type=record.type, id=record.id)


def picture_url(digest: str | None, width: int | None = 640) -> str | None:
    """Where a picture's file is served, None when there is no picture."""
    return url_for("site.picture", digest=digest, w=width) if digest else None

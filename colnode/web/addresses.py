"""Addresses of things that templates link to: a record's page, a picture's file."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request, session, url_for

from colnode.web.auth import current_node

if TYPE_CHECKING:
    from colnode.catalogue import RecordView

__all__ = ["keep_page", "kept_page", "local_path", "picture_url", "record_url"]

_KEPT = "kept_page"


def record_url(record: "RecordView") -> str:
    """A record's page on this site: its own page, or the reader's view of another city's record."""
    if record.is_own:
        return current_node().host.record_types[record.type].path(record.id)
    return url_for("network.record", origin=record.origin, type=record.type, id=record.id)


def picture_url(digest: str | None, width: int | None = 640) -> str | None:
    """Where a picture's file is served, None when there is no picture."""
    return url_for("site.picture", digest=digest, w=width) if digest else None


def local_path(target: str, *, otherwise: str = "/") -> str:
    """Where to go next, if it is on this site; anything else becomes `otherwise`."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    if parts.scheme or parts.netloc or not is_local or any(sign in target for sign in "\r\n\t\\"):
        return otherwise
    return target


def keep_page(path: str | None = None) -> None:
    """Come back to this page after the visitor has opened an account or signed in by mail."""
    session[_KEPT] = path or request.path


def kept_page(otherwise: str) -> str:
    """The page that the visitor wanted before signing in, forgotten once it is asked for."""
    page: str = session.pop(_KEPT, otherwise)
    return page

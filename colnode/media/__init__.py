"""Pictures: what comes in is decoded and written anew, named by its SHA-256, served from here.

Nobody's original bytes are kept. No page loads a picture from another city: `store_foreign`
makes this node's own copy.
"""

from colnode.media.models import Media, MediaCopy
from colnode.media.pictures import Picture, PictureKind, prepare, shrink
from colnode.media.store import (
    THUMBNAIL_WIDTHS,
    MediaFile,
    fetch_foreign,
    file_of,
    find,
    find_copies,
    find_copy,
    keep,
    read,
    store,
    store_foreign,
)

__all__ = [
    "THUMBNAIL_WIDTHS",
    "Media",
    "MediaCopy",
    "MediaFile",
    "Picture",
    "PictureKind",
    "fetch_foreign",
    "file_of",
    "find",
    "find_copies",
    "find_copy",
    "keep",
    "prepare",
    "read",
    "shrink",
    "store",
    "store_foreign",
]

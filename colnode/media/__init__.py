"""Pictures: what comes in is decoded and written anew, named by its SHA-256, served from here.

Of pictures nobody's original bytes are kept; PDF files are, and are sent to be saved only. No page
loads a picture from another city: `store_foreign` makes this node's own copy.
"""

from colnode.media.models import Media, MediaCopy
from colnode.media.pictures import Picture, PictureKind, prepare, shrink
from colnode.media.store import (
    PDF,
    THUMBNAIL_WIDTHS,
    MediaFile,
    document_of,
    fetch_foreign,
    file_of,
    find,
    find_copies,
    find_copy,
    keep,
    originals,
    read,
    store,
    store_document,
    store_foreign,
)

__all__ = [
    "PDF",
    "THUMBNAIL_WIDTHS",
    "Media",
    "MediaCopy",
    "MediaFile",
    "Picture",
    "PictureKind",
    "document_of",
    "fetch_foreign",
    "file_of",
    "find",
    "find_copies",
    "find_copy",
    "keep",
    "originals",
    "prepare",
    "read",
    "shrink",
    "store",
    "store_document",
    "store_foreign",
]

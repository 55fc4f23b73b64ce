"""Keeping pictures and PDF files: one file and one row per digest, copies of other cities'.

A PDF file is kept as it came, so it is only ever sent to be saved, never shown in a page.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError

from colnode.db import new_id
from colnode.errors import (
    ConfigurationError,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    Untrusted,
    _,
)
from colnode.media.models import SUFFIXES, Media, MediaCopy
from colnode.media.pictures import Picture, PictureKind, prepare, shrink

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "PDF",
    "THUMBNAIL_WIDTHS",
    "MediaFile",
    "document_of",
    "fetch_foreign",
    "file_of",
    "find",
    "find_copies",
    "find_copy",
    "keep",
    "originals",
    "read",
    "store",
    "store_document",
    "store_foreign",
]

_Row = TypeVar("_Row", Media, MediaCopy)

THUMBNAIL_WIDTHS = (320, 640)
MAX_FOREIGN_BYTES = 10_000_000
PDF = "application/pdf"
_PDF_END_BYTES = 2_048
_DIGEST_LETTERS = 64


@dataclass(frozen=True)
class MediaFile:
    """A file to send: where it is and what it is."""

    path: Path
    media_type: str


def store(node: "Node", data: bytes, *, kind: str = PictureKind.PICTURE) -> Media:
    """Write an uploaded picture anew and keep it, in the caller's transaction.

    The same upload gives the same row. Raises Invalid for a damaged or foreign format, TooLarge.
    """
    most_bytes = node.config.limits.upload_bytes
    return keep(node, prepare(data, PictureKind(kind), most_bytes=most_bytes))


def keep(node: "Node", picture: Picture) -> Media:
    """Keep a picture that `prepare` made; the file is on disk before the row is committed."""
    digest = hashlib.sha256(picture.data).hexdigest()
    media = Media(
        digest=digest,
        media_type=picture.media_type,
        byte_count=len(picture.data),
        width=picture.width,
        height=picture.height,
        created_at=node.clock.now(),
    )
    _write(_path(node, media.file_name), picture.data)
    return _insert(node, media, digest)


def store_document(node: "Node", data: bytes) -> Media:
    """Keep an uploaded PDF file, in the caller's transaction. The same upload gives the same row.

    Raises Invalid when it is none or was cut off, TooLarge.
    """
    limit = node.config.limits.upload_bytes
    if len(data) > limit:
        raise TooLarge(
            _("The file has {size} bytes; at most {limit} are accepted."),
            size=len(data),
            limit=limit,
        )
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-_PDF_END_BYTES:]:
        raise Invalid(_("This is not a whole PDF file."))
    return keep(node, Picture(data, PDF, None, None))


def document_of(node: "Node", digest: str) -> MediaFile:
    """The file of a PDF document. Raises NotFound, also for a picture."""
    media = find(node, digest)
    if media.media_type != PDF:
        raise NotFound(_("There is no such file."))
    return MediaFile(_path(node, media.file_name), media.media_type)


def find(node: "Node", digest: str) -> Media:
    """The picture or document of this digest; raises NotFound."""
    media = node.db.get(Media, digest)
    if media is None:
        raise NotFound(_("There is no such picture."))
    return media


def read(node: "Node", digest: str) -> bytes:
    """The bytes of a picture; raises NotFound."""
    try:
        return _path(node, find(node, digest).file_name).read_bytes()
    except FileNotFoundError:
        raise NotFound(_("There is no such picture.")) from None


def file_of(node: "Node", digest: str, *, width: int | None = None) -> MediaFile:
    """The file of a picture, or of its thumbnail of 320 or 640 pixels, made when first asked for.

    An SVG and a picture that is no wider than asked are their own thumbnails. Raises NotFound.
    """
    media = find(node, digest)
    if media.media_type == PDF:
        raise NotFound(_("There is no such picture."))
    original = MediaFile(_path(node, media.file_name), media.media_type)
    if width is None or media.width is None or media.width <= width:
        return original
    if width not in THUMBNAIL_WIDTHS:
        raise NotFound(_("There is no such picture."))
    path = _path(node, f"{digest}-{width}.webp")
    if not path.exists():
        _write(path, shrink(read(node, digest), width))
    return MediaFile(path, "image/webp")


def fetch_foreign(node: "Node", url: str, *, digest: str, byte_count: int) -> bytes:
    """Fetch another city's picture and prove that it is the one its record names.

    Call it outside of a unit: it waits for the network. Raises Unavailable, Untrusted, TooLarge.
    """
    if byte_count > MAX_FOREIGN_BYTES:
        raise TooLarge(_("The picture of the other city is too large."))
    answer = node.http.get(url, accept="image/*", max_bytes=byte_count)
    if answer.status != 200:
        raise Unavailable(
            _("The picture of the other city was answered with status {status}."),
            status=answer.status,
        )
    if len(answer.body) != byte_count or hashlib.sha256(answer.body).hexdigest() != digest:
        raise Untrusted(_("The picture of the other city is not the one that its record names."))
    return answer.body


def store_foreign(node: "Node", data: bytes, *, origin_id: str, digest: str) -> Media:
    """Make this node's own copy of a picture that `fetch_foreign` proved; the same one once.

    Raises Invalid when it is no picture, TooLarge when the city has used up its share.
    """
    existing = find_copy(node, origin_id=origin_id, digest=digest)
    if existing is not None:
        return existing
    used = node.db.scalar(
        select(func.coalesce(func.sum(Media.byte_count), 0))
        .join(MediaCopy, MediaCopy.digest == Media.digest)
        .where(MediaCopy.origin_id == origin_id)
    )
    if int(used or 0) + len(data) > node.config.federation.bytes_per_origin:
        raise TooLarge(_("The pictures of this city take more space than it was given."))
    kind = PictureKind.PANORAMA  # as large as its city may have made it
    picture = prepare(data, kind, most_bytes=MAX_FOREIGN_BYTES)
    media = keep(node, picture)
    copy = MediaCopy(
        origin_id=origin_id,
        source_digest=digest,
        digest=media.digest,
        created_at=node.clock.now(),
    )
    _insert(node, copy, (origin_id, digest))
    return media


def find_copy(node: "Node", *, origin_id: str, digest: str) -> Media | None:
    """This node's copy of another city's picture, None while there is none."""
    copy = node.db.get(MediaCopy, (origin_id, digest))
    return find(node, copy.digest) if copy else None


def find_copies(node: "Node", wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """The digests of this node's copies of pictures, by (origin id, digest there)."""
    pairs = list(wanted)
    if not pairs:
        return {}
    rows = node.db.execute(
        select(MediaCopy.origin_id, MediaCopy.source_digest, MediaCopy.digest).where(
            tuple_(MediaCopy.origin_id, MediaCopy.source_digest).in_(pairs)
        )
    )
    return {(origin_id, source): digest for origin_id, source, digest in rows}


def originals(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """Every picture and document that is kept, as ab/DIGEST.suffix; thumbnails are made anew."""
    for path in sorted((data_dir / "media").glob("??/*")):
        if len(path.stem) == _DIGEST_LETTERS and not path.name.startswith("."):
            yield f"{path.parent.name}/{path.name}", path


def _insert(node: "Node", row: _Row, key: object) -> _Row:
    """Insert unless another transaction was faster; gives the row that is kept."""
    existing = node.db.get(type(row), key)
    if existing is not None:
        return existing
    try:
        with node.db.begin_nested():
            node.db.add(row)
    except IntegrityError:
        return node.db.get_one(type(row), key)
    return row


def _path(node: "Node", file_name: str) -> Path:
    if not file_name[:64].isalnum() or file_name.rpartition(".")[2] not in SUFFIXES.values():
        raise Invalid(_("There is no such picture."))
    return node.config.data_dir / "media" / file_name[:2] / file_name


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is whole or absent, also after a power cut."""
    if path.exists():
        return
    new = path.with_name(f".new-{new_id()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise ConfigurationError(
            _("The folder {folder} cannot be written to ({reason}). Give this user the right."),
            folder=path.parent,
            reason=error.strerror,
        ) from error

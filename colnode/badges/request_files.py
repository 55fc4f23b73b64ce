"""Files that people send with a request: seen by them and by whoever may answer, by nobody else.

Pictures are written anew, which takes away where and with what they were made; a PDF is kept as it
came. Nothing of a file goes into the badge. The files go with the request, also when it is taken
back.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from colnode import media
from colnode.badges.models import Application, ApplicationFile
from colnode.db import new_id
from colnode.errors import Invalid, NotFound, Refused, TooLarge, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "MOST_FILES",
    "FileView",
    "Upload",
    "exported",
    "forget",
    "get_file",
    "keep",
    "list_files",
    "prepare_files",
]

MOST_FILES = 5
_MOST_BYTES = 5_000_000
_MOST_OF_A_PERSON = 100_000_000
_PDF = "application/pdf"
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True)
class FileView:
    """A file that is kept, without its bytes."""

    id: str
    name: str
    media_type: str
    byte_count: int

    @property
    def is_picture(self) -> bool:
        """A page can show it."""
        return self.media_type != _PDF


def prepare_files(uploads: Sequence[Upload]) -> list[ApplicationFile]:
    """What may be kept of the uploads, not stored yet. Raises Invalid that names the field."""
    if len(uploads) > MOST_FILES:
        raise _wrong(_("Send up to 5 files."))
    return [_prepare(upload) for upload in uploads]


def keep(node: "Node", application: Application, files: Sequence[ApplicationFile]) -> None:
    """Store the files with a request. Raises Refused when the person's files grow beyond 100 MB."""
    query = (
        select(func.sum(ApplicationFile.byte_count))
        .join(Application, Application.id == ApplicationFile.application_id)
        .where(Application.person_id == application.person_id)
    )
    before = node.db.scalar(query) or 0
    if before + sum(item.byte_count for item in files) > _MOST_OF_A_PERSON:
        raise Refused(_("Your files take up too much room. Send web addresses instead."))
    for place, item in enumerate(files):
        item.application_id, item.place = application.id, place
    node.db.add_all(files)
    node.db.flush()


def list_files(node: "Node", application_id: str) -> Sequence[FileView]:
    """The files of a request, in the order in which they were sent."""
    query = select(
        ApplicationFile.id,
        ApplicationFile.name,
        ApplicationFile.media_type,
        ApplicationFile.byte_count,
    ).where(ApplicationFile.application_id == application_id)
    return [FileView(*row) for row in node.db.execute(query.order_by(ApplicationFile.place))]


def get_file(node: "Node", application_id: str, file_id: str) -> tuple[FileView, bytes]:
    """A file of a request with its bytes; whether somebody may see it is asked before.

    Raises NotFound.
    """
    found = node.db.get(ApplicationFile, file_id)
    if found is None or found.application_id != application_id:
        raise NotFound(_("There is no such file."))
    return FileView(found.id, found.name, found.media_type, found.byte_count), found.data


def forget(node: "Node", application_id: str) -> None:
    """Delete the files of a request."""
    node.db.execute(delete(ApplicationFile).where(ApplicationFile.application_id == application_id))


def exported(node: "Node", application_id: str) -> Sequence[Mapping[str, Any]]:
    """The files of a request with their bytes in base64, for whoever sent them."""
    return [
        {
            "name": item.name,
            "media_type": item.media_type,
            "data": base64.b64encode(get_file(node, application_id, item.id)[1]).decode("ascii"),
        }
        for item in list_files(node, application_id)
    ]


def _prepare(upload: Upload) -> ApplicationFile:
    if len(upload.data) > _MOST_BYTES:
        raise _wrong(_("A file may have up to 5 MB. Make it smaller, or send its web address."))
    if upload.data.startswith(b"%PDF-"):
        data, media_type = upload.data, _PDF
    else:
        data, media_type = _picture(upload.data)
    return ApplicationFile(
        id=new_id(),
        name=_plain(upload.name),
        media_type=media_type,
        byte_count=len(data),
        data=data,
    )


def _picture(data: bytes) -> tuple[bytes, str]:
    try:
        picture = media.prepare(data, media.PictureKind.PICTURE, most_bytes=_MOST_BYTES)
    except (Invalid, TooLarge):
        raise _wrong(_("Send pictures (PNG, JPEG, WebP, SVG) or PDF files.")) from None
    return picture.data, picture.media_type


def _plain(name: str) -> str:
    """The last part of a file's name, fit for a page and a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-_LONGEST_NAME:].strip() or "file"


def _wrong(message: str) -> Invalid:
    return Invalid(message, fields={"files": message})

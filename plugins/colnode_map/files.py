"""Files that people can take from an activity's page: PDF documents as they came, pictures written
anew."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode.plugin import Invalid, NotFound, _, media, new_id
from colnode_map.models import ActivityFile
from colnode_map.stored import locked

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["MOST_FILES", "attach", "detach", "file_to_send", "get_file", "list_files"]

MOST_FILES = 10


def attach(node: "Node", activity_id: str, data: bytes, *, name: str) -> ActivityFile:
    """Add a PDF file or a picture. Raises Invalid (neither, or ten files already), TooLarge."""
    locked(node, activity_id)
    count = select(func.count()).where(ActivityFile.activity_id == activity_id)
    if (node.db.scalar(count) or 0) >= MOST_FILES:
        raise Invalid(_("An activity can have ten files. Remove one first."))
    is_pdf = data.startswith(b"%PDF")
    stored = media.store_document(node, data) if is_pdf else media.store(node, data)
    made = ActivityFile(
        id=new_id(),
        activity_id=activity_id,
        name=_clean(name) or "file",
        digest=stored.digest,
        media_type=stored.media_type,
        byte_count=stored.byte_count,
        created_at=node.clock.now(),
    )
    node.db.add(made)
    node.db.flush()
    return made


def _clean(name: str) -> str:
    """The last part of a file's name without its ending, as far as it can be shown."""
    plain = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    text = "".join(c for c in plain[0] or plain[2] if c.isprintable())
    return " ".join(text.split())[:100]


def detach(node: "Node", activity_id: str, file_ids: Collection[str]) -> None:
    """Take files away from an activity; what is not there is no error."""
    for found in list_files(node, activity_id):
        if found.id in file_ids:
            node.db.delete(found)
    node.db.flush()


def list_files(node: "Node", activity_id: str) -> Sequence[ActivityFile]:
    """The files of an activity, in the order in which they were added."""
    query = select(ActivityFile).where(ActivityFile.activity_id == activity_id)
    return node.db.scalars(query.order_by(ActivityFile.created_at, ActivityFile.id)).all()


def get_file(node: "Node", activity_id: str, file_id: str) -> ActivityFile:
    """One of an activity's files. Raises NotFound."""
    found = node.db.get(ActivityFile, file_id)
    if found is None or found.activity_id != activity_id:
        raise NotFound(_("There is no such file."))
    return found


def file_to_send(node: "Node", found: ActivityFile) -> media.MediaFile:
    """Where the bytes are, and what they are. Raises NotFound."""
    if found.media_type == media.PDF:
        return media.document_of(node, found.digest)
    return media.file_of(node, found.digest)

"""Publishing and withdrawing own records, and taking over another city's.

Publishing writes the searchable record and an outbox row in the caller's transaction; the log of
changes (colnode.federation.publish) takes the outbox from there.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from colnode import jobs
from colnode.catalogue import clusters
from colnode.catalogue.models import Edition, OutboxRow, Record
from colnode.catalogue.schemas import index_body
from colnode.catalogue.writing import Put, delete_rows, to_text, write_rows
from colnode.db import LangMap
from colnode.errors import Invalid, TooLarge, _

if TYPE_CHECKING:
    from colnode.host.types import RecordType
    from colnode.node import Node

__all__ = [
    "OWN",
    "SEQUENCE_JOB",
    "Put",
    "drop_edition",
    "drop_outbox",
    "hidden_editions",
    "hide",
    "open_edition",
    "own_ids",
    "publish",
    "publish_many",
    "read_outbox",
    "rename_origin",
    "replace",
    "show_edition",
    "shown_edition",
    "withdraw",
]

_log = logging.getLogger(__name__)

OWN = "self"
"""The origin of this node's own records, wherever an origin is named."""

OWN_EDITION = 0
SEQUENCE_JOB = "federation.sequence"
"""The job that gives outbox rows their place in the log."""

_MANY = 200
"""So many records at once are counted by whoever writes them, not left to the job."""
_BODY_BYTES = 64 * 1024 - 128
_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")


def publish(node: "Node", record_type: str, record_id: str, body: Mapping[str, Any]) -> None:
    """Make a record public, or replace what it says. The same body again changes nothing.

    Raises Invalid (unknown type, malformed id, body does not fit the type's schema) and TooLarge
    (over 64 KiB as JSON).
    """
    publish_many(node, record_type, [(record_id, body)])


def publish_many(
    node: "Node", record_type: str, bodies: Iterable[tuple[str, Mapping[str, Any]]]
) -> None:
    """Publish many records (id, body) of one type as `publish` does, with few statements."""
    kind = node.host.record_types.get(record_type)
    if kind is None:
        raise Invalid(_("There is no type of record called {type}."), type=record_type)
    puts = [_checked_put(node, kind, record_id, body) for record_id, body in bodies]
    for start in range(0, len(puts), 500):
        some = puts[start : start + 500]
        known = _known_bodies(node, record_type, [put.id for put in some])
        changed = [put for put in some if known.get(put.id) != json.loads(put.text)]
        if changed:
            write_rows(node, OWN_EDITION, changed)
            _send(node, [(put.type, put.id, put.text.encode()) for put in changed])


def _checked_put(node: "Node", kind: "RecordType", record_id: str, body: Mapping[str, Any]) -> Put:
    if not _ID.fullmatch(record_id):
        raise Invalid(_("{id} cannot be the id of a record."), id=record_id)
    text = to_text(body)
    indexed = index_body(node, kind, body, text)
    if len(text.encode()) > _BODY_BYTES:
        raise TooLarge(_("This text is too long to be published: at most 64 KiB."))
    return Put(kind.name, record_id, text, indexed, node.clock.now())


def withdraw(node: "Node", record_type: str, record_id: str) -> None:
    """Take a record back. One that is not published is left as it is."""
    if delete_rows(node, OWN_EDITION, [(record_type, record_id)]):
        _send(node, [(record_type, record_id, None)])


def own_ids(node: "Node", record_type: str) -> Sequence[str]:
    """The ids of this city's own records of a type, which no plugin need explain."""
    query = select(Record.id).where(Record.edition_no == OWN_EDITION, Record.type == record_type)
    return node.db.scalars(query).all()


def _known_bodies(node: "Node", record_type: str, ids: Sequence[str]) -> Mapping[str, Any]:
    query = select(Record.id, Record.body).where(
        Record.edition_no == OWN_EDITION, Record.type == record_type, Record.id.in_(ids)
    )
    return {record_id: json.loads(text) for record_id, text in node.db.execute(query)}


def _send(node: "Node", changes: Sequence[tuple[str, str, bytes | None]]) -> None:
    rows = [{"type": kind, "id": record_id, "body": body} for kind, record_id, body in changes]
    node.db.execute(insert(OutboxRow), rows)
    for kind, record_id, _body in changes:
        node.after_commit(partial(_tell, node, kind, record_id))
    if not node.db.info.get(SEQUENCE_JOB):
        node.db.info[SEQUENCE_JOB] = True
        node.after_commit(lambda: _wake_sequencer(node))


def _tell(node: "Node", record_type: str, record_id: str) -> None:
    node.host.calls.after(
        "record_changed", node=node, origin=OWN, record_type=record_type, record_id=record_id
    )


def _wake_sequencer(node: "Node") -> None:
    """Hurry the sequencer, which looks into the outbox now and then in any case."""
    try:
        with node.unit():
            jobs.enqueue(node, SEQUENCE_JOB, key=SEQUENCE_JOB)
    except DBAPIError:
        _log.info("the sequencer was not woken; it will look by itself", exc_info=True)


def read_outbox(node: "Node", *, limit: int) -> Sequence[tuple[int, str, str, bytes | None]]:
    """The oldest changes that wait: number, type, id and body (None when withdrawn)."""
    query = select(OutboxRow.no, OutboxRow.type, OutboxRow.id, OutboxRow.body)
    rows = node.db.execute(query.order_by(OutboxRow.no).limit(limit)).all()
    return [(no, kind, record_id, body) for no, kind, record_id, body in rows]


def drop_outbox(node: "Node", numbers: Iterable[int]) -> None:
    """Forget changes that have their place in the log, in the same transaction."""
    wanted = list(numbers)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        node.db.execute(delete(OutboxRow).where(OutboxRow.no.in_(some)))


def replace(
    node: "Node", edition_no: int, puts: Sequence[Put], removes: Iterable[tuple[str, str]] = ()
) -> None:
    """Write and delete records of another city's edition, in the caller's transaction.

    Only types that the host knows; the bodies have been proven and checked by the caller.
    """
    delete_rows(node, edition_no, removes)
    write_rows(node, edition_no, puts)
    if len(puts) >= _MANY:
        clusters.gather_changes(node)


def open_edition(node: "Node", origin: str, *, name: LangMap, url: str) -> int:
    """A new edition of another city's catalogue, unseen until `show_edition`; its number."""
    edition = Edition(origin=origin, name=name, url=url, created_at=node.clock.now())
    node.db.add(edition)
    node.db.flush()
    return edition.no


def show_edition(node: "Node", origin: str, edition_no: int) -> None:
    """Show this edition of an origin and hide the others. `drop_edition` removes those later."""
    hide(node, origin)
    node.db.execute(update(Edition).where(Edition.no == edition_no).values(is_shown=True))
    clusters.add_edition(node, edition_no)


def shown_edition(node: "Node", origin: str) -> int | None:
    """The number of the edition that is shown of an origin, None when there is none."""
    return node.db.scalar(
        select(Edition.no).where(Edition.origin == origin, Edition.is_shown.is_(True))
    )


def hide(node: "Node", origin: str) -> None:
    """Show nothing of an origin any more, at once."""
    shown = select(Edition.no).where(Edition.origin == origin, Edition.is_shown.is_(True))
    for edition_no in node.db.scalars(shown).all():
        clusters.take_edition(node, edition_no)
    node.db.execute(update(Edition).where(Edition.origin == origin).values(is_shown=False))


def hidden_editions(node: "Node", origin: str) -> Sequence[int]:
    """Numbers of the editions of an origin that are not shown."""
    query = select(Edition.no).where(Edition.origin == origin, Edition.is_shown.is_(False))
    return node.db.scalars(query).all()


def rename_origin(node: "Node", origin: str, *, name: LangMap, url: str) -> None:
    """Take over a city's new name or address for all its editions."""
    node.db.execute(update(Edition).where(Edition.origin == origin).values(name=name, url=url))


def drop_edition(node: "Node", edition_no: int, *, most: int = 1000) -> bool:
    """Delete up to `most` records of an edition, then the edition; True when nothing is left."""
    some = select(Record.no).where(Record.edition_no == edition_no).limit(most)
    numbers = node.db.scalars(some).all()
    clusters.drop_counts(node, edition_no)
    for start in range(0, len(numbers), 500):
        node.db.execute(delete(Record).where(Record.no.in_(numbers[start : start + 500])))
    clusters.drop_counts(node, edition_no)
    if len(numbers) == most:
        return False
    node.db.execute(delete(Edition).where(Edition.no == edition_no))
    return True

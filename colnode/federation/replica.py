"""The stored copy of another city's live records, and whether it equals what was signed.

Nothing here talks to the network or decides about trust. Every function works in the caller's
transaction.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import delete, func, insert, select, tuple_

from colnode import catalogue
from colnode.catalogue import Put
from colnode.errors import Invalid, Untrusted, _
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.entries import NULL_BODY, Header, Op, digest_of, read_body, read_header
from colnode.federation.log import Frontier, State, bucket_of, leaf_hash
from colnode.federation.models import ReplicaRecord

if TYPE_CHECKING:
    from sqlalchemy import Table

    from colnode.host.types import Picture, RecordType
    from colnode.node import Node

__all__ = [
    "Entry",
    "Room",
    "apply",
    "check_frontier",
    "check_totals",
    "drop_records",
    "read_entry",
    "read_record",
    "state_of",
    "store_live",
]

WITHHELD = "withheld"
OVER_LIMIT = "limit"
_ROWS_AT_ONCE = 500
_TABLE = cast("Table", ReplicaRecord.__table__)


class Entry(NamedTuple):
    """A header that was read and its lines; `body` holds to the header's digest or is null."""

    header: Header
    line: bytes
    body: bytes
    leaf: bytes

    @property
    def is_identity(self) -> bool:
        """Whether it is about the node itself."""
        return not self.header.id


@dataclass
class Room:
    """What a city may still take up here: records and bytes of bodies."""

    records: int
    byte_count: int

    def take(self, size: int) -> bool:
        """Use some of it up; False when there is not enough."""
        if self.records < 1 or self.byte_count < size:
            return False
        self.records -= 1
        self.byte_count -= size
        return True


def read_entry(line: bytes, body: bytes) -> Entry:
    """Read one entry and hold its body to its digest.

    Raises Untrusted for a lie.
    """
    header = read_header(line)
    is_left_out = body == NULL_BODY and header.op in _MAY_BE_NULL
    if not is_left_out and digest_of(body) != header.digest:
        raise Untrusted(_("The digest of entry {seq} is wrong."), seq=header.seq)
    return Entry(header, line, body, leaf_hash(line))


_ENDS_OF_LIFE = frozenset({Op.DEL, Op.REDACT})
_MAY_BE_NULL = _ENDS_OF_LIFE | {Op.PUT}


def store_live(
    node: "Node", edition_no: int, entries: Sequence[Entry], room: Room
) -> "list[Picture]":
    """Add live entries to an edition and to the searchable catalogue; gives their pictures.

    Bodies that may not be shown are kept out, with the reason; their leaves count all the same.
    Raises IntegrityError when a record is there already.
    """
    if not entries:
        return []
    rows, puts = [], []
    for entry in entries:
        fault, put = _judge(node, entry, room)
        rows.append(_row(edition_no, entry, fault))
        if put is not None:
            puts.append(put)
    node.db.connection().execute(insert(_TABLE), rows)
    catalogue.replace(node, edition_no, puts)
    return [picture for put in puts for picture in put.indexed.pictures]


def _row(edition_no: int, entry: Entry, fault: str | None) -> dict[str, Any]:
    live_id = entry.header.live_id
    return {
        "edition_no": edition_no,
        "bucket": bucket_of(live_id),
        "id": live_id,
        "type": entry.header.type,
        "leaf": entry.leaf,
        "header": entry.line,
        "body": None if fault in {WITHHELD, OVER_LIMIT} else entry.body,
        "fault": fault,
    }


def _judge(node: "Node", entry: Entry, room: Room) -> tuple[str | None, Put | None]:
    """Why a body is not shown (None: it may be), and the record to show (None: nothing to)."""
    if entry.is_identity:
        return None, None
    if entry.body == NULL_BODY:
        return WITHHELD, None
    if not room.take(len(entry.body)):
        return OVER_LIMIT, None
    kind = node.host.record_types.get(entry.header.type)
    if kind is None:
        return None, None
    try:
        return None, read_record(node, kind, entry)
    except (Untrusted, Invalid) as error:
        return str(error)[:500], None


def read_record(node: "Node", kind: "RecordType", entry: Entry) -> Put:
    """The record in an entry as the catalogue stores it. Raises Invalid and Untrusted."""
    header = entry.header
    if header.schema != kind.schema_url:
        raise Invalid(_("It is written in another version: {schema}."), schema=header.schema)
    value = read_body(entry.body, "record")
    text = _record_text(entry.body) or catalogue.to_text(value)
    indexed = catalogue.index_body(node, kind, value, text)
    return Put(header.type, header.id.partition("/")[2], text, indexed, header.at)


_BEFORE_RECORD = re.compile(rb'\{"nonce":"[A-Za-z0-9_-]*","record":')


def _record_text(body: bytes) -> str | None:
    """The JSON text of the record in a body line that is known to be sound, None if unsure."""
    start = _BEFORE_RECORD.match(body)
    return body[start.end() : -1].decode() if start and body.endswith(b"}") else None


def apply(
    node: "Node", edition_no: int, entries: Iterable[Entry], state: State, room: Room
) -> "tuple[int, list[Picture]]":
    """Bring an edition forward by log entries and its state with it.

    A record that ends, by del or redact, leaves nothing of its body here.
    Gives by how much the number of live records changed, and the pictures of what is new.
    """
    last = {entry.header.live_id: entry for entry in entries}
    ids = sorted((bucket_of(live_id), live_id) for live_id in last)
    gone = _remove(node, edition_no, ids)
    live = [entry for entry in last.values() if entry.header.op not in _ENDS_OF_LIFE]
    room.records += len(gone)
    room.byte_count += sum(gone.values())
    catalogue.replace(node, edition_no, (), [_catalogue_key(live_id) for live_id in gone])
    pictures = store_live(node, edition_no, live, room)
    _refresh(node, edition_no, state, sorted({bucket for bucket, _id in ids}))
    arrived = sum(1 for entry in live if not entry.is_identity)
    return arrived - len(gone), pictures


def _catalogue_key(live_id: str) -> tuple[str, str]:
    kind, _slash, record_id = live_id.partition("/")
    return kind, record_id


def _remove(node: "Node", edition_no: int, ids: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Delete these rows; gives the ids that were there with the bytes of their bodies."""
    gone: dict[str, int] = {}
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        some = ids[start : start + _ROWS_AT_ONCE]
        which = (
            ReplicaRecord.edition_no == edition_no,
            tuple_(ReplicaRecord.bucket, ReplicaRecord.id).in_(some),
        )
        size = func.coalesce(func.length(ReplicaRecord.body), 0)
        rows = node.db.execute(select(ReplicaRecord.id, size).where(*which))
        gone |= {live_id: int(held) for live_id, held in rows}
        node.db.execute(delete(ReplicaRecord).where(*which))
    return gone


def _refresh(node: "Node", edition_no: int, state: State, buckets: Sequence[int]) -> None:
    for start in range(0, len(buckets), _ROWS_AT_ONCE):
        some = buckets[start : start + _ROWS_AT_ONCE]
        leaves: dict[int, list[bytes]] = {bucket: [] for bucket in some}
        query = select(ReplicaRecord.bucket, ReplicaRecord.leaf).where(
            ReplicaRecord.edition_no == edition_no, ReplicaRecord.bucket.in_(some)
        )
        for bucket, leaf in node.db.execute(query):
            leaves[bucket].append(leaf)
        for bucket, members in leaves.items():
            state.set(bucket, members)


def state_of(node: "Node", edition_no: int) -> State:
    """The state over every record of an edition."""
    leaves: dict[int, list[bytes]] = {}
    query = select(ReplicaRecord.bucket, ReplicaRecord.leaf).where(
        ReplicaRecord.edition_no == edition_no
    )
    for bucket, leaf in node.db.execute(query):
        leaves.setdefault(bucket, []).append(leaf)
    state = State()
    for bucket, members in leaves.items():
        state.set(bucket, members)
    return state


def totals_of(node: "Node", edition_no: int) -> tuple[int, int]:
    """How many records an edition holds (without identity entries), and the bytes of bodies."""
    row = node.db.execute(
        select(func.count(), func.coalesce(func.sum(func.length(ReplicaRecord.body)), 0)).where(
            ReplicaRecord.edition_no == edition_no, ReplicaRecord.type != ""
        )
    ).one()
    return int(row[0]), int(row[1])


def check_frontier(frontier: Frontier, wanted: Checkpoint) -> None:
    """Raise Untrusted unless the tree is the one that was signed."""
    if frontier.size != wanted.size or frontier.root() != wanted.root:
        raise Untrusted(_("The entries are not those that the checkpoint was signed over."))


def check_totals(state: State, count: int, wanted: Checkpoint) -> None:
    """Raise Untrusted unless the live records are exactly those that were signed."""
    if count != wanted.count:
        raise Untrusted(
            _("There are {found} records where {expected} were signed."),
            found=count,
            expected=wanted.count,
        )
    if state.root() != wanted.state:
        raise Untrusted(_("The records are not those that the checkpoint was signed over."))


def drop_records(node: "Node", edition_no: int, *, most: int = 1000) -> bool:
    """Delete up to `most` records of an edition; True when none is left."""
    query = select(ReplicaRecord.bucket, ReplicaRecord.id).where(
        ReplicaRecord.edition_no == edition_no
    )
    ids = [(bucket, live_id) for bucket, live_id in node.db.execute(query.limit(most))]
    _remove(node, edition_no, ids)
    return len(ids) < most

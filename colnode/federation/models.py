"""Tables of federation: this node's log and its checkpoints; peers and the replicas of theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, LangMap, new_id

__all__ = [
    "HarvestEntry",
    "LogCheckpoint",
    "LogEntry",
    "LogHead",
    "LogSubtree",
    "Peer",
    "PeerEvidence",
    "ReplicaRecord",
    "Stage",
    "StagedEntry",
    "WantedPicture",
]


class _Bytes(LargeBinary):
    """Bytes that go to the driver as they are: both take them, and there are very many."""

    def bind_processor(self, dialect: Dialect) -> None:
        """No conversion."""
        return


_Key = BigInteger().with_variant(Integer, "sqlite")


class LogEntry(Base):
    """One entry of this node's log. A put is live until the entry at `replaced_at_seq`."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_record", "record_id", "replaced_at_seq"),
        Index("ix_log_entry_bucket", "bucket", "replaced_at_seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    op: Mapped[str]
    type: Mapped[str]
    record_id: Mapped[str]
    rev: Mapped[int]
    header: Mapped[bytes] = mapped_column(_Bytes)
    body: Mapped[bytes | None] = mapped_column(_Bytes)
    leaf: Mapped[bytes] = mapped_column(_Bytes)
    bucket: Mapped[int | None]
    replaced_at_seq: Mapped[int | None] = mapped_column(BigInteger)


class LogHead(Base):
    """Where this node's log stands; one row, which whoever appends locks."""

    __tablename__ = "log_head"

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int]
    count: Mapped[int]
    frontier: Mapped[bytes] = mapped_column(_Bytes)
    buckets: Mapped[bytes] = mapped_column(_Bytes)


class LogSubtree(Base):
    """The root over 256 ** level leaves of this node's log, of the `no`-th such complete run."""

    __tablename__ = "log_subtree"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(_Bytes)


class LogCheckpoint(Base):
    """A signed checkpoint and the frontier at its size."""

    __tablename__ = "log_checkpoint"

    no: Mapped[int] = mapped_column(_Key, primary_key=True, autoincrement=True)
    size: Mapped[int] = mapped_column(BigInteger, index=True)
    note: Mapped[bytes] = mapped_column(_Bytes)
    frontier: Mapped[bytes] = mapped_column(_Bytes)
    expires_at: Mapped[datetime]


class Peer(Base):
    """Another city's node and how far we have read it. What is known of it is proven."""

    __tablename__ = "peer"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    node_id: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]
    name: Mapped[LangMap]
    description: Mapped[dict[str, Any]]
    identity: Mapped[bytes] = mapped_column(_Bytes)
    public_key: Mapped[bytes] = mapped_column(_Bytes)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    epoch: Mapped[int] = mapped_column(default=0)
    count: Mapped[int] = mapped_column(default=0)
    byte_count: Mapped[int] = mapped_column(BigInteger, default=0)
    note: Mapped[bytes | None] = mapped_column(_Bytes)
    frontier: Mapped[bytes] = mapped_column(_Bytes, default=b"")
    buckets: Mapped[bytes | None] = mapped_column(_Bytes)
    edition_no: Mapped[int | None] = mapped_column(BigInteger)
    etag: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[dict[str, Any] | None]
    checked_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    next_poll_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]


class PeerEvidence(Base):
    """A file that proves what a city did wrong. It stays when the city is forgotten."""

    __tablename__ = "peer_evidence"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    node_id: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    document: Mapped[bytes] = mapped_column(_Bytes)
    found_at: Mapped[datetime]


class ReplicaRecord(Base):
    """A live record of another city with its header as signed; `fault` says why it is not shown."""

    __tablename__ = "replica_record"

    edition_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    leaf: Mapped[bytes] = mapped_column(_Bytes)
    header: Mapped[bytes] = mapped_column(_Bytes)
    body: Mapped[bytes | None] = mapped_column(_Bytes)
    fault: Mapped[str | None]


class Stage(Base):
    """A reading of a peer that is under way: what it aims at and how far it has come."""

    __tablename__ = "replica_stage"

    peer_id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    note: Mapped[bytes] = mapped_column(_Bytes)
    edition_no: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[bytes] = mapped_column(_Bytes)
    byte_count: Mapped[int] = mapped_column(BigInteger)


class StagedEntry(Base):
    """An entry that was read and waits, unseen, for the proof of the whole."""

    __tablename__ = "replica_staged_entry"

    peer_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    header: Mapped[bytes] = mapped_column(_Bytes)
    body: Mapped[bytes] = mapped_column(_Bytes)


class WantedPicture(Base):
    """A picture that another city's records name and that we have no copy of yet."""

    __tablename__ = "wanted_picture"

    peer_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    byte_count: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(index=True)


class HarvestEntry(Base):
    """The newest change of one own record, as harvesters follow it; `record_id` is type/id.

    `changed_at` never falls as `seq` grows. A record that is gone stays, with `is_deleted`.
    """

    __tablename__ = "harvest_entry"
    __table_args__ = (
        UniqueConstraint("seq"),
        Index("ix_harvest_entry_changed_at", "changed_at", "seq"),
        Index("ix_harvest_entry_type", "type", "seq"),
        Index("ix_harvest_entry_organisation_id", "organisation_id", "seq"),
    )

    record_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    organisation_id: Mapped[str | None]
    changed_at: Mapped[datetime]
    is_deleted: Mapped[bool]

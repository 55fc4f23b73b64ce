"""The audit trail, which is also the table of events that plugins may read from a job.

One row for each thing that somebody or the node itself did. No personal data beyond the actor's id.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import BigInteger, Integer, Table, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["AuditEvent", "events_after", "latest_events", "record", "record_many"]


class AuditEvent(Base):
    """Who did what to which thing, when and why."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(index=True)
    subject_type: Mapped[str]
    subject_id: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


def record(
    node: "Node",
    action: str,
    *,
    subject_type: str,
    subject_id: str,
    actor_id: str | None = None,
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one event in the caller's transaction. `action` is a word like `badge.revoked`."""
    node.db.add(
        AuditEvent(
            at=node.clock.now(),
            actor_id=actor_id,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            reason=reason,
            detail=dict(detail or {}),
        )
    )


def record_many(
    node: "Node",
    action: str,
    *,
    subject_type: str,
    subject_ids: Iterable[str],
    actor_id: str | None = None,
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write the same event about each subject, in one statement."""
    event = {
        "at": node.clock.now(),
        "actor_id": actor_id,
        "action": action,
        "subject_type": subject_type,
        "reason": reason,
        "detail": dict(detail or {}),
    }
    rows = [{**event, "subject_id": subject_id} for subject_id in subject_ids]
    if rows:
        node.db.execute(insert(cast("Table", AuditEvent.__table__)), rows)


def events_after(node: "Node", seq: int, *, limit: int = 500) -> Sequence[AuditEvent]:
    """Events later than `seq`, oldest first."""
    query = select(AuditEvent).where(AuditEvent.seq > seq).order_by(AuditEvent.seq).limit(limit)
    return node.db.scalars(query).all()


def latest_events(
    node: "Node",
    *,
    limit: int = 100,
    subject_id: str | None = None,
    before: int | None = None,
) -> Sequence[AuditEvent]:
    """The newest events first, of one subject if named; `before` is the last seq seen."""
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit)
    if subject_id is not None:
        query = query.where(AuditEvent.subject_id == subject_id)
    if before is not None:
        query = query.where(AuditEvent.seq < before)
    return node.db.scalars(query).all()

"""Background work: one table, leased by workers, enqueued in the caller's transaction.

A job is delivered at least once, so what it does is idempotent. A killed worker's lease runs out
and another takes the job over. Nothing is lost, nothing waits on a broker.
"""

import logging
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id
from colnode.errors import NotFound, _

if TYPE_CHECKING:
    from colnode.host.types import JobKind
    from colnode.node import Node

__all__ = [
    "Job",
    "JobState",
    "count_jobs",
    "count_late",
    "enqueue",
    "failed_jobs",
    "list_of_kind",
    "run_due",
    "run_forever",
    "try_again",
]

_log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 2.0
_LONGEST_WAIT = timedelta(hours=6)
_NONE = timedelta()


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    FAILED = "failed"


class Job(Base):
    """One piece of work that waits, runs under a lease, or failed for good."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "run_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str | None] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=JobState.WAITING)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]


def enqueue(
    node: "Node",
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Add a job in the caller's transaction. A waiting job with the same key absorbs the new one.

    A job that is running already may have read its input before this call, so it does not absorb:
    it is marked to run once more.
    """
    now = node.clock.now()
    due = run_at or now
    existing = key and node.db.scalar(select(Job).where(Job.key == key).with_for_update())
    if existing:
        existing.payload = dict(payload or {})
        existing.run_at = due if existing.leased_until else min(existing.run_at, due)
        existing.leased_by = None
        existing.state = JobState.WAITING
        return
    node.db.add(Job(kind=kind, key=key, payload=dict(payload or {}), run_at=due, created_at=now))
    node.db.flush()


def run_due(
    node: "Node", *, most: int = 1000, worker: str = "inline", waiting: bool | None = None
) -> int:
    """Run jobs that are due until none is left or `most` were run; returns how many ran.

    `waiting` narrows it down to jobs that wait for other machines, or to all the others.
    """
    if waiting is not True:
        _plan_recurring(node)
    done = 0
    while done < most and _run_one(node, worker, waiting):
        done += 1
    return done


def run_forever(node: "Node", stop: threading.Event, *, idle_seconds: float = 0.5) -> None:
    """Work until `stop` is set. A database that is away for a while is waited for.

    Jobs that wait for other machines have a thread of their own; it is not waited for at the end.
    """
    worker = f"{socket.gethostname()}-{os.getpid()}"
    beside = threading.Thread(
        target=_work, args=(node, stop, f"{worker}-beside", True, idle_seconds), daemon=True
    )
    beside.start()
    _work(node, stop, worker, False, idle_seconds)
    beside.join(_PATIENCE_SECONDS)


def _work(
    node: "Node", stop: threading.Event, worker: str, waiting: bool, idle_seconds: float
) -> None:
    while not stop.is_set():
        try:
            worked = run_due(node, most=100, worker=worker, waiting=waiting)
        except DBAPIError:
            _log.warning("the database did not answer; trying again", exc_info=True)
            worked = 0
            stop.wait(5)
        if not worked:
            stop.wait(idle_seconds)


def _plan_recurring(node: "Node") -> None:
    """Plan recurring work that is not planned, or so late that the clock was wrong then."""
    recurring = [kind for kind in node.job_kinds.values() if kind.every]
    if not recurring:
        return
    with node.reading():
        query = select(Job.key, Job.run_at).where(
            Job.key.in_([f"every:{kind.name}" for kind in recurring])
        )
        planned = {key: run_at for key, run_at in node.db.execute(query)}
    latest = node.clock.now() + _LONGEST_WAIT
    missing = [
        kind
        for kind in recurring
        if (at := planned.get(f"every:{kind.name}")) is None or at > latest + (kind.every or _NONE)
    ]
    if missing:
        with node.unit():
            for kind in missing:
                enqueue(node, kind.name, key=f"every:{kind.name}")


def _run_one(node: "Node", worker: str, waiting: bool | None) -> bool:
    lease = _lease_one(node, worker, waiting)
    if lease is None:
        return False
    job_id, kind_name, payload = lease
    kind = node.job_kinds.get(kind_name)
    try:
        if kind is None:
            raise LookupError(f"no plugin that is enabled knows the job {kind_name}")
        kind.run(node, payload)
    except Exception as error:  # a job's failure is stored and tried again, it stops nobody
        _log.warning("job %s failed: %s", kind_name, type(error).__name__, exc_info=True)
        _finish(node, job_id, worker, kind, error)
    else:
        _finish(node, job_id, worker, kind, None)
    return True


def _lease_one(
    node: "Node", worker: str, waiting: bool | None
) -> tuple[str, str, Mapping[str, Any]] | None:
    now = node.clock.now()
    due = (
        select(Job.id)
        .where(Job.state == JobState.WAITING, Job.run_at <= now)
        .where(or_(Job.leased_until.is_(None), Job.leased_until < now))
        .order_by(Job.run_at)
        .limit(1)
    )
    if waiting is not None:
        slow = [kind.name for kind in node.job_kinds.values() if kind.waits_for_others]
        due = due.where(Job.kind.in_(slow) if waiting else Job.kind.not_in(slow))
    with node.reading():
        if node.db.scalar(due) is None:
            return None
    with node.unit():
        job_id = node.db.scalar(due.with_for_update(skip_locked=True))
        if job_id is None:
            return None
        job = node.db.get_one(Job, job_id)
        kind = node.job_kinds.get(job.kind)
        job.leased_by = worker
        job.leased_until = now + (kind.lease if kind else timedelta(minutes=1))
        job.attempts += 1
        return job.id, job.kind, job.payload


def _finish(
    node: "Node", job_id: str, worker: str, kind: "JobKind | None", error: Exception | None
) -> None:
    now = node.clock.now()
    with node.unit():
        job = node.db.scalar(
            select(Job).where(Job.id == job_id, Job.leased_by == worker).with_for_update()
        )
        if job is None:  # enqueued once more while it ran: leave it waiting
            node.db.execute(
                update(Job)
                .where(Job.id == job_id, Job.leased_by.is_(None))
                .values(leased_until=None)
            )
            return
        job.leased_by = job.leased_until = None
        if error is None and (kind is None or kind.every is None):
            node.db.delete(job)
            return
        if error is None and kind is not None and kind.every is not None:
            job.attempts, job.last_error, job.run_at = 0, None, now + kind.every
            return
        job.last_error = f"{type(error).__name__}: {error}"[:2000]
        job.run_at = now + min(_LONGEST_WAIT, timedelta(seconds=10) * 2**job.attempts)
        recurring = kind is not None and kind.every is not None
        if not recurring and job.attempts >= (kind.most_attempts if kind else 8):
            job.state = JobState.FAILED


def count_jobs(node: "Node") -> Mapping[str, int]:
    """How many jobs wait and how many failed for good."""
    rows = node.db.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    return {state: count for state, count in rows}


def failed_jobs(node: "Node", *, limit: int = 50) -> list[Job]:
    """Jobs that used up their attempts, newest first."""
    query = select(Job).where(Job.state == JobState.FAILED).order_by(Job.run_at.desc())
    return list(node.db.scalars(query.limit(limit)))


def list_of_kind(node: "Node", kind: str) -> Sequence[Job]:
    """Every job of a kind, whether it waits or failed."""
    return node.db.scalars(select(Job).where(Job.kind == kind)).all()


def count_late(node: "Node") -> int:
    """How many jobs should have begun more than five minutes ago and nobody took."""
    before = node.clock.now() - timedelta(minutes=5)
    query = select(func.count()).where(
        Job.state == JobState.WAITING,
        Job.run_at < before,
        or_(Job.leased_until.is_(None), Job.leased_until < before),
    )
    return node.db.scalar(query) or 0


def try_again(node: "Node", job_id: str) -> None:
    """Let a job that failed for good wait for its turn once more. Raises NotFound."""
    job = node.db.get(Job, job_id)
    if job is None or job.state != JobState.FAILED:
        raise NotFound(_("This work is done or waits already."))
    job.state, job.attempts, job.run_at = JobState.WAITING, 0, node.clock.now()
    node.db.flush()

"""Bulk: one achievement for many recipients, in chunks that are stored whole or not at all.

A run remembers how many rows are behind it and a digest of them, in the transaction that stores
their credentials. Whoever calls again with the same key and rows goes on where the last call
ended, also after a kill. Rows are read once and in order, so memory stays flat.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, func, insert, select

from colnode import audit, jobs
from colnode.badges import achievements, rules, states, status
from colnode.badges.bulk_signing import BulkRow, Recipient, Signer, find_recipients
from colnode.badges.models import (
    Achievement,
    BulkResult,
    BulkRun,
    Credential,
    CredentialHolder,
    SuspensionEntry,
)
from colnode.db import new_id
from colnode.errors import Conflict, NotFound, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["CHUNK", "TELL", "BulkRow", "Outcome", "check", "issue_many", "list_results"]

CHUNK = 1_000
TELL = "badges.tell_holders"

_CREDENTIALS = cast("Table", Credential.__table__)
_HOLDERS = cast("Table", CredentialHolder.__table__)
_RESULTS = cast("Table", BulkResult.__table__)
_SUSPENSIONS = cast("Table", SuspensionEntry.__table__)


@dataclass(frozen=True)
class Outcome:
    """How a run stands: `issued` and `problems` count the rows of all its calls."""

    run_id: str
    done: int
    issued: int
    problems: dict[str, int]
    is_finished: bool


@dataclass
class _Rows:
    """What a chunk stores, by table."""

    credentials: list[dict[str, Any]] = field(default_factory=list)
    holders: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    suspensions: list[dict[str, Any]] = field(default_factory=list)
    taken: list[tuple[str, int]] = field(default_factory=list)


def issue_many(
    node: "Node",
    achievement_id: str,
    *,
    rows: Iterable[BulkRow],
    key: str,
    actor_id: str | None = None,
    is_told: bool = True,
    progress: Callable[[int], None] = lambda _count: None,
) -> Outcome:
    """Sign and store a badge for each row; chunk by chunk, each one transaction of its own.

    Called outside of a unit. The same achievement and `key` are the same run: rows that are behind
    it are passed over, so `rows` must begin with the same ones. A row with a problem (unknown,
    narrative, evidence, refused) is noted and the others go on. With `is_told` people are mailed.
    `progress` is called with the number of rows. Raises NotFound, Refused (not published,
    not verified) and Conflict (other rows under this key, or another process is at it).
    """
    with node.unit():
        run = _open_run(node, achievement_id, key, actor_id, is_told=is_told)
        run_id, done, digest = run.id, run.done, run.digest
    remaining = _pass_over(iter(rows), done, digest)
    progress(done)
    while chunk := list(islice(remaining, CHUNK)):
        digest = _digest(digest, chunk)
        with node.unit():
            _issue_chunk(node, run_id, chunk, done=done, digest=digest)
        done += len(chunk)
        progress(len(chunk))
    with node.unit():
        run = _locked(node, run_id)
        run.finished_at = run.finished_at or node.clock.now()
        return _outcome(node, run)


def check(
    node: "Node", achievement_id: str, rows: Iterable[BulkRow]
) -> Iterator[tuple[int, str | None]]:
    """What would become of each row, by number from 1: None or the problem. Nothing is stored.

    Raises NotFound and Refused as issue_many does.
    """
    _require_given(node, achievement_id)
    remaining = iter(rows)
    number = 0
    while chunk := list(islice(remaining, CHUNK)):
        for recipient in find_recipients(node, chunk):
            number += 1
            yield number, recipient.problem


def list_results(
    node: "Node", run_id: str, *, after: int = 0, limit: int = CHUNK
) -> Sequence[tuple[BulkResult, Credential | None]]:
    """Results with their credentials, by row; `after` is the last number seen."""
    query = (
        select(BulkResult, Credential)
        .outerjoin(Credential, Credential.id == BulkResult.credential_id)
        .where(BulkResult.run_id == run_id, BulkResult.number > after)
        .order_by(BulkResult.number)
        .limit(limit)
    )
    return [(result, credential) for result, credential in node.db.execute(query)]


def _open_run(
    node: "Node", achievement_id: str, key: str, actor_id: str | None, *, is_told: bool
) -> BulkRun:
    _require_given(node, achievement_id)
    query = select(BulkRun).where(BulkRun.achievement_id == achievement_id, BulkRun.key == key)
    run = node.db.scalar(query)
    if run is None:
        run = BulkRun(
            id=new_id(),
            achievement_id=achievement_id,
            key=key,
            done=0,
            digest="",
            told=0 if is_told else None,
            created_by=actor_id,
            created_at=node.clock.now(),
        )
        node.db.add(run)
        node.db.flush()
    return run


def _require_given(node: "Node", achievement_id: str) -> Achievement:
    achievement = achievements.get_achievement(node, achievement_id)
    if not achievement.is_published:
        raise Refused(_("This badge is not given at the moment."))
    organisations.require_verified(node, achievement.organisation_id)
    return achievement


def _pass_over(rows: Iterator[BulkRow], done: int, digest: str) -> Iterator[BulkRow]:
    """The rows after the first `done`, once those were shown to be the ones of the run."""
    seen, passed = "", 0
    while passed < done and (chunk := list(islice(rows, min(CHUNK, done - passed)))):
        seen, passed = _digest(seen, chunk), passed + len(chunk)
    if (passed, seen) != (done, digest):
        raise Conflict(_("These are not the rows that this run began with. Give it another key."))
    return rows


def _digest(digest: str, chunk: Sequence[BulkRow]) -> str:
    """A digest of all rows so far, from that of those before the chunk; a link of a chain a row."""
    link = bytes.fromhex(digest)
    for row in chunk:
        text = repr((row.recipient, row.narrative, row.evidence))
        link = hashlib.sha256(link + text.encode()).digest()
    return link.hex()


def _issue_chunk(
    node: "Node", run_id: str, chunk: Sequence[BulkRow], *, done: int, digest: str
) -> None:
    run = _locked(node, run_id)
    if run.done != done:
        raise Conflict(_("Another process works on this list. Call again when it has ended."))
    achievement = _require_given(node, run.achievement_id)
    recipients = find_recipients(node, chunk)
    rows = _signed(node, achievement, run, recipients)
    _store(node, achievement, run, rows)
    run.done, run.digest = done + len(chunk), digest
    node.db.flush()
    if rows.holders:
        rules.look_at_everybody(node)
    if run.told is not None and rows.holders:
        jobs.enqueue(node, TELL, {"run_id": run_id}, key=f"{TELL}:{run_id}")


def _signed(
    node: "Node", achievement: Achievement, run: BulkRun, recipients: Sequence[Recipient]
) -> _Rows:
    """Sign a credential for each recipient without a problem."""
    rows = _Rows()
    sign = Signer(node, achievement)
    count = sum(recipient.problem is None for recipient in recipients)
    places = iter(_places(node, achievement.organisation_id, count))
    place: tuple[tuple[str, int], tuple[str, int] | None] | None = None
    for number, recipient in enumerate(recipients, run.done + 1):
        result = {"run_id": run.id, "number": number, "credential_id": None, "problem": None}
        rows.results.append(result)
        if recipient.problem is not None:
            result["problem"] = recipient.problem
            continue
        place = place or next(places)
        try:
            credential = sign(recipient, *place)
        except Refused:
            result["problem"] = "refused"
            continue
        rows.taken.append(place[0])
        if place[1] is not None:
            rows.taken.append(place[1])
            rows.suspensions.append(_suspension(credential, place[1]))
        place = None
        rows.credentials.append(credential)
        result["credential_id"] = credential["id"]
        if recipient.person_id is not None:
            rows.holders.append(_holder(credential, recipient.person_id))
    return rows


def _places(
    node: "Node", organisation_id: str, count: int
) -> "Iterator[tuple[tuple[str, int], tuple[str, int] | None]]":
    """Drawn status entries: revocation, and suspension where the organisation uses it."""
    revocations = status.draw(node, organisation_id, count)
    if not states.has_suspension(node, organisation_id):
        return ((place, None) for place in revocations)
    return zip(
        revocations, status.draw(node, organisation_id, count, purpose="suspension"), strict=True
    )


def _suspension(credential: dict[str, Any], place: tuple[str, int]) -> dict[str, Any]:
    return {
        "credential_id": credential["id"],
        "status_list_id": place[0],
        "position": place[1],
    }


def _holder(credential: dict[str, Any], person_id: str) -> dict[str, Any]:
    return {
        "credential_id": credential["id"],
        "person_id": person_id,
        "shared_at": None,
        "received_at": credential["issued_at"],
    }


def _store(node: "Node", achievement: Achievement, run: BulkRun, rows: _Rows) -> None:
    """Everything that the chunk made, a statement a table; hooks run once it is committed."""
    status.take(node, rows.taken)
    for table, values in (
        (_CREDENTIALS, rows.credentials),
        (_HOLDERS, rows.holders),
        (_SUSPENSIONS, rows.suspensions),
        (_RESULTS, rows.results),
    ):
        if values:
            node.db.execute(insert(table), values)
    ids = [credential["id"] for credential in rows.credentials]
    audit.record_many(
        node,
        "badge.issued",
        subject_type="credential",
        subject_ids=ids,
        actor_id=run.created_by,
        detail={"achievement_id": achievement.id, "organisation_id": achievement.organisation_id},
    )
    calls = node.host.calls
    if calls.has("credential_issued"):
        for credential_id in ids:
            node.after_commit(
                partial(calls.after, "credential_issued", node=node, credential_id=credential_id)
            )


def _outcome(node: "Node", run: BulkRun) -> Outcome:
    query = (
        select(BulkResult.problem, func.count())
        .where(BulkResult.run_id == run.id)
        .group_by(BulkResult.problem)
    )
    counts = {problem: count for problem, count in node.db.execute(query)}
    return Outcome(
        run.id,
        run.done,
        counts.get(None, 0),
        {problem: count for problem, count in counts.items() if problem is not None},
        run.finished_at is not None,
    )


def _locked(node: "Node", run_id: str) -> BulkRun:
    query = select(BulkRun).where(BulkRun.id == run_id).with_for_update()
    run = node.db.scalar(query.execution_options(populate_existing=True))
    if run is None:
        raise NotFound(_("There is no such run."))
    return run

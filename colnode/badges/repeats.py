"""Calls that carry an Idempotency-Key: the same call again gets the same answer, done once.

Source: the Idempotency-Key HTTP header field (draft-ietf-httpapi-idempotency-key-header). A key
belongs to the person who sent it and is kept for 24 hours. What failed was undone with its key, so
it can be tried again.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from colnode.badges.models import KeyedCall
from colnode.clock import format_rfc3339
from colnode.db import insert_into
from colnode.errors import Invalid, _
from colnode.identity import people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Answer", "begin", "erase", "export", "finish", "forget_old"]

KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Answer:
    """What was answered: status and body."""

    status: int
    body: str


def begin(
    node: "Node", key: str, *, person_id: str, method: str, path: str, body: bytes
) -> Answer | None:
    """The answer of the same call before; None for a new one, which holds the key from now on.

    A second call that comes while the first is being done waits for it. Raises Invalid for a key
    that is none, or that was used for something else.
    """
    if not _KEY.fullmatch(key):
        raise Invalid(_("An Idempotency-Key is 1 to 255 characters without spaces."))
    digest = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
    now = node.clock.now()
    is_this = (KeyedCall.person_id == person_id, KeyedCall.key == key)
    node.db.execute(delete(KeyedCall).where(*is_this, KeyedCall.created_at <= now - KEPT))
    values = {"person_id": person_id, "key": key, "digest": digest, "created_at": now}
    insert = insert_into(node.db, KeyedCall).values(**values, status=0, answer="")
    query = insert.on_conflict_do_nothing().returning(KeyedCall.key)
    if node.db.execute(query).scalar() is not None:
        return None
    before = node.db.scalars(select(KeyedCall).where(*is_this)).one()
    if before.digest != digest:
        raise Invalid(_("This Idempotency-Key was used for another call. Send a new one."))
    return Answer(before.status, before.answer)


def finish(node: "Node", key: str, *, person_id: str, answer: Answer) -> None:
    """Keep what was answered, in the transaction of what was done."""
    call = node.db.get_one(KeyedCall, (person_id, key))
    call.status, call.answer = answer.status, answer.body
    node.db.flush()


def forget_old(node: "Node") -> None:
    """The job that drops keys after their day."""
    with node.unit():
        before = node.clock.now() - KEPT
        node.db.execute(delete(KeyedCall).where(KeyedCall.created_at <= before))


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's calls, and others' in whose answers an address of theirs stands."""
    addresses = [item.address for item in people.get_person(node, person_id).emails]
    named = [KeyedCall.answer.contains(address, autoescape=True) for address in addresses]
    node.db.execute(delete(KeyedCall).where(or_(KeyedCall.person_id == person_id, *named)))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """The keys of a person's calls of the last day."""
    query = select(KeyedCall).where(KeyedCall.person_id == person_id)
    return [
        {"key": call.key, "at": format_rfc3339(call.created_at)} for call in node.db.scalars(query)
    ]

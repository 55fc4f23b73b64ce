"""What a person has done, so that plugins learn it from each other without knowing each other.

One plugin says that somebody has taken part in its activity; another counts it on a path, a rule
gives a badge for it. A record is named by a reference, `ORIGIN/type/id`, of any city.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode import audit
from colnode.badges import rules
from colnode.badges.models import CompletedRecord
from colnode.catalogue import OWN
from colnode.clock import format_rfc3339
from colnode.db import insert_into
from colnode.errors import Invalid, _
from colnode.identity import people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["complete_record", "completed_records", "erase", "export", "uncomplete_record"]

_REFERENCE = re.compile(
    rf"({OWN}|n_[a-z2-7]{{52}})/([a-z][a-z0-9_-]{{0,60}})/([A-Za-z0-9._~-]{{1,100}})"
)


def complete_record(
    node: "Node",
    person_id: str,
    reference: str,
    *,
    source: str,
    completed_at: datetime | None = None,
) -> bool:
    """Note that a person has done a record, now or at a moment that has been.

    `self/type/id` is kept with this city's node id. Saying it again changes nothing; the first
    moment and source stay. True when it is news: then the rules are looked at, and the hook
    record_completed is called after the commit. The record need not be known here.
    Raises Invalid (no reference, a moment to come) and NotFound (no such person).
    """
    whole = _whole(node, reference)
    people.get_person(node, person_id)
    now = node.clock.now()
    if completed_at is not None and completed_at > now:
        raise Invalid(_("Nobody can have done this already: the day is still to come."))
    values = {
        "person_id": person_id,
        "reference": whole,
        "source": source,
        "completed_at": completed_at or now,
    }
    insert = insert_into(node.db, CompletedRecord).values(values).on_conflict_do_nothing()
    if node.db.execute(insert.returning(CompletedRecord.person_id)).scalar() is None:
        return False
    _note(node, "record.completed", person_id, whole, source)
    rules.look_at(node, person_id)
    node.after_commit(
        lambda: node.host.calls.after(
            "record_completed", node=node, person_id=person_id, reference=whole
        )
    )
    return True


def uncomplete_record(node: "Node", person_id: str, reference: str, *, source: str) -> bool:
    """Take back that a person has done a record, when it was noted by mistake.

    Only the source that noted it can; what was given for it stays. True when there was something
    to take back. Raises Invalid (no reference).
    """
    whole = _whole(node, reference)
    taken = node.db.execute(
        delete(CompletedRecord)
        .where(
            CompletedRecord.person_id == person_id,
            CompletedRecord.reference == whole,
            CompletedRecord.source == source,
        )
        .returning(CompletedRecord.person_id)
    ).scalar()
    if taken is not None:
        _note(node, "record.uncompleted", person_id, whole, source)
    return taken is not None


def completed_records(node: "Node", person_id: str) -> Mapping[str, datetime]:
    """What a person has done and when: reference, with the node id for own ones, to moment."""
    query = select(CompletedRecord.reference, CompletedRecord.completed_at)
    rows = node.db.execute(query.where(CompletedRecord.person_id == person_id))
    return {reference: completed_at for reference, completed_at in rows}


def erase(node: "Node", person_id: str) -> None:
    """Forget what the person has done."""
    node.db.execute(delete(CompletedRecord).where(CompletedRecord.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """What the person has done, as JSON values, the earliest first."""
    query = select(CompletedRecord).where(CompletedRecord.person_id == person_id)
    query = query.order_by(CompletedRecord.completed_at, CompletedRecord.reference)
    return [
        {
            "record": item.reference,
            "completed_at": format_rfc3339(item.completed_at),
            "source": item.source,
        }
        for item in node.db.scalars(query)
    ]


def _whole(node: "Node", reference: str) -> str:
    """The reference with a node id as its origin. Raises Invalid."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise Invalid(_("{reference} is not the reference of a record."), reference=reference)
    origin, kind, record_id = found.groups()
    return f"{node.id if origin == OWN else origin}/{kind}/{record_id}"


def _note(node: "Node", action: str, person_id: str, reference: str, source: str) -> None:
    audit.record(
        node,
        action,
        subject_type="person",
        subject_id=person_id,
        detail={"reference": reference, "source": source},
    )

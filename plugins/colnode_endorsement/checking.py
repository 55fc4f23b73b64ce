"""Jobs that keep endorsements true: sign what waited, check other cities', tell of changes.

What starts them: a changed record (at once), and the clock (daily, for what was missed).
"""

import json
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from colnode.plugin import (
    ColnodeError,
    Node,
    NotFound,
    catalogue,
    enqueue,
    organisations,
    verify_document,
)
from colnode_endorsement import elsewhere, giving, holding, mails, records, standing
from colnode_endorsement.models import Ask, Checked, Given, Held
from colnode_endorsement.states import Answer, Kind, Outcome, State
from colnode_endorsement.subjects import find_subject

__all__ = ["CHECK_JOB", "TEND_JOB", "check_record", "note_change", "tend", "tend_daily"]

TEND_JOB = "endorsement.tend"
CHECK_JOB = "endorsement.check"
DAY = timedelta(days=1)


def note_change(node: Node, origin: str, record_type: str, record_id: str) -> None:
    """A record changed: enqueue what that means for endorsements, if anything."""
    if record_type == standing.RECORD:
        if origin != catalogue.OWN:
            _later(node, CHECK_JOB, origin=origin, record_id=record_id)
        return
    if record_type not in (Kind.ORGANISATION, Kind.ACHIEVEMENT):
        return
    with node.reading():
        where = node.id if origin == catalogue.OWN else origin
        concerned = Given.about == f"{where}/{record_type}/{record_id}"
        if origin == catalogue.OWN:
            concerned = or_(concerned, Given.organisation_id == record_id)
        query = select(Given.id).where(concerned, Given.state != State.WITHDRAWN)
        given_ids = node.db.scalars(query).all()
    for given_id in given_ids:
        _later(node, TEND_JOB, given_id=given_id)


def _later(node: Node, kind: str, **payload: str) -> None:
    with node.unit():
        enqueue(node, kind, payload, key=":".join([kind, *payload.values()]))


def tend(node: Node, given_id: str) -> None:
    """One endorsement of this city: sign it, publish or withdraw its record, tell of a change.

    A record is out while its endorser is suspended and once its time is over.
    """
    with node.unit():
        query = select(Given).where(Given.id == given_id).with_for_update()
        given = node.db.scalar(query.execution_options(populate_existing=True))
        if given is None or given.state == State.WITHDRAWN:
            return
        organisation = organisations.get_organisation(node, given.organisation_id)
        if given.state == State.WAITING:
            if organisation.is_verified:
                _sign_waiting(node, given)
            return
        if given.kind == Kind.CREDENTIAL:
            holding.refresh(node, given.id)
            return
        if organisation.is_verified and giving.stands(given, node.clock.now()):
            records.publish(node, given)
            _tell_change(node, given)
        else:
            records.withdraw(node, given)


def _sign_waiting(node: Node, given: Given) -> None:
    """Sign it, unless what it is about is gone or would be the endorser's own by now."""
    is_badge = given.kind == Kind.CREDENTIAL
    if elsewhere.is_elsewhere(node, given.about):
        enqueue(
            node, elsewhere.SIGN_JOB, {"given_id": given.id}, key=f"{elsewhere.SIGN_JOB}:{given.id}"
        )
        return
    try:
        viewer = _asked_by(node, given) if is_badge else None
        subject = find_subject(node, given.about, viewer_id=viewer)
        giving.check_may_endorse(node, given.organisation_id, subject)
    except ColnodeError:
        node.db.delete(given)
        node.db.flush()
        return
    giving.sign(node, given, subject)


def _asked_by(node: Node, given: Given) -> str | None:
    return node.db.scalar(select(Ask.asked_by).where(Ask.given_id == given.id))


def _tell_change(node: Node, given: Given) -> None:
    try:
        subject = find_subject(node, given.about)
    except NotFound:
        return
    if subject.digest not in (given.digest, given.told_digest):
        given.told_digest = subject.digest
        node.db.flush()
        mails.look_again(node, given)


def check_record(node: Node, origin: str, record_id: str) -> None:
    """Verify an endorsement in another city's catalogue, and note what was found."""
    with node.reading():
        record = catalogue.get(node, origin, record_id, record_type=standing.RECORD)
        outcome = Outcome.UNPROVEN
        if record is not None:
            document = record.body["document"]
            verdict = verify_document(node, json.dumps(document, ensure_ascii=False).encode())
            if verdict.kind == "endorsement" and verdict.is_valid:
                outcome = Outcome.VALID
            elif any(verdict.find(name) for name in ("revoked", "expired")):
                outcome = Outcome.ENDED
    with node.unit():
        node.db.execute(
            delete(Checked).where(Checked.origin == origin, Checked.record_id == record_id)
        )
        if record is not None:
            node.db.add(
                Checked(
                    origin=origin,
                    record_id=record_id,
                    about=record.body["about"],
                    digest=standing.text_digest(record.body["document"]),
                    outcome=outcome,
                    checked_at=node.clock.now(),
                )
            )
        node.db.flush()


def tend_daily(node: Node) -> None:
    """The daily job: what a changed record could have missed; addresses nobody answered from go."""
    with node.reading():
        query = select(Given.id).where(Given.state != State.WITHDRAWN)
        given_ids = node.db.scalars(query).all()
        held_ids = node.db.scalars(select(Held.id).where(Held.given_id.is_(None))).all()
        wanted = {(item.origin, item.id) for item in _foreign(node)}
        wanted |= {(item.origin, item.record_id) for item in node.db.scalars(select(Checked))}
    with node.unit():
        is_late = (Ask.state == Answer.WAITING) & (Ask.expires_at <= node.clock.now())
        node.db.execute(update(Ask).where(is_late).values(email=None))
        for given_id in given_ids:
            enqueue(node, TEND_JOB, {"given_id": given_id}, key=f"{TEND_JOB}:{given_id}")
        for held_id in held_ids:
            key = f"{holding.CHECK_JOB}:{held_id}"
            enqueue(node, holding.CHECK_JOB, {"held_id": held_id}, key=key)
        for origin, record_id in sorted(wanted):
            payload = {"origin": origin, "record_id": record_id}
            enqueue(node, CHECK_JOB, payload, key=f"{CHECK_JOB}:{origin}:{record_id}")


def _foreign(node: Node) -> Iterator[catalogue.RecordView]:
    query = catalogue.Query(types=(standing.RECORD,), foreign_only=True, limit=500)
    while True:
        results = catalogue.search(node, query)
        yield from results.items
        if results.next_cursor is None:
            return
        query = catalogue.Query(
            types=(standing.RECORD,), foreign_only=True, limit=500, cursor=results.next_cursor
        )

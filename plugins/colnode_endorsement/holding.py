"""What learners hold: endorsements of their own badges, private until they show them.

A shown one is embedded in the badge, which is signed again for that, so it travels with it.
"""

import contextlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from colnode.plugin import (
    ColnodeError,
    Invalid,
    Node,
    NotFound,
    Unavailable,
    _,
    carry_endorsements,
    enqueue,
    fetch,
    find_earned,
    organisations,
    verify_document,
)
from colnode_endorsement.models import Given, Held
from colnode_endorsement.states import Outcome, State
from colnode_endorsement.subjects import Subject

__all__ = [
    "CHECK_JOB",
    "bring",
    "check_held",
    "end",
    "fetch_document",
    "keep",
    "list_held",
    "refresh",
    "remove",
    "set_shown",
    "shown_of",
]

CHECK_JOB = "endorsement.check_held"
MOST_BYTES = 1024 * 1024
_ACCEPT = "application/vc, application/ld+json, application/json"
_MOST_FOR_A_BADGE = 20
_MOST_BYTES_CARRIED = 64 * 1024


def keep(node: Node, given: Given, subject: Subject) -> None:
    """Hand a signed endorsement of this city to the holder; nobody else sees it yet."""
    if subject.holder_id is None:
        return  # a badge of another city: its holder brings the endorsement home
    now = node.clock.now()
    document = json.loads(given.document or "{}")
    node.db.add(
        Held(
            person_id=subject.holder_id,
            about=subject.id,
            source_url=document["id"],
            given_id=given.id,
            document=given.document,
            outcome=Outcome.VALID,
            received_at=now,
            checked_at=now,
        )
    )
    node.db.flush()


def bring(node: Node, person_id: str, address: str, source_url: str) -> Held:
    """Add an endorsement from another city to one's own badge; a job looks at it.

    Raises NotFound (not one's own badge) and Invalid.
    """
    badge = find_earned(node, address, viewer_id=person_id)
    if badge.holder_id != person_id:
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    url = source_url.strip()
    wrong = None
    if not url.startswith(("https://", "http://")) or len(url) > 2_000 or len(url.split()) != 1:
        wrong = _("Give the full address of the endorsement, which starts with https://.")
    elif url.startswith(node.config.server.base_url + "/"):
        wrong = _("Endorsements of this city appear here by themselves.")
    elif _find(node, person_id, url) is not None:
        wrong = _("You have this endorsement already.")
    elif len(list_held(node, person_id, badge.url)) >= _MOST_FOR_A_BADGE:
        wrong = _("A badge can have 20 endorsements. Remove one first.")
    if wrong:
        raise Invalid(wrong, fields={"source_url": wrong})
    held = Held(person_id=person_id, about=badge.url, source_url=url, received_at=node.clock.now())
    node.db.add(held)
    node.db.flush()
    enqueue(node, CHECK_JOB, {"held_id": held.id}, key=f"{CHECK_JOB}:{held.id}")
    return held


def fetch_document(node: Node, url: str) -> bytes:
    """The badge or endorsement at an address of another site. Not in a unit that writes.

    Raises Unavailable, Untrusted and TooLarge.
    """
    status, data = fetch(node, url, accept=_ACCEPT, max_bytes=MOST_BYTES)
    if status != 200:
        raise Unavailable(_("There is no document at this address."))
    return data


def check_held(node: Node, held_id: str) -> None:
    """The job: fetch and verify an endorsement that somebody brought, and note what was found.

    Raises Unavailable when it cannot be had, so that it is tried later.
    """
    with node.reading():
        held = node.db.get(Held, held_id)
        if held is None or held.given_id is not None:
            return
        url, about, stored = held.source_url, held.about, held.document
    data = stored.encode() if stored else fetch_document(node, url)
    with node.reading():
        outcome = _outcome(node, data, about)
    with node.unit():
        held = node.db.get(Held, held_id)
        if held is None:
            return
        held.checked_at = node.clock.now()
        was, held.outcome = held.outcome, outcome
        if outcome == Outcome.VALID:
            held.document = data.decode("utf-8")
        node.db.flush()
        if held.is_shown and was != outcome:
            _carry(node, held.person_id, held.about)


def _outcome(node: Node, data: bytes, about: str) -> Outcome:
    if len(data) > _MOST_BYTES_CARRIED:
        return Outcome.UNPROVEN
    verdict = verify_document(node, data)
    is_about = verdict.kind == "endorsement" and verdict.summary.subject_id == about
    document = verdict.credential or {}
    if not is_about or not isinstance(document.get("proof"), list):
        return Outcome.UNPROVEN
    badge = find_earned(node, about, viewer_id=None) if _is_open(node, about) else None
    issuer = badge.document.get("issuer", {}).get("id") if badge else None
    if verdict.summary.issuer_id == issuer:
        return Outcome.UNPROVEN  # who gave the badge says nothing new by endorsing it
    if verdict.is_valid:
        return Outcome.VALID
    has_ended = any(verdict.find(name) for name in ("revoked", "expired", "suspended"))
    return Outcome.ENDED if has_ended else Outcome.UNPROVEN


def _is_open(node: Node, about: str) -> bool:
    try:
        find_earned(node, about, viewer_id=None)
    except NotFound:
        return False
    return True


def set_shown(node: Node, held_id: str, *, person_id: str, is_shown: bool) -> Held:
    """Show an endorsement on the badge's page and in the badge itself, or hide it again.

    Raises NotFound, Invalid (not proven), Gone and Refused (the badge cannot be signed again).
    """
    held = _own(node, held_id, person_id)
    if is_shown and held.outcome != Outcome.VALID:
        raise Invalid(_("Only an endorsement that was proven and still holds can be shown."))
    if held.is_shown != is_shown:
        held.is_shown = is_shown
        node.db.flush()
        _carry(node, person_id, held.about)
    return held


def remove(node: Node, held_id: str, *, person_id: str) -> None:
    """Forget an endorsement of one's badge. Raises NotFound."""
    held = _own(node, held_id, person_id)
    about, was_shown = held.about, held.is_shown
    node.db.delete(held)
    node.db.flush()
    if was_shown:
        _carry(node, person_id, about)


def end(node: Node, given_id: str) -> None:
    """An endorsement of this city was withdrawn: badges that carried it do so no longer."""
    for held in node.db.scalars(select(Held).where(Held.given_id == given_id)).all():
        held.outcome = Outcome.ENDED
        node.db.flush()
        if held.is_shown:
            _carry(node, held.person_id, held.about)


def list_held(node: Node, person_id: str, about: str | None = None) -> Sequence[Held]:
    """A person's endorsements, of one badge or of all, newest first."""
    query = select(Held).where(Held.person_id == person_id)
    if about is not None:
        query = query.where(Held.about == about)
    return node.db.scalars(query.order_by(Held.received_at.desc(), Held.id)).all()


def shown_of(node: Node, about: str) -> Sequence[Held]:
    """What the holder of a badge shows to everybody, oldest first."""
    query = select(Held).where(Held.about == about, Held.is_shown, Held.outcome == Outcome.VALID)
    return [
        held
        for held in node.db.scalars(query.order_by(Held.received_at, Held.id))
        if _counts(node, held)
    ]


def forget(node: Node, person_id: str) -> None:
    """Forget all that a person holds; texts about them in endorsements of this city go too."""
    own = select(Held.given_id).where(Held.person_id == person_id)
    for given in node.db.scalars(select(Given).where(Given.id.in_(own))):
        given.document, given.comment, given.opportunity = "{}", "", ""
        given.state, given.withdrawn_at = State.WITHDRAWN, node.clock.now()
    node.db.execute(delete(Held).where(Held.person_id == person_id))
    node.db.flush()


def refresh(node: Node, given_id: str) -> None:
    """The endorser was suspended or verified again: badges carry what counts now."""
    query = select(Held).where(Held.given_id == given_id, Held.is_shown)
    for held in node.db.scalars(query).all():
        with contextlib.suppress(ColnodeError):  # the badge's own organisation may be suspended
            _carry(node, held.person_id, held.about)


def _counts(node: Node, held: Held) -> bool:
    """Whether its time is not over and its endorser, one of this city, is verified."""
    given = node.db.get(Given, held.given_id) if held.given_id else None
    if given is not None:
        endorser = organisations.get_organisation(node, given.organisation_id)
        if not endorser.is_verified:
            return False
    end = json.loads(held.document or "{}").get("validUntil")
    return end is None or datetime.fromisoformat(end) > node.clock.now()


def _carry(node: Node, person_id: str, about: str) -> None:
    badge = find_earned(node, about, viewer_id=person_id)
    wanted = [json.loads(held.document or "{}") for held in shown_of(node, about)]
    try:
        carry_endorsements(node, badge.id, wanted)
    except ColnodeError:
        if wanted:
            raise  # taking one away must work even when the badge cannot be signed again


def _own(node: Node, held_id: str, person_id: str) -> Held:
    held = node.db.get(Held, held_id)
    if held is None or held.person_id != person_id:
        raise NotFound(_("There is no such endorsement."))
    return held


def _find(node: Node, person_id: str, url: str) -> Held | None:
    query = select(Held).where(Held.person_id == person_id, Held.source_url == url)
    return node.db.scalar(query)

"""Endorsing an earned badge of another city: it is read and checked there, and signed here.

The holder gets the endorsement's address from the endorser and adds it to the badge at home, so
nothing about them is kept here.
"""

from sqlalchemy import select

from colnode.plugin import (
    ColnodeError,
    Invalid,
    Node,
    Unavailable,
    _,
    catalogue,
    enqueue,
    organisations,
    verify_document,
)
from colnode_endorsement import giving, holding, mails
from colnode_endorsement.content import Content
from colnode_endorsement.models import Given
from colnode_endorsement.states import Kind, State
from colnode_endorsement.subjects import Subject, of_record

__all__ = ["SIGN_JOB", "give", "is_elsewhere", "look", "sign_checked"]

SIGN_JOB = "endorsement.sign_elsewhere"


def is_elsewhere(node: Node, about: str) -> bool:
    """Whether it is the address of an earned badge on another site."""
    return "://" in about and not about.startswith(node.config.server.base_url + "/")


def look(node: Node, url: str) -> Subject:
    """What is at an address of another city: a record that is read here, or an earned badge.

    Not in a unit that writes.

    Raises Unavailable and Untrusted (cannot be had) and Invalid (no valid badge is there).
    """
    wrong = _("There is no valid badge at this address.")
    if not url.startswith(("https://", "http://")) or len(url) > 2_000 or len(url.split()) != 1:
        raise Invalid(wrong, fields={"about": wrong})
    published = _published(node, url)
    if published is not None:
        return published
    data = holding.fetch_document(node, url)
    with node.reading():
        verdict = verify_document(node, data)
    badge = verdict.summary
    if not verdict.is_valid or verdict.kind != "badge" or badge.id != url:
        raise Invalid(wrong, fields={"about": wrong})
    return Subject(
        kind=Kind.CREDENTIAL,
        reference=url,
        id=url,
        name={node.config.main_language: badge.name or url},
        owner_did=badge.issuer_id or "",
    )


def _published(node: Node, url: str) -> Subject | None:
    """The badge or organisation whose page or id the address is, if its city is read here."""
    record_id = url.rstrip("/").rpartition("/")[2]
    with node.reading():
        for origin in catalogue.count_by_type(node):
            for kind in (Kind.ACHIEVEMENT, Kind.ORGANISATION):
                record = catalogue.get(node, origin, record_id, record_type=kind)
                if record is not None and url.startswith(record.origin_url + "/"):
                    return of_record(node, record)
    return None


def give(node: Node, organisation_id: str, url: str, *, content: Content, actor_id: str) -> Given:
    """Prepare an endorsement; a job checks the badge once more and signs.

    Raises Refused (not verified), Conflict and Invalid.
    """
    organisations.require_verified(node, organisation_id)
    subject = Subject(Kind.CREDENTIAL, url, url, {node.config.main_language: url[:200]}, "")
    given = giving.prepare(node, organisation_id, subject, content=content, actor_id=actor_id)
    enqueue(node, SIGN_JOB, {"given_id": given.id}, key=f"{SIGN_JOB}:{given.id}")
    return given


def sign_checked(node: Node, given_id: str) -> None:
    """The job: check the badge and sign, or drop what cannot be signed and say why.

    Raises Unavailable when the other city does not answer, so that it is tried later.
    """
    with node.reading():
        given = node.db.get(Given, given_id)
        if given is None or given.state != State.WAITING:
            return
        url = given.about
    try:
        subject = look(node, url)
        with node.unit():
            query = select(Given).where(Given.id == given_id, Given.state == State.WAITING)
            given = node.db.scalar(query.with_for_update())
            if given is None:
                return
            giving.check_may_endorse(node, given.organisation_id, subject)
            given.about_name = dict(subject.name)
            giving.sign(node, given, subject)
    except Unavailable:
        raise
    except ColnodeError as error:
        with node.unit():
            _drop(node, given_id, error)


def _drop(node: Node, given_id: str, error: ColnodeError) -> None:
    given = node.db.get(Given, given_id)
    if given is None:
        return
    mails.not_signed(node, given, str(error))
    node.db.delete(given)
    node.db.flush()

"""Giving endorsements: who may, signing, withdrawing, and confirming after a change."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.plugin import (
    Conflict,
    Node,
    NotFound,
    Refused,
    SignedEndorsement,
    _,
    audit,
    did_of,
    new_id,
    organisations,
    revoke_endorsement,
    sign_endorsement,
)
from colnode_endorsement import holding, mails, records
from colnode_endorsement.content import Content, check_content, signed_comment
from colnode_endorsement.models import Given
from colnode_endorsement.states import Kind, State
from colnode_endorsement.subjects import Subject, find_subject

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "check_may_endorse",
    "confirm",
    "endorsement_url",
    "get_given",
    "give",
    "list_given",
    "organisation_of",
    "sign",
    "stands",
    "withdraw",
]


def endorsement_url(node: Node, address: str) -> str:
    """The address that is an endorsement's id."""
    return f"{node.config.server.base_url}/endorsements/{address}"


def check_may_endorse(node: Node, organisation_id: str, subject: Subject) -> None:
    """Raises Refused when an organisation would endorse itself, its own, or a member's badge."""
    if subject.owner_did == did_of(node, organisation_id):
        raise Refused(_("Nobody endorses themselves: this is your own organisation's."))
    holder_id = subject.holder_id
    if holder_id and organisations.role_of(node, organisation_id, holder_id) is not None:
        raise Refused(
            _("Nobody endorses themselves: the person who has this badge works with you.")
        )


def give(
    node: Node,
    organisation_id: str,
    about: str,
    *,
    content: Content,
    actor_id: str | None,
    may_wait: bool = False,
    viewer_id: str | None = None,
) -> Given:
    """Endorse a badge, an organisation (`NODE/type/ID`) or an earned badge (its address).

    It is signed now; with `may_wait`, by an organisation that the city has not verified, once it
    is. A suspended one never endorses. `viewer_id` is who shows an earned badge that is private.
    Raises Refused, Conflict (endorsed already), NotFound and Invalid.
    """
    organisation = organisations.get_organisation(node, organisation_id)
    is_draft = organisation.status == organisations.OrganisationStatus.DRAFT
    if not (may_wait and is_draft):
        organisations.require_verified(node, organisation_id)
    subject = find_subject(node, about, viewer_id=viewer_id or actor_id)
    check_may_endorse(node, organisation_id, subject)
    given = prepare(node, organisation_id, subject, content=content, actor_id=actor_id)
    if organisation.is_verified:
        sign(node, given, subject)
    return given


def prepare(
    node: Node, organisation_id: str, subject: Subject, *, content: Content, actor_id: str | None
) -> Given:
    """An endorsement that waits to be signed. Raises Conflict and Invalid."""
    checked = check_content(node, content)
    _check_once(node, organisation_id, subject, checked)
    is_private = subject.kind is Kind.CREDENTIAL
    given = Given(
        address=secrets.token_urlsafe(24) if is_private else new_id(),
        organisation_id=organisation_id,
        kind=subject.kind,
        about=subject.reference,
        about_name=dict(subject.name),
        subject_id=subject.id,
        digest=subject.digest,
        comment=checked.comment,
        opportunity=checked.opportunity,
        opportunity_url=checked.opportunity_url,
        is_receipt=checked.is_receipt,
        valid_until=checked.valid_until,
        state=State.WAITING,
        created_by=actor_id,
        created_at=node.clock.now(),
    )
    node.db.add(given)
    node.db.flush()
    return given


def _check_once(node: Node, organisation_id: str, subject: Subject, content: Content) -> None:
    query = select(Given).where(
        Given.organisation_id == organisation_id,
        Given.about == subject.reference,
        Given.state != State.WITHDRAWN,
        Given.is_receipt == content.is_receipt,
    )
    if content.is_receipt:
        query = query.where(Given.opportunity == content.opportunity)
    if node.db.scalar(query.limit(1)) is not None:
        raise Conflict(_("You endorsed this already. Withdraw that first to say something else."))


def sign(node: Node, given: Given, subject: Subject) -> None:
    """Sign what waited, publish it or hand it to the holder, and tell who was endorsed."""
    content = Content(
        given.comment,
        given.opportunity,
        given.opportunity_url,
        given.valid_until,
        given.is_receipt,
    )
    signed = sign_endorsement(
        node,
        given.organisation_id,
        id=endorsement_url(node, given.address),
        subject_id=subject.id,
        comment=signed_comment(node, content),
        valid_until=given.valid_until,
    )
    given.document = signed.document
    given.status_list_id, given.status_position = signed.status_list_id, signed.status_position
    given.state, given.signed_at = State.SIGNED, node.clock.now()
    node.db.flush()
    if given.kind == Kind.CREDENTIAL:
        holding.keep(node, given, subject)
    else:
        records.publish(node, given)
    mails.tell_endorsed(node, given, subject)
    _note(node, "endorsement.signed", given, given.created_by)


def withdraw(node: Node, given_id: str, *, actor_id: str | None) -> Given:
    """Take an endorsement back: its status list and the catalogue say so at once.

    Badges that hold it are signed again without it. Twice is the same as once. Raises NotFound.
    """
    given = _locked(node, given_id)
    if given.state == State.WITHDRAWN:
        return given
    if given.state == State.SIGNED:
        list_id, position = given.status_list_id or "", given.status_position or 0
        place = SignedEndorsement(given.document or "", list_id, position)
        revoke_endorsement(node, place)
        records.withdraw(node, given)
    given.state, given.withdrawn_at = State.WITHDRAWN, node.clock.now()
    node.db.flush()
    holding.end(node, given.id)
    _note(node, "endorsement.withdrawn", given, actor_id)
    return given


def confirm(node: Node, given_id: str, *, actor_id: str | None) -> Given:
    """Say that an endorsement holds for what has changed since. Raises NotFound and Refused."""
    given = _locked(node, given_id)
    if given.state != State.SIGNED:
        raise Refused(_("This endorsement is not in force."))
    organisations.require_verified(node, given.organisation_id)
    subject = find_subject(node, given.about, viewer_id=actor_id)
    given.digest, given.told_digest = subject.digest, None
    given.about_name = dict(subject.name)
    node.db.flush()
    if given.kind != Kind.CREDENTIAL:
        records.publish(node, given)
    _note(node, "endorsement.confirmed", given, actor_id)
    return given


def stands(given: Given, now: "datetime") -> bool:
    """Whether it is signed and its time has not ended. Whose it is, is not asked."""
    is_over = given.valid_until is not None and given.valid_until <= now
    return given.state == State.SIGNED and not is_over


def list_given(node: Node, organisation_id: str, *, limit: int = 500) -> Sequence[Given]:
    """What an organisation endorses, newest first."""
    query = select(Given).where(Given.organisation_id == organisation_id)
    return node.db.scalars(query.order_by(Given.created_at.desc(), Given.id).limit(limit)).all()


def get_given(node: Node, given_id: str) -> Given:
    """One endorsement by its id or the end of its address. Raises NotFound."""
    given = node.db.get(Given, given_id)
    given = given or node.db.scalar(select(Given).where(Given.address == given_id))
    if given is None:
        raise NotFound(_("There is no such endorsement."))
    return given


def organisation_of(node: Node, given_id: str) -> str:
    """The id of the organisation that gave it. Raises NotFound."""
    return get_given(node, given_id).organisation_id


def _locked(node: Node, given_id: str) -> Given:
    query = select(Given).where(Given.id == given_id).with_for_update()
    given = node.db.scalar(query.execution_options(populate_existing=True))
    if given is None:
        raise NotFound(_("There is no such endorsement."))
    return given


def _note(node: Node, action: str, given: Given, actor_id: str | None) -> None:
    audit.record(
        node,
        action,
        subject_type="endorsement",
        subject_id=given.id,
        actor_id=actor_id,
        detail={"organisation_id": given.organisation_id, "kind": given.kind},
    )

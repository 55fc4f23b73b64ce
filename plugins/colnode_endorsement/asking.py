"""Asking for an endorsement, and answering: yes with a text, or no."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from colnode.plugin import (
    Conflict,
    Gone,
    Invalid,
    Node,
    NotFound,
    Refused,
    _,
    audit,
    find_earned,
    join_by_mail,
    organisations,
)
from colnode_endorsement import giving, mails
from colnode_endorsement.content import Content, check_text
from colnode_endorsement.models import Ask, Given
from colnode_endorsement.states import Answer, Kind, State
from colnode_endorsement.subjects import Subject, find_subject

__all__ = [
    "Newcomer",
    "accept",
    "accept_by_link",
    "ask",
    "by_token",
    "cancel",
    "decline",
    "endorser_of",
    "get_ask",
    "list_asked",
    "list_waiting",
]

_DAYS = 60
_MOST_OPEN = 50


@dataclass(frozen=True)
class Newcomer:
    """Who answers without an organisation on this site; without an account, with a name too."""

    organisation_name: str
    url: str = ""
    display_name: str = ""


def ask(
    node: Node,
    about: str,
    *,
    actor_id: str,
    organisation_id: str | None = None,
    endorser_id: str | None = None,
    email: str = "",
    message: str = "",
    language: str | None = None,
) -> Ask:
    """Ask an organisation of this city, or whoever reads mail at an address, for an endorsement.

    One's own shared badge is asked for by its holder, everything else by `organisation_id`, whose
    it is. Raises Refused (not one's own, not shared, not verified), Conflict (asked already),
    NotFound, and Invalid that names the fields endorser_id, email and message.
    """
    subject = find_subject(node, about, viewer_id=actor_id)
    _check_own(node, subject, actor_id, organisation_id)
    wrong: dict[str, str] = {}
    words = check_text(message, "message", wrong, longest=1_000)
    address = email.strip().lower()
    if bool(endorser_id) == bool(address):
        wrong["email"] = _("Choose an organisation of the city, or give an e-mail address.")
    elif address and (address.count("@") != 1 or any(sign.isspace() for sign in address)):
        wrong["email"] = _("This is not an e-mail address.")
    if wrong:
        raise Invalid(_("Something in the request needs your attention."), fields=wrong)
    if endorser_id:
        organisations.require_verified(node, endorser_id)
        giving.check_may_endorse(node, endorser_id, subject)
    _check_open(node, subject, actor_id, endorser_id, address)
    return _send(
        node,
        subject,
        actor_id=actor_id,
        organisation_id=organisation_id,
        endorser_id=endorser_id or None,
        address=address or None,
        message=words,
        language=language or node.config.main_language,
    )


def _check_own(node: Node, subject: Subject, actor_id: str, organisation_id: str | None) -> None:
    if subject.kind is Kind.CREDENTIAL:
        if subject.holder_id != actor_id:
            raise Refused(_("Only the person who has a badge can ask for its endorsement."))
        if not find_earned(node, subject.id, viewer_id=actor_id).is_shared:
            raise Refused(_("Share the badge first, so that whom you ask can see it."))
    elif organisation_id is None or subject.owner_id != organisation_id:
        raise Refused(_("Only the organisation whose it is can ask for its endorsement."))
    else:
        organisations.require_verified(node, organisation_id)


def _check_open(
    node: Node, subject: Subject, actor_id: str, endorser_id: str | None, address: str
) -> None:
    is_open = (Ask.state == Answer.WAITING) & (Ask.expires_at > node.clock.now())
    same = select(Ask.id).where(is_open, Ask.about == subject.reference)
    same = same.where(Ask.endorser_id == endorser_id if endorser_id else Ask.email == address)
    if node.db.scalar(same.limit(1)) is not None:
        raise Conflict(_("You asked them already. They have not answered yet."))
    mine = select(func.count()).select_from(Ask).where(is_open, Ask.asked_by == actor_id)
    if (node.db.scalar(mine) or 0) >= _MOST_OPEN:
        raise Refused(_("50 of your requests are not answered yet. Wait for some of them first."))


def _send(
    node: Node,
    subject: Subject,
    *,
    actor_id: str,
    organisation_id: str | None,
    endorser_id: str | None,
    address: str | None,
    message: str,
    language: str,
) -> Ask:
    token = secrets.token_urlsafe(24) if address else None
    now = node.clock.now()
    asked = Ask(
        token_hash=_hash(token) if token else None,
        email=address,
        language=language,
        endorser_id=endorser_id,
        kind=subject.kind,
        about=subject.reference,
        about_name=dict(subject.name),
        organisation_id=organisation_id,
        asked_by=actor_id,
        message=message,
        answer="",
        created_at=now,
        expires_at=now + timedelta(days=_DAYS),
    )
    node.db.add(asked)
    node.db.flush()
    asker = _asker(node, asked)
    if address and token:
        mails.ask(node, asked, to=address, token=token, asker=asker, days=_DAYS)
    else:
        mails.ask_owners(node, asked, asker=asker, days=_DAYS)
    _note(node, "endorsement.asked", asked, actor_id)
    return asked


def _asker(node: Node, asked: Ask) -> dict[str, str] | str:
    """Who asks, as a mail says it: an organisation by name, a learner without theirs."""
    if asked.organisation_id is not None:
        return dict(organisations.get_organisation(node, asked.organisation_id).name)
    return node.translate(_("A learner"), asked.language)


def by_token(node: Node, token: str) -> Ask:
    """The request that a mailed link means. Raises Gone once it is answered or too old."""
    asked = node.db.scalar(select(Ask).where(Ask.token_hash == _hash(token)))
    return _open(node, asked)


def get_ask(node: Node, ask_id: str) -> Ask:
    """A request by its id. Raises NotFound."""
    asked = node.db.get(Ask, ask_id)
    if asked is None:
        raise NotFound(_("There is no such request."))
    return asked


def endorser_of(node: Node, ask_id: str) -> str:
    """The id of the organisation of this city that is asked. Raises NotFound."""
    endorser_id = get_ask(node, ask_id).endorser_id
    if endorser_id is None:
        raise NotFound(_("There is no such request."))
    return endorser_id


def accept(
    node: Node, ask_id: str, *, organisation_id: str, content: Content, actor_id: str
) -> Given:
    """Say yes for an organisation. It is signed at once, or when the city has verified it.

    Raises Gone (answered or too old) and what `give` raises.
    """
    asked = _locked(node, ask_id)
    if asked.endorser_id is not None and asked.endorser_id != organisation_id:
        raise NotFound(_("There is no such request."))
    if asked.asked_by == actor_id:
        raise Refused(_("Nobody endorses themselves: you asked for this one."))
    given = giving.give(
        node,
        organisation_id,
        asked.about,
        content=content,
        actor_id=actor_id,
        may_wait=True,
        viewer_id=asked.asked_by,
    )
    asked.given_id = given.id
    _close(node, asked, Answer.ACCEPTED, actor_id)
    if given.state == State.WAITING:
        name = organisations.get_organisation(node, organisation_id).name
        mails.tell_answer(node, asked, endorser=dict(name))
    return given


def accept_by_link(
    node: Node,
    token: str,
    *,
    content: Content,
    person_id: str | None = None,
    organisation_id: str | None = None,
    newcomer: Newcomer | None = None,
) -> Given:
    """Say yes by a mailed link, with an organisation that one works for, or with a new one.

    Without an account the link opens one, for it has proven the address. Nothing is signed before
    a city admin has verified a new organisation. Raises Gone, Conflict (the address has an account:
    sign in), Invalid, and what `give` raises.
    """
    asked = by_token(node, token)
    if person_id is None or organisation_id is None:
        if newcomer is None:
            raise Invalid(_("Say for which organisation you answer."))
        if person_id is None:
            person_id, organisation_id = join_by_mail(
                node,
                email=asked.email or "",
                display_name=newcomer.display_name,
                organisation_name=newcomer.organisation_name,
                url=newcomer.url,
                language=asked.language,
            )
        else:
            organisation_id = organisations.create(
                node,
                name={node.config.main_language: newcomer.organisation_name},
                actor_id=person_id,
                url=newcomer.url,
            ).id
    return accept(
        node, asked.id, organisation_id=organisation_id, content=content, actor_id=person_id
    )


def decline(node: Node, ask_id: str, *, answer: str = "", actor_id: str | None = None) -> Ask:
    """Say no, with or without a reason. Raises Gone and Invalid."""
    asked = _locked(node, ask_id)
    wrong: dict[str, str] = {}
    asked.answer = check_text(answer, "answer", wrong, longest=1_000)
    if wrong:
        raise Invalid(_("Something in the answer needs your attention."), fields=wrong)
    _close(node, asked, Answer.DECLINED, actor_id)
    endorser: dict[str, str] | str = node.translate(_("Whom you asked"), asked.language)
    if asked.endorser_id is not None:
        endorser = dict(organisations.get_organisation(node, asked.endorser_id).name)
    mails.tell_answer(node, asked, endorser=endorser)
    return asked


def cancel(node: Node, ask_id: str, *, actor_id: str) -> None:
    """Take a request back. Raises NotFound (not one's own) and Gone."""
    asked = _locked(node, ask_id)
    if asked.asked_by != actor_id:
        raise NotFound(_("There is no such request."))
    _close(node, asked, Answer.CANCELLED, actor_id)


def list_waiting(node: Node, organisation_id: str) -> Sequence[Ask]:
    """What an organisation is asked and has not answered, oldest first."""
    query = select(Ask).where(
        Ask.endorser_id == organisation_id,
        Ask.state == Answer.WAITING,
        Ask.expires_at > node.clock.now(),
    )
    return node.db.scalars(query.order_by(Ask.created_at, Ask.id)).all()


def list_asked(
    node: Node, *, organisation_id: str | None = None, person_id: str | None = None, about: str = ""
) -> Sequence[Ask]:
    """What an organisation, or a person for their own badges, asked for; newest first."""
    query = select(Ask).where(Ask.organisation_id == organisation_id)
    if organisation_id is None:
        query = query.where(Ask.asked_by == person_id)
    if about:
        query = query.where(Ask.about == about)
    return node.db.scalars(query.order_by(Ask.created_at.desc(), Ask.id).limit(200)).all()


def _close(node: Node, asked: Ask, state: Answer, actor_id: str | None) -> None:
    """The address is no longer needed once there is an answer."""
    asked.state, asked.answered_at, asked.email = state, node.clock.now(), None
    node.db.flush()
    _note(node, f"endorsement.{state}", asked, actor_id)


def _locked(node: Node, ask_id: str) -> Ask:
    query = select(Ask).where(Ask.id == ask_id).with_for_update()
    return _open(node, node.db.scalar(query.execution_options(populate_existing=True)))


def _open(node: Node, asked: Ask | None) -> Ask:
    if asked is None or asked.state != Answer.WAITING or asked.expires_at <= node.clock.now():
        raise Gone(_("This request was answered or taken back, or is too old."))
    return asked


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(node: Node, action: str, asked: Ask, actor_id: str | None) -> None:
    audit.record(
        node,
        action,
        subject_type="endorsement_request",
        subject_id=asked.id,
        actor_id=actor_id,
        detail={"kind": asked.kind},
    )

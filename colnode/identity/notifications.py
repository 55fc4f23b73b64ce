"""Messages to people on their account page and by mail, and what each switched off.

Kinds are registered by plugins (register_notifications). Mail leaves through the job table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from colnode.catalogue import choose as choose_text
from colnode.clock import format_rfc3339
from colnode.errors import Invalid, _
from colnode.host.types import Notification
from colnode.identity.models import NotificationChoice, Person, SentNotification

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Choice",
    "choices_of",
    "choose",
    "count_unread",
    "erase",
    "export",
    "list_notifications",
    "mark_read",
    "notify",
    "sweep",
]

KEPT = timedelta(days=365)
_SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class Choice:
    """One kind of message and what a person chose for it."""

    kind: Notification
    on_page: bool
    by_mail: bool


def notify(
    node: "Node",
    person_id: str,
    kind: str,
    *,
    subject: str,
    text: str,
    url: str = "",
    parameters: Mapping[str, object] | None = None,
    key: str | None = None,
) -> bool:
    """Tell a person something, on their account page and by mail, in the caller's transaction.

    `subject` and `text` are English templates marked with `_`; they are translated into the
    person's language and filled in with `parameters`, which has `city` in any case; one that is
    a language map is said in their language. `url` is an address or a path of this site. With the
    same `key` a person is told once, so that a job may run twice. Returns whether anything was
    sent: nothing is to somebody who switched the kind off, whose account ended, or who was told
    before. Raises Invalid for a kind that nobody registered.
    """
    known = node.host.notifications.get(kind)
    if known is None:
        raise Invalid(_("There is no kind of message called {kind}."), kind=kind)
    person = node.db.get(Person, person_id)
    if person is None or not person.is_active or _was_told(node, person_id, key):
        return False
    choice = _choice(node, person_id, known)
    wishes = (person.language, node.config.main_language)
    given = {
        name: choose_text(value, wishes) if isinstance(value, dict) else value
        for name, value in {"city": node.config.city.name, **(parameters or {})}.items()
    }
    title = node.translate(subject, person.language).format(**given)
    title = " ".join(title.split())[:_SUBJECT_LENGTH]
    words = node.translate(text, person.language).format(**given)
    address = node.config.server.base_url + url if url.startswith("/") else url
    mailed = choice.by_mail and person.email is not None
    if not (choice.on_page or mailed):
        return False
    node.db.add(
        SentNotification(
            person_id=person_id,
            kind=kind,
            key=key,
            subject=title,
            text=words,
            url=address,
            is_shown=choice.on_page,
            created_at=node.clock.now(),
        )
    )
    node.db.flush()
    if mailed:
        _mail(node, person, title, words, address)
    return True


def _was_told(node: "Node", person_id: str, key: str | None) -> bool:
    if key is None:
        return False
    query = select(SentNotification.id).where(
        SentNotification.person_id == person_id, SentNotification.key == key
    )
    return node.db.scalar(query) is not None


def _mail(node: "Node", person: Person, subject: str, text: str, url: str) -> None:
    assert person.email is not None
    foot = node.translate(
        _("You can switch off messages of this kind: {link}"), person.language
    ).format(link=f"{node.config.server.base_url}/account/messages")
    parts = [text.strip(), url, foot]
    node.mail.send(
        node, to=person.email, subject=subject, text="\n\n".join(p for p in parts if p) + "\n"
    )


def _choice(node: "Node", person_id: str, kind: Notification) -> Choice:
    row = node.db.get(NotificationChoice, (person_id, kind.name))
    return Choice(kind, True, kind.mails) if row is None else Choice(kind, row.on_page, row.by_mail)


def choices_of(node: "Node", person_id: str) -> Sequence[Choice]:
    """Every kind of message there is, with what the person chose for it."""
    return [_choice(node, person_id, kind) for kind in node.host.notifications.values()]


def choose(node: "Node", person_id: str, kind: str, *, on_page: bool, by_mail: bool) -> None:
    """Switch one kind of message on or off, each way. Raises Invalid for an unknown kind."""
    if kind not in node.host.notifications:
        raise Invalid(_("There is no kind of message called {kind}."), kind=kind)
    node.db.merge(
        NotificationChoice(person_id=person_id, kind=kind, on_page=on_page, by_mail=by_mail)
    )
    node.db.flush()


def list_notifications(
    node: "Node", person_id: str, *, before: str | None = None, limit: int = 50
) -> Sequence[SentNotification]:
    """A person's messages, newest first; `before` is the id of the last one seen."""
    query = select(SentNotification).where(_is_shown_to(person_id))
    if before is not None:
        query = query.where(SentNotification.id < before)
    return node.db.scalars(query.order_by(SentNotification.id.desc()).limit(limit)).all()


def count_unread(node: "Node", person_id: str) -> int:
    """How many messages the person has not marked as read."""
    unread = SentNotification.read_at.is_(None)
    query = select(func.count()).where(_is_shown_to(person_id), unread)
    return node.db.scalar(query) or 0


def _is_shown_to(person_id: str) -> ColumnElement[bool]:
    return and_(SentNotification.person_id == person_id, SentNotification.is_shown)


def mark_read(node: "Node", person_id: str) -> None:
    """Mark all of a person's messages as read."""
    unread = SentNotification.read_at.is_(None)
    node.db.execute(
        update(SentNotification)
        .where(SentNotification.person_id == person_id, unread)
        .values(read_at=node.clock.now())
    )


def sweep(node: "Node") -> None:
    """Forget messages that are older than a year."""
    old = SentNotification.created_at < node.clock.now() - KEPT
    node.db.execute(delete(SentNotification).where(old))


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's messages and choices."""
    for table in (SentNotification, NotificationChoice):
        node.db.execute(delete(table).where(table.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """A person's messages, and what they switched on and off."""
    query = select(SentNotification).where(SentNotification.person_id == person_id)
    messages = [
        {
            "kind": item.kind,
            "subject": item.subject,
            "text": item.text,
            "sent_at": format_rfc3339(item.created_at),
        }
        for item in node.db.scalars(query.order_by(SentNotification.id))
    ]
    chosen = select(NotificationChoice).where(NotificationChoice.person_id == person_id)
    choices = [
        {"kind": item.kind, "on_page": item.on_page, "by_mail": item.by_mail}
        for item in node.db.scalars(chosen)
    ]
    return [*messages, *choices]

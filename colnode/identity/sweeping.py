"""Forgets what is over: ended sessions, old links, long past tries, unconfirmed sign-ups."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from colnode.identity import notifications
from colnode.identity.models import MailLink, Person, PersonEmail, PersonSession, Throttle

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["sweep"]

_UNCONFIRMED = timedelta(days=7)


def sweep(node: "Node") -> None:
    """Forget all of it, in a unit of its own."""
    now = node.clock.now()
    with node.unit():
        node.db.execute(delete(Throttle).where(Throttle.last_at < now - timedelta(days=1)))
        node.db.execute(delete(PersonSession).where(PersonSession.expires_at < now))
        node.db.execute(delete(MailLink).where(MailLink.expires_at < now - timedelta(days=1)))
        _forget_unconfirmed(node)
        notifications.sweep(node)


def _forget_unconfirmed(node: "Node") -> None:
    """Remove accounts whose address nobody has proven in a week: nobody has ever been in them."""
    proven = exists().where(PersonEmail.person_id == Person.id, PersonEmail.proven_at.is_not(None))
    addressed = exists().where(PersonEmail.person_id == Person.id)
    query = select(Person).where(
        Person.created_at < node.clock.now() - _UNCONFIRMED,
        Person.erased_at.is_(None),
        addressed,
        ~proven,
    )
    for person in node.db.scalars(query.limit(1000)):
        node.db.execute(delete(MailLink).where(MailLink.person_id == person.id))
        node.db.delete(person)

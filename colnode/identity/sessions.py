"""Browsers in which somebody is signed in. Kept on the server, so that ending one works at once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from colnode.errors import NotFound, _
from colnode.identity.models import Person, PersonSession
from colnode.identity.passwords import hash_secret, new_secret

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "end",
    "end_all",
    "end_by_id",
    "find",
    "is_fresh_link",
    "list_sessions",
    "person_of",
    "start",
]

_FRESH = timedelta(minutes=30)


def start(node: "Node", person_id: str, *, user_agent: str, is_by_link: bool = False) -> str:
    """Sign a person in; returns the token for the cookie, which is not kept in clear."""
    token = new_secret()
    now = node.clock.now()
    node.db.add(
        PersonSession(
            token_hash=hash_secret(token),
            person_id=person_id,
            user_agent=user_agent[:300],
            is_by_link=is_by_link,
            created_at=now,
            expires_at=now + timedelta(days=node.config.accounts.session_days),
        )
    )
    node.db.flush()
    return token


def find(node: "Node", token: str) -> PersonSession | None:
    """The session of a token, None when it ended or never was."""
    query = select(PersonSession).where(
        PersonSession.token_hash == hash_secret(token),
        PersonSession.expires_at > node.clock.now(),
    )
    return node.db.scalar(query)


def person_of(node: "Node", token: str) -> Person | None:
    """The person who is signed in with this token."""
    query = (
        select(Person)
        .join(PersonSession, PersonSession.person_id == Person.id)
        .where(
            PersonSession.token_hash == hash_secret(token),
            PersonSession.expires_at > node.clock.now(),
        )
    )
    person = node.db.scalar(query)
    return person if person is not None and person.is_active else None


def is_fresh_link(node: "Node", token: str) -> bool:
    """Whether the person came by a mailed link within the last half hour.

    Such a session may set a new password without the old one: this is how a forgotten one is
    replaced.
    """
    found = find(node, token)
    return found is not None and found.is_by_link and found.created_at + _FRESH > node.clock.now()


def list_sessions(node: "Node", person_id: str) -> Sequence[PersonSession]:
    """A person's sessions, newest first."""
    query = (
        select(PersonSession)
        .where(PersonSession.person_id == person_id)
        .where(PersonSession.expires_at > node.clock.now())
        .order_by(PersonSession.created_at.desc(), PersonSession.id.desc())
    )
    return node.db.scalars(query).all()


def end(node: "Node", token: str) -> None:
    """Sign out the browser that shows this token."""
    node.db.execute(delete(PersonSession).where(PersonSession.token_hash == hash_secret(token)))


def end_by_id(node: "Node", session_id: str, *, person_id: str) -> None:
    """End one of the person's own sessions. Raises NotFound for anybody else's."""
    found = node.db.get(PersonSession, session_id)
    if found is None or found.person_id != person_id:
        raise NotFound(_("This session has ended already."))
    node.db.delete(found)
    node.db.flush()


def end_all(node: "Node", person_id: str, *, but_token: str | None = None) -> None:
    """End every session of a person, but the one of `but_token`."""
    query = delete(PersonSession).where(PersonSession.person_id == person_id)
    if but_token is not None:
        query = query.where(PersonSession.token_hash != hash_secret(but_token))
    node.db.execute(query)

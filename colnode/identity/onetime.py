"""Links that are mailed and work once: issue, look, spend. What they mean is links.py's matter."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import CursorResult, delete, select, update

from colnode.errors import Gone, _
from colnode.identity.models import LinkPurpose, MailLink
from colnode.identity.passwords import hash_secret, new_secret

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["issue", "look", "spend"]

_LIFE = {
    LinkPurpose.SIGN_IN: timedelta(minutes=30),
    LinkPurpose.SIGN_UP: timedelta(hours=24),
    LinkPurpose.ADD_EMAIL: timedelta(hours=24),
    LinkPurpose.MERGE_ACCOUNTS: timedelta(minutes=30),
    LinkPurpose.JOIN_CITY: timedelta(days=14),
    LinkPurpose.JOIN_ORGANISATION: timedelta(days=14),
    LinkPurpose.FIRST_ADMIN: timedelta(days=7),
}


def issue(
    node: "Node",
    purpose: LinkPurpose,
    *,
    email: str = "",
    person_id: str | None = None,
    organisation_id: str | None = None,
    role: str | None = None,
) -> str:
    """Make a link; returns its token, which is kept as a digest only.

    Earlier ones with the same purpose, address and organisation stop working.
    """
    now = node.clock.now()
    node.db.execute(
        delete(MailLink).where(
            MailLink.purpose == purpose,
            MailLink.email == email,
            MailLink.organisation_id.is_(None)
            if organisation_id is None
            else MailLink.organisation_id == organisation_id,
        )
    )
    token = new_secret()
    node.db.add(
        MailLink(
            token_hash=hash_secret(token),
            purpose=purpose,
            email=email,
            person_id=person_id,
            organisation_id=organisation_id,
            role=role,
            created_at=now,
            expires_at=now + _LIFE[purpose],
        )
    )
    node.db.flush()
    return token


def look(node: "Node", token: str) -> MailLink:
    """The link of a token, without using it. Raises Gone when it does not count any more."""
    found = node.db.scalar(select(MailLink).where(MailLink.token_hash == hash_secret(token)))
    if found is None or found.used_at is not None or found.expires_at <= node.clock.now():
        raise Gone(_("This link has been used or is too old. Ask for a new one."))
    return found


def spend(node: "Node", token: str) -> MailLink:
    """Use the link up. Of two who use it at once, one gets Gone."""
    found = look(node, token)
    spent = node.db.execute(
        update(MailLink)
        .where(MailLink.id == found.id, MailLink.used_at.is_(None))
        .values(used_at=node.clock.now())
    )
    assert isinstance(spent, CursorResult)
    if spent.rowcount != 1:
        raise Gone(_("This link has been used or is too old. Ask for a new one."))
    return found

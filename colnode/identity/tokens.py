"""Personal tokens: a person's programs use the API with them, limited to the scopes they chose."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.errors import Invalid, NotFound, SignInNeeded, _
from colnode.identity.models import Person, PersonalToken
from colnode.identity.passwords import hash_secret, new_secret
from colnode.identity.permissions import PERMISSIONS

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["authenticate", "create", "list_tokens", "revoke", "scope_names"]

_PREFIX = "colnode_"
_MOST_PER_PERSON = 50


def scope_names(node: "Node") -> Sequence[str]:
    """Every scope that a token can have: the names of the permissions, plugins' included."""
    known = {permission.name for permission in PERMISSIONS} | set(node.host.permissions)
    return sorted(known)


def create(
    node: "Node",
    person_id: str,
    *,
    label: str,
    scopes: Sequence[str],
    days: int | None = 365,
) -> str:
    """Make a token; the text that is returned is shown once and not kept.

    `days` until it ends, None for never. Raises Invalid.
    """
    label = label.strip()
    if not 1 <= len(label) <= 100:
        message = _("Give the token a name of up to 100 characters.")
        raise Invalid(message, fields={"label": message})
    unknown = set(scopes) - set(scope_names(node))
    if unknown or not scopes:
        message = _("Choose at least one thing that the token may do.")
        raise Invalid(message, fields={"scopes": message})
    if len(list_tokens(node, person_id)) >= _MOST_PER_PERSON:
        raise Invalid(_("You have 50 tokens. Revoke one that you no longer use."))
    token = _PREFIX + new_secret()
    now = node.clock.now()
    node.db.add(
        PersonalToken(
            token_hash=hash_secret(token),
            person_id=person_id,
            label=label,
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=now + timedelta(days=days) if days is not None else None,
        )
    )
    node.db.flush()
    return token


def authenticate(node: "Node", token: str) -> tuple[Person, frozenset[str]]:
    """Whose token it is and what it may do. Raises SignInNeeded for one that does not count."""
    query = (
        select(Person, PersonalToken)
        .join(PersonalToken, PersonalToken.person_id == Person.id)
        .where(PersonalToken.token_hash == hash_secret(token))
    )
    row = node.db.execute(query).one_or_none()
    if row is not None:
        person, stored = row
        is_current = stored.expires_at is None or stored.expires_at > node.clock.now()
        if person.is_active and is_current:
            return person, frozenset(stored.scopes)
    raise SignInNeeded(_("This token is unknown, has ended or was revoked."))


def list_tokens(node: "Node", person_id: str) -> Sequence[PersonalToken]:
    """A person's tokens, newest first."""
    query = select(PersonalToken).where(PersonalToken.person_id == person_id)
    return node.db.scalars(
        query.order_by(PersonalToken.created_at.desc(), PersonalToken.id.desc())
    ).all()


def revoke(node: "Node", token_id: str, *, person_id: str) -> None:
    """End one of the person's own tokens. Raises NotFound for anybody else's."""
    found = node.db.get(PersonalToken, token_id)
    if found is None or found.person_id != person_id:
        raise NotFound(_("There is no such token."))
    node.db.delete(found)
    node.db.flush()

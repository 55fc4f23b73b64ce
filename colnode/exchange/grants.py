"""What a person allowed a program: codes, tokens that turn over, and how all of it ends.

A code or a refresh token that comes a second time was copied: everything that the person allowed
with it ends (RFC 6749 section 10.5, RFC 9700 sections 4.5 and 4.14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from colnode import audit
from colnode.errors import NotFound, SignInNeeded, _
from colnode.exchange.models import OAuthClient, OAuthCode, OAuthGrant, OAuthToken
from colnode.identity import people
from colnode.identity.passwords import hash_secret

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.node import Node

__all__ = [
    "ACCESS_PREFIX",
    "ACCESS_SECONDS",
    "Allowed",
    "authenticate",
    "client_of",
    "end",
    "end_all",
    "end_for",
    "end_token",
    "find_code",
    "find_token",
    "get_grant",
    "list_grants",
    "note_reuse",
    "person_of",
    "save_code",
    "save_tokens",
    "spend_code",
    "sweep",
]

ACCESS_PREFIX = "obaccess_"
"""How an access token begins, so that it is told from a personal token."""
ACCESS_SECONDS = 3600
_CODE_LIFE = timedelta(minutes=5)
_CODE_KEPT = timedelta(days=1)
_REFRESH_LIFE = timedelta(days=90)
_NOTED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Allowed:
    """One grant as its person sees it."""

    grant: OAuthGrant
    client: OAuthClient


def save_code(
    node: "Node",
    code: str,
    *,
    client_id: str,
    person_id: str,
    redirect_url: str,
    scopes: Sequence[str],
    challenge: str,
) -> None:
    """Keep an authorisation code for five minutes, with its S256 challenge."""
    node.db.add(
        OAuthCode(
            digest=hash_secret(code),
            client_id=client_id,
            person_id=person_id,
            redirect_url=redirect_url,
            scopes=list(scopes),
            challenge=challenge,
            expires_at=node.clock.now() + _CODE_LIFE,
        )
    )
    node.db.flush()


def find_code(node: "Node", code: str, *, client_id: str) -> OAuthCode | None:
    """The code of this program, None when it is unknown or too old. A used one ends its grant."""
    found = node.db.get(OAuthCode, hash_secret(code), with_for_update=True)
    if found is None or found.client_id != client_id:
        return None
    if found.used_at is not None:
        if found.grant_id is not None:
            note_reuse(node, found.grant_id)
        return None
    return found if found.expires_at > node.clock.now() else None


def spend_code(node: "Node", code: OAuthCode) -> OAuthGrant:
    """Turn a code into what it allows; what the same program was allowed before ends."""
    end_for(node, client_id=code.client_id, person_id=code.person_id)
    now = node.clock.now()
    grant = OAuthGrant(
        client_id=code.client_id,
        person_id=code.person_id,
        scopes=code.scopes,
        created_at=now,
        used_at=now,
    )
    node.db.add(grant)
    node.db.flush()
    code.grant_id, code.used_at = grant.id, now
    node.db.get_one(OAuthClient, code.client_id).used_at = now
    audit.record(
        node,
        "program.allowed",
        subject_type="program",
        subject_id=grant.client_id,
        actor_id=grant.person_id,
        detail={"scopes": list(grant.scopes)},
    )
    node.db.flush()
    return grant


def save_tokens(
    node: "Node",
    grant: OAuthGrant,
    *,
    access: str,
    refresh: str | None,
    scopes: Sequence[str],
    instead_of: OAuthToken | None = None,
) -> None:
    """Keep a pair of tokens; the pair that it comes instead of counts no longer."""
    now = node.clock.now()
    if instead_of is not None:
        instead_of.ended_at = now
    node.db.add(
        OAuthToken(
            grant_id=grant.id,
            access_digest=hash_secret(access),
            refresh_digest=hash_secret(refresh) if refresh else None,
            scopes=list(scopes),
            created_at=now,
            expires_at=now + timedelta(seconds=ACCESS_SECONDS),
            refresh_until=now + (_REFRESH_LIFE if refresh else timedelta(seconds=ACCESS_SECONDS)),
        )
    )
    grant.used_at = now
    node.db.flush()


def find_token(node: "Node", text: str, *, refresh_only: bool = False) -> OAuthToken | None:
    """The row of an access or refresh token, ended ones too.

    Its grant is locked before it is read, so that of two who use a token at once one wins. Whoever
    changes a grant or its tokens locks the grant first.
    """
    digest = hash_secret(text)
    condition = OAuthToken.refresh_digest == digest
    if not refresh_only:
        condition = or_(condition, OAuthToken.access_digest == digest)
    grant_id = node.db.scalar(select(OAuthToken.grant_id).where(condition))
    if grant_id is None or _locked(node, grant_id) is None:
        return None
    return node.db.scalar(select(OAuthToken).where(condition))


def get_grant(node: "Node", grant_id: str) -> OAuthGrant:
    """The grant of a code or token that was found."""
    return node.db.get_one(OAuthGrant, grant_id)


def client_of(node: "Node", token: OAuthToken) -> str:
    """The id of the program that a token was given to."""
    return get_grant(node, token.grant_id).client_id


def person_of(node: "Node", token: OAuthToken) -> str:
    """The id of the person who allowed what a token is for."""
    return get_grant(node, token.grant_id).person_id


def note_reuse(node: "Node", grant_id: str) -> None:
    """End a grant whose code or refresh token was used twice, although this request fails."""

    def act() -> None:
        grant = _locked(node, grant_id)
        if grant is not None:
            _end(node, grant, action="program.copied")

    node.at_end(act)


def authenticate(node: "Node", token: str) -> "tuple[Person, frozenset[str]]":
    """Whose access token it is and its scopes. Raises SignInNeeded for one that does not count."""
    query = (
        select(OAuthToken, OAuthGrant)
        .join(OAuthGrant, OAuthGrant.id == OAuthToken.grant_id)
        .where(OAuthToken.access_digest == hash_secret(token))
    )
    row = node.db.execute(query).one_or_none()
    if row is not None:
        stored, grant = row
        is_current = stored.ended_at is None and stored.expires_at > node.clock.now()
        person = people.get_person(node, grant.person_id)
        if is_current and person.is_active:
            _note_use(node, grant)
            return person, frozenset(stored.scopes)
    raise SignInNeeded(_("This token is unknown, has ended or was revoked."))


def _note_use(node: "Node", grant: OAuthGrant) -> None:
    """When a program last came, to ten minutes: reading should not write each time."""
    grant_id, now = grant.id, node.clock.now()
    if grant.used_at + _NOTED_EVERY > now:
        return

    def act() -> None:
        node.db.execute(update(OAuthGrant).where(OAuthGrant.id == grant_id).values(used_at=now))

    node.at_end(act)


def list_grants(node: "Node", person_id: str) -> Sequence[Allowed]:
    """The programs that a person allowed something, newest first."""
    query = (
        select(OAuthGrant, OAuthClient)
        .join(OAuthClient, OAuthClient.id == OAuthGrant.client_id)
        .where(OAuthGrant.person_id == person_id)
        .order_by(OAuthGrant.created_at.desc(), OAuthGrant.id.desc())
    )
    return [Allowed(grant, client) for grant, client in node.db.execute(query)]


def end(node: "Node", grant_id: str, *, person_id: str) -> None:
    """Stop one of the person's own programs. Raises NotFound for anybody else's."""
    grant = _locked(node, grant_id)
    if grant is None or grant.person_id != person_id:
        raise NotFound(_("This program has no access any more."))
    _end(node, grant, action="program.stopped", actor_id=person_id)


def end_for(node: "Node", *, client_id: str, person_id: str) -> None:
    """End what a program was allowed by a person so far."""
    query = select(OAuthGrant).where(
        OAuthGrant.client_id == client_id, OAuthGrant.person_id == person_id
    )
    for grant in node.db.scalars(query.with_for_update()):
        _delete(node, grant)


def end_all(node: "Node", person_id: str) -> None:
    """End everything that a person allowed, codes not yet used included."""
    query = select(OAuthGrant).where(OAuthGrant.person_id == person_id)
    for grant in node.db.scalars(query.with_for_update()):
        _delete(node, grant)
    node.db.execute(delete(OAuthCode).where(OAuthCode.person_id == person_id))


def end_token(node: "Node", token: OAuthToken) -> None:
    """Revoke a token, and with it the whole grant (RFC 7009 section 2.1)."""
    grant = node.db.get_one(OAuthGrant, token.grant_id)
    _end(node, grant, action="program.gave_back")


def sweep(node: "Node") -> None:
    """Forget codes and tokens that are long over, and grants that nothing can use any more."""
    now = node.clock.now()
    node.db.execute(delete(OAuthCode).where(OAuthCode.expires_at < now - _CODE_KEPT))
    node.db.execute(delete(OAuthToken).where(OAuthToken.refresh_until < now))
    living = select(OAuthToken.grant_id)
    query = select(OAuthGrant).where(OAuthGrant.id.not_in(living)).with_for_update()
    for grant in node.db.scalars(query):
        _delete(node, grant)


def _locked(node: "Node", grant_id: str) -> OAuthGrant | None:
    """The grant as it is now, held until the unit ends; None when it is gone."""
    return node.db.get(OAuthGrant, grant_id, with_for_update=True, populate_existing=True)


def _end(node: "Node", grant: OAuthGrant, *, action: str, actor_id: str | None = None) -> None:
    audit.record(
        node,
        action,
        subject_type="program",
        subject_id=grant.client_id,
        actor_id=actor_id or grant.person_id,
    )
    _delete(node, grant)


def _delete(node: "Node", grant: OAuthGrant) -> None:
    node.db.execute(delete(OAuthToken).where(OAuthToken.grant_id == grant.id))
    node.db.execute(update(OAuthCode).where(OAuthCode.grant_id == grant.id).values(grant_id=None))
    node.db.delete(grant)
    node.db.flush()

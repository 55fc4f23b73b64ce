"""A person's own account over the API: who am I, sessions, tokens, export, leaving."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from pydantic import BaseModel, Field, RootModel

from colnode.errors import Forbidden, _
from colnode.identity import links, memberships, merging, people, sessions, tokens
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person, current_scopes, require

if TYPE_CHECKING:
    from colnode.identity.models import Person

__all__ = ["bp"]

bp = Blueprint("api_identity", __name__)


class EmailItem(BaseModel):
    """An address of the account. Only a proven one receives badges."""

    address: str
    is_primary: bool
    is_proven: bool


class MembershipItem(BaseModel):
    """An organisation that the person works with."""

    organisation_id: str
    slug: str
    name: dict[str, str]
    role: str


class Me(BaseModel):
    """The person whose token it is, and what the token may do."""

    id: str
    display_name: str
    language: str
    birth_year: int | None
    is_admin: bool
    created_at: datetime
    emails: list[EmailItem]
    memberships: list[MembershipItem]
    scopes: list[str]


class Profile(BaseModel):
    """What a person says about themselves."""

    display_name: str = Field(min_length=1, max_length=100)
    language: str = Field(min_length=2, max_length=20)
    birth_year: int | None = None


class MergeLinkRequest(BaseModel):
    """An address of the other account."""

    email: str = Field(min_length=3, max_length=254)


class MergeRequest(MergeLinkRequest):
    """An address of the other account, and its password."""

    password: str = Field(min_length=1, max_length=1_000)


class SessionItem(BaseModel):
    """A browser in which the person is signed in."""

    id: str
    user_agent: str
    created_at: datetime
    expires_at: datetime


class SessionList(BaseModel):
    """Browsers, newest first."""

    items: list[SessionItem]


class NewToken(BaseModel):
    """A token to make. `scopes` are names of permissions; `days` until it ends, null for never."""

    label: str = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1, max_length=100)
    days: int | None = Field(default=365, ge=1, le=3650)


class TokenItem(BaseModel):
    """A token, without its text."""

    id: str
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class TokenList(BaseModel):
    """Tokens, newest first."""

    items: list[TokenItem]


class MadeToken(BaseModel):
    """The text of a new token. It is not shown again."""

    token: str


class Export(RootModel[dict[str, Any]]):
    """Everything that the city keeps about a person, by room and plugin."""


def _me() -> "Person":
    person = current_person()
    assert person is not None
    return person


@bp.route("/me")
@require("account.use")
@operation(tag="account", response=Me)
def me() -> Me:
    """Show whose token it is."""
    return _view(_me())


@bp.route("/me", methods=["PUT"])
@require("account.use")
@operation(tag="account", body=Profile, response=Me)
def edit_me(json: Profile) -> Me:
    """Change name, language and year of birth."""
    person = people.edit_person(
        current_node(),
        _me().id,
        display_name=json.display_name,
        language=json.language,
        birth_year=json.birth_year,
    )
    return _view(person)


def _view(person: "Person") -> Me:
    found = memberships.memberships_of(current_node(), person.id)
    return Me(
        id=person.id,
        display_name=person.display_name,
        language=person.language,
        birth_year=person.birth_year,
        is_admin=person.is_admin,
        created_at=person.created_at,
        emails=[
            EmailItem(
                address=item.address,
                is_primary=item.is_primary,
                is_proven=item.proven_at is not None,
            )
            for item in person.emails
        ],
        memberships=[
            MembershipItem(
                organisation_id=organisation.id,
                slug=organisation.slug,
                name=organisation.name,
                role=role,
            )
            for organisation, role in found
        ],
        scopes=sorted(current_scopes() or ()),
    )


@bp.route("/me", methods=["DELETE"])
@require("account.use")
@operation(tag="account")
def erase_me() -> None:
    """Erase the account. This cannot be undone; badges that were saved elsewhere stay valid."""
    person = _me()
    people.erase(current_node(), person.id, actor_id=person.id)


@bp.route("/me/merge", methods=["POST"])
@require("account.use")
@operation(tag="account", body=MergeRequest, response=Me)
def merge(json: MergeRequest) -> Me:
    """Join another account of one's own to this one, proven by its password. No way back."""
    person = merging.merge_by_password(
        current_node(),
        into_id=_me().id,
        email=json.email,
        password=json.password,
        client=request.remote_addr or "",
    )
    return _view(person)


@bp.route("/me/merge/link", methods=["POST"])
@require("account.use")
@operation(tag="account", body=MergeLinkRequest)
def mail_merge_link(json: MergeLinkRequest) -> None:
    """Mail the other account a link that joins it, where this one is signed in.

    The answer is the same when there is no such account.
    """
    links.request_merge(current_node(), _me().id, email=json.email)


@bp.route("/me/export")
@require("account.use")
@operation(tag="account", response=Export)
def export_me() -> Export:
    """Take everything along that the city keeps about the person."""
    return Export(people.export(current_node(), _me().id))


@bp.route("/me/sessions")
@require("account.use")
@operation(tag="account", response=SessionList)
def list_sessions() -> SessionList:
    """List the browsers in which the person is signed in."""
    return SessionList(
        items=[
            SessionItem.model_validate(item, from_attributes=True)
            for item in sessions.list_sessions(current_node(), _me().id)
        ]
    )


@bp.route("/me/sessions/<session_id>", methods=["DELETE"])
@require("account.use")
@operation(tag="account")
def end_session(session_id: str) -> None:
    """Sign one browser out."""
    sessions.end_by_id(current_node(), session_id, person_id=_me().id)


@bp.route("/me/tokens")
@require("account.use")
@operation(tag="account", response=TokenList)
def list_tokens() -> TokenList:
    """List the person's tokens."""
    return TokenList(
        items=[
            TokenItem.model_validate(item, from_attributes=True)
            for item in tokens.list_tokens(current_node(), _me().id)
        ]
    )


@bp.route("/me/tokens", methods=["POST"])
@require("account.use")
@operation(tag="account", body=NewToken, response=MadeToken, status=201)
def create_token(json: NewToken) -> MadeToken:
    """Make a token; it may do no more than the token that asks."""
    if not set(json.scopes) <= (current_scopes() or frozenset()):
        raise Forbidden(_("A token cannot make one that may do more than itself."))
    return MadeToken(
        token=tokens.create(
            current_node(), _me().id, label=json.label, scopes=json.scopes, days=json.days
        )
    )


@bp.route("/me/tokens/<token_id>", methods=["DELETE"])
@require("account.use")
@operation(tag="account")
def revoke_token(token_id: str) -> None:
    """Revoke a token."""
    tokens.revoke(current_node(), token_id, person_id=_me().id)

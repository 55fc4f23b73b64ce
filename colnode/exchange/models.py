"""Tables of programs, what people allowed them, and of visits to other sites.

Codes and tokens of our own are kept as SHA-256 digests; what we were given by others is sealed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = [
    "ExchangeProfile",
    "OAuthClient",
    "OAuthCode",
    "OAuthGrant",
    "OAuthToken",
    "OutsideSite",
    "OutsideVisit",
    "VisitState",
]


class OAuthClient(Base):
    """A program that registered itself (RFC 7591). Nobody has checked what it says of itself."""

    __tablename__ = "oauth_client"
    __table_args__ = (
        CheckConstraint(
            "auth_method IN ('none', 'client_secret_basic', 'client_secret_post')",
            name="auth_method_is_known",
        ),
        CheckConstraint(
            "(auth_method = 'none') = (secret_digest IS NULL)", name="secret_unless_public"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_digest: Mapped[str | None]
    auth_method: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]
    redirect_urls: Mapped[list[str]]
    scopes: Mapped[list[str]]
    grant_types: Mapped[list[str]]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime] = mapped_column(index=True)


class OAuthGrant(Base):
    """What a person allowed a program. Ending it deletes the row and every token of it."""

    __tablename__ = "oauth_grant"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_client.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class OAuthCode(Base):
    """An authorisation code. A used one stays until it is too old, so that a copy is noticed."""

    __tablename__ = "oauth_code"

    digest: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_client.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    redirect_url: Mapped[str]
    scopes: Mapped[list[str]]
    challenge: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    grant_id: Mapped[str | None] = mapped_column(ForeignKey("oauth_grant.id"), index=True)
    used_at: Mapped[datetime | None]


class OAuthToken(Base):
    """An access token and the refresh token that came with it. Refreshing ends both."""

    __tablename__ = "oauth_token"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    grant_id: Mapped[str] = mapped_column(ForeignKey("oauth_grant.id"), index=True)
    access_digest: Mapped[str] = mapped_column(unique=True)
    refresh_digest: Mapped[str | None] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    refresh_until: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class ExchangeProfile(Base):
    """The Profile that a person's programs read and write, apart from the account."""

    __tablename__ = "exchange_profile"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    document: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class OutsideSite(Base):
    """Another site of which this node is a client, with what it registered us as."""

    __tablename__ = "outside_site"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(unique=True)
    registration_url: Mapped[str]
    client_id: Mapped[str]
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    registered_at: Mapped[datetime]


class VisitState(StrEnum):
    """How far a visit to another site is."""

    LEFT = "left"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"


class OutsideVisit(Base):
    """A person at another site, to fetch their badges or to leave one there, and how far it is.

    `badge_address` is the badge that is sent; None fetches all.
    """

    __tablename__ = "outside_visit"
    __table_args__ = (
        CheckConstraint("state IN ('left', 'fetching', 'done', 'failed')", name="state_is_known"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    site_url: Mapped[str]
    site_name: Mapped[str]
    badge_address: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=VisitState.LEFT)
    state_digest: Mapped[str] = mapped_column(unique=True)
    endpoints: Mapped[dict[str, Any]]
    sealed_secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    known_as: Mapped[str | None]
    total: Mapped[int | None]
    kept: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    problem: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

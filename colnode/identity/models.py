"""Tables of people, organisations, sessions, links, tokens and keys. Only this room imports them.

Secrets that a person presents (session, link, token) are kept as SHA-256 digests only.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Double, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from colnode.db import Base, LangMap, new_id
from colnode.identity.setting_models import PluginSetting

__all__ = [
    "LinkPurpose",
    "MailLink",
    "Membership",
    "NotificationChoice",
    "Organisation",
    "OrganisationStatus",
    "Person",
    "PersonEmail",
    "PersonSession",
    "PersonalToken",
    "PluginSetting",
    "SentNotification",
    "StoredKey",
    "Throttle",
]


class OrganisationStatus(StrEnum):
    """A draft has not been looked at by the city; only a verified one publishes and mails."""

    DRAFT = "draft"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


class LinkPurpose(StrEnum):
    """What happens when a link that was mailed is used."""

    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"
    ADD_EMAIL = "add_email"
    MERGE_ACCOUNTS = "merge_accounts"
    JOIN_CITY = "join_city"
    JOIN_ORGANISATION = "join_organisation"
    FIRST_ADMIN = "first_admin"


class Person(Base):
    """Somebody with an account. After erasure the row stays, with nothing personal in it."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    display_name: Mapped[str]
    folded_name: Mapped[str]
    language: Mapped[str]
    birth_year: Mapped[int | None]
    password_hash: Mapped[str | None]
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    emails: Mapped[list["PersonEmail"]] = relationship(
        order_by="PersonEmail.created_at", cascade="all, delete-orphan", back_populates="person"
    )

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.erased_at is None and self.suspended_at is None

    @property
    def email(self) -> str | None:
        """The primary address if it was proven, else another proven one."""
        proven = [item for item in self.emails if item.proven_at]
        return next((item.address for item in proven if item.is_primary), None) or next(
            (item.address for item in proven), None
        )


class PersonEmail(Base):
    """An address of a person, in lower case. It counts once it was proven by a mailed link."""

    __tablename__ = "person_email"

    address: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(default=False)
    proven_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    person: Mapped[Person] = relationship(back_populates="emails")


class Organisation(Base):
    """An issuer, provider, endorser or employer. Its slug is part of its DID and never changes."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'verified', 'suspended')", name="status"),
        CheckConstraint("(latitude is null) = (longitude is null)", name="point"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[LangMap]
    description: Mapped[LangMap]
    folded_name: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    picture: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=OrganisationStatus.DRAFT, index=True)
    status_reason: Mapped[str] = mapped_column(default="")
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def is_verified(self) -> bool:
        """Whether the city verified it, so that it may publish and mail."""
        return self.status == OrganisationStatus.VERIFIED


class Membership(Base):
    """A person's role in an organisation: owner, editor or awarder."""

    __tablename__ = "membership"
    __table_args__ = (CheckConstraint("role in ('owner', 'editor', 'awarder')", name="role"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class PersonSession(Base):
    """A browser in which somebody is signed in."""

    __tablename__ = "person_session"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    user_agent: Mapped[str]
    is_by_link: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class MailLink(Base):
    """A link that works once: to sign in, to prove an address, to join."""

    __tablename__ = "mail_link"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    email: Mapped[str] = mapped_column(default="", index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class PersonalToken(Base):
    """A token with which a person's program uses the API, limited to its scopes."""

    __tablename__ = "personal_token"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Throttle(Base):
    """How often something failed for one address or client, which is kept as a digest."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime]


class StoredKey(Base):
    """A signing key of an organisation or of the node, its private half encrypted at rest."""

    __tablename__ = "stored_key"
    __table_args__ = (
        UniqueConstraint("owner_id", "multikey"),
        CheckConstraint("kind in ('ed25519', 'p256')", name="kind"),
        CheckConstraint("state in ('active', 'retired', 'revoked')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[str]
    kind: Mapped[str]
    multikey: Mapped[str]
    sealed_private: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class SentNotification(Base):
    """A message to a person, in the words and the language in which it was sent."""

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    key: Mapped[str | None]
    subject: Mapped[str]
    text: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    is_shown: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]


class NotificationChoice(Base):
    """What a person chose for one kind of message; without a row both ways are on."""

    __tablename__ = "notification_choice"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    on_page: Mapped[bool]
    by_mail: Mapped[bool]

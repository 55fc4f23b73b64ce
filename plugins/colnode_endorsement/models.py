"""Tables of endorsements: asked for, given, held by learners, and those of other cities."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from colnode.plugin import Base, LangMap, new_id
from colnode_endorsement.states import Answer, Outcome, State

__all__ = ["Ask", "Checked", "Given", "Held"]


_KINDS = "kind in ('organisation', 'achievement', 'credential')"


class Given(Base):
    """An endorsement by an organisation of this city.

    `about` is a reference `NODE/type/ID`, or an earned badge's address on the web. `digest` is that
    of what was endorsed, `told_digest` that of the change which the endorser was told of.
    """

    __tablename__ = "endorsement_given"
    __table_args__ = (
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint("state in ('waiting', 'signed', 'withdrawn')", name="state"),
        CheckConstraint("state <> 'signed' or document is not null", name="signed"),
        Index("ix_endorsement_given_about", "about", "state"),
        Index("ix_endorsement_given_organisation", "organisation_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[str]
    kind: Mapped[str]
    about: Mapped[str]
    about_name: Mapped[LangMap]
    subject_id: Mapped[str]
    digest: Mapped[str | None]
    told_digest: Mapped[str | None]
    comment: Mapped[str] = mapped_column(Text)
    opportunity: Mapped[str]
    opportunity_url: Mapped[str]
    is_receipt: Mapped[bool] = mapped_column(default=False)
    valid_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default=State.WAITING)
    document: Mapped[str | None] = mapped_column(Text)
    status_list_id: Mapped[str | None]
    status_position: Mapped[int | None]
    created_by: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Ask(Base):
    """A request. It goes to an organisation of this city, or to an address with a link.

    The address is kept until the request is answered; of the link's token only a digest.
    """

    __tablename__ = "endorsement_request"
    __table_args__ = (
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint("state in ('waiting', 'accepted', 'declined', 'cancelled')", name="state"),
        CheckConstraint("(endorser_id is null) = (token_hash is not null)", name="to_whom"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    language: Mapped[str]
    endorser_id: Mapped[str | None] = mapped_column(index=True)
    kind: Mapped[str]
    about: Mapped[str]
    about_name: Mapped[LangMap]
    organisation_id: Mapped[str | None] = mapped_column(index=True)
    asked_by: Mapped[str | None] = mapped_column(index=True)
    message: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(default=Answer.WAITING)
    answer: Mapped[str] = mapped_column(Text, default="")
    given_id: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Held(Base):
    """An endorsement of one person's badge, private to them until they show it.

    `about` is the badge's address on the web, `source_url` the endorsement's. `given_id` is set for
    one of this city.
    """

    __tablename__ = "endorsement_held"
    __table_args__ = (
        UniqueConstraint("person_id", "source_url"),
        CheckConstraint("outcome in ('checking', 'valid', 'ended', 'unproven')", name="outcome"),
        Index("ix_endorsement_held_about", "about"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(index=True)
    about: Mapped[str]
    source_url: Mapped[str]
    given_id: Mapped[str | None] = mapped_column(index=True)
    document: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(default=Outcome.CHECKING)
    is_shown: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class Checked(Base):
    """What was found about another city's endorsement. `digest` is its document's."""

    __tablename__ = "endorsement_checked"
    __table_args__ = (
        CheckConstraint("outcome in ('checking', 'valid', 'ended', 'unproven')", name="outcome"),
        Index("ix_endorsement_checked_about", "about", "outcome"),
    )

    origin: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str]
    digest: Mapped[str]
    outcome: Mapped[str]
    checked_at: Mapped[datetime]

"""Tables of badges that give themselves: the rule, and for whom it has acted."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from colnode.db import Base, new_id

__all__ = ["GivingRule", "RuleAward"]


class GivingRule(Base):
    """A badge is offered by itself to whoever has done every one of `things`.

    `rule` is the name of a registered AwardRule, which knows what the things are.
    """

    __tablename__ = "giving_rule"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    achievement_id: Mapped[str] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    rule: Mapped[str]
    things: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RuleAward(Base):
    """That a rule has acted for a person, so that it does so once."""

    __tablename__ = "rule_award"

    giving_rule_id: Mapped[str] = mapped_column(ForeignKey("giving_rule.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("offer.id"))
    acted_at: Mapped[datetime]

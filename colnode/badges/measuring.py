"""How many of the badges that were offered are taken: counted from the rows, without any pixel.

Opened means that the offer's page was opened on this node, by a person or by a mail filter.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode.badges.models import Claim, ClaimLink, Offer, OfferState

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["ClaimRate", "claim_rate"]


@dataclass(frozen=True)
class ClaimRate:
    """Offers by e-mail at each stage, and badges that were taken with links and codes."""

    offered: int
    mailed: int
    opened: int
    accepted: int
    with_code: int

    @property
    def percent(self) -> int | None:
        """How many of a hundred offers were accepted; None before the first."""
        return round(100 * self.accepted / self.offered) if self.offered else None


def claim_rate(
    node: "Node", *, achievement_id: str | None = None, organisation_id: str | None = None
) -> ClaimRate:
    """The claim rate of a badge or of an organisation; whoever was erased still counts.

    An offer that was answered counts as mailed and opened, whichever way it was reached.
    """
    is_answered = Offer.answered_at.is_not(None) & (Offer.state != OfferState.WITHDRAWN)
    counts = select(
        func.count(),
        func.count().filter(Offer.mailed_at.is_not(None) | is_answered),
        func.count().filter(Offer.opened_at.is_not(None) | is_answered),
        func.count().filter(Offer.state == OfferState.ACCEPTED),
    ).select_from(Offer)
    claims = select(func.count()).select_from(Claim).join(ClaimLink)
    if achievement_id is not None:
        counts = counts.where(Offer.achievement_id == achievement_id)
        claims = claims.where(ClaimLink.achievement_id == achievement_id)
    if organisation_id is not None:
        counts = counts.where(Offer.organisation_id == organisation_id)
        claims = claims.where(ClaimLink.organisation_id == organisation_id)
    offered, mailed, opened, accepted = node.db.execute(counts).one()
    return ClaimRate(offered, mailed, opened, accepted, node.db.scalar(claims) or 0)

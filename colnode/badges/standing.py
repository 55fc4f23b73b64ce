"""What an organisation's standing means for its badges in the catalogue."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.badges import records
from colnode.badges.models import Achievement, AchievementState
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["follow_organisations"]


def follow_organisations(node: "Node") -> None:
    """Take the badges of suspended organisations out of the catalogue, and back in later."""
    with node.unit():
        query = select(Achievement).where(Achievement.state == AchievementState.PUBLISHED)
        for achievement in node.db.scalars(query):
            organisation = organisations.get_organisation(node, achievement.organisation_id)
            is_listed = records.is_listed(node, achievement.id)
            if organisation.is_verified and not is_listed:
                records.publish_achievement(node, achievement)
            elif is_listed and not organisation.is_verified:
                records.withdraw_achievement(node, achievement.id)

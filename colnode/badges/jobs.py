"""Background work of badges: what an organisation's standing means for its badges."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode.badges import records
from colnode.badges.models import Achievement, AchievementState
from colnode.identity import organisations
from colnode.jobs import JobKind

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["JOBS"]


def _follow_organisations(node: "Node", _payload: Mapping[str, Any]) -> None:
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


JOBS = (JobKind("badges.follow_organisations", _follow_organisations, every=timedelta(minutes=1)),)

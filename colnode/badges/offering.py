"""Offering a badge to somebody with an account for something that they did in this city."""

from typing import TYPE_CHECKING

from colnode.badges import achievements, awards, rules
from colnode.badges.awards import AwardResult
from colnode.host.types import Role
from colnode.identity import memberships, organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["offer_badge"]


def offer_badge(
    node: "Node",
    person_id: str,
    achievement_id: str,
    *,
    organisation_id: str,
    actor_id: str | None = None,
) -> AwardResult | None:
    """Offer a badge of the organisation and mail it, in the caller's transaction.

    None when there is nothing to do: the badge is another organisation's, not published or held
    already, the organisation is not verified, or the person cannot be written to. Without an actor
    an owner of the organisation offers it. Raises NotFound.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisation = organisations.get_organisation(node, organisation_id)
    if achievement.organisation_id != organisation_id or not organisation.is_verified:
        return None
    person = people.get_person(node, person_id)
    actor = actor_id or _first_owner(node, organisation_id)
    can_take = person.is_active and person.email is not None
    if not achievement.is_published or not can_take or actor is None:
        return None
    if rules.has_badge(node, person_id, achievement_id):
        return None
    (result,) = awards.award(node, achievement_id, emails=[person.email or ""], actor_id=actor)
    return result


def _first_owner(node: "Node", organisation_id: str) -> str | None:
    members = memberships.list_members(node, organisation_id)
    return next((member.person_id for member in members if member.role == Role.OWNER), None)

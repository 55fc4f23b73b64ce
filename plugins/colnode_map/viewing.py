"""Whether the one who asks may see an activity: the same for pages, files and the API."""

from __future__ import annotations

from colnode.plugin import NotFound, _, current_node, current_person, may
from colnode_map import joining, models, stored

__all__ = ["visible_activity"]


def visible_activity(activity_id: str, *, invitation: str = "") -> models.Activity:
    """An activity of this city. Raises NotFound: a draft is for its organisation only, what is by
    invitation also for those who have its link or have joined."""
    node, person = current_node(), current_person()
    activity = stored.get_activity(node, activity_id)
    rights = ("activity.people", "activity.edit")
    if any(may(right, activity.organisation_id) for right in rights) or joining.may_see(
        node, activity, person_id=person.id if person else None, invitation=invitation
    ):
        return activity
    raise NotFound(_("There is no such activity."))

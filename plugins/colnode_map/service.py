"""What organisers do with an activity. Each verb works in the caller's transaction."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode.plugin import Conflict, Invalid, Refused, _, catalogue, new_id, organisations
from colnode_map import changes, keeping
from colnode_map.checks import check_content
from colnode_map.content import Content, missing_for_publishing
from colnode_map.models import Activity
from colnode_map.states import State
from colnode_map.stored import (
    content_of,
    get_activity,
    keep_step_ids,
    locked,
    note,
    record_of,
    set_content,
    show,
)

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "cancel",
    "content_of",
    "create",
    "delete",
    "edit",
    "get_activity",
    "list_of_organisation",
    "organisation_of",
    "publish",
    "record_of",
    "renew_invitation",
    "require_verified",
    "set_content",
]

_LONGEST_REASON = 1_000


def create(
    node: "Node",
    organisation_id: str,
    *,
    content: Content,
    actor_id: str | None,
    is_far_away: bool = False,
) -> Activity:
    """Make a draft. Any organisation may, verified or not. Raises Invalid, NotFound.

    `is_far_away` confirms a point outside the city's surroundings.
    """
    organisations.get_organisation(node, organisation_id)
    now = node.clock.now()
    activity = Activity(
        id=new_id(),
        organisation_id=organisation_id,
        state=State.DRAFT,
        revision=1,
        created_by=actor_id,
        created_at=now,
        changed_at=now,
    )
    set_content(activity, check_content(node, content, is_far_away=is_far_away))
    node.db.add(activity)
    node.db.flush()
    note(node, activity, "activity.created", actor_id)
    return activity


def edit(
    node: "Node",
    activity_id: str,
    *,
    content: Content,
    actor_id: str | None,
    revision: int | None = None,
    is_far_away: bool = False,
) -> Activity:
    """Change an activity; a published one must stay complete.

    Those who joined are told when time or place are different, and move with their date.
    `revision` is the one that the editor saw. `is_far_away` confirms a point outside the city's
    surroundings; one that stays where it is needs that once only. Raises Conflict when somebody
    else saved in between, Invalid, NotFound, Refused (cancelled).
    """
    activity = locked(node, activity_id)
    if activity.state == State.CANCELLED:
        raise Refused(_("This activity was cancelled. Make a new one instead."))
    if revision is not None and revision != activity.revision:
        raise Conflict(
            _("Somebody else changed this activity. Look at their text, then save again.")
        )
    before = content_of(activity)
    checked = check_content(
        node,
        keep_step_ids(content, before),
        is_far_away=is_far_away or _stays(before, content),
    )
    if activity.state == State.PUBLISHED:
        _require_complete(checked)
    set_content(activity, checked)
    activity.revision += 1
    activity.changed_at = node.clock.now()
    node.db.flush()
    if activity.state == State.PUBLISHED:
        show(node, activity)
        changes.follow_edit(node, activity, before)
    note(node, activity, "activity.edited", actor_id)
    return activity


def _stays(before: Content, after: Content) -> bool:
    """Whether people meet where they met before, to a kilometre."""
    old, new = _point(before), _point(after)
    if before.mode != after.mode or old is None or new is None:
        return False
    return catalogue.distance_km(old, new) < 1


def _point(content: Content) -> tuple[float, float] | None:
    if content.latitude is None or content.longitude is None:
        return None
    return content.latitude, content.longitude


def publish(node: "Node", activity_id: str, *, actor_id: str | None) -> Activity:
    """Show a draft to everybody, here and in other cities. Twice is the same as once.

    Raises Invalid that names what is missing, Refused when the organisation is not verified.
    """
    activity = locked(node, activity_id)
    if activity.state == State.PUBLISHED:
        return activity
    if activity.state == State.CANCELLED:
        raise Refused(_("This activity was cancelled. Make a new one instead."))
    require_verified(node, activity.organisation_id)
    _require_complete(content_of(activity))
    activity.state = State.PUBLISHED
    activity.changed_at = node.clock.now()
    node.db.flush()
    show(node, activity)
    note(node, activity, "activity.published", actor_id)
    return activity


def cancel(node: "Node", activity_id: str, *, actor_id: str | None, reason: str = "") -> Activity:
    """It will not take place: it leaves map and catalogue, its page stays and says so.

    Those who joined get the reason by mail. Raises Invalid (a reason over 1,000 characters),
    NotFound, Refused (a draft).
    """
    activity = locked(node, activity_id)
    if activity.state == State.CANCELLED:
        return activity
    if activity.state == State.DRAFT:
        raise Refused(_("Nobody has seen this draft. Delete it instead."))
    words = reason.strip()
    if len(words) > _LONGEST_REASON:
        message = _("Please say it in at most 1,000 characters.")
        raise Invalid(message, fields={"reason": message})
    activity.state = State.CANCELLED
    activity.cancel_reason = words
    activity.changed_at = node.clock.now()
    node.db.flush()
    show(node, activity)
    changes.follow_cancelling(node, activity)
    note(node, activity, "activity.cancelled", actor_id)
    return activity


def delete(node: "Node", activity_id: str, *, actor_id: str | None) -> None:
    """Remove an activity with its page, also from other cities. Raises NotFound.

    Those who joined something that is still to come are told that it does not take place.
    """
    activity = locked(node, activity_id)
    if activity.state == State.PUBLISHED:
        activity.state = State.CANCELLED
        show(node, activity)
        changes.follow_cancelling(node, activity)
    keeping.forget_activity(node, activity_id)
    note(node, activity, "activity.deleted", actor_id)
    node.db.delete(activity)
    node.db.flush()


def organisation_of(node: "Node", activity_id: str) -> str:
    """The id of the organisation whose activity it is. Raises NotFound."""
    return get_activity(node, activity_id).organisation_id


def list_of_organisation(
    node: "Node", organisation_id: str, *, page: int = 1, per_page: int = 50
) -> tuple[Sequence[Activity], int]:
    """One page of an organisation's activities, latest change first, and how many there are."""
    of_organisation = Activity.organisation_id == organisation_id
    query = select(Activity).where(of_organisation)
    query = query.order_by(Activity.changed_at.desc(), Activity.id.desc())
    found = node.db.scalars(query.offset((page - 1) * per_page).limit(per_page)).all()
    total = node.db.scalar(select(func.count()).select_from(Activity).where(of_organisation))
    return found, total or 0


def renew_invitation(node: "Node", activity_id: str, *, actor_id: str | None) -> Activity:
    """Make a new secret link; the old one opens nothing more. Who joined stays. Raises NotFound."""
    activity = locked(node, activity_id)
    activity.invitation = secrets.token_urlsafe(12)
    node.db.flush()
    note(node, activity, "activity.invitation_renewed", actor_id)
    return activity


def require_verified(node: "Node", organisation_id: str) -> None:
    """Raise Refused unless the city has confirmed the organisation."""
    if not organisations.get_organisation(node, organisation_id).is_verified:
        raise Refused(
            _(
                "The city has not confirmed your organisation yet. Your activity is saved as a "
                "draft; you can publish it as soon as that is done."
            )
        )


def _require_complete(content: Content) -> None:
    missing = missing_for_publishing(content)
    if missing:
        raise Invalid(_("Before everybody can see it, something is missing."), fields=missing)

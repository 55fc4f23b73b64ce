"""What the map tells those who joined, on their account page and by mail, a function for each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from colnode.plugin import Notification, _, notify
from colnode_map import models, repeating, states

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["KINDS", "tell_cancelled", "tell_dropped", "tell_moved", "tell_place", "tell_tomorrow"]

KINDS = (
    Notification("map_change", _("Places, changes and cancelling of what you have joined")),
    Notification("map_reminder", _("The day before something that you have joined")),
)
"""The kinds of messages, each of which people may switch off."""


def tell_place(node: Node, activity: models.Activity, registration: models.Registration) -> None:
    """Somebody who waited has a place now."""
    _tell(
        node,
        activity,
        registration,
        _("There is a place for you: {title}"),
        _(
            "Somebody has left, and you have a place at “{title}” now.\n\n{when}\n{where}\n\nIf "
            "you cannot come, please leave, so that the next person gets the place."
        ),
    )


def tell_moved(node: Node, activity: models.Activity, registration: models.Registration) -> None:
    """Time or place of something that somebody joined are different."""
    _tell(
        node,
        activity,
        registration,
        _("New time or place: {title}"),
        _(
            "Something has changed about “{title}”, which you joined. From now on it is:\n\n"
            "{when}\n{where}\n\nIf you cannot come, please leave on its page."
        ),
    )


def tell_dropped(node: Node, activity: models.Activity, registration: models.Registration) -> None:
    """One date that somebody joined does not take place any more."""
    _tell(
        node,
        activity,
        registration,
        _("It does not take place: {title}"),
        _(
            "“{title}” does not take place on this date, which you joined:\n\n{when}\n\nThe other "
            "dates are on its page."
        ),
    )


def tell_cancelled(
    node: Node, activity: models.Activity, registration: models.Registration
) -> None:
    """The whole activity is cancelled, with the organiser's reason."""
    _tell(
        node,
        activity,
        registration,
        _("Cancelled: {title}"),
        _("“{title}” is cancelled.\n\n{when}\n{where}\n\n{reason}"),
    )


def tell_tomorrow(node: Node, activity: models.Activity, registration: models.Registration) -> None:
    """The day before."""
    _tell(
        node,
        activity,
        registration,
        _("Soon: {title}"),
        _(
            "“{title}” begins soon.\n\n{when}\n{where}\n\nIf you cannot come, please leave, so "
            "that somebody else gets the place."
        ),
        kind="map_reminder",
    )


def _tell(
    node: Node,
    activity: models.Activity,
    registration: models.Registration,
    subject: str,
    text: str,
    *,
    kind: str = "map_change",
) -> None:
    notify(
        node,
        registration.person_id,
        kind,
        subject=subject,
        text=text,
        url=f"/activities/{activity.id}",
        parameters={
            "title": dict(activity.title),
            "when": _when(node, registration.starts_at),
            "where": _where(activity),
            "reason": activity.cancel_reason,
        },
    )


def _when(node: Node, moment: datetime | None) -> str:
    """Day and time in the city's zone, the same in every language."""
    return f"{moment.astimezone(repeating.zone_of(node)):%Y-%m-%d %H:%M}" if moment else ""


def _where(activity: models.Activity) -> str:
    if activity.mode != states.Mode.IN_PERSON:
        return activity.join_url
    return ", ".join(part for part in (activity.place_name, activity.address) if part)

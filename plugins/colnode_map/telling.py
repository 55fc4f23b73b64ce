"""The mails of the map, one function for each. A mail leaves when its unit is committed."""

from datetime import datetime
from typing import TYPE_CHECKING

from colnode.plugin import NotFound, _, mail_person
from colnode_map.models import Activity, Mode, Registration
from colnode_map.repeating import zone_of
from colnode_map.stored import page_url_of

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["tell_cancelled", "tell_dropped", "tell_moved", "tell_place", "tell_tomorrow"]


def tell_place(node: "Node", activity: Activity, registration: Registration) -> None:
    """Somebody who waited has a place now."""
    _send(
        node,
        activity,
        registration,
        _("There is a place for you: {title}"),
        _(
            "Hello,\n\nsomebody has left, and you have a place at “{title}” now.\n\n{when}\n"
            "{where}\n\nIf you cannot come, please leave, so that the next person gets the "
            "place:\n\n{link}\n\n{city}\n"
        ),
    )


def tell_moved(node: "Node", activity: Activity, registration: Registration) -> None:
    """Time or place of something that somebody joined are different."""
    _send(
        node,
        activity,
        registration,
        _("New time or place: {title}"),
        _(
            "Hello,\n\nsomething has changed about “{title}”, which you joined. From now on it "
            "is:\n\n{when}\n{where}\n\nIf you cannot come, please leave here:\n\n{link}\n\n"
            "{city}\n"
        ),
    )


def tell_dropped(node: "Node", activity: Activity, registration: Registration) -> None:
    """One date that somebody joined does not take place any more."""
    _send(
        node,
        activity,
        registration,
        _("It does not take place: {title}"),
        _(
            "Hello,\n\n“{title}” does not take place on this date, which you joined:\n\n{when}\n"
            "\nThe other dates are here:\n\n{link}\n\n{city}\n"
        ),
    )


def tell_cancelled(node: "Node", activity: Activity, registration: Registration) -> None:
    """The whole activity is cancelled, with the organiser's reason."""
    _send(
        node,
        activity,
        registration,
        _("Cancelled: {title}"),
        _("Hello,\n\n“{title}” is cancelled.\n\n{when}\n{where}\n\n{reason}\n\n{city}\n"),
    )


def tell_tomorrow(node: "Node", activity: Activity, registration: Registration) -> None:
    """The day before."""
    _send(
        node,
        activity,
        registration,
        _("Soon: {title}"),
        _(
            "Hello,\n\n“{title}” begins soon.\n\n{when}\n{where}\n\nEverything about it is here. "
            "If you cannot come, please leave, so that somebody else gets the place:\n\n{link}"
            "\n\n{city}\n"
        ),
    )


def _send(
    node: "Node", activity: Activity, registration: Registration, subject: str, text: str
) -> None:
    try:
        mail_person(
            node,
            registration.person_id,
            subject=subject,
            text=text,
            title=dict(activity.title),
            when=_when(node, registration.starts_at),
            where=_where(activity),
            reason=activity.cancel_reason,
            link=page_url_of(node, activity.id),
        )
    except NotFound:
        return  # they have left the city


def _when(node: "Node", moment: datetime | None) -> str:
    """Day and time in the city's zone, the same in every language."""
    return f"{moment.astimezone(zone_of(node)):%Y-%m-%d %H:%M}" if moment else ""


def _where(activity: Activity) -> str:
    if activity.mode != Mode.IN_PERSON:
        return activity.join_url
    return ", ".join(part for part in (activity.place_name, activity.address) if part)

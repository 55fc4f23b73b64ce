"""Organisers' pages of who takes part: the list with ticks, the code for the wall."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    current_node,
    current_person_id,
    gettext,
    names_of_people,
    qr_markup,
    render,
    require,
    url,
)
from colnode_map import attendance, joining, service, stored, taking_views, views

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("map_people", __name__)

_JUST_OVER = timedelta(hours=12)


def _owner_of_row(node: Node, activity_id: str, registration_id: str) -> str:
    return service.organisation_of(node, activity_id)


@bp.route("/organiser/activities/<activity_id>/people")
@require("activity.people", organisation_of=service)
def people(activity_id: str) -> ResponseReturnValue:
    """Who comes to an occasion, with a button for each who is there; made for a phone."""
    node = current_node()
    activity = stored.get_activity(node, activity_id)
    content = stored.content_of(activity)
    by_date = bool(content.rule) and not content.joins_series
    dates = joining.lately_and_next(node, content) if by_date else []
    at = taking_views.read_at(request.args.get("at", ""))
    if at is None and dates:
        just_over = node.clock.now() - _JUST_OVER
        now = [date for date in dates if (date.ends_at or just_over) > just_over] or dates[-1:]
        at = now[0].starts_at
    view = taking_views.view_occasion(node, activity, content, at, None)
    listed = joining.places_of(node, activity_id, view.key)
    return render(
        "map/people.html",
        activity=views.of_activity(node, activity),
        row=activity,
        view=view,
        dates=dates,
        listed=listed,
        names=names_of_people(node, [item.person_id for item in listed]),
    )


@bp.route("/organiser/activities/<activity_id>/people/<registration_id>", methods=["POST"])
@require("activity.people", organisation_of=_owner_of_row)
def tick(activity_id: str, registration_id: str) -> ResponseReturnValue:
    """Tick somebody off who is there, or take the tick back."""
    found = attendance.note_attendance(
        current_node(),
        activity_id,
        registration_id,
        is_there=request.form.get("there") == "1",
        actor_id=current_person_id(),
    )
    address = url(
        "map_people.people", activity_id=activity_id, at=found.occasion or None, _anchor=found.id
    )
    return redirect(address, 303)


@bp.route("/organiser/activities/<activity_id>/door")
@require("activity.people", organisation_of=service)
def door(activity_id: str) -> ResponseReturnValue:
    """The code for the wall: large, and new every minute."""
    node = current_node()
    activity = stored.get_activity(node, activity_id)
    content = stored.content_of(activity)
    at = taking_views.read_at(request.args.get("at", ""))
    view = taking_views.view_occasion(node, activity, content, at, None)
    address = node.config.server.base_url + url(
        "map_taking.ask_check_in",
        activity_id=activity_id,
        code=attendance.door_code(node, activity_id, view.key),
        at=view.key or None,
    )
    return render(
        "map/door.html",
        activity=views.of_activity(node, activity),
        view=view,
        qr=qr_markup(address),
        address=address,
    )


@bp.route("/organiser/activities/<activity_id>/invitation", methods=["POST"])
@require("activity.edit", organisation_of=service)
def renew_invitation(activity_id: str) -> ResponseReturnValue:
    """Make a new secret link."""
    service.renew_invitation(current_node(), activity_id, actor_id=current_person_id())
    flash(gettext("There is a new link. The old one opens nothing more."), "success")
    return redirect(url("map.activity", activity_id=activity_id), 303)

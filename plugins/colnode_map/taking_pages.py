"""Learners' pages of taking part: joining, leaving, steps, checking in, files, my activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Gone,
    NotFound,
    Refused,
    _,
    current_node,
    current_person_id,
    error_text,
    gettext,
    render,
    require,
    url,
)
from colnode_map import (
    attendance,
    calendar_file,
    completing,
    files,
    joining,
    my_activities,
    states,
    stored,
    taking_views,
    viewing,
    views,
)

if TYPE_CHECKING:
    from colnode.plugin import ColnodeError

__all__ = ["bp"]

bp = Blueprint("map_taking", __name__)


def _to_page(activity_id: str, invitation: str = "", **more: str) -> ResponseReturnValue:
    given = {"invitation": invitation} if invitation else {}
    address = url("map.activity", activity_id=activity_id, **given, **more)
    return redirect(address, 303)


@bp.route("/activities/<activity_id>/join")
@require("account.use")
def ask_join(activity_id: str) -> ResponseReturnValue:
    """Where somebody comes back to who had to sign in or up first: one button."""
    node, invitation = current_node(), request.args.get("invitation", "")
    activity = viewing.visible_activity(activity_id, invitation=invitation)
    at = taking_views.read_at(request.args.get("at", ""))
    view = taking_views.view_occasion(
        node, activity, stored.content_of(activity), at, current_person_id()
    )
    if view.mine is not None:
        return _to_page(activity_id, invitation)
    return render(
        "map/join.html",
        activity=views.of_activity(node, activity),
        view=view,
        invitation=invitation,
    )


@bp.route("/activities/<activity_id>/join", methods=["POST"])
@require("account.use")
def join(activity_id: str) -> ResponseReturnValue:
    """Take a place, or one on the waiting list."""
    invitation = request.form.get("invitation", "")
    try:
        made = joining.join(
            current_node(),
            activity_id,
            person_id=current_person_id(),
            at=taking_views.read_at(request.form.get("at", "")),
            invitation=invitation,
        )
    except Refused as error:
        flash(_say(error), "error")
        return _to_page(activity_id, invitation)
    if made.state == states.Place.JOINED:
        flash(gettext("You have a place. We write to you the day before."), "success")
    else:
        flash(gettext("You are on the waiting list. We write to you when a place is free."), "note")
    return _to_page(activity_id)


@bp.route("/activities/<activity_id>/leave", methods=["POST"])
@require("account.use")
def leave(activity_id: str) -> ResponseReturnValue:
    """Give a place back."""
    at = taking_views.read_at(request.form.get("at", ""))
    joining.leave(current_node(), activity_id, person_id=current_person_id(), at=at)
    flash(gettext("You have left. Somebody else can have your place now."), "success")
    if stored.get_activity(current_node(), activity_id).is_by_invitation:
        return redirect(url("map_taking.mine"), 303)
    return _to_page(activity_id)


@bp.route("/activities/<activity_id>/steps/<step_id>", methods=["POST"])
@require("account.use")
def tick(activity_id: str, step_id: str) -> ResponseReturnValue:
    """Tick a step off, or take the tick back."""
    completed = completing.tick_step(
        current_node(),
        activity_id,
        step_id,
        person_id=current_person_id(),
        is_done=request.form.get("done") == "1",
    )
    if completed is not None:
        flash(gettext("You have done everything here. Well done!"), "success")
    return _to_page(activity_id, _anchor="steps")


@bp.route("/activities/<activity_id>/calendar.ics")
@require("account.use")
def calendar(activity_id: str) -> ResponseReturnValue:
    """The calendar file of what the person has joined."""
    node, activity = current_node(), viewing.visible_activity(activity_id)
    occasion = joining.occasion_at(
        node, stored.content_of(activity), taking_views.read_at(request.args.get("at", ""))
    )
    if occasion.key not in joining.find(node, activity_id, current_person_id()):
        raise NotFound(_("Join first, then you get the calendar file."))
    answer = Response(
        calendar_file.calendar_file(node, activity, occasion), content_type="text/calendar"
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="activity.ics"'
    return answer


@bp.route("/activities/<activity_id>/check-in/<code>")
@require("account.use")
def ask_check_in(activity_id: str, code: str) -> ResponseReturnValue:
    """What the code on the wall opens."""
    node, at = current_node(), taking_views.read_at(request.args.get("at", ""))
    activity = stored.get_activity(node, activity_id)
    view = taking_views.view_occasion(
        node, activity, stored.content_of(activity), at, current_person_id()
    )
    if not attendance.is_fresh(node, activity_id, view.key, code):
        raise Gone(_("This code is too old. Scan the one that is on the wall now."))
    return render(
        "map/check_in.html", activity=views.of_activity(node, activity), view=view, code=code
    )


@bp.route("/activities/<activity_id>/check-in/<code>", methods=["POST"])
@require("account.use")
def check_in(activity_id: str, code: str) -> ResponseReturnValue:
    """Say that one is here."""
    at = taking_views.read_at(request.form.get("at", ""))
    attendance.check_in(
        current_node(), activity_id, person_id=current_person_id(), code=code, at=at
    )
    flash(gettext("You are checked in. Have a good time!"), "success")
    return _to_page(activity_id)


@bp.route("/activities/<activity_id>/files/<file_id>")
@require("public.read")
def file(activity_id: str, file_id: str) -> ResponseReturnValue:
    """A file of the activity, to be saved; never shown in a page of the city."""
    node = current_node()
    viewing.visible_activity(activity_id, invitation=request.args.get("invitation", ""))
    found = files.get_file(node, activity_id, file_id)
    sent = files.file_to_send(node, found)
    answer = send_file(
        sent.path,
        mimetype=sent.media_type,
        as_attachment=True,
        download_name=f"{found.name}{sent.path.suffix}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.route("/my/activities")
@require("account.use")
def mine() -> ResponseReturnValue:
    """What the person has joined: what comes, then what has been."""
    from colnode_map.calendar_feed import own_address

    node, person_id = current_node(), current_person_id()
    address = own_address(node, person_id)
    return render(
        "map/my_activities.html",
        address=address,
        calendar_url=address and "webcal:" + address.partition(":")[2],
        **my_activities.of_person(node, person_id),
    )


def _say(error: ColnodeError) -> str:
    return error_text(error.message, error.parameters)

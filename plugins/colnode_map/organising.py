"""Organisers' pages: an organisation's activities, calling one off. The form is in editing, the
spreadsheets are in import_pages, who comes is in people_pages."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    current_node,
    current_person,
    gettext,
    organisations,
    render,
    require,
    url,
)
from colnode_map import service, views

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["activity_owner", "actor_id", "bp"]

bp = Blueprint("map_organising", __name__)

_PER_PAGE = 50


def activity_owner(node: "Node", activity_id: str) -> str:
    """The organisation of an activity, for `require`. Raises NotFound."""
    return service.organisation_of(node, activity_id)


def actor_id() -> str | None:
    """The id of the person who asks."""
    person = current_person()
    return person.id if person else None


@bp.route("/organiser/activities")
@require("account.use")
def mine() -> ResponseReturnValue:
    """The organisations whose activities the person may edit; straight there when it is one."""
    node, person = current_node(), current_person()
    found = organisations.memberships_of(node, person.id) if person else ()
    editable = [organisation for organisation, role in found if role in {"editor", "owner"}]
    if len(editable) == 1:
        return redirect(url("map_organising.listing", organisation_id=editable[0].id))
    return render("map/mine.html", organisations=editable)


@bp.route("/organiser/<organisation_id>/activities")
@require("activity.edit")
def listing(organisation_id: str) -> ResponseReturnValue:
    """Everything that the organisation offers, drafts too."""
    node = current_node()
    page = max(1, request.args.get("page", 1, type=int))
    found, total = service.list_of_organisation(
        node, organisation_id, page=page, per_page=_PER_PAGE
    )
    return render(
        "map/listing.html",
        organisation=organisations.get_organisation(node, organisation_id),
        activities=[views.of_activity(node, item) for item in found],
        total=total,
        page=page,
        pages=max(1, -(-total // _PER_PAGE)),
    )


@bp.route("/organiser/activities/<activity_id>/cancel")
@require("activity.edit", organisation_of=activity_owner)
def ask_cancel(activity_id: str) -> ResponseReturnValue:
    """Ask before it is called off or deleted."""
    node = current_node()
    view = views.of_activity(node, service.get_activity(node, activity_id))
    return render("map/cancel.html", activity=view)


@bp.route("/organiser/activities/<activity_id>/cancel", methods=["POST"])
@require("activity.edit", organisation_of=activity_owner)
def cancel(activity_id: str) -> ResponseReturnValue:
    """Call it off; everybody who joined gets the reason by mail."""
    service.cancel(
        current_node(), activity_id, actor_id=actor_id(), reason=request.form.get("reason", "")
    )
    flash(gettext("The activity is cancelled. Its page says so."), "success")
    return redirect(url("map.activity", activity_id=activity_id), 303)


@bp.route("/organiser/activities/<activity_id>/delete", methods=["POST"])
@require("activity.edit", organisation_of=activity_owner)
def delete(activity_id: str) -> ResponseReturnValue:
    """Remove it and its page."""
    node = current_node()
    organisation_id = service.organisation_of(node, activity_id)
    service.delete(node, activity_id, actor_id=actor_id())
    flash(gettext("The activity is deleted."), "success")
    return redirect(url("map_organising.listing", organisation_id=organisation_id), 303)

"""The page on which one looks around in the panorama of an activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    NotFound,
    _,
    catalogue,
    current_node,
    current_person,
    may,
    media,
    render,
    require,
    url,
)
from colnode_map import taking_views, viewing, views
from colnode_map.states import Mode

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp", "page_of", "picture_of"]

bp = Blueprint("map_looking", __name__)


def picture_of(node: Node, view: views.ActivityView) -> str | None:
    """The digest of the panorama as this city has it, None while there is none."""
    digest = view.content.panorama
    if digest is None or view.origin == catalogue.OWN:
        return digest
    copy = media.find_copy(node, origin_id=view.origin, digest=digest)
    return copy.digest if copy else None


def page_of(node: Node, view: views.ActivityView, invitation: str = "") -> str | None:
    """The address of the panorama's page, None without a panorama."""
    if picture_of(node, view) is None:
        return None
    if view.origin != catalogue.OWN:
        return url("map_looking.foreign", origin=view.origin, activity_id=view.id)
    more = {"invitation": invitation} if invitation else {}
    return url("map_looking.own", activity_id=view.id, **more)


@bp.route("/activities/<activity_id>/panorama")
@require("public.read")
def own(activity_id: str) -> ResponseReturnValue:
    """The panorama of an activity of this city, for whoever may see the activity."""
    node, person = current_node(), current_person()
    row = viewing.visible_activity(activity_id, invitation=request.args.get("invitation", ""))
    taking = taking_views.taking_of(
        node, row, person.id if person else None, knows=may("activity.people", row.organisation_id)
    )
    return _page(node, views.of_activity(node, row), taking.join_url if taking else "")


@bp.route("/activities/<origin>/<activity_id>/panorama")
@require("public.read")
def foreign(origin: str, activity_id: str) -> ResponseReturnValue:
    """The panorama of an activity of another city, from this city's copy."""
    node = current_node()
    record = catalogue.get(node, origin, activity_id, record_type="activity")
    if record is None or record.is_own:
        raise NotFound(_("There is no such activity."))
    view = views.of_record(record)
    return _page(node, view, "" if view.content.needs_joining else view.content.join_url)


def _page(node: Node, view: views.ActivityView, link: str) -> ResponseReturnValue:
    digest = picture_of(node, view)
    if digest is None:
        raise NotFound(_("This activity has no panorama."))
    headset = link if view.content.mode == Mode.VIRTUAL_REALITY and not view.is_cancelled else ""
    return render("map/panorama.html", activity=view, digest=digest, headset_url=headset)

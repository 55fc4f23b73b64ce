"""Organisers' lists of playlists; the editor is in making.py."""

from typing import TYPE_CHECKING

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    current_node,
    current_person,
    may,
    organisations,
    render,
    require,
    url,
)
from colnode_playlists import library, progress, service

if TYPE_CHECKING:
    from colnode.plugin import Node
    from colnode_playlists.library import Found

__all__ = ["bp", "lost_stops"]

bp = Blueprint("playlists_organising", __name__)


@bp.route("/organiser/playlists")
@require("account.use")
def mine() -> ResponseReturnValue:
    """The organisations whose playlists the person may edit; straight there when it is one."""
    node, person = current_node(), current_person()
    found = organisations.memberships_of(node, person.id) if person else ()
    editable = [item for item, _role in found if may("playlist.edit", item.id)]
    if len(editable) == 1:
        return redirect(url("playlists_organising.listing", organisation_id=editable[0].id))
    return render("playlists/organisations.html", organisations=editable)


@bp.route("/organiser/<organisation_id>/playlists")
@require("playlist.edit")
def listing(organisation_id: str) -> ResponseReturnValue:
    """Every playlist of the organisation, with what needs somebody's hand."""
    node = current_node()
    rows = service.list_of_organisation(node, organisation_id)
    found = [library.of_row(node, row) for row in rows]
    return render(
        "playlists/listing.html",
        organisation=organisations.get_organisation(node, organisation_id),
        playlists=[(item, lost_stops(node, item)) for item in found],
    )


def lost_stops(node: "Node", found: "Found") -> int:
    """How many stops cannot be reached at present, so that somebody should change them."""
    state = progress.work_out(node, found.reference, found.content, progress.Facts())
    return sum(stop.standing == progress.Standing.MISSING for stop in state.stops)

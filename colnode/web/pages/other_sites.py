"""Bring badges from another site, or send one there: the way there and back, what came of it."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from colnode.badges import passport
from colnode.errors import ColnodeError, NotFound, _
from colnode.exchange import clients, visits
from colnode.web.auth import current_node, current_person_id, reads_only, require
from colnode.web.forms import field_errors
from colnode.web.rendering import error_text, render
from colnode.web.security import allow_form_to

if TYPE_CHECKING:
    from colnode.badges.passport import Held

__all__ = ["bp"]

bp = Blueprint("other_sites", __name__)


@bp.route("/my-badges/from-another-site")
@require("account.use")
def start() -> ResponseReturnValue:
    """Ask for an address, then show who is there and what will happen."""
    address = request.args.get("address", "").strip()
    if not address:
        return _form()
    try:
        service = visits.look(current_node(), address)
    except ColnodeError as error:
        return _form(address, error)
    allow_form_to(clients.origin_of(service.authorisation_url))
    return render("other_sites/found.html", service=service, address=address, held=None)


@bp.route("/my-badges/from-another-site", methods=["POST"])
@require("account.use")
@reads_only
def leave() -> ResponseReturnValue:
    """Go to the other site."""
    address = request.form.get("address", "")
    try:
        url = visits.leave(current_node(), address, person_id=current_person_id())
    except ColnodeError as error:
        return _form(address, error)
    return redirect(url, 303)


@bp.route("/credentials/<badge>/send")
@require("account.use")
def start_sending(badge: str) -> ResponseReturnValue:
    """The same for one badge that goes there."""
    address = request.args.get("address", "").strip()
    held = _own(badge)
    if not address:
        return _form(held=held)
    try:
        service = visits.look(current_node(), address)
    except ColnodeError as error:
        return _form(address, error, held=held)
    allow_form_to(clients.origin_of(service.authorisation_url))
    return render("other_sites/found.html", service=service, address=address, held=held)


@bp.route("/credentials/<badge>/send", methods=["POST"])
@require("account.use")
@reads_only
def send(badge: str) -> ResponseReturnValue:
    """Go to the other site, to leave the badge there."""
    address = request.form.get("address", "")
    held = _own(badge)
    try:
        url = visits.leave(
            current_node(), address, person_id=current_person_id(), badge_address=badge
        )
    except ColnodeError as error:
        return _form(address, error, held=held)
    return redirect(url, 303)


def _own(badge: str) -> "Held":
    held = passport.open_credential(current_node(), badge, viewer_id=current_person_id())
    if held.person_id != current_person_id():
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return held


@bp.route("/my-badges/from-another-site/back")
@require("account.use")
def back() -> ResponseReturnValue:
    """The other site sends the person back."""
    node = current_node()
    url = f"{node.config.server.base_url}{request.full_path}"
    try:
        visit_id = visits.come_back(node, url, person_id=current_person_id())
    except ColnodeError as error:
        return _form(error=error)
    return redirect(url_for("other_sites.show", visit_id=visit_id))


@bp.route("/my-badges/from-another-site/<visit_id>")
@require("account.use")
def show(visit_id: str) -> ResponseReturnValue:
    """How far it is, and what came of it."""
    visit = visits.get_visit(current_node(), visit_id, person_id=current_person_id())
    problem = visit.problem
    return render(
        "other_sites/visit.html",
        visit=visit,
        host=urlsplit(visit.site_url).netloc,
        problem=error_text(problem["message"], problem["parameters"]) if problem else None,
    )


def _form(
    address: str = "", error: ColnodeError | None = None, *, held: "Held | None" = None
) -> ResponseReturnValue:
    page = render(
        "other_sites/start.html",
        address=address,
        held=held,
        errors=field_errors(error, otherwise="address") if error else {},
        earlier=visits.list_visits(current_node(), current_person_id()),
    )
    return page, error.status if error else 200

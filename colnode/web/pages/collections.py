"""Collections of badges, and a person's public page."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import collections, public_pages, stamps
from colnode.errors import ColnodeError
from colnode.identity import people
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.documents import unlisted
from colnode.web.forms import field_errors
from colnode.web.rendering import error_text, render

if TYPE_CHECKING:
    from colnode.badges.collections import Spread

__all__ = ["bp"]

bp = Blueprint("collections", __name__)


@bp.route("/my-badges/collections/new", methods=["GET", "POST"])
@require("account.use")
def new() -> ResponseReturnValue:
    """Make a collection."""
    if request.method != "POST":
        return _form(None)
    form = request.form
    try:
        made = collections.create(
            current_node(),
            person_id=current_person_id(),
            title=form.get("title", ""),
            text=form.get("text", ""),
            addresses=_chosen(),
        )
    except ColnodeError as error:
        return _form(None, error)
    flash(_("The collection is made. Only you see it until you share it."), "success")
    return redirect(url_for("collections.show", address=made.collection.address))


@bp.route("/collections/<address>/edit", methods=["GET", "POST"])
@require("account.use")
def edit(address: str) -> ResponseReturnValue:
    """Change a collection."""
    node, person_id = current_node(), current_person_id()
    if request.method != "POST":
        return _form(_own(address))
    form = request.form
    try:
        collections.edit(
            node,
            address,
            person_id=person_id,
            title=form.get("title", ""),
            text=form.get("text", ""),
            addresses=_chosen(),
        )
    except ColnodeError as error:
        return _form(_own(address), error)
    flash(_("Saved."), "success")
    return redirect(url_for("collections.show", address=address))


def _own(address: str) -> "Spread":
    return collections.get_own(current_node(), address, person_id=current_person_id())


def _chosen() -> list[str]:
    """The badges that were ticked, by the numbers beside them; without a number at the end."""
    ticked = request.form.getlist("badge")

    def place(item: tuple[int, str]) -> tuple[int, int]:
        number = request.form.get(f"place.{item[1]}", "").strip()
        return (int(number) if number.isdecimal() and len(number) < 6 else 100_000, item[0])

    return [address for _index, address in sorted(enumerate(ticked), key=place)]


def _form(spread: "Spread | None", error: ColnodeError | None = None) -> ResponseReturnValue:
    every = stamps.list_stamps(current_node(), current_person_id())
    if error is not None:
        chosen = _chosen()
    else:
        chosen = [stamp.address for stamp in spread.stamps] if spread else []
    places = {address: number for number, address in enumerate(chosen, start=1)}
    in_order = sorted(every, key=lambda stamp: places.get(stamp.address, len(places) + 1))
    stored = {"title": spread.collection.title, "text": spread.collection.text} if spread else {}
    page = render(
        "passport/collection_form.html",
        spread=spread,
        stamps=[stamp for stamp in in_order if not stamp.hidden_at or stamp.address in places],
        places=places,
        values=request.form if error else stored,
        errors=field_errors(error, otherwise="title") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/collections/<address>")
@require("public.read")
def show(address: str) -> ResponseReturnValue:
    """A collection: a spread of stamps under its title."""
    node = current_node()
    person = current_person()
    spread = collections.open_collection(node, address, viewer_id=person.id if person else None)
    is_owner = person is not None and person.id == spread.collection.person_id
    page = render(
        "passport/collection.html",
        spread=spread,
        collection=spread.collection,
        is_owner=is_owner,
        url=f"{node.config.server.base_url}/collections/{address}",
    )
    return unlisted(Response(page))


@bp.route("/collections/<address>/share", methods=["POST"])
@require("account.use")
def share(address: str) -> ResponseReturnValue:
    """Let everybody who has the address see the collection."""
    with_badges = "with_badges" in request.form
    collections.share(
        current_node(), address, person_id=current_person_id(), with_badges=with_badges
    )
    flash(_("Shared. Everybody who has the address sees the collection now."), "success")
    return redirect(url_for("collections.show", address=address))


@bp.route("/collections/<address>/unshare", methods=["POST"])
@require("account.use")
def unshare(address: str) -> ResponseReturnValue:
    """Make the collection private again."""
    collections.unshare(current_node(), address, person_id=current_person_id())
    flash(_("Private again. Badges that you shared one by one stay shared."), "success")
    return redirect(url_for("collections.show", address=address))


@bp.route("/collections/<address>/delete", methods=["GET", "POST"])
@require("account.use")
def delete(address: str) -> ResponseReturnValue:
    """Ask once, then delete the collection."""
    spread = _own(address)
    if request.method != "POST":
        return render("passport/delete_collection.html", collection=spread.collection)
    collections.delete_collection(current_node(), address, person_id=current_person_id())
    flash(_("The collection is deleted. Your badges are where they were."), "success")
    return redirect(url_for("passport.my_badges"))


@bp.route("/my-badges/public-page", methods=["GET", "POST"])
@require("account.use")
def public_page() -> ResponseReturnValue:
    """Open a public page, change its text or close it."""
    node, person_id = current_node(), current_person_id()
    problem, status = None, 200
    if request.method == "POST":
        try:
            if "close" in request.form:
                public_pages.close(node, person_id=person_id)
                flash(_("Your public page is closed."), "success")
            else:
                text = request.form.get("text", "")
                public_pages.open_page(node, person_id=person_id, text=text)
                flash(_("Your public page is open."), "success")
            return redirect(url_for("collections.public_page"))
        except ColnodeError as error:
            problem, status = error_text(error.message, error.parameters), error.status
    page = public_pages.find(node, person_id)
    every = stamps.list_stamps(node, person_id)
    listed = [stamp for stamp in every if stamp.listed_at is not None]
    rendered = render(
        "passport/public_page.html",
        page=page,
        listed=listed,
        problem=problem,
        typed=request.form.get("text", page.text if page else ""),
        is_adult=people.is_adult(node, people.get_person(node, person_id)),
        url=f"{node.config.server.base_url}/people/{page.address}" if page else None,
    )
    return rendered, status


@bp.route("/people/<address>")
@require("public.read")
def person(address: str) -> ResponseReturnValue:
    """Somebody's public page."""
    view = public_pages.view(current_node(), address)
    return unlisted(Response(render("passport/person.html", view=view)))

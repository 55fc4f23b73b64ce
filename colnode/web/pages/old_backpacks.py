"""Badges in the form of Open Badges 2.0: documents at /ob2, and the holder's page for a copy."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import documents, old_backpacks, passport
from colnode.errors import ColnodeError, NotFound
from colnode.errors import _ as mark
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.documents import document, picture
from colnode.web.forms import field_errors
from colnode.web.rendering import render

__all__ = ["bp"]

bp = Blueprint("old_backpacks", __name__)

_JSON = "application/ld+json"


@bp.route("/ob2/assertions/<address>")
@require("public.read")
def assertion(address: str) -> Response:
    """The assertion, while its badge is shared; 410 when it was taken back for good."""
    node = current_node()
    opened = old_backpacks.open_copy(node, address)
    response = document(old_backpacks.assertion(node, opened), _JSON)
    signed = documents.credential_url(node, opened.held.credential.address)
    response.headers["Link"] = f'<{signed}>; rel="alternate"; type="application/vc"'
    response.headers["X-Robots-Tag"] = "noindex"
    if opened.held.credential.is_revoked:
        response.status_code = 410
    return response


@bp.route("/ob2/assertions/<address>.png")
@require("public.read")
def baked(address: str) -> Response:
    """The picture with the assertion baked in."""
    node = current_node()
    data = old_backpacks.baked_png(node, old_backpacks.open_copy(node, address))
    response = picture(data, "image/png")
    if "download" in request.args:
        name = f"badge-{address[:8]}-2.0.png"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.route("/ob2/badges/<achievement_id>")
@require("public.read")
def badge_class(achievement_id: str) -> Response:
    """The badge class."""
    return document(old_backpacks.badge_class(current_node(), achievement_id), _JSON)


@bp.route("/ob2/issuers/<slug>")
@require("public.read")
def issuer(slug: str) -> Response:
    """The issuer."""
    return document(old_backpacks.issuer(current_node(), slug), _JSON)


@bp.route("/ob2/issuers/<slug>/revocations")
@require("public.read")
def revocations(slug: str) -> Response:
    """The issuer's revocation list."""
    return document(old_backpacks.revocation_list(current_node(), slug), _JSON)


@bp.route("/credentials/<address>/old-copy", methods=["GET", "POST"])
@require("account.use")
def copy(address: str) -> ResponseReturnValue:
    """Explain what a copy for an old backpack is, and make one."""
    if request.method != "POST":
        return _page(address)
    email = request.form.get("email", "")
    try:
        old_backpacks.make(current_node(), address, person_id=current_person_id(), email=email)
    except NotFound:
        raise
    except ColnodeError as error:
        return _page(address, error)
    flash(_("The copy is ready."), "success")
    return redirect(url_for("old_backpacks.copy", address=address))


@bp.route("/credentials/<address>/old-copy/remove", methods=["POST"])
@require("account.use")
def remove(address: str) -> ResponseReturnValue:
    """End the copy."""
    old_backpacks.remove(current_node(), address, person_id=current_person_id())
    flash(_("The copy is gone. Sites that ask for it are told so."), "success")
    return redirect(url_for("old_backpacks.copy", address=address))


def _page(address: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    node, person = current_node(), current_person()
    assert person is not None
    held = passport.open_credential(node, address, viewer_id=person.id)
    if held.person_id != person.id:
        raise NotFound(mark("There is no badge here, or its owner does not share it."))
    made = old_backpacks.find(node, held)
    page = render(
        "passport/old_copy.html",
        held=held,
        made=made,
        url=old_backpacks.assertion_url(node, made) if made else None,
        emails=[(item.address, item.address, "") for item in person.emails if item.proven_at],
        primary=person.email,
        errors=field_errors(error, otherwise="email") if error else {},
    )
    return page, error.status if error else 200

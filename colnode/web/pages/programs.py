"""Programs that ask a person for access (OAuth 2.0): the question, the answer, and stopping them.

The protocol is Authlib's (web/oauth_server.py); programs' own endpoints are in api/hosting.py.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.exchange import clients, grants, hosting
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.rendering import render
from colnode.web.security import allow_form_to

if TYPE_CHECKING:
    from authlib.oauth2 import OAuth2Error

__all__ = ["bp"]

bp = Blueprint("programs", __name__)


@bp.route("/oauth/authorise", methods=["GET", "POST"])
@require("account.use")
def authorise() -> ResponseReturnValue:
    """Ask the person whether a program may do what it wants, and send the answer to it."""
    from colnode.web.oauth_server import OAuth2Error, make_server, refused

    server = make_server()
    try:
        grant: Any = server.get_consent_grant(end_user=current_person())
    except OAuth2Error as error:
        return refused(server, error) or _refused_page(error)
    if request.method != "POST":
        return _question(grant)
    says_yes = request.form.get("answer") == "yes"
    answer: Response = server.create_authorization_response(
        grant_user=current_person() if says_yes else None, grant=grant
    )
    return answer


def _question(grant: Any) -> Response:
    client = grant.client.stored
    target = grant.redirect_uri
    allow_form_to(clients.origin_of(target))
    page = render(
        "programs/authorise.html",
        client=client,
        names=grant.request.scope.split(),
        is_lasting="refresh_token" in client.grant_types,
        site=urlsplit(target).netloc,
        is_local=target.startswith("http:"),
        here=request.full_path,
    )
    response = Response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _refused_page(error: "OAuth2Error") -> ResponseReturnValue:
    return render("programs/refused.html", reason=error.get_error_description()), 400


@bp.route("/.well-known/oauth-authorization-server")
@require("public.read")
def metadata() -> Response:
    """Where programs register, ask and get tokens (RFC 8414 section 3)."""
    from colnode.web.api.service_description import authorisation_metadata

    response = jsonify(authorisation_metadata(current_node()))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.route("/account/programs/<grant_id>/stop", methods=["POST"])
@require("account.use")
def stop(grant_id: str) -> ResponseReturnValue:
    """End what a program was allowed."""
    grants.end(current_node(), grant_id, person_id=current_person_id())
    flash(_("Stopped. The program has no access any more."), "success")
    return redirect(url_for("account.personal_tokens"))


@bp.route("/account/programs/profile/forget", methods=["POST"])
@require("account.use")
def forget_profile() -> ResponseReturnValue:
    """Delete what programs wrote as the person's profile."""
    hosting.forget_profile(current_node(), current_person_id())
    flash(_("The profile is deleted."), "success")
    return redirect(url_for("account.personal_tokens"))

"""Home, search, language, and the small files every site has: stylesheet, manifest, robots."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from colnode.web.auth import current_node, require
from colnode.web.rendering import render
from colnode.web.translations import LANGUAGE_COOKIE

bp = Blueprint("site", __name__)


@bp.route("/")
@require("public.read")
def home() -> ResponseReturnValue:
    """What do you want to learn in this city?"""
    return render("site/home.html")


@bp.route("/language/<code>")
@require("public.read")
def language(code: str) -> ResponseReturnValue:
    """Remember the language and go back to where the person was."""
    target = request.args.get("next", "/")
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
    ):
        target = url_for("site.home")
    response = redirect(target)
    if code in current_node().config.city.languages:
        response.set_cookie(
            LANGUAGE_COOKIE,
            code,
            max_age=31_536_000,
            samesite="Lax",
            secure=current_node().config.server.base_url.startswith("https:"),
            httponly=True,
        )
    return response


@bp.route("/healthz")
@require("public.read")
def health() -> ResponseReturnValue:
    """Whether the node answers and its database too."""
    from sqlalchemy import text

    current_node().db.execute(text("SELECT 1"))
    return Response("ok\n", content_type="text/plain")


@bp.route("/robots.txt")
@require("public.read")
def robots() -> ResponseReturnValue:
    """Catalogue pages may be found, personal ones may not."""
    lines = [
        "User-agent: *",
        "Disallow: /account",
        "Disallow: /my-badges",
        "Disallow: /credentials/",
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain")

"""Home, search, about, language, pictures, and the small files that every site has."""

from base64 import b64encode

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import text

from colnode import catalogue, media
from colnode.badges import art, offers
from colnode.errors import Invalid, NotFound
from colnode.host.types import NavItem, NavPlace
from colnode.web import standing, structured
from colnode.web.addresses import local_path
from colnode.web.auth import current_node, current_person, require
from colnode.web.colour import city_css
from colnode.web.facets import facet_groups, read_facets
from colnode.web.rendering import error_text, links_for, panels_for, render
from colnode.web.translations import LANGUAGE_COOKIE

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("site", __name__)

NAVIGATION = (
    NavItem("About this site", "site.about", "info", NavPlace.FOOT, order=80),
    NavItem("Privacy", "site.privacy", "shield-check", NavPlace.FOOT, order=90),
)
_YEAR_SECONDS = 31_536_000


@bp.route("/")
@require("public.read")
def home() -> ResponseReturnValue:
    """What do you want to learn in this city? Search, then what plugins show, then badges."""
    node = current_node()
    badges = catalogue.search(
        node, catalogue.Query(types=("achievement",), own_first=True, limit=8)
    )
    person = current_person()
    waiting = len(offers.offers_for(node, person.id)) if person else 0
    return render(
        "site/home.html",
        structured=structured.city(),
        badges=badges.items,
        panels=panels_for("home", None),
        more_links=links_for("home", None),
        waiting=waiting,
    )


@bp.route("/search")
@require("public.read")
def search() -> ResponseReturnValue:
    """Find anything of the catalogue, of this and of other cities."""
    node = current_node()
    wish = request.args.get("q", "").strip()[:200]
    kind = request.args.get("type", "")
    query = catalogue.Query(
        text=wish,
        types=(kind,) if kind in node.host.record_types else (),
        facets=read_facets(request.args.getlist("facet")),
        own_first=True,
        cursor=request.args.get("after"),
        with_facets=True,
    )
    try:
        results = catalogue.search(node, query)
    except Invalid as error:
        flash(error_text(error.message, error.parameters), "error")
        return redirect(url_for("site.search", q=wish))
    return render(
        "site/search.html",
        wish=wish,
        kind=kind,
        chosen=request.args.getlist("facet"),
        results=results,
        facet_groups=facet_groups(results.facets, "site.search", q=wish, type=kind or None),
        panels=panels_for("search", None),
        more_links=links_for("search", None),
    )


@bp.route("/about")
@require("public.read")
def about() -> ResponseReturnValue:
    """Who runs this site and what it is."""
    return render(
        "site/about.html",
        panels=panels_for("about", None),
        more_links=links_for("about", None),
    )


@bp.route("/privacy")
@require("public.read")
def privacy() -> ResponseReturnValue:
    """What is kept about people and who else is asked, plugins' words included."""
    return render(
        "site/privacy.html",
        panels=panels_for("privacy", None),
        more_links=links_for("privacy", None),
    )


@bp.route("/language/<code>")
@require("public.read")
def language(code: str) -> ResponseReturnValue:
    """Remember the language and go back to where the person was."""
    response = redirect(local_path(request.args.get("next", "/")))
    if code in current_node().config.city.languages:
        response.set_cookie(
            LANGUAGE_COOKIE,
            code,
            max_age=_YEAR_SECONDS,
            samesite="Lax",
            secure=current_node().config.server.base_url.startswith("https:"),
            httponly=True,
        )
    return response


@bp.route("/media/<digest>")
@require("public.read")
def picture(digest: str) -> ResponseReturnValue:
    """A picture by its SHA-256; `w` asks for a smaller one. It never changes."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound("There is nothing at this address.")
    width = request.args.get("w", type=int)
    if width is not None:
        width = min((size for size in media.THUMBNAIL_WIDTHS if size >= width), default=None)
    file = media.file_of(current_node(), digest, width=width)
    answer = send_file(file.path, mimetype=file.media_type, max_age=_YEAR_SECONDS)
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@bp.route("/city.css")
@require("public.read")
def city_stylesheet() -> ResponseReturnValue:
    """The city's colour, corrected for contrast, as custom properties."""
    answer = Response(city_css(current_node().config.city.colour), content_type="text/css")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@bp.route("/manifest.webmanifest")
@require("public.read")
def manifest() -> ResponseReturnValue:
    """What a phone needs to put the site on its home screen."""
    city = current_node().config.city
    icon = {
        "src": url_for("static", filename="img/favicon.svg"),
        "sizes": "any",
        "type": "image/svg+xml",
    }
    document = {
        "name": _("%(city)s, City of Learning", city=city.name),
        "short_name": city.name,
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fbf8f2",
        "theme_color": city.colour,
        "icons": [icon],
    }
    from flask import json

    return Response(json.dumps(document), content_type="application/manifest+json")


@bp.route("/healthz")
@require("public.read")
def health() -> ResponseReturnValue:
    """Whether the node answers, and its database too; what it says when it may only be read.

    That is no reason to take it from the net, so the status stays 200.
    """
    current_node().db.execute(text("SELECT 1"))
    fault = standing.current_fault()
    return Response(f"read-only\n{fault}\n" if fault else "ok\n", content_type="text/plain")


@bp.route("/robots.txt")
@require("public.read")
def robots() -> ResponseReturnValue:
    """Catalogue pages may be found, personal ones may not."""
    lines = [
        "User-agent: *",
        "Disallow: /account",
        "Disallow: /my-badges",
        "Disallow: /credentials/",
        f"Sitemap: {current_node().config.server.base_url}/sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain")


@bp.route("/dev/components")
@require("public.read")
def components() -> ResponseReturnValue:
    """Every part of the design on one page; only in a demonstration city."""
    if not current_node().config.server.demo:
        raise NotFound("There is nothing at this address.")
    badge = art.draw_svg(art.spec_for("gallery", _("Night listener"), "moon-star"))
    cover = art.draw_cover("gallery", art.CoverKind.ACTIVITY, [art.Colour.GREEN], icon="moon-star")
    return render("dev/components.html", badge_url=_data_url(badge), cover_url=_data_url(cover))


def _data_url(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode("ascii")

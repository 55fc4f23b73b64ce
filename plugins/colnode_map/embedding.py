"""The map in a page of a school or a library: a small page for a frame, and the code to copy.

Only sites that the city names may show it; every other page stays out of frames.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from colnode.plugin import Invalid, _, current_node, render, require, setting, url
from colnode_map import showing, tiles
from colnode_map.filters import Filters, read_filters
from colnode_map.pages import base_map

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["allowed_sites", "bp", "check_sites", "site_of"]

bp = Blueprint("map_embedding", __name__)

_SITE = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_WIDTH, _HEIGHT = "100%", 640


def check_sites(value: Any) -> None:
    """Raise Invalid for a site that is not like https://school.example."""
    for site in value:
        if site_of(str(site)) != site:
            raise Invalid(
                _("{site} is no site. Write it as https://school.example, without a path."),
                site=site,
            )


def site_of(address: str) -> str | None:
    """The site (origin, RFC 6454) of an address that somebody typed, None when it is none."""
    typed = address.strip()
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    site = f"{parts.scheme}://{parts.netloc}".lower()
    return site if _SITE.fullmatch(site) else None


def allowed_sites(node: Node) -> Sequence[str]:
    """The sites that may show the map in a frame, as the city has set them."""
    return [site for site in setting(node, "map.embed_sites") if site_of(site) == site]


@bp.route("/map/embed")
@require("public.read")
def frame() -> ResponseReturnValue:
    """The map and its list for a frame of another site, with the filters of its address."""
    node = current_node()
    page = showing.read_page(node, request.args)
    answer = make_response(render("map/embed.html", page=page, base=base_map(node)))
    answer.headers["Content-Security-Policy"] = _policy(node)
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _policy(node: Node) -> str:
    images = " ".join(["'self'", "data:", *filter(None, [tiles.image_host(node)])])
    ancestors = " ".join(allowed_sites(node)) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src {images}; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )


@bp.route("/map/embed-code")
@require("public.read")
def code() -> ResponseReturnValue:
    """The code that puts the map, as it is filtered now, into a page of another site."""
    node = current_node()
    filters, typed = (
        read_filters(request.args),
        request.args.get("site", "").strip()[:200],
    )
    site = site_of(typed) if typed else None
    return render(
        "map/embed_code.html",
        filters=filters,
        typed=typed,
        site=site,
        is_allowed=site in allowed_sites(node),
        html=_frame_code(node, filters),
        contact=node.config.city.contact,
    )


def _frame_code(node: Node, filters: Filters) -> str:
    address = node.config.server.base_url + url("map_embedding.frame", **filters.arguments())
    markup = Markup(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" '
        'referrerpolicy="no-referrer"></iframe>'
    )
    return str(markup.format(address, _WIDTH, _HEIGHT, node.config.city.name))

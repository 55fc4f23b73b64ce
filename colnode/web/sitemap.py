"""sitemap.xml for search engines (sitemaps.org protocol 0.9): every public page of this city."""

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, Response, url_for

from colnode import catalogue
from colnode.clock import format_rfc3339
from colnode.errors import NotFound, _
from colnode.web.auth import current_node, require

__all__ = ["bp"]

bp = Blueprint("sitemap", __name__)

_PAGES = ("site.home", "badges.catalogue", "organisations.index", "network.show", "site.about")
_LARGEST_PART = 100_000_000


@bp.route("/sitemap.xml")
@require("public.read")
def show() -> Response:
    """All addresses, or an index of the files that have them when there are too many for one."""
    parts = catalogue.own_parts(current_node())
    if len(parts) <= 1:
        return _addresses(parts[0][0] if parts else 1, with_pages=True)
    found = [(url_for("sitemap.part", number=number), newest) for number, newest in parts]
    return _document("sitemapindex", "sitemap", [(url_for("sitemap.part", number=0), None), *found])


@bp.route("/sitemap-<int:number>.xml")
@require("public.read")
def part(number: int) -> Response:
    """One file of the index; number 0 has the pages that are no record's."""
    if number > _LARGEST_PART:
        raise NotFound(_("There is nothing at this address."))
    return _addresses(number, with_pages=number == 0)


def _addresses(number: int, *, with_pages: bool) -> Response:
    node = current_node()
    found: list[tuple[str, datetime | None]] = []
    if with_pages:
        found += [(url_for(endpoint), None) for endpoint in _PAGES]
    if number > 0:
        types = node.host.record_types
        listed = catalogue.list_own(node, number)
        found += [(types[item.type].path(item.id), item.updated_at) for item in listed]
    if not found:
        raise NotFound(_("There is nothing at this address."))
    return _document("urlset", "url", found)


def _document(
    root_name: str, item_name: str, items: Iterable[tuple[str, datetime | None]]
) -> Response:
    from xml.etree import ElementTree as ET  # a start does without it

    root = ET.Element(root_name, {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    base_url = current_node().config.server.base_url
    for path, changed_at in items:
        item = ET.SubElement(root, item_name)
        ET.SubElement(item, "loc").text = base_url + path
        if changed_at is not None:
            ET.SubElement(item, "lastmod").text = format_rfc3339(changed_at)
    text = ET.tostring(root, encoding="unicode")
    response = Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', mimetype="text/xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response

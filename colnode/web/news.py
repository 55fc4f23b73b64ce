"""What is new in the catalogue, as an Atom feed (RFC 4287), by type and by organisation."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from colnode import catalogue
from colnode.clock import format_rfc3339
from colnode.web.auth import current_node, require

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from colnode.catalogue import RecordView

__all__ = ["bp"]

bp = Blueprint("news", __name__)

_MOST = 50


@bp.route("/feed.atom")
@require("public.read")
def show() -> Response:
    """The 50 own records that changed last; `type` and `organisation` (an id) narrow it down."""
    from colnode.federation import harvest

    node = current_node()
    selection = harvest.Selection(
        type=request.args.get("type") or None,
        organisation_id=request.args.get("organisation") or None,
    )
    entries = harvest.newest(node, selection, types=node.host.record_types, limit=_MOST)
    keys = {entry.record_id: _key(entry.record_id) for entry in entries}
    views = catalogue.get_own(node, keys.values())
    items = [
        (views[keys[entry.record_id]], entry.changed_at)
        for entry in entries
        if keys[entry.record_id] in views
    ]
    response = Response(_feed(items), content_type="application/atom+xml; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _key(record_id: str) -> tuple[str, str]:
    kind, _slash, rest = record_id.partition("/")
    return kind, rest


def _feed(items: "list[tuple[RecordView, datetime]]") -> str:
    from xml.etree import ElementTree as ET

    node = current_node()
    main, base_url = node.config.main_language, node.config.server.base_url
    query = request.query_string.decode("ascii", "replace")
    own = f"{base_url}/feed.atom" + (f"?{query}" if query else "")
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": main})
    _add(root, "id", own)
    _add(root, "title", node.config.city.name)
    _add(root, "updated", format_rfc3339(items[0][1] if items else node.clock.now()))
    _add(_add(root, "author"), "name", node.config.city.name)
    _add(root, "link", href=own, rel="self")
    _add(root, "link", href=f"{base_url}/", rel="alternate")
    for view, changed_at in items:
        entry = _add(root, "entry")
        _add(entry, "id", view.home_url)
        _add(entry, "title", catalogue.choose(view.title, (main,)))
        _add(entry, "updated", format_rfc3339(changed_at))
        _add(entry, "link", href=view.home_url, rel="alternate")
        _add(entry, "category", term=view.type)
        if summary := catalogue.choose(view.summary, (main,)):
            _add(entry, "summary", summary)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _add(
    parent: "ET.Element[str]", name: str, text: str | None = None, **attributes: str
) -> "ET.Element[str]":
    from xml.etree import ElementTree as ET

    from colnode.federation.oai_dc import xml_text

    element = ET.SubElement(parent, name, attributes)
    if text is not None:
        element.text = xml_text(text)
    return element

"""Public pages: the map with its list, one activity, and the files that the map is drawn from."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xstatic.pkg.leaflet
from flask import Blueprint, Response, abort, json, make_response, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    NotFound,
    _,
    age_words,
    allow_images_from,
    catalogue,
    current_node,
    current_person,
    may,
    organisations,
    render,
    require,
    setting,
    structured_data,
    url,
)
from colnode_map import (
    along,
    backgrounds,
    geojson,
    looking_around,
    service,
    showing,
    states,
    taking_views,
    tiles,
    viewing,
    views,
    words,
)
from colnode_map.filters import Filters, read_bounds, read_filters
from colnode_map.structured import describe

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["base_map", "bp"]

bp = Blueprint("map", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(map_words=words))

_LEAFLET = Path(xstatic.pkg.leaflet.BASE_DIR)
_LEAFLET_FILES = {"leaflet.js": "text/javascript", "leaflet.css": "text/css"}
_YEAR_SECONDS = 31_536_000


@bp.route("/map")
@require("public.read")
def show() -> ResponseReturnValue:
    """The map with the list beside it; the list alone works without JavaScript."""
    node = current_node()
    return render("map/map.html", page=_page(node), base=base_map(node))


def _page(node: Node) -> showing.MapPage:
    person = current_person()
    return showing.read_page(node, request.args, person_id=person.id if person else None)


def _filters(node: Node) -> Filters:
    person = current_person()
    return along.with_stops(node, read_filters(request.args), person.id if person else None)


def base_map(node: Node) -> dict[str, Any]:
    """What the script needs to draw the ground; lets this answer load tiles from their host."""
    city = node.config.city
    base: dict[str, Any] = {
        "latitude": city.latitude,
        "longitude": city.longitude,
        "radius": city.radius_km,
        "zone": city.time_zone,
        "attribution": setting(node, "map.tile_attribution"),
    }
    host = tiles.image_host(node)
    if host is not None:
        allow_images_from(host)
        return base | {"tiles": setting(node, "map.tile_url"), "max_zoom": 19}
    own = tiles.open_tiles(node)
    if own is not None:
        address = url("map.tile", zoom=0, x=0, y=0).removesuffix("0/0/0") + "{z}/{x}/{y}"
        base["attribution"] = base["attribution"] or own.attribution
        return base | {"tiles": address, "min_zoom": own.min_zoom, "max_zoom": own.max_zoom}
    background = backgrounds.get_background(node)
    if background is not None:
        base["background"] = url("map.background", v=background.digest)
    return base | {"world": url("map.world")}


@bp.route("/map/activities.geojson")
@require("public.read")
def activities() -> ResponseReturnValue:
    """Activities or counted clusters inside ?bbox=west,south,east,north at ?zoom=."""
    node = current_node()
    bounds = read_bounds(request.args.get("bbox")) or catalogue.Bounds(-180, -90, 180, 90)
    zoom = max(0, min(request.args.get("zoom", 12, type=int), 22))
    filters = _filters(node)
    document = geojson.feature_collection(node, filters, bounds, zoom)
    return _features(document, max_age=30, is_personal=filters.left)


def _features(
    document: Mapping[str, Any], *, max_age: int, is_personal: bool
) -> ResponseReturnValue:
    """A GeoJSON answer for programs of any site; 304 when it is what they have."""
    data = json.dumps(document).encode()
    answer = Response(data, content_type=geojson.MEDIA_TYPE)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = f"{'private' if is_personal else 'public'}, max-age={max_age}"
    answer.headers["Vary"] = "Cookie, Accept-Language"
    answer.set_etag(hashlib.sha256(data).hexdigest()[:32])
    return answer.make_conditional(request)


@bp.route("/map/cities.geojson")
@require("public.read")
def cities() -> ResponseReturnValue:
    """The cities of which something matches: a point in the middle of each, its name, how much."""
    node = current_node()
    filters = _filters(node)
    found = geojson.cities(showing.cities(node, filters))
    return _features(found, max_age=60, is_personal=filters.left)


@bp.route("/activities/<activity_id>")
@require("public.read")
def activity(activity_id: str) -> ResponseReturnValue:
    """One activity of this city; a draft only for those who may edit it, one by invitation only
    for those who were invited."""
    node, person = current_node(), current_person()
    invitation = request.args.get("invitation", "")
    row = viewing.visible_activity(activity_id, invitation=invitation)
    is_helper = may("activity.people", row.organisation_id)
    is_public = row.state != states.State.DRAFT and not row.is_by_invitation
    return _activity_page(
        views.of_activity(node, row),
        service.record_of(node, row) if is_public else None,
        record=catalogue.get(node, catalogue.OWN, row.id, record_type="activity"),
        is_editor=may("activity.edit", row.organisation_id),
        is_helper=is_helper,
        organisation=organisations.get_organisation(node, row.organisation_id),
        row=row,
        taking=taking_views.taking_of(node, row, person.id if person else None, knows=is_helper),
        invitation=row.invitation if is_helper else invitation,
    )


@bp.route("/activities/<origin>/<activity_id>")
@require("public.read")
def foreign_activity(origin: str, activity_id: str) -> ResponseReturnValue:
    """One activity of another city, from this city's copy of its record."""
    record = catalogue.get(current_node(), origin, activity_id, record_type="activity")
    if record is None or record.is_own:
        raise NotFound(_("There is no such activity."))
    return _activity_page(views.of_record(record), dict(record.body), record=record)


def _activity_page(
    view: views.ActivityView, body: Mapping[str, Any] | None, **more: Any
) -> ResponseReturnValue:
    node = current_node()
    page_url = view.home_url or node.config.server.base_url + view.page_url
    shown = {"organisation": None, "record": None, "is_editor": False, "taking": None} | more
    return render(
        "map/activity.html",
        activity=view,
        badges=views.earned_badges(node, view.content.achievements),
        ages=age_words(view.content.age_from, view.content.age_to),
        organiser_url=_organiser_url(view, shown["organisation"]),
        json_ld=body and structured_data(describe(node, view, body, page_url=page_url)),
        base=base_map(node) if view.has_point else None,
        panorama=looking_around.picture_of(node, view),
        panorama_url=looking_around.page_of(node, view, str(shown.get("invitation") or "")),
        **shown,
    )


def _organiser_url(view: views.ActivityView, organisation: Any) -> str | None:
    if organisation is not None:
        return f"/organisations/{organisation.slug}"
    record = catalogue.get(
        current_node(), view.origin, view.organiser.id, record_type="organisation"
    )
    return record.home_url if record else None


@bp.route("/map/preview.svg")
@require("public.read")
def preview() -> ResponseReturnValue:
    """The map as a drawing."""
    from colnode_map.preview import draw_preview

    answer = _packed(draw_preview(current_node()).encode(), "image/svg+xml", max_age=120)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


@bp.route("/map/world.geojson")
@require("public.read")
def world() -> ResponseReturnValue:
    """The outline of the world's land."""
    return _packed(backgrounds.world_outline(), geojson.MEDIA_TYPE, max_age=86_400)


@bp.route("/map/background.geojson")
@require("public.read")
def background() -> ResponseReturnValue:
    """The city's own background; its address changes when it does."""
    row = backgrounds.get_background(current_node())
    if row is None:
        raise NotFound(_("This city has no background."))
    return _packed(row.geojson.encode(), geojson.MEDIA_TYPE, max_age=_YEAR_SECONDS)


@bp.route("/map/tiles/<int:zoom>/<int:x>/<int:y>")
@require("public.read")
def tile(zoom: int, x: int, y: int) -> ResponseReturnValue:
    """One of the city's own raster tiles."""
    node = current_node()
    own = tiles.open_tiles(node)
    data = tiles.read_tile(node, zoom, x, y) if own is not None else None
    if own is None or data is None:
        return Response(status=404)
    answer = Response(data, content_type=own.media_type)
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@bp.route("/map/leaflet/<name>")
@require("public.read")
def leaflet(name: str) -> ResponseReturnValue:
    """The map library, from its own package."""
    if name not in _LEAFLET_FILES:
        abort(404)
    return _packed((_LEAFLET / name).read_bytes(), _LEAFLET_FILES[name], max_age=86_400)


def _packed(data: bytes, media_type: str, *, max_age: int) -> Response:
    """An answer that travels compressed where the reader can, for it is large and seldom new."""
    is_packed = bool(request.accept_encodings["gzip"])
    answer = make_response(_gzip(data) if is_packed else data)
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    answer.headers["Cache-Control"] = f"public, max-age={max_age}"
    return answer


@lru_cache(maxsize=16)
def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)

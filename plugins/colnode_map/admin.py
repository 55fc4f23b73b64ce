"""The admin's page of the map: its background, and the city's list of addresses."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Invalid,
    TooLarge,
    current_node,
    current_person,
    error_text,
    gettext,
    ngettext,
    render,
    require,
    setting,
    url,
)
from colnode_map import addresses, backgrounds, tiles
from colnode_map.pages import base_map

__all__ = ["bp"]

bp = Blueprint("map_admin", __name__)


@bp.route("/admin/map")
@require("city.manage")
def ground() -> ResponseReturnValue:
    """What the map is drawn on."""
    return _page()


def _page(*, errors: dict[str, str] | None = None) -> str:
    node = current_node()
    return render(
        "map/admin.html",
        background=backgrounds.get_background(node),
        kinds=backgrounds.KINDS,
        address_count=addresses.count_addresses(node),
        tile_host=tiles.image_host(node),
        tiles_file=setting(node, "map.tiles_file"),
        errors=errors or {},
        base=base_map(node),
    )


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None


@bp.route("/admin/map/background", methods=["POST"])
@require("city.manage")
def change_background() -> ResponseReturnValue:
    """Take a new background, or remove the one there is."""
    node, sent = current_node(), request.files.get("background")
    if "remove" in request.form:
        backgrounds.remove(node, actor_id=_actor_id())
        flash(gettext("The background is removed."), "success")
        return redirect(url("map_admin.ground"), 303)
    if sent is None or not sent.filename:
        return _page(errors={"background": gettext("Choose a file.")}), Invalid.status
    try:
        backgrounds.replace(node, sent.read(), actor_id=_actor_id())
    except (Invalid, TooLarge) as error:
        said = error_text(error.message, error.parameters)
        return _page(errors={"background": said}), error.status
    flash(gettext("The map has its new background."), "success")
    return redirect(url("map_admin.ground"), 303)


@bp.route("/admin/map/addresses", methods=["POST"])
@require("city.manage")
def add_addresses() -> ResponseReturnValue:
    """Take over the city's list of addresses."""
    node, sent = current_node(), request.files.get("addresses")
    if sent is None or not sent.filename:
        return _page(errors={"addresses": gettext("Choose a file.")}), Invalid.status
    try:
        count = addresses.import_addresses(node, sent.read())
    except (Invalid, TooLarge) as error:
        said = error_text(error.message, error.parameters)
        return _page(errors={"addresses": said}), error.status
    flash(ngettext("One address is known now.", "%(num)s addresses came in.", count), "success")
    return redirect(url("map_admin.ground"), 303)

"""What the map is drawn on, at /api/v1/map: its background and the city's list of addresses."""

from flask import Blueprint, request
from pydantic import AwareDatetime, BaseModel

from colnode.plugin import current_node, current_person, operation, require
from colnode_map import addresses, backgrounds
from colnode_map.models import Background

__all__ = ["bp"]

bp = Blueprint("map_ground_api", __name__)
_TAG = "map"


class GroundOutput(BaseModel):
    """What the city gave: its background's digest and time, and how many addresses."""

    background: str | None
    background_changed_at: AwareDatetime | None
    addresses: int


@bp.route("/map/ground")
@require("city.manage")
@operation(tag=_TAG, response=GroundOutput)
def ground() -> GroundOutput:
    """What the map is drawn on."""
    return _output(backgrounds.get_background(current_node()))


@bp.route("/map/background", methods=["PUT"])
@require("city.manage")
@operation(tag=_TAG, response=GroundOutput)
def change_background() -> GroundOutput:
    """Take a new background: the GeoJSON is the body of the request."""
    return _output(backgrounds.replace(current_node(), request.get_data(), actor_id=_actor_id()))


@bp.route("/map/background", methods=["DELETE"])
@require("city.manage")
@operation(tag=_TAG)
def remove_background() -> None:
    """Draw the world outline alone again."""
    backgrounds.remove(current_node(), actor_id=_actor_id())


@bp.route("/map/addresses", methods=["POST"])
@require("city.manage")
@operation(tag=_TAG, response=GroundOutput)
def add_addresses() -> GroundOutput:
    """Take over a list of addresses: CSV with street, number, lat and lon is the body."""
    node = current_node()
    addresses.import_addresses(node, request.get_data())
    return _output(backgrounds.get_background(node))


def _output(background: Background | None) -> GroundOutput:
    return GroundOutput(
        background=background.digest if background else None,
        background_changed_at=background.uploaded_at if background else None,
        addresses=addresses.count_addresses(current_node()),
    )


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None

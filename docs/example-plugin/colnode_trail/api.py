"""Trails at /api/v1/trails, in the city's OpenAPI document."""

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.plugin import current_node, current_person, operation, require
from colnode_trail import service

bp = Blueprint("trail_api", __name__)


class TrailInput(BaseModel):
    """A trail to lay out."""

    title: dict[str, str] = Field(min_length=1)
    level: str = Field(max_length=20)


class TrailOutput(TrailInput):
    """A trail of this city."""

    id: str


class TrailList(BaseModel):
    """Trails, newest first."""

    items: list[TrailOutput]


@bp.route("/trails")
@require("public.read")
@operation(tag="trails", response=TrailList)
def list_trails() -> TrailList:
    """List the trails of this city."""
    found = service.newest(current_node(), 200)
    return TrailList(
        items=[TrailOutput.model_validate(trail, from_attributes=True) for trail in found]
    )


@bp.route("/trails", methods=["POST"])
@require("trail.edit")
@operation(tag="trails", body=TrailInput, response=TrailOutput, status=201)
def lay_out_trail(json: TrailInput) -> TrailOutput:
    """Lay a trail out."""
    person = current_person()
    made = service.lay_out(
        current_node(),
        title=json.title,
        level=json.level,
        actor_id=person.id if person else None,
    )
    return TrailOutput.model_validate(made, from_attributes=True)


@bp.route("/trails/<trail_id>/walk", methods=["POST"])
@require("trail.walk")
@operation(tag="trails")
def walk_trail(trail_id: str) -> None:
    """Say that one has walked a trail."""
    person = current_person()
    assert person is not None
    service.walk(current_node(), trail_id, person_id=person.id)

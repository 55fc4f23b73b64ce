"""The programs that one allowed something, over the API."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel

from colnode.exchange import grants
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_programs", __name__)


class ProgramItem(BaseModel):
    """A program with access. `name` and `url` are what it says of itself; nobody checked them."""

    id: str
    name: str
    url: str | None
    scopes: list[str]
    allowed_at: datetime
    used_at: datetime


class ProgramList(BaseModel):
    """Programs with access, the newest first."""

    items: list[ProgramItem]


@bp.route("/me/programs")
@require("account.use")
@operation(tag="programs", response=ProgramList)
def list_programs() -> ProgramList:
    """List the programs that one allowed something."""
    items = [
        ProgramItem(
            id=item.grant.id,
            name=item.client.name,
            url=item.client.url,
            scopes=item.grant.scopes,
            allowed_at=item.grant.created_at,
            used_at=item.grant.used_at,
        )
        for item in grants.list_grants(current_node(), current_person_id())
    ]
    return ProgramList(items=items)


@bp.route("/me/programs/<grant_id>/stop", methods=["POST"])
@require("account.use")
@operation(tag="programs")
def stop(grant_id: str) -> None:
    """Stop a program; every token that it has ends."""
    grants.end(current_node(), grant_id, person_id=current_person_id())

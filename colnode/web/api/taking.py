"""Taking badges along over the API: a badge as a JWT, all of them as learner records."""

import json
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import passport, taking
from colnode.errors import NotFound, _
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_taking", __name__)


class JwtItem(BaseModel):
    """A badge as a VC-JWT."""

    jwt: str


class RecordQuery(BaseModel):
    """Which part, from 1."""

    part: int = Field(default=1, ge=1, le=1000)


class RecordItem(BaseModel):
    """A signed ClrCredential (CLR 2.0), and how many parts there are."""

    part: int
    parts: int
    document: dict[str, Any]


@bp.route("/me/credentials/<address>/jwt")
@require("account.use")
@operation(tag="my badges", response=JwtItem)
def jwt(address: str) -> JwtItem:
    """Read one's own badge as a VC-JWT, signed now."""
    node, person_id = current_node(), current_person_id()
    held = passport.open_credential(node, address, viewer_id=person_id)
    if held.person_id != person_id:
        raise NotFound(_("There is no such badge among yours."))
    return JwtItem(jwt=taking.as_jwt(node, held))


@bp.route("/me/learner-record")
@require("account.use")
@operation(tag="my badges", query=RecordQuery, response=RecordItem)
def learner_record(query: RecordQuery) -> RecordItem:
    """Read one's badges that are in order as a learner record, signed now by the city."""
    node, person_id = current_node(), current_person_id()
    document = taking.learner_record(node, person_id, part=query.part)
    return RecordItem(
        part=query.part,
        parts=taking.count_records(node, person_id),
        document=json.loads(document),
    )

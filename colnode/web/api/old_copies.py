"""Copies of one's badges in the form of Open Badges 2.0, over the API."""

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import old_backpacks
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_old_copies", __name__)


class CopyRequest(BaseModel):
    """The proven address of one's own whose salted hash the copy names."""

    email: str = Field(max_length=320)


class CopyItem(BaseModel):
    """Where the copy is: the assertion and the picture with it baked in."""

    assertion_url: str
    picture_url: str


@bp.route("/me/credentials/<address>/old-copy", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=CopyRequest, response=CopyItem)
def make(address: str, json: CopyRequest) -> CopyItem:
    """Make a copy of a shared badge for an old backpack; it replaces an earlier one."""
    node = current_node()
    copy = old_backpacks.make(node, address, person_id=current_person_id(), email=json.email)
    url = old_backpacks.assertion_url(node, copy)
    return CopyItem(assertion_url=url, picture_url=f"{url}.png")


@bp.route("/me/credentials/<address>/old-copy/remove", methods=["POST"])
@require("account.use")
@operation(tag="my badges")
def remove(address: str) -> None:
    """End the copy."""
    old_backpacks.remove(current_node(), address, person_id=current_person_id())

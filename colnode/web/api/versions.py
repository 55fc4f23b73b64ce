"""Versions of a badge over the API, and copies of one."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import achievements, copying, versions
from colnode.badges.documents import achievement_url, version_url
from colnode.catalogue import OWN
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_versions", __name__)


class VersionItem(BaseModel):
    """One version. `url` is its page and its Open Badges document."""

    number: int
    url: str
    published_at: datetime


class VersionList(BaseModel):
    """Versions, the newest first."""

    items: list[VersionItem]


class CopyRequest(BaseModel):
    """The badge to copy, by its id; `origin` is the node id of another city."""

    achievement_id: str = Field(max_length=200)
    origin: str = Field(default=OWN, max_length=100)


class CopiedItem(BaseModel):
    """The draft that was made."""

    id: str
    url: str


@bp.route("/achievements/<achievement_id>/versions")
@require("public.read")
@operation(tag="badges", response=VersionList)
def list_versions(achievement_id: str) -> VersionList:
    """List what a badge said, version by version."""
    node = current_node()
    url = achievement_url(node, achievements.get_public(node, achievement_id).id)
    return VersionList(
        items=[
            VersionItem(
                number=item.number,
                url=version_url(url, item.number),
                published_at=item.published_at,
            )
            for item in versions.list_versions(node, achievement_id)
        ]
    )


@bp.route("/organisations/<organisation_id>/achievements/copy", methods=["POST"])
@require("badge.edit")
@operation(tag="badges", body=CopyRequest, response=CopiedItem, status=201)
def copy_achievement(organisation_id: str, json: CopyRequest) -> CopiedItem:
    """Make a draft after another badge: one's own, or one whose maker put a licence on it."""
    node = current_node()
    made = copying.copy(
        node,
        organisation_id,
        origin=json.origin,
        source_id=json.achievement_id,
        actor_id=current_person_id(),
    )
    return CopiedItem(id=made.id, url=achievement_url(node, made.id))

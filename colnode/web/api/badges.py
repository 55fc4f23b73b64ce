"""Badges over the API, for organisers: make, change, publish and retire them."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode import media
from colnode.badges import achievements
from colnode.badges.content import Content
from colnode.badges.documents import achievement_url
from colnode.errors import NotFound, _
from colnode.media import PictureKind
from colnode.web.api.more import (
    MoreContent,
    MoreItem,
    read_more,
    show_more,
)
from colnode.web.api.spec import operation, read_base64
from colnode.web.auth import current_node, current_person_id, may, require

if TYPE_CHECKING:
    from colnode.badges.models import Achievement

__all__ = ["bp"]

bp = Blueprint("api_badges", __name__)

Texts = dict[str, str]


class Art(BaseModel):
    """The drawing of a badge: one of eight shapes, a lucide icon, two of the line colours."""

    shape: str = Field(default="round", max_length=20)
    icon: str = Field(default="award", max_length=40)
    first: str = Field(default="blue", max_length=20)
    second: str = Field(default="amber", max_length=20)
    seed: str = Field(default="", max_length=60)


class AchievementContent(BaseModel):
    """What an organiser writes. Texts are {"en": "...", "lt": "..."}.

    `picture_base64` is a PNG, JPEG, WebP or SVG that takes the place of the icon; without it an
    edited badge keeps its picture unless `remove_picture` is true.
    """

    name: Texts
    description: Texts = {}
    criteria: Texts = {}
    main_language: str = Field(default="", max_length=35)
    tags: list[str] = Field(default=[], max_length=20)
    art: Art = Art()
    kind: str = "Badge"
    valid_days: int | None = None
    more: MoreContent = MoreContent()
    picture_base64: str | None = None
    remove_picture: bool = False


class AchievementEdit(AchievementContent):
    """The whole content anew. `revision` is the one that you read; another one is a conflict."""

    revision: int


class AchievementItem(BaseModel):
    """A badge that can be earned. `url` is its page and its Open Badges document."""

    id: str
    url: str
    organisation_id: str
    state: str
    revision: int
    name: Texts
    description: Texts
    criteria: Texts
    main_language: str
    tags: list[str]
    art: dict[str, str]
    kind: str
    valid_days: int | None
    more: MoreItem
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None


class AchievementList(BaseModel):
    """Badges of an organisation, the last changed first."""

    items: list[AchievementItem]


@bp.route("/organisations/<organisation_id>/achievements")
@require("badge.award")
@operation(tag="badges", response=AchievementList)
def list_achievements(organisation_id: str) -> AchievementList:
    """List an organisation's badges, drafts too."""
    found = achievements.list_of_organisation(current_node(), organisation_id)
    return AchievementList(items=[_achievement(item) for item in found])


@bp.route("/organisations/<organisation_id>/achievements", methods=["POST"])
@require("badge.edit")
@operation(tag="badges", body=AchievementContent, response=AchievementItem, status=201)
def create_achievement(organisation_id: str, json: AchievementContent) -> AchievementItem:
    """Make a badge; it starts as a draft."""
    node = current_node()
    made = achievements.create(
        node, organisation_id, content=_content(json), actor_id=current_person_id()
    )
    return _achievement(made)


@bp.route("/achievements/<achievement_id>")
@require("public.read")
@operation(tag="badges", response=AchievementItem)
def show_achievement(achievement_id: str) -> AchievementItem:
    """Show a badge; a draft to its organisation alone."""
    found = achievements.get_achievement(current_node(), achievement_id)
    if not found.is_public and not may("badge.award", found.organisation_id):
        raise NotFound(_("There is no such badge."))
    return _achievement(found)


@bp.route("/achievements/<achievement_id>", methods=["PUT"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", body=AchievementEdit, response=AchievementItem)
def edit_achievement(achievement_id: str, json: AchievementEdit) -> AchievementItem:
    """Change a badge; badges that were given keep what was signed."""
    node = current_node()
    before = achievements.content_of(achievements.get_achievement(node, achievement_id))
    content = _content(json, before)
    edited = achievements.edit(
        node, achievement_id, content=content, actor_id=current_person_id(), revision=json.revision
    )
    return _achievement(edited)


@bp.route("/achievements/<achievement_id>/publish", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", response=AchievementItem)
def publish_achievement(achievement_id: str) -> AchievementItem:
    """Show a badge to everybody and let it be given."""
    return _achievement(
        achievements.publish(current_node(), achievement_id, actor_id=current_person_id())
    )


@bp.route("/achievements/<achievement_id>/retire", methods=["POST"])
@require("badge.edit", organisation_of=achievements)
@operation(tag="badges", response=AchievementItem)
def retire_achievement(achievement_id: str) -> AchievementItem:
    """Stop giving a badge; everybody who has it keeps it."""
    return _achievement(
        achievements.retire(current_node(), achievement_id, actor_id=current_person_id())
    )


def _content(given: AchievementContent, before: Content | None = None) -> Content:
    """The content anew; a picture that is not taken away and what it was copied from stay."""
    node = current_node()
    picture = before.picture if before and not given.remove_picture else None
    if given.picture_base64 is not None:
        data = read_base64(given.picture_base64, field="picture_base64")
        picture = media.store(node, data, kind=PictureKind.BADGE).digest
    return Content(
        name=given.name,
        description=given.description,
        criteria=given.criteria,
        main_language=given.main_language or node.config.main_language,
        tags=tuple(given.tags),
        art=given.art.model_dump(),
        picture=picture,
        kind=given.kind,
        valid_days=given.valid_days,
        more=read_more(given.more, before.more.source if before else None),
    )


def _achievement(item: "Achievement") -> AchievementItem:
    return AchievementItem(
        id=item.id,
        url=achievement_url(current_node(), item.id),
        organisation_id=item.organisation_id,
        state=item.state,
        revision=item.revision,
        name=item.name,
        description=item.description,
        criteria=item.criteria,
        main_language=item.main_language,
        tags=item.tags,
        art=item.art,
        kind=item.kind,
        valid_days=item.valid_days,
        more=show_more(achievements.content_of(item).more),
        version=item.version,
        created_at=item.created_at,
        changed_at=item.changed_at,
        published_at=item.published_at,
    )

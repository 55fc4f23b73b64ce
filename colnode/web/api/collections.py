"""Collections of one's badges over the API."""

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import collections
from colnode.badges.collections import Spread
from colnode.web.api.brought import StampItem, stamp_item
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_collections", __name__)


class CollectionRequest(BaseModel):
    """Title, text and the addresses of the badges in their order."""

    title: str = Field(max_length=500)
    text: str = Field(default="", max_length=20_000)
    badges: list[str] = Field(default=[], max_length=200)


class CollectionItem(BaseModel):
    """A collection. `private_count` of its badges are not shown to others."""

    address: str
    title: str
    text: str
    is_shared: bool
    private_count: int
    badges: list[StampItem]


class CollectionList(BaseModel):
    """One's collections, the latest changed first."""

    items: list[CollectionItem]


class ShareRequest(BaseModel):
    """Whether badges in it that are private yet are shared with it."""

    with_badges: bool = False


@bp.route("/me/collections")
@require("account.use")
@operation(tag="collections", response=CollectionList)
def list_collections() -> CollectionList:
    """List one's collections."""
    found = collections.list_collections(current_node(), current_person_id())
    return CollectionList(items=[_item(spread) for spread in found])


@bp.route("/me/collections", methods=["POST"])
@require("account.use")
@operation(tag="collections", body=CollectionRequest, response=CollectionItem, status=201)
def create(json: CollectionRequest) -> CollectionItem:
    """Make a private collection."""
    return _item(
        collections.create(
            current_node(),
            person_id=current_person_id(),
            title=json.title,
            text=json.text,
            addresses=json.badges,
        )
    )


@bp.route("/me/collections/<address>", methods=["PUT"])
@require("account.use")
@operation(tag="collections", body=CollectionRequest, response=CollectionItem)
def edit(address: str, json: CollectionRequest) -> CollectionItem:
    """Change a collection's title, text, badges and their order."""
    return _item(
        collections.edit(
            current_node(),
            address,
            person_id=current_person_id(),
            title=json.title,
            text=json.text,
            addresses=json.badges,
        )
    )


@bp.route("/me/collections/<address>", methods=["DELETE"])
@require("account.use")
@operation(tag="collections")
def delete(address: str) -> None:
    """Delete a collection; its badges stay."""
    collections.delete_collection(current_node(), address, person_id=current_person_id())


@bp.route("/me/collections/<address>/share", methods=["POST"])
@require("account.use")
@operation(tag="collections", body=ShareRequest, response=CollectionItem)
def share(address: str, json: ShareRequest) -> CollectionItem:
    """Let everybody who has the address see a collection."""
    return _item(
        collections.share(
            current_node(), address, person_id=current_person_id(), with_badges=json.with_badges
        )
    )


@bp.route("/me/collections/<address>/unshare", methods=["POST"])
@require("account.use")
@operation(tag="collections", response=CollectionItem)
def unshare(address: str) -> CollectionItem:
    """Make a collection private again."""
    return _item(collections.unshare(current_node(), address, person_id=current_person_id()))


def _item(spread: Spread) -> CollectionItem:
    collection = spread.collection
    return CollectionItem(
        address=collection.address,
        title=collection.title,
        text=collection.text,
        is_shared=spread.is_shared,
        private_count=spread.private_count,
        badges=[stamp_item(stamp) for stamp in spread.stamps],
    )

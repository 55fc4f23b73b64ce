"""A person's public page over the API: its owner opens, changes and closes it; anybody reads it."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.badges import public_pages
from colnode.errors import NotFound, _
from colnode.web.api.brought import StampItem, stamp_item
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

if TYPE_CHECKING:
    from colnode.badges.models import PublicPage

__all__ = ["bp"]

bp = Blueprint("api_public_pages", __name__)


class PageRequest(BaseModel):
    """What stands on the page above the badges."""

    text: str = Field(default="", max_length=20_000)


class PageItem(BaseModel):
    """One's page: its address, and since when it is open."""

    address: str
    url: str
    text: str
    opened_at: datetime


class PageView(BaseModel):
    """What visitors see: the name, the text, and the badges that the person lists."""

    display_name: str
    text: str
    badges: list[StampItem]


@bp.route("/me/public-page")
@require("account.use")
@operation(tag="my badges", response=PageItem)
def show_own() -> PageItem:
    """Show one's public page."""
    page = public_pages.find(current_node(), current_person_id())
    if page is None:
        raise NotFound(_("You have no public page."))
    return _item(page)


@bp.route("/me/public-page", methods=["PUT"])
@require("account.use")
@operation(tag="my badges", body=PageRequest, response=PageItem)
def open_page(json: PageRequest) -> PageItem:
    """Open one's public page, or change its text. For adults."""
    return _item(
        public_pages.open_page(current_node(), person_id=current_person_id(), text=json.text)
    )


@bp.route("/me/public-page", methods=["DELETE"])
@require("account.use")
@operation(tag="my badges")
def close() -> None:
    """Close one's public page; badges stay shared with those who have a link."""
    public_pages.close(current_node(), person_id=current_person_id())


@bp.route("/public-pages/<address>")
@require("public.read")
@operation(tag="my badges", response=PageView)
def show(address: str) -> PageView:
    """Read somebody's public page."""
    view = public_pages.view(current_node(), address)
    return PageView(
        display_name=view.display_name,
        text=view.page.text,
        badges=[stamp_item(stamp) for stamp in view.stamps],
    )


def _item(page: "PublicPage") -> PageItem:
    return PageItem(
        address=page.address,
        url=f"{current_node().config.server.base_url}/people/{page.address}",
        text=page.text,
        opened_at=page.opened_at,
    )

"""Organisers' pages for calendars of other sites that their activities follow."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Conflict,
    Invalid,
    Refused,
    current_node,
    error_text,
    gettext,
    organisations,
    render,
    require,
    url,
)
from colnode_map import feeds, models, states
from colnode_map.organising import actor_id

__all__ = ["bp"]

bp = Blueprint("map_feeds", __name__)


@bp.route("/organiser/<organisation_id>/activities/calendars")
@require("activity.edit")
def listing(organisation_id: str) -> ResponseReturnValue:
    """The calendars that are followed, and what reading each came to."""
    return _page(organisation_id)


@bp.route("/organiser/<organisation_id>/activities/calendars", methods=["POST"])
@require("activity.edit")
def add(organisation_id: str) -> ResponseReturnValue:
    """Look at a calendar; nothing is taken over yet."""
    node, address = current_node(), request.form.get("address", "")
    try:
        feed = feeds.add_feed(node, organisation_id, address, actor_id=actor_id())
    except (Invalid, Conflict, Refused) as error:
        message = error_text(error.message, error.parameters)
        return _page(organisation_id, address=address, error=message), error.status
    return _to(feed)


def _page(organisation_id: str, *, address: str = "", error: str | None = None) -> str:
    node = current_node()
    return render(
        "map/feeds.html",
        organisation=organisations.get_organisation(node, organisation_id),
        feeds=feeds.list_feeds(node, organisation_id),
        address=address,
        error=error,
    )


def _to(feed: models.Feed) -> ResponseReturnValue:
    address = url("map_feeds.show", organisation_id=feed.organisation_id, feed_id=feed.id)
    return redirect(address, 303)


@bp.route("/organiser/<organisation_id>/activities/calendars/<feed_id>")
@require("activity.edit")
def show(organisation_id: str, feed_id: str) -> ResponseReturnValue:
    """What following it would change, or what the last reading changed, event by event."""
    node = current_node()
    feed = feeds.get_feed(node, organisation_id, feed_id)
    return render(
        "map/feed.html",
        organisation=organisations.get_organisation(node, organisation_id),
        feed=feed,
        counts=feed.result.get("counts", {}),
        items=[_item(item) for item in feed.result.get("items", ())],
        error=_error(feed),
        is_looking=feed.state == states.FeedState.LOOKING,
        is_in_sync=feed.state == states.FeedState.IN_SYNC,
    )


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"text": error_text(item["message"], item["parameters"])}


def _error(feed: models.Feed) -> str | None:
    result = feed.result
    return error_text(result["message"], result["parameters"]) if "message" in result else None


@bp.route("/organiser/<organisation_id>/activities/calendars/<feed_id>", methods=["POST"])
@require("activity.edit")
def change(organisation_id: str, feed_id: str) -> ResponseReturnValue:
    """Follow it, pause, read it now, or remove it: the button that was pressed says which."""
    node = current_node()
    feed = feeds.get_feed(node, organisation_id, feed_id)
    match request.form.get("do"):
        case "follow":
            feeds.set_in_sync(node, feed, is_in_sync=True, actor_id=actor_id())
            flash(gettext("Your activities follow this calendar now."), "success")
        case "pause":
            feeds.set_in_sync(node, feed, is_in_sync=False, actor_id=actor_id())
            flash(gettext("Paused. Nothing changes until you go on."), "success")
        case "remove":
            feeds.remove_feed(node, feed, actor_id=actor_id())
            flash(gettext("Removed. The activities stay."), "success")
            return redirect(url("map_feeds.listing", organisation_id=organisation_id), 303)
        case _:
            feeds.run_feed(node, feed)
            flash(gettext("The calendar is being read."), "success")
    return _to(feed)

"""Operations under /api/v1 for calendars of other sites that activities follow."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from colnode.plugin import current_node, current_person_id, error_text, operation, require
from colnode_map import feeds, models, states

__all__ = ["bp"]

bp = Blueprint("map_feed_api", __name__)
_TAG = "activities"


class FeedInput(BaseModel):
    """The address of a calendar (iCalendar)."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(max_length=1_000)


class FeedChange(BaseModel):
    """Whether the activities follow the calendar."""

    model_config = ConfigDict(extra="forbid")

    is_in_sync: bool


class FeedItemOutput(BaseModel):
    """What became of an event: new, changed, cancelled, kept, left_out or wrong, and why."""

    outcome: str
    title: str
    text: str
    activity_id: str | None


class FeedOutput(BaseModel):
    """A calendar. `counts` are events by outcome; with `is_dry` they say what would happen.

    `error` is why it could not be read the last time, which changed nothing.
    """

    id: str
    address: str
    state: str
    ran_at: datetime | None
    read_at: datetime | None
    is_dry: bool
    counts: dict[str, int]
    items: list[FeedItemOutput]
    error: str | None


class FeedList(BaseModel):
    """The calendars of an organisation."""

    items: list[FeedOutput]


@bp.route("/organisations/<organisation_id>/activities/calendars")
@require("activity.edit")
@operation(tag=_TAG, response=FeedList)
def list_calendars(organisation_id: str) -> FeedList:
    """The calendars that an organisation's activities follow."""
    found = feeds.list_feeds(current_node(), organisation_id)
    return FeedList(items=[_feed(feed) for feed in found])


@bp.route("/organisations/<organisation_id>/activities/calendars", methods=["POST"])
@require("activity.edit")
@operation(tag=_TAG, body=FeedInput, response=FeedOutput, status=201)
def add_calendar(organisation_id: str, json: FeedInput) -> FeedOutput:
    """Add a calendar and look in the background what following it would change."""
    node, person_id = current_node(), current_person_id()
    return _feed(feeds.add_feed(node, organisation_id, json.address, actor_id=person_id))


@bp.route("/organisations/<organisation_id>/activities/calendars/<feed_id>")
@require("activity.edit")
@operation(tag=_TAG, response=FeedOutput)
def get_calendar(organisation_id: str, feed_id: str) -> FeedOutput:
    """What the last reading of a calendar came to."""
    return _feed(feeds.get_feed(current_node(), organisation_id, feed_id))


@bp.route("/organisations/<organisation_id>/activities/calendars/<feed_id>", methods=["PATCH"])
@require("activity.edit")
@operation(tag=_TAG, body=FeedChange, response=FeedOutput)
def change_calendar(organisation_id: str, feed_id: str, json: FeedChange) -> FeedOutput:
    """Follow a calendar from now on, or pause."""
    node, person_id = current_node(), current_person_id()
    feed = feeds.get_feed(node, organisation_id, feed_id)
    feeds.set_in_sync(node, feed, is_in_sync=json.is_in_sync, actor_id=person_id)
    return _feed(feed)


@bp.route("/organisations/<organisation_id>/activities/calendars/<feed_id>/read", methods=["POST"])
@require("activity.edit")
@operation(tag=_TAG, response=FeedOutput, status=202)
def read_calendar(organisation_id: str, feed_id: str) -> FeedOutput:
    """Read a calendar in the background now."""
    node = current_node()
    feed = feeds.get_feed(node, organisation_id, feed_id)
    feeds.run_feed(node, feed)
    return _feed(feed)


@bp.route("/organisations/<organisation_id>/activities/calendars/<feed_id>", methods=["DELETE"])
@require("activity.edit")
@operation(tag=_TAG, status=204)
def remove_calendar(organisation_id: str, feed_id: str) -> None:
    """Follow a calendar no more; its activities stay."""
    node, person_id = current_node(), current_person_id()
    feed = feeds.get_feed(node, organisation_id, feed_id)
    feeds.remove_feed(node, feed, actor_id=person_id)


def _feed(feed: models.Feed) -> FeedOutput:
    result = feed.result
    items = [
        FeedItemOutput(
            outcome=item["outcome"],
            title=item["title"],
            text=error_text(item["message"], item["parameters"]),
            activity_id=item["activity_id"],
        )
        for item in result.get("items", ())
    ]
    error = error_text(result["message"], result["parameters"]) if "message" in result else None
    return FeedOutput(
        id=feed.id,
        address=feed.address,
        state=states.FeedState(feed.state),
        ran_at=feed.ran_at,
        read_at=feed.read_at,
        is_dry=result.get("is_dry", False),
        counts=result.get("counts", {}),
        items=items,
        error=error,
    )

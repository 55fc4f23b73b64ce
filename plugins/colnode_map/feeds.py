"""The calendars of other sites that an organisation's activities follow: added, paused, removed.
Reading one and bringing activities in line is in syncing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import func, select

from colnode.plugin import Conflict, Invalid, NotFound, Refused, _, audit, enqueue
from colnode_map.models import Feed
from colnode_map.states import FeedState

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "FEED_JOB",
    "add_feed",
    "enqueue_due",
    "get_feed",
    "list_feeds",
    "remove_feed",
    "run_feed",
    "set_in_sync",
]

FEED_JOB = "map.feed"

_MOST_FEEDS = 20
_LONGEST_ADDRESS = 1_000


def add_feed(node: "Node", organisation_id: str, address: str, *, actor_id: str | None) -> Feed:
    """Add a calendar by its address and look at it in the background; it changes nothing yet.

    `webcal://` is read as https. Raises Invalid (no such address), Conflict (it is there already),
    Refused (20 are enough).
    """
    address = address.strip()
    if address.lower().startswith("webcal:"):
        address = "https:" + address[7:]
    _check_address(address)
    of_organisation = Feed.organisation_id == organisation_id
    if node.db.scalar(select(Feed.id).where(of_organisation, Feed.address == address)):
        raise Conflict(_("This calendar is there already."))
    if (
        node.db.scalar(select(func.count()).select_from(Feed).where(of_organisation)) or 0
    ) >= _MOST_FEEDS:
        raise Refused(_("An organisation follows 20 calendars at most. Remove one first."))
    feed = Feed(
        id=str(uuid5(NAMESPACE_URL, f"{organisation_id} {address}")),
        organisation_id=organisation_id,
        address=address,
        state=FeedState.LOOKING,
        result={},
        created_at=node.clock.now(),
    )
    node.db.add(feed)
    node.db.flush()
    _note(node, feed, "activities.feed_added", actor_id)
    run_feed(node, feed)
    return feed


def _check_address(address: str) -> None:
    message = _("Write the whole address, starting with https://.")
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or len(address) > _LONGEST_ADDRESS or not address.isprintable():
        raise Invalid(message, fields={"address": message})


def get_feed(node: "Node", organisation_id: str, feed_id: str) -> Feed:
    """A calendar that this organisation follows. Raises NotFound."""
    feed = node.db.get(Feed, feed_id)
    if feed is None or feed.organisation_id != organisation_id:
        raise NotFound(_("There is no such calendar."))
    return feed


def list_feeds(node: "Node", organisation_id: str) -> Sequence[Feed]:
    """The calendars of an organisation, the first one added first."""
    query = select(Feed).where(Feed.organisation_id == organisation_id)
    return node.db.scalars(query.order_by(Feed.created_at, Feed.id)).all()


def run_feed(node: "Node", feed: Feed) -> None:
    """Read the calendar in the background now. Twice before it began is the same as once."""
    enqueue(node, FEED_JOB, {"feed_id": feed.id}, key=f"{FEED_JOB}:{feed.id}")


def set_in_sync(node: "Node", feed: Feed, *, is_in_sync: bool, actor_id: str | None) -> None:
    """Follow the calendar from now on, beginning at once; or leave all as it is for the time."""
    wanted = FeedState.IN_SYNC if is_in_sync else FeedState.PAUSED
    if feed.state == wanted:
        return
    feed.state = wanted
    feed.etag = feed.last_modified = None
    _note(
        node, feed, "activities.feed_followed" if is_in_sync else "activities.feed_paused", actor_id
    )
    if is_in_sync:
        run_feed(node, feed)


def remove_feed(node: "Node", feed: Feed, *, actor_id: str | None) -> None:
    """Follow it no more. Its activities stay, and added again it finds them again."""
    _note(node, feed, "activities.feed_removed", actor_id)
    node.db.delete(feed)
    node.db.flush()


def enqueue_due(node: "Node") -> None:
    """The recurring job: read every calendar that is followed, each in a job of its own."""
    with node.unit():
        for feed in node.db.scalars(select(Feed).where(Feed.state == FeedState.IN_SYNC)):
            run_feed(node, feed)


def _note(node: "Node", feed: Feed, action: str, actor_id: str | None) -> None:
    audit.record(
        node,
        action,
        subject_type="organisation",
        subject_id=feed.organisation_id,
        actor_id=actor_id,
        detail={"feed_id": feed.id},
    )

"""Bringing activities in line with the calendar that they follow, event by event.

What a person changed here stays as they left it. A calendar that cannot be read changes nothing,
and neither does one that is suddenly empty.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode.plugin import ColnodeError, Invalid, Unavailable, _, organisations
from colnode_map import service
from colnode_map.content import Content, missing_for_publishing
from colnode_map.events import ReadEvent, month_of, read_events
from colnode_map.models import Activity, Feed, FeedItem
from colnode_map.repeating import coming, zone_of
from colnode_map.states import FeedState, State
from colnode_map.stored import content_of

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["read_feed", "read_in_background"]

_MOST_BYTES = 5_000_000
_SECONDS = 60
_AT_ONCE = 50
_ITEMS_KEPT = 500
_FROM_CALENDAR = (
    "title",
    "description",
    "category",
    "mode",
    "place_name",
    "address",
    "latitude",
    "longitude",
    "join_url",
    "starts_at",
    "ends_at",
    "keywords",
    "rule",
    "exceptions",
)
"""What a calendar says; prices, badges, joining and the rest are the organiser's."""


def _said_in(content: Content) -> list[str]:
    """The fields that an event says; without a point or words, those here are the organiser's."""
    optional = {"description", "place_name", "address", "latitude", "longitude", "keywords"}
    return [
        name
        for name in _FROM_CALENDAR
        if name not in optional or getattr(content, name) not in (None, "", {}, ())
    ]


def _why_left_out(event: ReadEvent) -> str:
    if event.is_private:
        return _("It is not for everybody.")
    return _("It is marked as cancelled.") if event.is_cancelled else _("It is over.")


def _merged(known: Content, said: Content) -> Content:
    """The activity with what the event says; texts in other languages stay."""
    values = {name: getattr(said, name) for name in _said_in(said)}
    for name in ("title", "description"):
        values[name] = {**getattr(known, name), **getattr(said, name)}
    return replace(known, **values)


def _digest(value: object) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class _Outcomes:
    """What became of each event, or would."""

    counts: Counter[str] = field(default_factory=Counter)
    items: list[dict[str, Any]] = field(default_factory=list)

    def add(self, outcome: str, event: ReadEvent, activity_id: str | None = None) -> None:
        """Count an event; those that did not change are not listed."""
        self.counts[outcome] += 1
        if outcome != "unchanged" and len(self.items) < _ITEMS_KEPT:
            self.items.append(
                {
                    "outcome": outcome,
                    "title": event.title[:140],
                    "message": event.message,
                    "parameters": {name: str(value) for name, value in event.parameters.items()},
                    "activity_id": activity_id,
                }
            )


def read_feed(node: "Node", feed_id: str, *, is_dry: bool = False) -> Mapping[str, Any]:
    """Ask for the calendar and follow what changed; call it outside of a unit.

    While the feed is only looked at, or with `is_dry`, nothing but its result is written. Can be
    cut off and called again. Returns the result: `counts` by outcome, `items`, and `message` with
    `parameters` when the calendar could not be read.
    """
    with node.reading():
        feed = node.db.get(Feed, feed_id)
        if feed is None or (feed.state == FeedState.PAUSED and not is_dry):
            return {}
        is_dry = is_dry or feed.state == FeedState.LOOKING
        known = _validators(node, feed) if not is_dry else {}
        address, etag = feed.address, known.pop("etag", None)
    try:
        answer = node.http.get(
            address,
            accept="text/calendar",
            max_bytes=_MOST_BYTES,
            timeout_seconds=_SECONDS,
            headers=known,
            etag=etag,
        )
        if answer.status == 304:
            return _finish(node, feed_id, None, {})
        if answer.status != 200:
            raise Unavailable(_("The site answers with the error {status}."), status=answer.status)
        outcomes = _follow(node, feed_id, answer.body, is_dry=is_dry)
    except ColnodeError as error:
        parameters = {name: str(value) for name, value in error.parameters.items()}
        return _finish(node, feed_id, {"message": error.message, "parameters": parameters}, {})
    result = {"counts": dict(outcomes.counts), "items": outcomes.items, "is_dry": is_dry}
    return _finish(node, feed_id, result, {} if is_dry else answer.headers)


def read_in_background(node: "Node", feed_id: str) -> None:
    """The job: what came of it stands in the feed."""
    read_feed(node, feed_id)


def _validators(node: "Node", feed: Feed) -> dict[str, str]:
    """The validators of RFC 9110, section 8.8; none in a new month, when series are read afresh."""
    now = node.clock.now()
    if feed.read_at is None or month_of(node, feed.read_at) != month_of(node, now):
        return {}
    given = {"etag": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in given.items() if value}


def _finish(
    node: "Node", feed_id: str, result: dict[str, Any] | None, headers: Mapping[str, str]
) -> Mapping[str, Any]:
    """Note when and with what it was read. Without a result nothing had changed."""
    with node.unit():
        feed = node.db.get(Feed, feed_id)
        if feed is None:
            return result or {}
        feed.ran_at = node.clock.now()
        if result is None:
            feed.read_at = feed.ran_at
            return {"counts": {}, "items": [], "is_dry": False}
        feed.result = result
        if "message" not in result:
            feed.read_at = feed.ran_at
            feed.etag = _validator(headers, "ETag")
            feed.last_modified = _validator(headers, "Last-Modified")
        return result


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "")
    return value if value and len(value) <= 200 and value.isprintable() else None


def _follow(node: "Node", feed_id: str, data: bytes, *, is_dry: bool) -> _Outcomes:
    outcomes = _Outcomes()
    with node.reading():
        events = read_events(node, data)
        keys = set(node.db.scalars(select(FeedItem.key).where(FeedItem.feed_id == feed_id)))
    if keys and not events:
        raise Invalid(_("The calendar is empty. Nothing was cancelled, in case that is a mistake."))
    gone = [ReadEvent(key, "", is_cancelled=True) for key in keys - {item.key for item in events}]
    work = [*events, *sorted(gone, key=lambda item: item.key)]
    for start in range(0, len(work), _AT_ONCE):
        if is_dry:
            with node.reading():
                _Step(node, feed_id, outcomes, is_dry=True).take(work[start : start + _AT_ONCE])
        else:
            with node.unit():
                _Step(node, feed_id, outcomes, is_dry=False).take(work[start : start + _AT_ONCE])
    return outcomes


class _Step:
    """Follows some of the events in the open unit."""

    def __init__(self, node: "Node", feed_id: str, outcomes: _Outcomes, *, is_dry: bool) -> None:
        self._node, self._outcomes, self._is_dry = node, outcomes, is_dry
        query = select(Feed).where(Feed.id == feed_id)
        self._feed = node.db.scalar(query if is_dry else query.with_for_update())
        self._zone, self._now = zone_of(node), node.clock.now()

    def take(self, events: Sequence[ReadEvent]) -> None:
        """Follow each event; one that was paused or removed meanwhile is left alone."""
        feed = self._feed
        if feed is None or (feed.state != FeedState.IN_SYNC and not self._is_dry):
            return
        query = select(FeedItem).where(
            FeedItem.feed_id == feed.id, FeedItem.key.in_([event.key for event in events])
        )
        items = {item.key: item for item in self._node.db.scalars(query)}
        organisation = organisations.get_organisation(self._node, feed.organisation_id)
        for event in events:
            self._one(feed, event, items.get(event.key), publishes=organisation.is_verified)

    def _one(self, feed: Feed, event: ReadEvent, item: FeedItem | None, *, publishes: bool) -> None:
        activity = self._node.db.get(Activity, item.activity_id) if item else None
        if event.message:
            self._outcomes.add("wrong", event, activity.id if activity else None)
        elif item is None or (not item.digest and event.content):
            self._begin(feed, event, item, publishes=publishes)
        elif activity is None or not item.digest:
            self._outcomes.add("unchanged", event)
        elif activity.state == State.CANCELLED or self._is_changed_here(item, activity):
            has_changed = event.digest != item.digest
            kept = replace(event, title=event.title or next(iter(activity.title.values())))
            self._outcomes.add("kept" if has_changed else "unchanged", kept, activity.id)
        elif event.content is None:
            self._end(event, item, activity)
        else:
            self._change(event, event.content, item, activity, publishes=publishes)

    def _begin(
        self, feed: Feed, event: ReadEvent, item: FeedItem | None, *, publishes: bool
    ) -> None:
        content = event.content
        if content is None or not coming(content, self._zone, self._now, most=1):
            self._outcomes.add("left_out", replace(event, message=_why_left_out(event)))
            return
        if self._is_dry:
            self._outcomes.add("new", event)
            return
        made = service.create(self._node, feed.organisation_id, content=content, actor_id=None)
        self._show(made, publishes=publishes)
        if item is None:
            item = FeedItem(feed_id=feed.id, key=event.key)
            self._node.db.add(item)
        item.activity_id, item.digest = made.id, event.digest
        item.written = self._marks(content_of(made), _said_in(content))
        self._node.db.flush()
        self._outcomes.add("new", event, made.id)

    def _change(
        self,
        event: ReadEvent,
        content: Content,
        item: FeedItem,
        activity: Activity,
        *,
        publishes: bool,
    ) -> None:
        is_same = event.digest == item.digest
        if not is_same and not self._is_dry:
            merged = _merged(content_of(activity), content)
            try:
                with self._node.db.begin_nested():
                    service.edit(self._node, activity.id, content=merged, actor_id=None)
            except Invalid as error:
                message = next(iter(error.fields.values()), error.message)
                self._outcomes.add("wrong", replace(event, message=message), activity.id)
                return
            item.digest = event.digest
            item.written = self._marks(content_of(activity), _said_in(content))
        if not self._is_dry:
            self._show(activity, publishes=publishes)
        self._outcomes.add("unchanged" if is_same else "changed", event, activity.id)

    def _is_changed_here(self, item: FeedItem, activity: Activity) -> bool:
        return self._marks(content_of(activity), item.written) != item.written

    def _marks(self, content: Content, names: Iterable[str]) -> dict[str, str]:
        """A digest of each of these fields; of texts only in the city's main language."""
        main = self._node.config.main_language
        return {
            name: _digest(value.get(main) if isinstance(value, dict) else value)
            for name in names
            for value in [getattr(content, name)]
        }

    def _show(self, activity: Activity, *, publishes: bool) -> None:
        is_complete = not missing_for_publishing(content_of(activity))
        if publishes and is_complete and activity.state == State.DRAFT:
            service.publish(self._node, activity.id, actor_id=None)

    def _end(self, event: ReadEvent, item: FeedItem, activity: Activity) -> None:
        """Cancel what is still to come; what has been stays as it was."""
        title = event.title or next(iter(activity.title.values()))
        named = replace(event, title=title)
        if not coming(content_of(activity), self._zone, self._now, most=1):
            self._outcomes.add("unchanged", named)
            return
        self._outcomes.add("cancelled", named, activity.id)
        if self._is_dry:
            return
        item.digest = ""
        if activity.state == State.DRAFT:
            service.delete(self._node, activity.id, actor_id=None)
        else:
            service.cancel(self._node, activity.id, actor_id=None)

"""Activities as pages show them, of this city and of others, drafts included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from colnode.plugin import LangMap, catalogue, organisations, url
from colnode_map import models, records, repeating, states, stored
from colnode_map.content import CATEGORIES, Content

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["ActivityView", "earned_badges", "line_of", "of_activity", "of_record"]


@dataclass(frozen=True)
class ActivityView:
    """One activity with its page. `origin_name` is None for this city's own; the times are those
    of the next occurrence."""

    id: str
    origin: str
    origin_name: LangMap | None
    home_url: str | None
    page_url: str
    content: Content
    organiser: records.Organiser
    state: str
    updated_at: datetime
    picture: str | None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def reference(self) -> str:
        """How an address names it: its id, for another city's with the origin before it."""
        return self.id if self.is_own else f"{self.origin}/{self.id}"

    @property
    def is_own(self) -> bool:
        """Whether this city published it."""
        return self.origin_name is None

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.state == states.State.CANCELLED

    @property
    def is_draft(self) -> bool:
        """Whether only its organisers see it."""
        return self.state == states.State.DRAFT

    @property
    def line(self) -> int:
        """The line colour of its kind, 1 to 8."""
        return line_of(self.content.category)

    @property
    def has_point(self) -> bool:
        """Whether it is on the map."""
        return self.content.latitude is not None


def line_of(category: str) -> int:
    """The line colour of a kind of activity, 1 to 8."""
    return CATEGORIES.index(category) % 8 + 1 if category in CATEGORIES else 1


def of_record(view: catalogue.RecordView) -> ActivityView:
    """An activity of the catalogue."""
    own = view.is_own
    page = (
        url("map.activity", activity_id=view.id)
        if own
        else url("map.foreign_activity", origin=view.origin, activity_id=view.id)
    )
    return ActivityView(
        id=view.id,
        origin=view.origin,
        origin_name=None if own else dict(view.origin_name),
        home_url=None if own else view.home_url,
        page_url=page,
        content=records.content_of(view.body),
        organiser=records.organiser_of(view.body),
        state=states.State.PUBLISHED,
        updated_at=view.updated_at,
        picture=view.picture,
        starts_at=view.starts_at,
        ends_at=view.ends_at,
    )


def of_activity(node: Node, activity: models.Activity) -> ActivityView:
    """An own activity in any state."""
    organisation = organisations.get_organisation(node, activity.organisation_id)
    content = stored.content_of(activity)
    times = repeating.coming(content, repeating.zone_of(node), node.clock.now(), most=1)
    starts_at, ends_at = times[0] if times else (content.starts_at, content.ends_at)
    return ActivityView(
        id=activity.id,
        origin=catalogue.OWN,
        origin_name=None,
        home_url=None,
        page_url=url("map.activity", activity_id=activity.id),
        content=content,
        organiser=records.Organiser(organisation.id, dict(organisation.name)),
        state=activity.state,
        updated_at=activity.changed_at,
        picture=activity.picture,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def earned_badges(node: Node, links: Iterable[str]) -> Sequence[catalogue.RecordView]:
    """The achievements that references name, as far as the catalogue knows them."""
    found = []
    for link in links:
        origin, _slash, rest = link.partition("/")
        home = catalogue.OWN if origin in {catalogue.OWN, node.id} else origin
        record_id = rest.partition("/")[2]
        view = catalogue.get(node, home, record_id, record_type="achievement")
        if view is not None:
            found.append(view)
    return found

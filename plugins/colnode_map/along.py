"""What is on along a playlist: its stops as its record names them, less what somebody has done."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colnode.plugin import (
    catalogue,
    completed_records,
    earned_achievements,
    has_earned,
    pick_language,
)
from colnode_map.filters import Filters

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["playlist_name", "reference_in_address", "with_stops"]


def reference_in_address(record: catalogue.RecordView) -> str:
    """How an address names a playlist: `ID` of this city, `CITY/ID` of another."""
    return record.id if record.is_own else f"{record.origin}/{record.id}"


def with_stops(node: "Node", filters: Filters, person_id: str | None) -> Filters:
    """The filters with the stops of the playlist that was asked for, none when nobody knows it.

    With `left`, what the person has done is left out, and the rest of a branch that is done. An
    activity counts as done when it was completed, a badge when it was earned.
    """
    if not filters.playlist:
        return replace(filters, left=False)
    filters = replace(filters, left=filters.left and person_id is not None)
    record = _record(node, filters)
    if record is None:
        return filters
    is_done = _done_by(node, person_id) if filters.left and person_id else _nothing
    stops = _stops(record.body, is_done)
    return replace(filters, stops=tuple(_as_kept(node, stop) for stop in stops))


def playlist_name(node: "Node", filters: Filters) -> str:
    """The title of the playlist that was asked for, empty when there is none or it is unknown."""
    record = _record(node, filters) if filters.playlist else None
    return pick_language(record.title) if record else ""


def _record(node: "Node", filters: Filters) -> catalogue.RecordView | None:
    origin, slash, playlist_id = filters.playlist.rpartition("/")
    return catalogue.get(
        node, origin if slash else catalogue.OWN, playlist_id, record_type="playlist"
    )


def _stops(body: Mapping[str, Any], is_done: Callable[[str], bool]) -> Iterable[str]:
    """References of stops that are not done, of a schema.org ItemList with lists as branches."""
    for element in body["itemListElement"]:
        item = element["item"]
        if "itemListElement" not in item:
            inner, needed = [item], 1
        else:
            inner, needed = [each["item"] for each in item["itemListElement"]], item["needed"]
        references = [each["identifier"] for each in inner if "identifier" in each]
        open_ones = [reference for reference in references if not is_done(reference)]
        if len(references) - len(open_ones) < needed:
            yield from open_ones


def _nothing(_reference: str) -> bool:
    return False


def _done_by(node: "Node", person_id: str) -> Callable[[str], bool]:
    completed = completed_records(node, person_id)
    earned = earned_achievements(node, person_id)

    def is_done(reference: str) -> bool:
        if reference in completed:
            return True
        origin, record_type, record_id = reference.split("/", 2)
        if record_type != "achievement":
            return False
        home = catalogue.OWN if origin == node.id else origin
        record = catalogue.get(node, home, record_id, record_type=record_type)
        address = str(record.body["id"]) if record else ""
        return bool(address) and has_earned(earned, address)

    return is_done


def _as_kept(node: "Node", reference: str) -> str:
    """An own activity as the catalogue names it; badges keep the city's id, as `earns` has it."""
    origin, record_type, record_id = reference.split("/", 2)
    is_own_activity = origin == node.id and record_type == "activity"
    return f"{catalogue.OWN}/activity/{record_id}" if is_own_activity else reference

"""What the map can be narrowed down by: each filter with its values, counted under the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import format_date

from colnode.plugin import Facet, _, catalogue, gettext, pick_language, url
from colnode_map import records, views, words
from colnode_map.content import ACCESSIBILITY, CATEGORIES
from colnode_map.filters import ACCESS_FACET, WAY_FACET, WHEN, Filters
from colnode_map.records import AGE_BANDS
from colnode_map.states import Mode

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["FACETS", "Choice", "Group", "chosen_chips", "groups", "when_words"]

_MOST = 20
_QUICK = frozenset({"week", "free", Mode.ONLINE})
_Counts = Mapping[str, int]

FACETS: Sequence[Facet] = (
    Facet(
        WAY_FACET,
        _("How to take part"),
        ("activity",),
        lambda body: [records.content_of(body).mode],
        words.mode_words,
    ),
    Facet(
        ACCESS_FACET,
        _("Accessibility"),
        ("activity",),
        lambda body: records.content_of(body).accessibility,
        words.accessibility_words,
    ),
)
"""What the catalogue keeps of each activity, for its search page as for the map."""


@dataclass(frozen=True)
class Choice:
    """One value: its link switches it on, or off when it is on. `count` is what it would find.

    A quick one also stands in the row that is always seen.
    """

    label: str
    url: str
    is_on: bool
    count: int | None = None
    is_quick: bool = False


@dataclass(frozen=True)
class Group:
    """A filter with the values that find something."""

    name: str
    label: str
    icon: str
    choices: Sequence[Choice]


class _Counting:
    """Counts under the filters of one page, each value as if it replaced what is chosen there."""

    def __init__(
        self, node: "Node", filters: Filters, now: datetime, bounds: catalogue.Bounds | None
    ) -> None:
        self.node, self.filters, self.now, self.bounds = node, filters, now, bounds

    def without(self, name: str) -> catalogue.Query:
        """The question with nothing chosen in one filter."""
        usual = getattr(Filters(), name)
        wider = replace(self.filters, near=None, **{name: usual})
        return wider.query(self.now, bounds=self.bounds)

    def values(self, name: str, facet: str, prefix: str = "") -> _Counts:
        """How many would be found with each value of a filter."""
        query = self.without(name)
        return catalogue.count_values(self.node, query, facet, prefix=prefix, most=_MOST)


def groups(
    node: "Node", filters: Filters, now: datetime, bounds: catalogue.Bounds | None = None
) -> list[Group]:
    """The filters that can be chosen from now, those without any value left out."""
    if filters.what:
        return []
    counting = _Counting(node, filters, now, bounds)
    every = [
        _when(counting),
        _group(counting, "category", gettext("What"), "shapes", _ordered(
            counting.values("category", "category"), CATEGORIES, words.category_words)),
        _group(counting, "way", gettext("How"), "footprints", _ordered(
            counting.values("way", WAY_FACET), tuple(Mode), words.mode_words)),
        _free(counting),
        _group(counting, "age", gettext("Age"), "user", _ordered(
            counting.values("age", "tag", "age:"), tuple(AGE_BANDS), words.age_band_words)),
        _group(counting, "language", gettext("Language"), "languages", [
            (code, words.language_words(code), count)
            for code, count in counting.values("language", "language").items()]),
        _access(counting),
        _group(counting, "keyword", gettext("Keyword"), "hash", [
            (word, word, count)
            for word, count in counting.values("keyword", "tag", "keyword:").items()]),
        _group(counting, "organiser", gettext("Who"), "building-2", _organisers(counting)),
        _group(counting, "earns", gettext("Badge"), "award", _badges(counting)),
        _group(counting, "city", gettext("City"), "map-pin", _cities(counting), least=2),
    ]  # fmt: skip
    return [group for group in every if group.choices]


def _group(
    counting: _Counting,
    name: str,
    label: str,
    icon: str,
    found: Iterable[tuple[str, str, int]],
    *,
    least: int = 1,
) -> Group:
    """A filter of which one value can be on; one that is on is there even when it finds nothing."""
    chosen = getattr(counting.filters, name)
    choices = [
        Choice(
            said,
            _switched(counting.filters, name, value),
            value == chosen,
            count,
            is_quick=value in _QUICK,
        )
        for value, said, count in found
    ]
    if chosen and not any(choice.is_on for choice in choices):
        said = _said(counting.node, name, chosen)
        choices.append(Choice(said, _switched(counting.filters, name, chosen), True, 0))
    is_offered = len(choices) >= least or bool(chosen)
    return Group(name, label, icon, choices if is_offered else ())


def _switched(filters: Filters, name: str, value: Any) -> str:
    usual = getattr(Filters(), name)
    is_on = getattr(filters, name) == value
    return url("map.show", **filters.arguments(**{name: usual if is_on else value}))


def _ordered(
    found: _Counts, order: Sequence[str], say: Callable[[str], str]
) -> list[tuple[str, str, int]]:
    return [(value, say(value), found[value]) for value in order if value in found]


def _when(counting: _Counting) -> Group:
    """Today, the weekend, seven days: instead of two days that somebody chose."""
    free = replace(counting.filters, start=None, until=None)
    choices = []
    for value in WHEN:
        query = replace(free, when=value, near=None).query(counting.now, bounds=counting.bounds)
        is_on = free.when == value
        address = url("map.show", **free.arguments(when="" if is_on else value))
        count = sum(catalogue.count_values(counting.node, query, "type").values())
        if count or is_on:
            choice = Choice(when_words(value), address, is_on, count, is_quick=value in _QUICK)
            choices.append(choice)
    return Group("when", gettext("When"), "calendar", choices)


def when_words(value: str) -> str:
    """What a span of days is called."""
    names = {
        "today": gettext("Today"),
        "weekend": gettext("This weekend"),
        "week": gettext("This week"),
    }
    return names[value]


def _free(counting: _Counting) -> Group:
    count = counting.values("free", "tag", "price:").get("free", 0)
    is_on = counting.filters.free
    address = url("map.show", **counting.filters.arguments(free=not is_on))
    choices = (
        [Choice(gettext("Free"), address, is_on, count, is_quick=True)] if count or is_on else []
    )
    return Group("free", gettext("Price"), "ticket", choices)


def _access(counting: _Counting) -> Group:
    """What a place offers; here several can be on, and all of them are needed."""
    chosen = counting.filters.access
    query = replace(counting.filters, near=None).query(counting.now, bounds=counting.bounds)
    found = catalogue.count_values(counting.node, query, ACCESS_FACET)
    choices = []
    for need in ACCESSIBILITY:
        is_on = need in chosen
        if need not in found and not is_on:
            continue
        wanted = tuple(n for n in ACCESSIBILITY if (n in chosen) != (n == need))
        address = url("map.show", **counting.filters.arguments(access=wanted))
        said = words.accessibility_words(need)
        choices.append(Choice(said, address, is_on, found.get(need, 0)))
    return Group("access", gettext("Accessibility"), "accessibility", choices)


def _organisers(counting: _Counting) -> list[tuple[str, str, int]]:
    named = []
    for value, count in counting.values("organiser", "tag", "organiser:").items():
        said = _organiser_name(counting.node, value)
        if said:
            named.append((value, said, count))
    return sorted(named, key=lambda item: item[1].casefold())


def _organiser_name(node: "Node", organisation_id: str) -> str:
    record = catalogue.get(node, catalogue.OWN, organisation_id, record_type="organisation")
    return pick_language(record.title) if record else ""


def _badges(counting: _Counting) -> list[tuple[str, str, int]]:
    named = []
    for value, count in counting.values("earns", "tag", "earns:").items():
        badges = views.earned_badges(counting.node, [value])
        named += [(value, pick_language(badge.title), count) for badge in badges]
    return named


def _cities(counting: _Counting) -> list[tuple[str, str, int]]:
    found = catalogue.count_origins(counting.node, counting.without("city"), most=_MOST)
    return [(city.origin, pick_language(city.name), city.count) for city in found]


def _said(node: "Node", name: str, value: str) -> str:
    """A chosen value in words, also when nothing is found with it."""
    say: Mapping[str, Callable[[str], str]] = {
        "category": words.category_words,
        "way": words.mode_words,
        "age": words.age_band_words,
        "language": words.language_words,
        "organiser": lambda value: _organiser_name(node, value) or gettext("An organisation"),
        "earns": lambda value: _badge_name(node, value),
        "city": lambda value: (
            node.config.city.name if value == catalogue.OWN else gettext("Another city")
        ),
    }
    return say[name](value) if name in say else value


def _badge_name(node: "Node", link: str) -> str:
    badges = views.earned_badges(node, [link])
    return pick_language(badges[0].title) if badges else gettext("A badge")


def chosen_chips(
    offered: Sequence[Group], filters: Filters, *, playlist_name: str = ""
) -> list[Choice]:
    """Everything that is chosen, each as a link that takes it away."""
    chips = []
    if filters.playlist:
        label = playlist_name or gettext("A playlist")
        if filters.left:
            label = gettext("Left of %(playlist)s", playlist=label)
        address = url("map.show", **filters.arguments(playlist="", left=False))
        chips.append(Choice(label, address, True))
    if filters.q:
        address = url("map.show", **filters.arguments(q=""))
        chips.append(Choice(f"“{filters.q}”", address, True))
    if filters.place or filters.near:
        label = (
            gettext("Near %(place)s", place=filters.place) if filters.place else gettext("Near me")
        )
        chips.append(Choice(label, url("map.show", **filters.arguments(place="", near=None)), True))
    if filters.start or filters.until:
        address = url("map.show", **filters.arguments(start=None, until=None))
        chips.append(Choice(_range_words(filters), address, True))
    for group in offered:
        chips += [
            Choice(choice.label, choice.url, True) for choice in group.choices if choice.is_on
        ]
    return chips


def _range_words(filters: Filters) -> str:
    first = format_date(filters.start, "d MMM") if filters.start else ""
    last = format_date(filters.until, "d MMM") if filters.until else ""
    if first and last:
        return f"{first} – {last}"
    if first:
        return gettext("From %(day)s", day=first)
    return gettext("Until %(day)s", day=last)

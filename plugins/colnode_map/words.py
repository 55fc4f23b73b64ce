"""Words for people: kinds, ages, durations, prices, and the row of filter chips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask_babel import format_currency, get_locale

from colnode.plugin import catalogue, current_node, gettext, pick_language, url
from colnode_map.content import ACCESSIBILITY, CATEGORIES, Content
from colnode_map.filters import Filters
from colnode_map.records import AGE_BANDS
from colnode_map.states import Mode, State
from colnode_map.when_words import repeat_choices, repeat_words, weekday_choices

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "CATEGORY_ICONS",
    "Chip",
    "ChipGroup",
    "accessibility_choices",
    "accessibility_words",
    "categories",
    "category_choices",
    "category_icon",
    "category_words",
    "filter_chips",
    "language_choices",
    "mode_choices",
    "mode_words",
    "price_words",
    "repeat_choices",
    "repeat_words",
    "spoken_choices",
    "state_words",
    "weekday_choices",
]

_SPOKEN = ("en", "de", "fr", "pl", "ru", "uk")
CATEGORY_ICONS: Mapping[str, str] = {
    "course": "book-open",
    "workshop": "hammer",
    "event": "ticket",
    "club": "users",
    "volunteering": "heart-handshake",
    "internship": "briefcase",
    "project": "rocket",
    "open_space": "door-open",
}


def category_words(category: str) -> str:
    """What a kind of activity is called."""
    names = {
        "course": gettext("Course"),
        "workshop": gettext("Workshop"),
        "event": gettext("Event"),
        "club": gettext("Club"),
        "volunteering": gettext("Volunteering"),
        "internship": gettext("Internship"),
        "project": gettext("Project"),
        "open_space": gettext("Open space"),
    }
    return names.get(category, category)


def mode_words(mode: str) -> str:
    """How one takes part."""
    names = {
        Mode.IN_PERSON: gettext("In person"),
        Mode.ONLINE: gettext("Online"),
        Mode.VIRTUAL_REALITY: gettext("In virtual reality"),
    }
    return names[Mode(mode)]


def state_words(state: str) -> str:
    """Where an activity stands, for its organisers."""
    names = {
        State.DRAFT: gettext("Draft"),
        State.PUBLISHED: gettext("Public"),
        State.CANCELLED: gettext("Cancelled"),
    }
    return names[State(state)]


def accessibility_words(feature: str) -> str:
    """What a place offers."""
    names = {
        "step_free": gettext("Step-free entrance"),
        "accessible_toilet": gettext("Accessible toilet"),
        "hearing_loop": gettext("Hearing loop"),
        "sign_language": gettext("Sign language"),
        "easy_language": gettext("Easy language"),
        "quiet_space": gettext("Quiet room"),
    }
    return names.get(feature, feature)


def price_words(content: Content) -> str | None:
    """What it costs, None when nobody said."""
    if content.price_cents is None:
        return None
    if content.price_cents == 0:
        return gettext("Free")
    price: str = format_currency(content.price_cents / 100, content.currency)
    return price


def _age_band_words(band: str) -> str:
    low, high = AGE_BANDS[band]
    if high >= 120:
        return gettext("%(low)s and older", low=low)
    return gettext("%(low)s–%(high)s years", low=low, high=high)


@dataclass(frozen=True)
class Chip:
    """One choice: its link switches it on, or off when it is on."""

    label: str
    url: str
    is_on: bool
    icon: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class ChipGroup:
    """Choices of which one can be on, shown in a menu under their label."""

    label: str
    icon: str
    chips: list[Chip]

    @property
    def chosen(self) -> Chip | None:
        """The choice that is on."""
        return next((chip for chip in self.chips if chip.is_on), None)


def filter_chips(node: "Node", filters: Filters) -> list[Chip | ChipGroup]:
    """The row of filters, with counts of what would be found."""
    open_choice = replace(filters, category="", language="", organiser="", age="")
    query = replace(open_choice.query(node.clock.now(), limit=1), with_facets=True)
    facets = catalogue.search(node, query).facets
    simple = [
        _switch(filters, "week", gettext("This week"), "calendar"),
        _switch(filters, "free", gettext("Free"), "gift"),
        _switch(filters, "online", gettext("Online"), "wifi"),
    ]
    groups = [
        _group(filters, "category", gettext("What"), "shapes", _category_choices(facets)),
        _group(filters, "age", gettext("Age"), "user", {b: _age_band_words(b) for b in AGE_BANDS}),
        _group(filters, "language", gettext("Language"), "languages", _languages(facets)),
        _group(filters, "organiser", gettext("Who"), "building-2", _organisers(node, facets)),
    ]
    chips: list[Chip | ChipGroup] = [*simple, *(group for group in groups if group.chips)]
    if "origin" in facets and (len(facets["origin"]) > 1 or filters.own):
        chips.insert(0, _switch(filters, "own", gettext("This city only"), "map-pin"))
    return chips


def _switch(filters: Filters, name: str, label: str, icon: str) -> Chip:
    is_on = bool(getattr(filters, name))
    return Chip(label, url("map.show", **filters.arguments(**{name: not is_on})), is_on, icon)


def _group(
    filters: Filters, name: str, label: str, icon: str, choices: Mapping[str, str]
) -> ChipGroup:
    chosen = getattr(filters, name)
    chips = [
        Chip(
            words,
            url("map.show", **filters.arguments(**{name: "" if value == chosen else value})),
            value == chosen,
        )
        for value, words in choices.items()
    ]
    return ChipGroup(label, icon, chips)


def _category_choices(facets: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    known = facets.get("category", {})
    return {category: category_words(category) for category in CATEGORIES if category in known}


def _languages(facets: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    return {code: _language_name(code) for code in facets.get("language", {})}


def _organisers(node: "Node", facets: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    ids = [tag.partition(":")[2] for tag in facets.get("tag", {}) if tag.startswith("organiser:")]
    names = {}
    for organisation_id in ids[:20]:
        record = catalogue.get(node, catalogue.OWN, organisation_id, record_type="organisation")
        if record is not None:
            names[organisation_id] = pick_language(record.title)
    return dict(sorted(names.items(), key=lambda item: item[1].casefold()))


def category_icon(category: str) -> str:
    """The lucide icon of a kind."""
    return CATEGORY_ICONS.get(category, "map-pin")


def categories() -> tuple[str, ...]:
    """Every kind."""
    return CATEGORIES


def category_choices() -> list[tuple[str, str]]:
    """Kinds with their words, for a form."""
    return [(category, category_words(category)) for category in CATEGORIES]


def mode_choices() -> list[tuple[str, str]]:
    """Ways to take part with their words, for a form."""
    return [(mode.value, mode_words(mode)) for mode in Mode]


def accessibility_choices() -> list[tuple[str, str]]:
    """Every offer with its words, for a form."""
    return [(feature, accessibility_words(feature)) for feature in ACCESSIBILITY]


def language_choices() -> list[tuple[str, str]]:
    """The city's languages, the main one first."""
    return [(code, _language_name(code)) for code in current_node().config.city.languages]


def spoken_choices(chosen: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """Languages that may be spoken: the city's, often met ones, and those chosen already."""
    codes = dict.fromkeys([*current_node().config.city.languages, *_SPOKEN, *(chosen or ())])
    return [(code, _language_name(code)) for code in codes]


def _language_name(code: str) -> str:
    locale = get_locale()
    name = locale.languages.get(code, code) if locale else code
    return str(name).capitalize()

"""Words for people: kinds, ways, ages, prices, distances, languages."""

from collections.abc import Mapping, Sequence

from flask_babel import format_currency, format_decimal, get_locale

from colnode.plugin import current_node, gettext
from colnode_map.content import ACCESSIBILITY, CATEGORIES, Content
from colnode_map.records import AGE_BANDS
from colnode_map.states import Mode, State
from colnode_map.when_words import repeat_choices, repeat_words, weekday_choices

__all__ = [
    "CATEGORY_ICONS",
    "accessibility_choices",
    "accessibility_words",
    "age_band_words",
    "categories",
    "category_choices",
    "category_icon",
    "category_words",
    "distance_words",
    "language_choices",
    "language_words",
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


def distance_words(kilometres: float) -> str:
    """How far away something is."""
    if kilometres < 1:
        return gettext("less than 1 km")
    digits = 1 if kilometres < 10 else 0
    return gettext("%(number)s km", number=format_decimal(round(kilometres, digits)))


def age_band_words(band: str) -> str:
    """The ages of a band."""
    low, high = AGE_BANDS[band]
    if high >= 120:
        return gettext("%(low)s and older", low=low)
    return gettext("%(low)s–%(high)s years", low=low, high=high)


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
    return [(code, language_words(code)) for code in current_node().config.city.languages]


def spoken_choices(chosen: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """Languages that may be spoken: the city's, often met ones, and those chosen already."""
    codes = dict.fromkeys([*current_node().config.city.languages, *_SPOKEN, *(chosen or ())])
    return [(code, language_words(code)) for code in codes]


def language_words(code: str) -> str:
    """What a language is called."""
    locale = get_locale()
    name = locale.languages.get(code, code) if locale else code
    return str(name).capitalize()

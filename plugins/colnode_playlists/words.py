"""Words for people: what comes next and why, how long it takes, where somebody stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale

from colnode.plugin import current_node, gettext, pick_language
from colnode_playlists.content import LINES, Content, Step
from colnode_playlists.progress import Standing
from colnode_playlists.states import Giving, JourneyState, State

if TYPE_CHECKING:
    from colnode_playlists.progress import Progress, StopState

__all__ = [
    "because",
    "colour_choices",
    "giving_choices",
    "journey_words",
    "kind_words",
    "language_choices",
    "spoken_choices",
    "standing_words",
    "state_words",
]

_SPOKEN = ("en", "de", "fr", "pl", "ru", "uk")


def because(content: Content, state: "Progress") -> str:
    """What comes next on a line, and why, in one sentence."""
    line = pick_language(content.title)
    if state.is_complete:
        return gettext("You have travelled all of “%(line)s”.", line=line)
    if state.next_stop is None:
        return gettext(
            "Nothing is left for you to do on “%(line)s” until its makers change a stop.", line=line
        )
    following = pick_language(state.next_stop.step.title)
    last = _last_done(state.stops)
    if last is None:
        return gettext("“%(line)s” begins with “%(next)s”.", line=line, next=following)
    words = {
        "line": line,
        "next": following,
        "done": state.done,
        "needed": state.needed,
        "last": pick_language(last.title),
    }
    return _reason(last.record_type, words)


def _reason(record_type: str, words: dict[str, object]) -> str:
    if record_type == "achievement":
        return gettext(
            "Because you have the badge “%(last)s”, %(done)s of %(needed)s stops of “%(line)s” are "
            "done. Next: “%(next)s”.",
            **words,
        )
    if record_type == "activity":
        return gettext(
            "Because you took part in “%(last)s”, %(done)s of %(needed)s stops of “%(line)s” are "
            "done. Next: “%(next)s”.",
            **words,
        )
    return gettext(
        "Because you finished “%(last)s”, %(done)s of %(needed)s stops of “%(line)s” are done. "
        "Next: “%(next)s”.",
        **words,
    )


def _last_done(stops: "Sequence[StopState]") -> Step | None:
    done = [stop.step for stop in stops if stop.is_done]
    return done[-1] if done else None


def standing_words(standing: Standing) -> str:
    """Where the person stands at a stop, beside its name; "" where there is nothing to say."""
    names = {
        Standing.DONE: gettext("Done"),
        Standing.HERE: gettext("Your next stop"),
        Standing.LOCKED: gettext("Opens after other stops"),
        Standing.SPARE: gettext("Not needed any more"),
        Standing.MISSING: gettext(
            "Cannot be reached at present. Its makers see that and can change the stop."
        ),
        Standing.LOOP: gettext("Leads back to this playlist, so it is passed over."),
    }
    return names.get(standing, "")


def kind_words(step: Step) -> str:
    """What a stop is."""
    names = {
        "achievement": gettext("Badge"),
        "activity": gettext("Activity"),
        "playlist": gettext("Playlist"),
        "organisation": gettext("Organisation"),
    }
    if step.record_type:
        return names.get(step.record_type, step.record_type)
    return gettext("Link") if step.kind == "link" else gettext("Task")


def state_words(state: str) -> str:
    """Where a playlist stands, for its makers."""
    names = {
        State.DRAFT: gettext("Draft"),
        State.PUBLISHED: gettext("Public"),
        State.RETIRED: gettext("Retired"),
    }
    return names[State(state)]


def journey_words(state: str) -> str:
    """Where a person stands on a line."""
    names = {
        JourneyState.GOING: gettext("On the way"),
        JourneyState.PAUSED: gettext("Resting"),
        JourneyState.LEFT: gettext("Left"),
    }
    return names[JourneyState(state)]


def giving_choices() -> list[tuple[str, str, str]]:
    """How the badge at the end is given."""
    return [
        (Giving.NONE, gettext("No badge at the end"), ""),
        (
            Giving.AUTOMATIC,
            gettext("By itself"),
            gettext("Whoever has done everything is offered the badge."),
        ),
        (
            Giving.REVIEWED,
            gettext("After somebody has looked"),
            gettext("Whoever has done everything asks for it; your organisation answers."),
        ),
    ]


def colour_choices() -> list[tuple[int, str]]:
    """The colours of lines, with their letters, so that nobody needs to see colours."""
    names = {
        "blue": gettext("Blue"),
        "vermilion": gettext("Vermilion"),
        "green": gettext("Green"),
        "rose": gettext("Rose"),
        "amber": gettext("Amber"),
        "sky": gettext("Sky"),
        "violet": gettext("Violet"),
        "slate": gettext("Slate"),
    }
    return [(number, names[name]) for number, name in enumerate(LINES, 1)]


def language_choices() -> list[tuple[str, str]]:
    """The city's languages, for texts."""
    return [(code, _language_name(code)) for code in current_node().config.city.languages]


def spoken_choices(chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Languages that a playlist can be travelled in: the city's, some others, what is chosen."""
    codes = dict.fromkeys([*current_node().config.city.languages, *_SPOKEN, *chosen])
    return [(code, _language_name(code)) for code in codes]


def _language_name(code: str) -> str:
    """A language's name in the person's language."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_locale() or "en") or code
    except (UnknownLocaleError, ValueError):
        return code

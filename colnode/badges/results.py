"""What one person reached of what an achievement describes: checked, kept and offered.

Open Badges 3.0 sections B.1.17 (Result), B.1.18 (ResultDescription) and B.1.21 (ResultStatusType).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from colnode.badges.checking import check_text
from colnode.badges.kinds import NUMBERS, STATUSES
from colnode.badges.more import ResultGiven, ResultKind, from_json, number
from colnode.errors import Gone, Invalid, _

if TYPE_CHECKING:
    from colnode.badges.models import Achievement

__all__ = [
    "check_results",
    "choices_of",
    "from_stored",
    "kinds_of",
    "still_fitting",
    "to_stored",
    "words_of",
]


_STATUS_WORDS = {
    "Completed": _("passed"),
    "Enrolled": _("enrolled"),
    "Failed": _("not passed"),
    "InProgress": _("under way"),
    "OnHold": _("interrupted"),
    "Provisional": _("passed for now"),
    "Withdrew": _("given up"),
}


def words_of(value: str) -> str:
    """An English template for a status, which people do not know by its word; else the value."""
    return _STATUS_WORDS.get(value, value)


def kinds_of(achievement: "Achievement") -> tuple[ResultKind, ...]:
    """The results that earners of the achievement can have."""
    return from_json(achievement.more).results


def choices_of(kind: ResultKind) -> tuple[str, ...]:
    """The values that a result may have, from low to high; none where it is written freely."""
    return kind.values or (STATUSES if kind.kind == "Status" else ())


def check_results(
    described: Sequence[ResultKind], given: Sequence[ResultGiven]
) -> tuple[ResultGiven, ...]:
    """The results in the order of their descriptions, trimmed, empty ones left out.

    Raises Invalid for a result that is not described, given twice or below what the badge asks,
    and for a value that it may not have.
    """
    values: dict[str, str] = {}
    for one in given:
        value = check_text(one.value, longest=120, field="results")
        if value is not None and values.setdefault(one.name, value) != value:
            raise _wrong(_("“{name}” has two results. Give one."), one.name)
    kinds = {kind.name: kind for kind in described}
    for name, value in values.items():
        if name not in kinds:
            raise _wrong(_("This badge has no result “{name}”."), name)
        values[name] = _check_value(kinds[name], value)
    return tuple(ResultGiven(name, values[name]) for name in kinds if name in values)


def to_stored(given: Sequence[ResultGiven]) -> dict[str, str]:
    """Results as a row keeps them."""
    return {one.name: one.value for one in given}


def from_stored(achievement: "Achievement", stored: Mapping[str, str]) -> tuple[ResultGiven, ...]:
    """The results that a row keeps. Raises Gone when the achievement describes others by now."""
    given = [ResultGiven(name, value) for name, value in stored.items()]
    try:
        return check_results(kinds_of(achievement), given)
    except Invalid:
        raise Gone(
            _(
                "The results of this badge were changed after it was offered to you. "
                "Ask the organisation to send it again."
            )
        ) from None


def still_fitting(
    described: Sequence[ResultKind], given: Sequence[ResultGiven]
) -> tuple[ResultGiven, ...]:
    """Those results that the achievement, which may have changed since, describes today."""
    found: list[ResultGiven] = []
    for one in given:
        with suppress(Invalid):
            found += check_results(described, [one])
    return tuple(found)


def _check_value(kind: ResultKind, value: str) -> str:
    choices = choices_of(kind)
    if choices:
        if value not in choices:
            message = _("“{name}” cannot be “{value}”. It can be: {values}.")
            raise _wrong(message, kind.name, value=value, values=", ".join(choices))
    elif kind.kind in NUMBERS:
        value = _check_number(kind, value)
    if kind.required is not None and _rank(kind, value) < _rank(kind, kind.required):
        message = _("For this badge, “{name}” has to be at least “{value}”.")
        raise _wrong(message, kind.name, value=kind.required)
    return value


def _check_number(kind: ResultKind, text: str) -> str:
    """A number as people write it, with a decimal point; per cent are from 0 to 100."""
    value = number(text)
    if value is None:
        raise _wrong(_("“{name}” is a number, like 87 or 87.5."), kind.name)
    if kind.kind == "Percent" and not 0 <= value <= 100:
        raise _wrong(_("“{name}” is a number from 0 to 100."), kind.name)
    return text.replace(",", ".").removesuffix("%").strip()


def _rank(kind: ResultKind, value: str) -> float:
    """Where a value stands; `check_more` lets only values that can be compared be required."""
    return kind.values.index(value) if kind.values else number(value) or 0


def _wrong(message: str, name: str, **parameters: object) -> Invalid:
    return Invalid(message, fields={"results": message}, name=name, **parameters)

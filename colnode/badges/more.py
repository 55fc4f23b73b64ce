"""The rest of an achievement's data model: what it matches elsewhere, results, credits, licence.

Open Badges 3.0 sections B.1.1, B.1.4, B.1.18 and B.1.19 behind a form that needs none of their
words. It is stored as one JSON value; `from_json` reads it, `check_more` checks it once.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from colnode.badges.checking import check_text
from colnode.badges.kinds import LICENCES, NUMBERS, RESULT_KINDS, STATUSES
from colnode.errors import Invalid, _

__all__ = [
    "Match",
    "More",
    "ResultGiven",
    "ResultKind",
    "Source",
    "check_more",
    "from_json",
    "number",
    "to_json",
]

_URL = re.compile(r"https?://[^\s<>\"{}|\\^`]{1,2000}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_SHORT = {"field_of_study": 200, "specialization": 200, "human_code": 60}


@dataclass(frozen=True)
class Match:
    """What it corresponds to in a framework, for example an ESCO skill by its address."""

    name: str
    url: str
    framework: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class ResultKind:
    """A result that earners can have. `values` are what it may be, or a rubric's levels.

    They stand from low to high; `required` is the one that has to be reached for the badge.
    """

    name: str
    kind: str = "Result"
    values: tuple[str, ...] = ()
    required: str | None = None


@dataclass(frozen=True)
class ResultGiven:
    """What one person reached: the name of the result that is described, and its value or level."""

    name: str
    value: str


@dataclass(frozen=True)
class Source:
    """What it was copied from: who made it, where it is, under which licence."""

    name: str
    creator: str
    url: str
    licence: str | None = None


@dataclass(frozen=True)
class More:
    """Everything that most badges do without. `licence` lets others copy the badge."""

    matches: tuple[Match, ...] = ()
    results: tuple[ResultKind, ...] = ()
    related: tuple[str, ...] = ()
    credits: float | None = None
    field_of_study: str | None = None
    specialization: str | None = None
    human_code: str | None = None
    licence: str | None = None
    source: Source | None = None


def to_json(more: More) -> dict[str, Any]:
    """As it is stored: only what says something."""
    stored = {name: value for name, value in asdict(more).items() if value not in (None, ())}
    for result in stored.get("results", ()):
        if result["required"] is None:
            del result["required"]
    return stored


def from_json(stored: Mapping[str, Any]) -> More:
    """What `to_json` gave, also after JSON made lists of its tuples."""
    names = ("credits", "field_of_study", "specialization", "human_code", "licence")
    source = stored.get("source")
    return More(
        matches=tuple(Match(**item) for item in stored.get("matches", ())),
        results=tuple(
            ResultKind(item["name"], item["kind"], tuple(item["values"]), item.get("required"))
            for item in stored.get("results", ())
        ),
        related=tuple(stored.get("related", ())),
        source=Source(**source) if source else None,
        **{name: stored.get(name) for name in names},
    )


def check_more(more: More) -> tuple[More, dict[str, str]]:
    """The values trimmed, rows without a word left out, and what is wrong by field."""
    wrong: dict[str, str] = {}
    matches = tuple(_match(item, wrong) for item in more.matches if item.name or item.url)
    results = tuple(_result(item, wrong) for item in more.results if item.name or item.values)
    if len({item.name for item in results}) < len(results):
        wrong["results"] = _("Give each result a name of its own.")
    related = tuple(dict.fromkeys(url.strip() for url in more.related if url.strip()))
    if len(matches) > 20 or len(results) > 20 or len(related) > 20:
        wrong["matches"] = _("Give up to 20 of each.")
    if not all(_URL.fullmatch(url) for url in related):
        wrong["related"] = _("Give web addresses that start with https://, one on each line.")
    if more.credits is not None and not 0 < more.credits <= 1_000:
        wrong["credits"] = _("Give a number up to 1,000, or leave it empty.")
    if more.licence and more.licence not in LICENCES:
        wrong["licence"] = _("Choose one of the licences.")
    checked = replace(
        more,
        matches=matches,
        results=results,
        related=related,
        licence=more.licence or None,
        field_of_study=_short("field_of_study", more.field_of_study, wrong),
        specialization=_short("specialization", more.specialization, wrong),
        human_code=_short("human_code", more.human_code, wrong),
    )
    return checked, wrong


def _match(item: Match, wrong: dict[str, str]) -> Match:
    url = item.url.strip()
    name = _short("matches", item.name, wrong, 200)
    if name is None or not _URL.fullmatch(url):
        wrong["matches"] = _("Give a name, and a web address that starts with https://.")
    return Match(
        name or "",
        url,
        _short("matches", item.framework, wrong, 200),
        _short("matches", item.code, wrong, 100),
    )


def _result(item: ResultKind, wrong: dict[str, str]) -> ResultKind:
    name = _short("results", item.name, wrong, 120)
    values = [_short("results", value, wrong, 120) for value in item.values]
    kept = tuple(dict.fromkeys(value for value in values if value))
    if name is None or item.kind not in RESULT_KINDS:
        wrong["results"] = _("Give each result a name and a kind.")
    elif item.kind == "RubricCriterionLevel" and len(kept) < 2:
        wrong["results"] = _("Write at least two levels, one on each line.")
    elif item.kind == "Status" and not set(kept) <= set(STATUSES):
        wrong["results"] = _("Leave the values of “Passed or not” empty: they are fixed.")
    required = _short("results", item.required, wrong, 120)
    if required is not None and not _can_be_required(item.kind, kept, required):
        wrong["results"] = _("What has to be reached is one of the values, or a number.")
    return ResultKind(name or "", item.kind, kept, required)


def _can_be_required(kind: str, values: tuple[str, ...], required: str) -> bool:
    """Whether others can be compared with it: one of the values in their order, or a number."""
    if kind == "Status":
        return False
    return required in values if values else kind in NUMBERS and number(required) is not None


def number(text: str) -> float | None:
    """What a text says as a number, a decimal comma and a per cent sign allowed; None for none."""
    plain = text.replace(",", ".").removesuffix("%").strip()
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _short(
    field: str, text: str | None, wrong: dict[str, str], longest: int | None = None
) -> str | None:
    try:
        return check_text(text, longest=longest or _SHORT[field])
    except Invalid as error:
        wrong[field] = str(error)
        return None

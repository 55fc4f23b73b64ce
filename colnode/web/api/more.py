"""The rest of a badge's data model over the API: skills, results, credits, licence."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, Field

from colnode.badges.more import Match, More, ResultGiven, ResultKind, Source

__all__ = [
    "MoreContent",
    "MoreItem",
    "ResultGivenItem",
    "ResultsGiven",
    "read_more",
    "read_results",
    "show_more",
]


class MatchItem(BaseModel):
    """What it corresponds to elsewhere, for example an ESCO skill (OB 3.0 Alignment)."""

    name: str
    url: str
    framework: str | None = None
    code: str | None = None


class ResultItem(BaseModel):
    """A result that earners can have (OB 3.0 ResultDescription).

    `values` are its levels or values from low to high, `required` is the least for the badge.
    """

    name: str
    kind: str = "Result"
    values: list[str] = Field(default=[], max_length=100)
    required: str | None = None


class ResultGivenItem(BaseModel):
    """What somebody reached: the name of a result that the badge describes, and its value."""

    name: str = Field(max_length=120)
    value: str = Field(max_length=120)


ResultsGiven = Annotated[list[ResultGivenItem], Field(max_length=20)]


class SourceItem(BaseModel):
    """What it was copied from."""

    name: str
    creator: str
    url: str
    licence: str | None


class MoreContent(BaseModel):
    """What most badges do without. With a `licence` others may copy the badge."""

    matches: list[MatchItem] = Field(default=[], max_length=20)
    results: list[ResultItem] = Field(default=[], max_length=20)
    related: list[str] = Field(default=[], max_length=20)
    credits: float | None = None
    field_of_study: str | None = None
    specialization: str | None = None
    human_code: str | None = None
    licence: str | None = None


class MoreItem(MoreContent):
    """The same, with what it was copied from."""

    source: SourceItem | None = None


def read_more(given: MoreContent, source: Source | None) -> More:
    """What was sent, as the verbs take it; what it was copied from stays as it is."""
    values = given.model_dump() | {
        "matches": tuple(Match(**item.model_dump()) for item in given.matches),
        "results": tuple(
            ResultKind(item.name, item.kind, tuple(item.values), item.required)
            for item in given.results
        ),
        "related": tuple(given.related),
    }
    return More(**values, source=source)


def read_results(given: Sequence[ResultGivenItem]) -> list[ResultGiven]:
    """What was sent, as the verbs take it."""
    return [ResultGiven(item.name, item.value) for item in given]


def show_more(more: More) -> MoreItem:
    """What is stored, as it is sent."""
    return MoreItem.model_validate(asdict(more))

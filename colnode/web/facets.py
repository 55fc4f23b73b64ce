"""Facets as rows of links: what a plugin's filter is called, its values, and where each leads.

A chosen value stands in the address as facet=NAME:VALUE, once for each, on every page alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from colnode.host.types import Facet
from colnode.web.auth import current_node
from colnode.web.rendering import error_text

__all__ = ["FacetChip", "FacetGroup", "facet_groups", "read_facets"]


@dataclass(frozen=True)
class FacetChip:
    """One value: its words, the page with it switched on (or off), how many records have it."""

    label: str
    url: str
    is_on: bool
    count: int


@dataclass(frozen=True)
class FacetGroup:
    """One facet with the values that were found, most frequent first."""

    name: str
    label: str
    chips: Sequence[FacetChip]


def read_facets(words: Iterable[str]) -> dict[str, list[str]]:
    """Values by facet from words like `trail_level:easy`; unknown facets are left out."""
    known = current_node().host.facets
    chosen: dict[str, list[str]] = {}
    for word in list(words)[:20]:
        name, _colon, value = word.partition(":")
        if name in known and value:
            chosen.setdefault(name, []).append(value[:100])
    return chosen


def facet_groups(
    counts: Mapping[str, Mapping[str, int]], endpoint: str, **values: Any
) -> Sequence[FacetGroup]:
    """The facets of `Results.facets` as rows of links to `endpoint` with these `values`.

    What is chosen in the address of this request stays on; a chosen value leads to the page
    without it. Facets of which nothing was found and nothing is chosen are left out.
    """
    chosen = read_facets(request.args.getlist("facet"))
    groups = []
    for facet in current_node().host.facets.values():
        found = dict(counts.get(facet.name, {}))
        found |= {value: 0 for value in chosen.get(facet.name, ()) if value not in found}
        if found:
            chips = [
                _chip(facet, value, count, chosen, endpoint, values)
                for value, count in found.items()
            ]
            groups.append(FacetGroup(facet.name, error_text(facet.label, {}), chips))
    return groups


def _chip(
    facet: Facet,
    value: str,
    count: int,
    chosen: Mapping[str, Sequence[str]],
    endpoint: str,
    values: Mapping[str, Any],
) -> FacetChip:
    is_on = value in chosen.get(facet.name, ())
    pairs = [(name, each) for name, several in chosen.items() for each in several]
    wanted = [pair for pair in pairs if pair != (facet.name, value)]
    if not is_on:
        wanted.append((facet.name, value))
    words = [f"{name}:{each}" for name, each in wanted]
    return FacetChip(_word(facet, value), url_for(endpoint, facet=words, **values), is_on, count)


def _word(facet: Facet, value: str) -> str:
    """A value as people read it; a plugin that cannot say it does not break the page."""
    try:
        return str(facet.word(value)) if facet.word else value
    except Exception as error:
        host = current_node().host
        host.calls.note(host.owner_of(facet.name), "register_facets", error)
        return value

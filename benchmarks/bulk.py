"""Giving a badge to many people, beside its two parts: signing, and storing the same rows.

The limit is what both parts cost together: one signed document after the other, then one
executemany for each table, of the very rows that the bulk verb stored, into a city that differs in
nothing else. Both cities are SQLite files. Seconds are processor time, which the database shares,
of the shortest turn of each.
"""

import gc
import hashlib
import json
import shutil
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, func, insert, select

from .frame import Progress, Row

if TYPE_CHECKING:
    from colnode.badges.bulk import BulkRow, Outcome
    from colnode.config import Config
    from colnode.node import Node

__all__ = ["measure"]

ROUNDS = 15
ROWS = 1_000
PEOPLE = 500
AT_LEAST = 0.9
AT_MOST_MEMORY = 1.1


def measure(progress: Progress) -> list[Row]:
    """Rows: milliseconds a badge of both parts and of the verb, their ratio, and memory."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = _Bench(stack, folder)
        cases = {
            "bulk: signed and stored": bench.bulk,
            "sign alone": bench.sign,
            "executemany alone": bench.store,
        }
        with progress("bulk", ROUNDS * len(cases) + 2) as done:
            best = _best(cases, done)
            memory = bench.memory(done)
        bench.check()
        return [*_speed(best), *memory]


def _best(
    cases: Mapping[str, Callable[[], float]], done: Callable[[int], None]
) -> dict[str, float]:
    """The shortest turn of each case: what else the machine does only ever adds to one."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _turn in range(ROUNDS):
        for name, case in cases.items():
            seconds[name].append(case())
            done(1)
    return {name: min(spent) for name, spent in seconds.items()}


def _speed(seconds_of: Mapping[str, float]) -> list[Row]:
    whole, sign, store = seconds_of.values()
    rows = [
        _row(f"{ROWS:,} badges", name, round(seconds * 1000, 4), "ms a badge")
        for name, seconds in seconds_of.items()
    ]
    ratio = round((sign + store) / whole, 3)
    return [*rows, {**_row("of the limit", "(sign + store) / bulk", ratio), "at least": AT_LEAST}]


def _row(subject: str, case: str, value: float, unit: str = "") -> Row:
    return {
        "subject": subject,
        "case": case,
        "value": value,
        "unit": unit,
        "at least": None,
        "at most": None,
    }


class _Bench:
    """A city that gives badges in bulk and its twin, in which only the rows are stored."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        from colnode.identity import keys

        self.node = stack.enter_context(_city(folder / "city"))
        owner_id, self.achievement_id, self._people = _fill(self.node)
        with self.node.reading():
            self.key, self.method = keys.signing_key(self.node, owner_id)
        self._keys = count(1)
        self._last_size = 0
        self.outcome: Outcome | None = None
        self._run(1)  # opens the status list, which the twin then has too
        with self.node.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        shutil.copytree(folder / "city", folder / "twin")
        self.twin = stack.enter_context(_opened(_config(folder / "twin")))

    def bulk(self) -> float:
        """Give ROWS badges; processor seconds a badge."""
        gc.collect()
        began = time.process_time()
        self._run(ROWS)
        return (time.process_time() - began) / ROWS

    def sign(self) -> float:
        """Sign what the last turn signed once more; processor seconds a badge."""
        from colnode.clock import parse_rfc3339
        from colnode.openbadges import issuing

        documents = [json.loads(row["document"]) for row in self._stored()["credential"]]
        created = parse_rfc3339(documents[0]["proof"][0]["created"])
        for document in documents:
            del document["proof"]
        gc.collect()
        began = time.process_time()
        for document in documents:
            issuing.issue(document, key=self.key, verification_method=self.method, created=created)
        return (time.process_time() - began) / ROWS

    def store(self) -> float:
        """Store the rows of the last turn in the twin; processor seconds a badge."""
        from colnode.badges.bulk import CHUNK

        stored = self._stored()
        run = stored.pop("bulk_run")
        tables = _tables()
        with self.twin.unit() as session:
            session.execute(insert(tables["bulk_run"]), run)
        gc.collect()
        began = time.process_time()
        for start in range(0, ROWS, CHUNK):
            with self.twin.unit() as session:
                for name, rows in stored.items():
                    session.execute(insert(tables[name]), rows[start : start + CHUNK])
        return (time.process_time() - began) / ROWS

    def memory(self, done: Callable[[int], None]) -> list[Row]:
        """The highest memory of a short run and of one four times as long."""
        peaks = []
        for size in (ROWS, 4 * ROWS):
            tracemalloc.start()
            self._run(size)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            done(1)
        few, many = (round(peak / 1e6, 2) for peak in peaks)
        grows = round(peaks[1] / peaks[0], 3)
        return [
            _row(f"{ROWS:,} badges", "highest memory", few, "MB"),
            _row(f"{4 * ROWS:,} badges", "highest memory", many, "MB"),
            {**_row("four times as many", "memory grows by", grows), "at most": AT_MOST_MEMORY},
        ]

    def check(self) -> None:
        """Every badge is signed, counted once and where its status says, or nothing is shown."""
        stored = self._stored()
        tables = _tables()
        with self.node.reading() as session:
            counts = {
                name: session.scalar(select(func.count()).select_from(tables[name]))
                for name in ("credential", "status_entry", "credential_holder", "bulk_result")
            }
        if len(set(counts.values())) != 1 or len(stored["credential"]) != self._last_size:
            raise SystemExit(f"rows are missing or doubled ({counts}); nothing is shown.")
        places = {(row["status_list_id"], row["position"]) for row in stored["status_entry"]}
        for row in stored["credential"]:
            entry = json.loads(row["document"])["credentialStatus"]
            is_whole = row["digest"] == hashlib.sha256(row["document"].encode()).hexdigest()
            is_placed = (row["status_list_id"], int(entry["statusListIndex"])) in places
            if not is_whole or not is_placed:
                raise SystemExit("a badge is not what was stored; nothing is shown.")
        self._verify([row["document"] for row in stored["credential"][:: ROWS // 20]])

    def _verify(self, documents: list[str]) -> None:
        from colnode.badges import verifying

        with self.node.reading():
            for document in documents:
                if not verifying.verify_text(self.node, document).is_valid:
                    raise SystemExit("a badge does not verify; nothing is shown.")

    def _run(self, size: int) -> None:
        from colnode.badges import bulk

        self.outcome = bulk.issue_many(
            self.node, self.achievement_id, rows=self._rows(size), key=f"turn {next(self._keys)}"
        )
        if self.outcome.issued != size:
            raise SystemExit("not every badge was given; nothing is measured.")
        self._last_size = size

    def _rows(self, size: int) -> "Iterator[BulkRow]":
        from colnode.badges.bulk import BulkRow

        for index in range(size):
            yield BulkRow(self._people[index % len(self._people)])

    def _stored(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of the last run, by table, in the order in which they may be stored."""
        tables = _tables()
        results = tables["bulk_result"]
        assert self.outcome is not None
        own = results.c.run_id == self.outcome.run_id
        credential, holder, entry, event = (
            tables[name]
            for name in ("credential", "credential_holder", "status_entry", "audit_event")
        )
        ids = select(results.c.credential_id).where(own)
        place = (entry.c.status_list_id == credential.c.status_list_id) & (
            entry.c.position == credential.c.status_position
        )
        queries = {
            "bulk_run": select(tables["bulk_run"]).where(
                tables["bulk_run"].c.id == self.outcome.run_id
            ),
            "status_entry": select(entry).join(credential, place).where(credential.c.id.in_(ids)),
            "credential": select(credential).where(credential.c.id.in_(ids)),
            "credential_holder": select(holder).where(holder.c.credential_id.in_(ids)),
            "bulk_result": select(results).where(own),
            "audit_event": select(*(column for column in event.c if column.name != "seq")).where(
                event.c.action == "badge.issued", event.c.subject_id.in_(ids)
            ),
        }
        with self.node.reading() as session:
            return {
                name: [dict(row) for row in session.execute(query).mappings()]
                for name, query in queries.items()
            }


def _tables() -> dict[str, Table]:
    from colnode.audit import AuditEvent
    from colnode.badges import models

    declared = (
        models.BulkResult,
        models.BulkRun,
        models.Credential,
        models.CredentialHolder,
        models.StatusEntry,
        AuditEvent,
    )
    return {model.__tablename__: cast("Table", model.__table__) for model in declared}


def _config(folder: Path) -> "Config":
    from colnode.config import Config

    base = Config()
    return replace(
        base,
        server=replace(base.server, base_url="https://city.example", data_dir=str(folder)),
        plugins=replace(base.plugins, enabled=[]),
    )


@contextmanager
def _opened(config: "Config") -> "Iterator[Node]":
    from colnode.app import open_node

    node = open_node(config)
    try:
        yield node
    finally:
        node.close()


@contextmanager
def _city(folder: Path) -> "Iterator[Node]":
    """A city without plugins on SQLite."""
    from colnode.db import connect
    from colnode.federation import publish
    from colnode.host.loader import load_plugins
    from colnode.host.migrate import upgrade
    from colnode.identity import key_file

    folder.mkdir()
    config = _config(folder)
    engine = connect(config.database_url)
    upgrade(engine, load_plugins(config))
    engine.dispose()
    key_file.ensure_key_file(config)
    with _opened(config) as node:
        with node.unit():
            publish.init_identity(node)
        yield node


def _fill(node: "Node") -> tuple[str, str, list[str]]:
    """A verified organisation, its published badge, and people; gives their ids."""
    from colnode.badges import achievements
    from colnode.badges.content import Content
    from colnode.identity import organisations, people

    with node.unit():
        ids = [
            people.create(
                node,
                email=f"person{number}@example.org",
                display_name=f"Person {number}",
                password=None,
                is_proven=True,
                is_admin=number == 0,
            ).id
            for number in range(PEOPLE)
        ]
        library = organisations.create(node, name={"en": "City Library"}, actor_id=ids[0])
        organisations.verify(node, library.id, actor_id=ids[0])
        content = Content(
            name={"en": "River guide"},
            description={"en": "Knows the river and shows it to others."},
            criteria={"en": "Walk along the river, take notes, lead a walk."},
            tags=("river", "nature"),
            art={"shape": "circle", "icon": "waves", "first": "blue", "second": "green"},
        )
        badge = achievements.create(node, library.id, content=content, actor_id=ids[0])
        achievements.publish(node, badge.id, actor_id=ids[0])
    return library.id, badge.id, ids

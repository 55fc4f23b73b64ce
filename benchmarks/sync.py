"""Reading another city over real HTTP on loopback, beside OAI-PMH and a copy of the database file.

Client and server share this process, so that its CPU time is what both cost together. Records have
about 1 KB; every case ends with them stored in an SQLite file.
"""

import json
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.clock import format_rfc3339

from .frame import Progress, Row

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["measure"]

RECORDS = 10_000
CHANGES = 100
_WORDS = [
    "workshop",
    "evening",
    "robots",
    "library",
    "garden",
    "river",
    "chess",
    "coding",
    "music",
    "theatre",
    "history",
    "maths",
    "clay",
    "street",
    "language",
    "museum",
    "young",
    "beginners",
    "advanced",
    "weekend",
    "saturday",
    "free",
    "market",
    "bridge",
]


def measure(progress: Progress) -> list[Row]:
    """Rows: CPU seconds, bytes and requests of each way to read 10,000 records and 100 changes."""
    with ExitStack() as stack, progress("reading 10,000 records", 8) as done:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        origin, sent = stack.enter_context(_city(folder / "origin", "Origin"))
        _fill(origin, range(RECORDS))
        done(1)
        rows = _read_by_colnode(stack, origin, sent, folder, done)
        rows += _read_by_oai(stack, folder)
        done(1)
        rows += _copy_file(folder)
        done(1)
        return _with_ratios(rows)


def _with_ratios(rows: list[Row]) -> list[Row]:
    """CPU seconds beside those of the peer that does the same work."""
    firsts: dict[str, float] = {}
    for row in sorted(rows, key=lambda row: "sickle" not in row["case"]):
        firsts.setdefault(row["subject"], row["CPU s"])
    for row in rows:
        row["ratio"] = round(row["CPU s"] / max(firsts[row["subject"]], 0.001), 3)
    return rows


def _row(subject: str, case: str, seconds: float, size: int, requests: int) -> Row:
    return {
        "subject": subject,
        "case": case,
        "CPU s": round(seconds, 3),
        "MB": round(size / 1e6, 3),
        "requests": requests,
    }


# -- colnode -----------------------------------------------------------------------------------


@contextmanager
def _city(folder: Path, name: str) -> "Iterator[tuple[Node, list[int]]]":
    """A city without plugins on SQLite, on a free port of loopback, and the bytes it has sent."""
    from werkzeug.serving import make_server

    from colnode.app import create_app, open_node
    from colnode.config import Config
    from colnode.db import connect
    from colnode.federation import publish
    from colnode.host.loader import load_plugins
    from colnode.host.migrate import upgrade
    from colnode.identity import key_file

    folder.mkdir()
    server = make_server(
        "127.0.0.1", 0, lambda _environ, _start: [], threaded=True, request_handler=_quiet()
    )
    base = Config()
    config = replace(
        base,
        city=replace(base.city, name=name),
        server=replace(
            base.server, base_url=f"http://127.0.0.1:{server.port}", data_dir=str(folder)
        ),
        federation=replace(base.federation, allow_loopback=True),
        plugins=replace(base.plugins, enabled=[]),
    )
    engine = connect(config.database_url)
    upgrade(engine, load_plugins(config))
    engine.dispose()
    key_file.ensure_key_file(config)
    node = open_node(config)
    with node.unit():
        publish.init_identity(node)
    sent = [0]
    server.app = _counted(create_app(node=node), sent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield node, sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        node.close()


def _quiet() -> Any:
    from werkzeug.serving import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:
            """Say nothing."""

    return Quiet


def _body(number: int, edition: int = 0) -> dict[str, Any]:
    """A record of about 1 KB."""
    some = random.Random(number * 7 + edition)  # the same record in every run
    text = " ".join(some.choice(_WORDS) for _word in range(70))
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": {"en": f"{some.choice(_WORDS)} {number}", "lt": f"{some.choice(_WORDS)} {number}"},
        "description": {"en": text},
        "startDate": "2026-12-01T10:00:00+02:00",
        "location": {
            "@type": "Place",
            "latitude": round(54.6 + some.random() / 5, 6),
            "longitude": round(25.2 + some.random() / 5, 6),
            "address": f"{some.choice(_WORDS)} street {some.randrange(200)}",
        },
        "inLanguage": ["en", "lt"],
        "keywords": some.sample(_WORDS, 3),
    }


def _fill(origin: "Node", numbers: range, edition: int = 0) -> None:
    """Append records to the origin's log, without the catalogue's own index."""
    from colnode.federation import sequencer
    from colnode.federation.entries import Op

    for start in range(numbers.start, numbers.stop, 1_000):
        some = range(start, min(start + 1_000, numbers.stop))
        changes = [
            sequencer.Change(
                Op.PUT,
                json.dumps(_body(number, edition), separators=(",", ":")).encode(),
                "event",
                f"event/r{number}",
            )
            for number in some
        ]
        with origin.unit():
            sequencer.append(origin, sequencer.lock_head(origin), changes)


def _event_type() -> Any:
    from colnode.host.types import Indexed, RecordType

    def index(body: Any) -> Indexed:
        return Indexed(
            title=body["name"],
            summary=body["description"],
            latitude=body["location"]["latitude"],
            longitude=body["location"]["longitude"],
            starts_at=datetime.fromisoformat(body["startDate"]).astimezone(UTC),
            languages=body["inLanguage"],
            tags=body["keywords"],
        )

    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    properties = {"name": texts, "description": texts, "keywords": {"type": "array"}}
    return RecordType(
        name="event",
        label="Event",
        label_many="Events",
        icon="calendar",
        schema_url="urn:colnode:record:event",
        schema={"type": "object", "required": ["name"], "properties": properties},
        index=index,
        path=lambda record_id: f"/events/{record_id}",
    )


def _read_by_colnode(
    stack: ExitStack, origin: "Node", sent: list[int], folder: Path, done: Callable[[int], None]
) -> list[Row]:
    """Read everything and changes, proven and stored; then with the index for search and map."""
    from colnode.federation import peers, pull

    rows = []
    readers = []
    for case, is_indexed in (("colnode", False), ("colnode, search and map too", True)):
        reader, _sent = stack.enter_context(_city(folder / f"reader{is_indexed:d}", "Reader"))
        if is_indexed:
            reader.host.record_types["event"] = _event_type()
        peer = peers.add(reader, origin.config.server.base_url)
        with reader.unit():
            peers.allow(reader, peer.id)
        readers.append((case, reader, peer.id))
        rows.append(_timed(f"all {RECORDS}", case, sent, partial(pull.sync, reader, peer.id)))
        done(1)
    _fill(origin, range(CHANGES), edition=1)
    for case, reader, peer_id in readers:
        rows.append(_timed(f"{CHANGES} changes", case, sent, partial(pull.sync, reader, peer_id)))
        done(1)
    _case, reader, peer_id = readers[0]
    pull.sync(reader, peer_id)
    rows.append(_timed("nothing new", "colnode", sent, partial(pull.sync, reader, peer_id)))
    done(1)
    return rows


def _timed(subject: str, case: str, sent: list[int], read: Callable[[], Any]) -> Row:
    before = sent[0]
    began = time.process_time()
    result = read()
    seconds = time.process_time() - began
    return _row(subject, case, seconds, sent[0] - before, result.requests)


def _counted(app: Any, sent: list[int]) -> Any:
    """The application, counting the bytes of its answers' bodies."""

    def called(environ: Any, start: Any) -> Iterator[bytes]:
        for piece in app(environ, start):
            sent[0] += len(piece)
            yield piece

    return called


# -- OAI-PMH -----------------------------------------------------------------------------------


def _read_by_oai(stack: ExitStack, folder: Path) -> list[Row]:
    """pyoai serves the same records as oai_dc, sickle reads them into an SQLite file."""
    try:
        from sickle import Sickle

        server = stack.enter_context(_oai_server())
    except ImportError:
        return []
    rows = []
    for subject, first in ((f"all {RECORDS}", 0), (f"{CHANGES} changes", RECORDS - CHANGES)):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=first)
        store = sqlite3.connect(folder / f"oai{first}.sqlite")
        store.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT)")
        before = (server.requests, server.sent[0])
        began = time.process_time()
        wanted = {"metadataPrefix": "oai_dc", "from": format_rfc3339(moment)}
        with store:
            for record in Sickle(server.url).ListRecords(**wanted):
                store.execute(
                    "INSERT INTO record VALUES (?, ?)", (record.header.identifier, record.raw)
                )
        seconds = time.process_time() - began
        store.close()
        sent = server.sent[0] - before[1]
        rows.append(_row(subject, "pyoai + sickle", seconds, sent, server.requests - before[0]))
    return rows


class _OaiServer:
    """Where the OAI-PMH server listens and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests = 0
        self.sent = [0]


@contextmanager
def _oai_server() -> Iterator[_OaiServer]:
    from urllib.parse import parse_qsl

    _lend_old_modules()
    from oaipmh import common, metadata
    from oaipmh.server import BatchingServer, oai_dc_writer
    from werkzeug.serving import make_server

    registry = metadata.MetadataRegistry()
    registry.registerWriter("oai_dc", oai_dc_writer)
    oai = BatchingServer(_OaiRecords(common), registry, resumption_batch_size=100)
    state = _OaiServer("")

    def app(environ: Any, start: Any) -> list[bytes]:
        state.requests += 1
        answer = oai.handleRequest(dict(parse_qsl(environ["QUERY_STRING"])))
        start("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(answer)))])
        return [answer]

    server = make_server(
        "127.0.0.1", 0, _counted(app, state.sent), threaded=True, request_handler=_quiet()
    )
    state.url = f"http://127.0.0.1:{server.port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _lend_old_modules() -> None:
    """pyoai 2.5 imports two modules that Python and setuptools have dropped since."""
    import sys
    from types import ModuleType
    from urllib.parse import parse_qs

    for name in ("pkg_resources", "cgi"):
        sys.modules.setdefault(name, ModuleType(name)).__dict__["parse_qs"] = parse_qs


class _OaiRecords:
    """The records as pyoai asks for them; record N has the time of N seconds after midnight."""

    def __init__(self, common: Any) -> None:
        self._common = common

    def identify(self) -> Any:
        return self._common.Identify(
            repositoryName="Bench",
            baseURL="http://127.0.0.1/",
            protocolVersion="2.0",
            adminEmails=["bench@example.org"],
            earliestDatestamp=datetime(2026, 1, 1),  # noqa: DTZ001 (pyoai wants naive UTC)
            deletedRecord="no",
            granularity="YYYY-MM-DDThh:mm:ssZ",
            compression=["identity"],
            toolkit_description=False,
        )

    def listRecords(
        self,
        metadataPrefix: str,
        set: str | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        cursor: int = 0,
        batch_size: int = 100,
    ) -> list[Any]:
        start = datetime(2026, 1, 1)  # noqa: DTZ001 (pyoai wants naive UTC)
        first = int((from_ - start).total_seconds()) if from_ and from_ > start else 0
        some = range(first, RECORDS)[cursor : cursor + batch_size]
        return [self._record(number, start) for number in some]

    def _record(self, number: int, start: datetime) -> Any:
        body = _body(number)
        header = self._common.Header(
            None, f"oai:bench:{number}", start + timedelta(seconds=number), [], False
        )
        values = {
            "title": list(body["name"].values()),
            "description": [body["description"]["en"]],
            "date": [body["startDate"]],
            "coverage": [json.dumps(body["location"])],
            "language": body["inLanguage"],
            "subject": body["keywords"],
        }
        return header, self._common.Metadata(None, values), None


# -- the limit ---------------------------------------------------------------------------------


def _copy_file(folder: Path) -> list[Row]:
    """Pack a file with the same bodies with zstd and unpack it again: nothing can cost less."""
    try:
        import zstandard
    except ImportError:
        return []
    path = folder / "plain.sqlite"
    store = sqlite3.connect(path)
    with store:
        store.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT)")
        store.executemany(
            "INSERT INTO record VALUES (?, ?)",
            [(f"r{number}", json.dumps(_body(number))) for number in range(RECORDS)],
        )
    store.close()
    began = time.process_time()
    packed = zstandard.ZstdCompressor().compress(path.read_bytes())
    (folder / "copy.sqlite").write_bytes(zstandard.ZstdDecompressor().decompress(packed))
    seconds = time.process_time() - began
    return [_row(f"all {RECORDS}", "zstd copy of the SQLite file", seconds, len(packed), 1)]

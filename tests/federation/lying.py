"""A city that tells what a test wants it to tell, over a real socket.

It keeps a true log and signs it as a node does; a test then changes what is answered, or signs
something else with the city's own key. Written against docs/federation.md, not against the code
that it is used to test: only the signing key and the clock's format are shared.
"""

import base64
import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from colnode.openbadges.keys import SigningKey

__all__ = ["Answer", "LyingCity", "digest"]

TS = "2026-11-23T09:00:00Z"


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def digest(body: bytes) -> str:
    """A body's digest as headers name it."""
    return "sha-256:" + base64.urlsafe_b64encode(sha(body)).decode().rstrip("=")


def root_of(leaves: list[bytes]) -> bytes:
    """The Merkle root over leaf hashes."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:]))


def peaks_of(leaves: list[bytes]) -> list[bytes]:
    """The roots of the complete subtrees, largest first."""
    peaks, start = [], 0
    for bit in range(40, -1, -1):
        if len(leaves) & 1 << bit:
            peaks.append(root_of(leaves[start : start + (1 << bit)]))
            start += 1 << bit
    return peaks


@dataclass
class Answer:
    """What is sent back. `tear` closes the connection in the middle of the body."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    tear: bool = False


class LyingCity:
    """A log of things with everything that a node answers, and a place to change each answer."""

    def __init__(self, now: datetime, name: str = "Liarville") -> None:
        self.key = SigningKey.generate()
        self.now = now
        self.name = name
        self.lines: list[tuple[bytes, bytes]] = []
        self.change: dict[str, Callable[[Answer], Answer]] = {}
        self.asked: list[str] = []
        self.pictures: dict[str, Answer] = {}
        self.url = ""
        self._server: ThreadingHTTPServer | None = None

    # -- the true log --------------------------------------------------------------------------

    def begin(self) -> None:
        """Write the genesis and the node entry; the address must be known."""
        recovery = digest(SigningKey.generate().public.public_bytes)
        genesis = {"key": self.key.multibase, "recovery": recovery}
        self.add_identity("genesis", genesis)
        self.add_identity("node", {"name": {"en": self.name}, "url": self.url, "languages": ["en"]})

    def add_identity(self, op: str, value: object) -> None:
        """Append an identity entry."""
        body = self.body(op, value)
        header = {
            "v": 1,
            "seq": len(self.lines) + 1,
            "op": op,
            "ts": TS,
            "digest": digest(body),
        }
        self.lines.append((self.dump(header), body))

    def put(self, record_id: str, title: str, **members: Any) -> None:
        """Append a put of a thing."""
        self.put_body(record_id, self.body("record", {"name": {"en": title}, **members}))

    def put_body(self, record_id: str, body: bytes, **changed: Any) -> None:
        """Append a put with this body line."""
        header = {
            "v": 1,
            "seq": len(self.lines) + 1,
            "op": "put",
            "type": "thing",
            "id": f"thing/{record_id}",
            "rev": 1,
            "ts": TS,
            "schema": "https://example.org/schemas/thing/1",
            "licence": "CC-BY-4.0",
            "digest": digest(body),
        }
        self.lines.append((self.dump(header | changed), body))

    def delete(self, record_id: str, op: str = "del") -> None:
        """Append a del."""
        header = {
            "v": 1,
            "seq": len(self.lines) + 1,
            "op": op,
            "type": "thing",
            "id": f"thing/{record_id}",
            "rev": 2,
            "ts": TS,
        }
        self.lines.append((self.dump(header), b"null"))

    def redact(self, record_id: str) -> None:
        """Append a redact and serve the earlier bodies of the record as null."""
        named = b'"id":"thing/%b"' % record_id.encode()
        self.lines = [(header, b"null" if named in header else body) for header, body in self.lines]
        self.delete(record_id, op="redact")

    @staticmethod
    def dump(value: object) -> bytes:
        """Compact JSON."""
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def body(self, member: str, value: object) -> bytes:
        """A body line."""
        return self.dump({"nonce": "AAAAAAAAAAAAAAAAAAAAAA", member: value})

    # -- what follows from it ------------------------------------------------------------------

    @property
    def node_id(self) -> str:
        """The id that follows from the genesis header."""
        return "n_" + base64.b32encode(sha(self.lines[0][0])).decode().rstrip("=").lower()

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.lines)

    def live(self) -> list[tuple[bytes, bytes]]:
        """The lines of live records in the order of seq."""
        last: dict[str, tuple[bytes, bytes]] = {}
        for header, body in self.lines:
            members = json.loads(header)
            last.pop(members.get("id", ""), None)
            if members["op"] == "put":
                last[members["id"]] = (header, body)
        return sorted(last.values(), key=lambda pair: json.loads(pair[0])["seq"])

    def identity(self) -> list[tuple[bytes, bytes]]:
        """The lines of identity entries."""
        return [pair for pair in self.lines if "id" not in json.loads(pair[0])]

    def state(self) -> bytes:
        """The root over the buckets."""
        buckets: dict[int, list[bytes]] = {}
        for header, _body in [*self.identity(), *self.live()]:
            members = json.loads(header)
            live_id = members.get("id") or f"identity/{members['seq']}"
            number = int(sha(live_id.encode()).hex()[:3], 16)
            buckets.setdefault(number, []).append(sha(b"\0" + header))
        hashes = [sha(b"".join(sorted(buckets.get(number, [])))) for number in range(4096)]
        return root_of([sha(b"\0" + item) for item in hashes])

    def leaves(self) -> list[bytes]:
        """The leaf hashes of the log."""
        return [sha(b"\0" + header) for header, _body in self.lines]

    def note(self, **lies: Any) -> bytes:
        """The signed checkpoint, with any of its values replaced before signing."""
        said: dict[str, Any] = {
            "origin": self.node_id,
            "size": self.size,
            "root": root_of(self.leaves()),
            "epoch": 0,
            "state": self.state(),
            "count": len(self.live()),
            "issued": self.now,
            "expires": self.now + timedelta(hours=48),
            "url": self.url,
        } | lies

        def text_of(value: Any) -> str:
            if isinstance(value, bytes):
                return base64.b64encode(value).decode()
            if isinstance(value, datetime):
                return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return str(value)

        first = [text_of(said[name]) for name in ("origin", "size", "root")]
        rest = [
            f"{name} {text_of(said[name])}"
            for name in ("epoch", "state", "count", "issued", "expires", "url")
        ]
        return self.sign("\n".join(first + rest) + "\n", str(said["origin"]))

    def sign(self, text: str, name: str) -> bytes:
        """A signed note over any text by the city's key."""
        key_id = sha(name.encode() + b"\n\x01" + self.key.public.public_bytes)[:4]
        signed = base64.b64encode(key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n\N{EM DASH} {name} {signed}\n".encode()

    def snapshot(self, after: int = 0, **lies: Any) -> bytes:
        """The snapshot at the present size."""
        head: dict[str, Any] = {
            "snapshot": 1,
            "checkpoint": self.note().decode(),
            "frontier": [item.hex() for item in peaks_of(self.leaves())],
            "identity": len(self.identity()),
        } | lies
        records = [pair for pair in self.live() if json.loads(pair[0])["seq"] > after]
        return self.dump(head) + b"\n" + ndjson([*self.identity(), *records])

    # -- serving -------------------------------------------------------------------------------

    def answer(self, path: str) -> Answer:
        """The true answer to a path, then the change that a test wants."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.rsplit("/", 1)[-1]
        if parts.path.startswith("/federation/v1/snapshot/"):
            name, body = "snapshot", self.snapshot(int(asked.get("after", "0")))
        elif name == "checkpoint":
            body = self.note()
        elif name == "identity":
            body = ndjson(self.identity())
        elif name == "entries":
            after = int(asked["after"])
            body = ndjson(self.lines[after : after + 1000])
        else:
            return self.pictures.get(name, Answer(b"", 404))
        self.asked.append(name)
        change = self.change.get(name)
        return change(Answer(body)) if change else Answer(body)

    def lie(self, name: str, old: bytes, new: bytes, *, count: int = -1) -> None:
        """Replace bytes in every answer of one endpoint."""

        def change(answer: Answer) -> Answer:
            assert old in answer.body, f"{old!r} is not in the answer"
            return Answer(answer.body.replace(old, new, count))

        self.change[name] = change

    def start(self) -> str:
        """Serve on a free port of loopback; the address."""
        city = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = city.answer(self.path)
                self.send_response(answer.status)
                headers = {"Content-Length": str(len(answer.body)), **answer.headers}
                for header, value in headers.items():
                    self.send_header(header, value)
                self.end_headers()
                body = answer.body[: len(answer.body) // 2] if answer.tear else answer.body
                try:
                    self.wfile.write(body)
                except OSError:
                    return  # the reader has heard enough

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.begin()
        return self.url

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def ndjson(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """Pairs of lines as they are served."""
    return b"".join(header + b"\n" + body + b"\n" for header, body in pairs)


def zipped(answer: Answer) -> Answer:
    """The same answer with gzip."""
    return Answer(gzip.compress(answer.body), headers={"Content-Encoding": "gzip"})

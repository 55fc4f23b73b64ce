"""Asking another node: its endpoints over the guarded HTTP client, within limits.

What comes back is bytes in the right shape, proven by whoever asked.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from colnode.errors import Gone, Invalid, Unavailable, Untrusted, _
from colnode.federation.checkpoint import MAX_NOTE_BYTES
from colnode.federation.entries import MAX_BODY_BYTES, MAX_HEADER_BYTES
from colnode.federation.identity import MAX_IDENTITY_BYTES

if TYPE_CHECKING:
    from colnode.http import GuardedClient, Response, Stream

__all__ = ["Note", "Remote", "SnapshotHead", "base_url"]

PAGE_BYTES = 2 * 1024 * 1024 + MAX_HEADER_BYTES + MAX_BODY_BYTES
_PAGE_SECONDS = 60.0
_SNAPSHOT_SECONDS = 900.0
_SHORT_SECONDS = 20.0
_HINT_SECONDS = 5.0

Pair = tuple[bytes, bytes]
Answer = TypeVar("Answer", "Response", "Stream")


@dataclass(frozen=True)
class Note:
    """A signed note as received, with the ETag to ask for it again."""

    data: bytes
    etag: str | None


@dataclass(frozen=True)
class SnapshotHead:
    """The first lines of a snapshot: its checkpoint, frontier and identity entries."""

    note: bytes
    frontier: list[bytes]
    identity: bytes


def base_url(address: str) -> str:
    """The address of a node from what somebody typed: scheme and host, https unless named.

    Raises Invalid.
    """
    typed = address.strip().rstrip("/")
    whole = typed if "://" in typed else f"https://{typed}"
    parts = urlsplit(whole)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise Invalid(_("{address} is not the address of a city's site."), address=address)
    return f"{parts.scheme}://{parts.netloc.lower()}"


class Remote:
    """One other node at an address; with `origin`, what it holds of that node's log."""

    def __init__(self, http: "GuardedClient", url: str, *, origin: str = "") -> None:
        self._http = http
        self._base = f"{url}/federation/v1" + (f"/origins/{origin}" if origin else "")
        self.requests = 0
        self.byte_count = 0

    def checkpoint(self, etag: str | None = None) -> Note | None:
        """The signed checkpoint, None when it is still the one with this ETag."""
        self.requests += 1
        answer = self._http.get(
            f"{self._base}/checkpoint",
            accept="text/plain",
            max_bytes=MAX_NOTE_BYTES,
            timeout_seconds=_SHORT_SECONDS,
            etag=etag,
        )
        self.byte_count += len(answer.body)
        if answer.status == 304 and etag is not None:
            return None
        _expect(answer)
        return Note(answer.body, answer.headers.get("ETag"))

    def identity(self) -> bytes:
        """The identity entries as NDJSON."""
        self.requests += 1
        answer = self._http.get(
            f"{self._base}/identity",
            accept="application/x-ndjson",
            max_bytes=MAX_IDENTITY_BYTES,
            timeout_seconds=_SHORT_SECONDS,
        )
        self.byte_count += len(answer.body)
        return _expect(answer).body

    def hint(self, node_id: str, size: int) -> None:
        """Tell the node that the log of `node_id` has this many entries."""
        self.requests += 1
        self._http.post_json(
            f"{self._base}/hint",
            {"node": node_id, "size": size},
            max_bytes=MAX_NOTE_BYTES,
            timeout_seconds=_HINT_SECONDS,
        )

    def entries(self, after: int, epoch: int, *, seconds: float = _PAGE_SECONDS) -> list[Pair]:
        """One page of header and body lines after a seq."""
        self.requests += 1
        url = f"{self._base}/entries?after={after}&epoch={epoch}"
        with self._http.stream(
            url,
            accept="application/x-ndjson",
            max_bytes=PAGE_BYTES,
            timeout_seconds=seconds,
        ) as answer:
            data = b"".join(_expect(answer).iter_chunks())
        self.byte_count += len(data)
        if not data:
            return []
        if not data.endswith(b"\n"):
            raise _torn()
        return list(_pairs(iter(data[:-1].split(b"\n"))))

    @contextmanager
    def snapshot(
        self, size: int, *, after: int, max_bytes: int
    ) -> Iterator[tuple[SnapshotHead, Iterator[Pair]]]:
        """The head of the snapshot at a size and its pairs of lines, as they come.

        Raises Gone when the node does not offer it any more.
        """
        self.requests += 1
        with self._http.stream(
            f"{self._base}/snapshot/{size}?after={after}",
            accept="application/x-ndjson",
            max_bytes=max_bytes,
            timeout_seconds=_SNAPSHOT_SECONDS,
        ) as answer:
            if answer.status in {404, 410}:
                raise Gone(_("The snapshot is not offered any more."))
            lines = self._counted(_expect(answer).iter_lines(MAX_IDENTITY_BYTES))
            yield _snapshot_head(lines), _pairs(lines)

    def _counted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.byte_count += len(line) + 1
            yield line


def _expect(answer: Answer) -> Answer:
    if answer.status == 200:
        return answer
    host = urlsplit(answer.url).netloc
    if answer.status in {404, 410}:
        raise Unavailable(_("{host} does not offer its catalogue to other cities."), host=host)
    raise Unavailable(
        _("{host} answered with an error ({status})."), host=host, status=answer.status
    )


def _pairs(lines: Iterator[bytes]) -> Iterator[Pair]:
    for header in lines:
        body = next(lines, None)
        if body is None:
            raise _torn()
        if len(header) > MAX_HEADER_BYTES or len(body) > MAX_BODY_BYTES:
            raise Untrusted(_("An entry is larger than the protocol allows."))
        yield header, body


def _snapshot_head(lines: Iterator[bytes]) -> SnapshotHead:
    try:
        head = json.loads(next(lines, b""))
        if not isinstance(head, dict) or head.get("snapshot") != 1:
            raise ValueError
        note = str(head["checkpoint"]).encode()
        frontier = [bytes.fromhex(item) for item in head["frontier"]]
        count = head["identity"]
        if type(count) is not int or not 1 <= count <= 1000:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Untrusted(_("The snapshot is malformed.")) from None
    parts: list[bytes] = []
    size = 0
    for _number in range(2 * count):
        line = next(lines, None)
        if line is None:
            raise _torn()
        parts.append(line)
        size += len(line)
        if size > MAX_IDENTITY_BYTES:
            raise Untrusted(_("The identity is larger than the protocol allows."))
    return SnapshotHead(note, frontier, b"\n".join(parts) + b"\n")


def _torn() -> Unavailable:
    return Unavailable(_("The answer ended too early."))

"""The files of docs/federation-files, made by the code from fixed keys, nonces and times.

`python -m tests.federation.golden` writes them anew, after a change that is meant.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from colnode.federation import bundles, chain, proofs
from colnode.federation.checkpoint import Checkpoint, sign_note
from colnode.federation.entries import NULL_BODY, Header, Op, digest_of, make_body
from colnode.federation.identity import Description, node_body
from colnode.federation.log import Frontier, State, bucket_of, leaf_hash, node_id_of, tree_root
from colnode.openbadges.keys import KeyKind, SigningKey

__all__ = ["FOLDER", "make"]

FOLDER = Path(__file__).parents[2] / "docs" / "federation-files"
_START = datetime(2026, 11, 23, 10, tzinfo=UTC)
_SCHEMA = "https://example.org/schemas/thing/1"
_SEEDS = {"first": 1, "second": 2, "third": 3, "recovery": 11, "next recovery": 12}


def _key(name: str) -> SigningKey:
    return SigningKey.from_private_bytes(KeyKind.ED25519, bytes([_SEEDS[name]]) * 32)


class _Log:
    """A log that is written entry by entry; a checkpoint is signed after each."""

    def __init__(self) -> None:
        self.lines: list[tuple[bytes, bytes]] = []
        self.live: dict[str, tuple[int, bytes]] = {}
        self.notes: dict[int, bytes] = {}
        self.signer, self.epoch, self.url = _key("first"), 0, "https://northport.example"
        self.recovery = chain.recovery_digest(_key("recovery").public)

    @property
    def seq(self) -> int:
        return len(self.lines) + 1

    @property
    def node_id(self) -> str:
        return node_id_of(self.lines[0][0])

    def add(self, op: Op, body: bytes, **members: Any) -> None:
        ts = (_START + timedelta(minutes=self.seq)).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = "" if body == NULL_BODY else digest_of(body)
        header = Header(seq=self.seq, op=op, ts=ts, digest=digest, **members)
        line = header.to_line()
        self.lines.append((line, body))
        self.live.pop(header.live_id, None)
        if op not in {Op.DEL, Op.REDACT}:
            self.live[header.live_id] = (header.seq, leaf_hash(line))
        self.notes[header.seq] = self.note()

    def put(self, name: str, rev: int, title: str) -> None:
        value = _compact({"name": {"en": title}})
        members = {"id": f"thing/{name}", "rev": rev, "schema": _SCHEMA, "licence": "CC-BY-4.0"}
        self.add(Op.PUT, make_body("record", value), type="thing", **members)

    def node(self, name: str) -> None:
        self.add(Op.NODE, node_body(Description({"en": name}, self.url, "LT", 54.5, 25.25, 12)))

    def note(self, **lies: Any) -> bytes:
        values: dict[str, Any] = {
            "origin": self.node_id,
            "size": len(self.lines),
            "root": tree_root(leaf_hash(header) for header, _body in self.lines),
            "epoch": self.epoch,
            "state": self.state().root(),
            "count": sum(not live_id.startswith("identity/") for live_id in self.live),
            "issued_at": _START + timedelta(minutes=len(self.lines)),
            "expires_at": _START + timedelta(minutes=len(self.lines), hours=48),
            "url": self.url,
        }
        return sign_note(Checkpoint(**values | lies), self.signer)

    def state(self) -> State:
        state = State()
        for bucket in {bucket_of(live_id) for live_id in self.live}:
            state.set(bucket, self.bucket(bucket))
        return state

    def bucket(self, number: int) -> list[bytes]:
        """The leaf hashes of what is live in one bucket, sorted."""
        found = self.live.items()
        return sorted(leaf for live_id, (_seq, leaf) in found if bucket_of(live_id) == number)

    def identity(self) -> bytes:
        return _ndjson(pair for pair in self.lines if b'"id":' not in pair[0])

    def leaves(self) -> list[bytes]:
        return [leaf_hash(header) for header, _body in self.lines]


def _ndjson(pairs: Any) -> bytes:
    return b"".join(b"%b\n%b\n" % pair for pair in pairs)


def make() -> Mapping[str, bytes]:
    """Every file by its name."""
    nonces = (f"{number:022d}" for number in count(1))
    with mock.patch("secrets.token_urlsafe", side_effect=nonces):
        return dict(_files(_written()))


def _written() -> _Log:
    log = _Log()
    log.add(Op.GENESIS, chain.genesis_body(_key("first").public, _key("recovery").public))
    log.node("Northport")
    log.put("a", 1, "Chess for beginners")
    log.put("b", 1, "Žygis")
    log.put("a", 2, "Chess for everybody")
    log.add(Op.DEL, NULL_BODY, type="thing", id="thing/b", rev=2)
    new, by = _key("second"), _key("first")
    log.signer = new
    log.add(
        Op.KEY,
        chain.key_body(log.node_id, log.seq, new=new, by=by, recovery=log.recovery),
    )
    log.url = "https://northport.example.org"
    log.node("Northport, moved")
    log.put("c", 1, "Draughts")
    next_recovery = chain.recovery_digest(_key("next recovery").public)
    quoted, new, by = log.notes[log.seq - 1], _key("third"), _key("recovery")
    body = chain.epoch_body(
        log.node_id,
        log.seq,
        epoch=1,
        quoted=quoted,
        new=new,
        by=by,
        recovery=next_recovery,
    )
    log.signer, log.epoch = new, 1
    log.add(Op.EPOCH, body)
    log.put("d", 1, "Go")
    return log


def _files(log: _Log) -> Iterator[tuple[str, bytes]]:
    keys = {
        name: {"secret": (bytes([seed]) * 32).hex(), "public": _key(name).public.multibase}
        for name, seed in _SEEDS.items()
    }
    yield "keys.json", _pretty(keys)
    yield "entries.ndjson", _ndjson(log.lines)
    yield "identity.ndjson", log.identity()
    yield "leaves.bin", b"".join(log.leaves())
    for size, note in log.notes.items():
        if size > 1:
            yield f"checkpoint-{size:02}.txt", note
    yield f"snapshot-{len(log.lines)}.ndjson", _snapshot(log)
    leaves = log.leaves()

    def roots(first: int, last: int) -> bytes:
        return tree_root(leaves[first:last])

    paths = {
        f"{first}-{second}": [item.hex() for item in proofs.consistency_path(first, second, roots)]
        for second in range(1, len(leaves) + 1)
        for first in range(1, second + 1)
    }
    yield "consistency.json", _pretty(paths)
    yield "bundle.json", _bundle(log, "thing/a", roots)
    lie = log.note(root=tree_root(leaves[::-1]))
    yield "evidence.json", bundles.make_evidence(log.identity(), log.notes[len(leaves)], lie)
    refused = [{"kind": kind, "why": why, "data": data} for kind, why, data in _refused(log)]
    yield "refused.json", _pretty(refused)


def _refused(log: _Log) -> Iterator[tuple[str, str, str]]:
    """What a reader refuses: its kind, why, and the text itself."""
    header = log.lines[2][0].decode()
    for why, old, new in (
        ("a space", '"v":1,', '"v":1, '),
        ("another order of members", '"v":1,"seq":3,', '"seq":3,"v":1,'),
        ("a leading zero", '"seq":3', '"seq":03'),
        ("an id of another type", '"id":"thing/a"', '"id":"other/a"'),
        ("a member of nobody", '"rev":1', '"rev":1,"x":1'),
        ("a day that is none", "2026-11-23", "2026-11-31"),
        ("a time zone", "10:03:00Z", "10:03:00+00:00"),
        ("a digest that is cut", '"}', '"}'[1:]),
        ("escaped letters", "thing/a", "thing\\u002fa"),
    ):
        yield "header", why, header.replace(old, new)
    note = log.notes[len(log.lines)].decode()
    for why, old, new in (
        ("a size that was not signed", "\n11\n", "\n12\n"),
        ("lines in another order", "epoch 1\nstate ", "state "),
        ("no signature", note[note.index("\n\n") + 1 :], "\n"),
        ("an epoch that was not signed", "epoch 1", "epoch 0"),
        ("a line too many", "url ", "more 1\nurl "),
    ):
        yield "checkpoint", why, note.replace(old, new)
    replaced = log.signer
    log.signer = _key("second")
    yield "checkpoint", "a key that was replaced", log.note().decode()
    yield "checkpoint", "an epoch that is over", log.note(epoch=0).decode()
    log.signer = replaced
    yield "checkpoint", "the epoch before, by the key of this one", log.note(epoch=0).decode()
    yield from (("identity", why, text) for why, text in _false_identities(log))


def _false_identities(log: _Log) -> Iterator[tuple[str, str]]:
    pairs = [pair for pair in log.lines if b'"id":' not in pair[0]]
    lines = log.identity().decode()
    yield "no genesis", _ndjson(pairs[1:]).decode()
    yield "entries out of order", _ndjson([pairs[0], pairs[2], pairs[1], *pairs[3:]]).decode()
    yield "a body of another digest", lines.replace("Northport, moved", "Southport, moved")
    yield "the key entry is missing", _ndjson([*pairs[:2], *pairs[3:]]).decode()
    thief = SigningKey.from_private_bytes(KeyKind.ED25519, bytes(31) + b"\x07")
    recovery = chain.recovery_digest(_key("recovery").public)
    stolen = chain.key_body(log.node_id, 7, new=thief, by=thief, recovery=recovery)
    yield "a key that nobody allowed", _with_body(pairs, 2, stolen)
    elsewhere = chain.key_body(log.node_id, 8, new=thief, by=_key("first"), recovery=recovery)
    yield "signatures over another seq", _with_body(pairs, 2, elsewhere)
    other = chain.recovery_digest(thief.public)
    taken = chain.key_body(log.node_id, 7, new=thief, by=_key("first"), recovery=other)
    yield "the recovery key changed by the node's key", _with_body(pairs, 2, taken)
    begun = {"epoch": 1, "quoted": log.notes[9], "new": thief, "recovery": other}
    own = chain.epoch_body(log.node_id, 10, by=_key("second"), **begun)
    yield "an epoch begun by the node's key", _with_body(pairs, 4, own)
    begun |= {"quoted": log.notes[8]}
    early = chain.epoch_body(log.node_id, 10, by=_key("recovery"), **begun)
    yield "an epoch that quotes another size", _with_body(pairs, 4, early)


def _with_body(pairs: list[tuple[bytes, bytes]], at: int, body: bytes) -> str:
    """The identity entries with another body in one, and the digest that fits it."""
    header, old = pairs[at]
    line = header.replace(digest_of(old).encode(), digest_of(body).encode())
    return _ndjson([*pairs[:at], (line, body), *pairs[at + 1 :]]).decode()


def _snapshot(log: _Log) -> bytes:
    frontier = Frontier()
    frontier.extend(log.leaves())
    identity = log.identity()
    head = {
        "snapshot": 1,
        "checkpoint": log.notes[len(log.lines)].decode(),
        "frontier": [item.hex() for item in frontier.hashes],
        "identity": identity.count(b"\n") // 2,
    }
    records = sorted(seq for live_id, (seq, _leaf) in log.live.items() if "identity" not in live_id)
    return _compact(head) + b"\n" + identity + _ndjson(log.lines[seq - 1] for seq in records)


def _bundle(log: _Log, live_id: str, roots: proofs.Roots) -> bytes:
    seq, _leaf = log.live[live_id]
    header, body = log.lines[seq - 1]
    bucket = bucket_of(live_id)
    path = proofs.bucket_path(log.state().to_bytes(), bucket)
    document = {
        "bundle": 1,
        "checkpoint": log.notes[len(log.lines)].decode(),
        "identity": log.identity().decode(),
        "header": header.decode(),
        "body": body.decode(),
        "inclusion": [item.hex() for item in proofs.inclusion_path(seq - 1, len(log.lines), roots)],
        "current": {
            "leaves": [item.hex() for item in log.bucket(bucket)],
            "path": [item.hex() for item in path],
        },
    }
    return _compact(document)


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _pretty(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"


if __name__ == "__main__":
    for name, data in make().items():
        (FOLDER / name).write_bytes(data)

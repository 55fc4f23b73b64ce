"""Files that prove themselves: a record with its proofs, and two signatures that contradict.

Pure: bytes in, what they prove out. docs/federation.md sections 6 and 7.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colnode.errors import Untrusted, _
from colnode.federation import proofs
from colnode.federation.checkpoint import Checkpoint
from colnode.federation.entries import Header, Op, digest_of, read_body, read_header
from colnode.federation.identity import Identity, read_identity
from colnode.federation.log import HASH_BYTES, bucket_of, leaf_hash
from colnode.openbadges import strict_json

__all__ = [
    "MAX_BYTES",
    "Evidence",
    "ProvenRecord",
    "contradict",
    "make_evidence",
    "read_any",
    "read_bundle",
    "read_evidence",
]

MAX_BYTES = 4 * 1024 * 1024
_MOST_LEAVES = 10_000


@dataclass(frozen=True)
class ProvenRecord:
    """A record that was live in its city's log when the checkpoint was signed."""

    identity: Identity
    checkpoint: Checkpoint
    header: Header
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """Two checkpoints of one city that cannot both be true."""

    identity: Identity
    first: Checkpoint
    second: Checkpoint


def read_any(data: bytes) -> ProvenRecord | Evidence:
    """What a bundle or a file of evidence proves. Raises Untrusted."""
    return read_evidence(data) if b'"evidence"' in data[:64] else read_bundle(data)


def read_bundle(data: bytes, node_id: str | None = None) -> ProvenRecord:
    """What a bundle proves; with `node_id` it must be about a record of that node.

    An expired checkpoint still proves what was live at its time. Raises Untrusted.
    """
    document = _document(data, "bundle")
    identity, note = _texts(document, "identity", "checkpoint")
    known = read_identity(identity, node_id)
    signed = known.open(note)
    line, body = _texts(document, "header", "body")
    header = read_header(line)
    if header.op != Op.PUT or digest_of(body) != header.digest:
        raise Untrusted(_("The record is not the one that its header announces."))
    current = document.get("current")
    if not isinstance(current, dict):
        raise _malformed()
    leaf, leaves = leaf_hash(line), _hashes(current.get("leaves"), _MOST_LEAVES)
    try:
        root = proofs.root_of_inclusion(
            leaf, header.seq - 1, signed.size, _hashes(document.get("inclusion"))
        )
        path = _hashes(current.get("path"))
        state = proofs.root_of_bucket(bucket_of(header.live_id), leaves, path)
    except ValueError:
        raise _malformed() from None
    if root != signed.root:
        raise Untrusted(_("The record is not in the log that the checkpoint was signed over."))
    if state != signed.state or leaf not in leaves:
        raise Untrusted(_("The record was over already when the checkpoint was signed."))
    return ProvenRecord(known, signed, header, read_body(body, "record"))


def make_evidence(identity: bytes, first: bytes, second: bytes) -> bytes:
    """A file from the identity entries and two notes; `read_evidence` tells what it is worth."""
    document = {
        "evidence": 1,
        "identity": identity.decode(),
        "checkpoints": [first.decode(), second.decode()],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def read_evidence(data: bytes) -> Evidence:
    """What a file of evidence proves against the city that it names. Raises Untrusted.

    Proof are two checkpoints that the city's key signed for one epoch and size, and that differ in
    root, state or count.
    """
    document = _document(data, "evidence")
    (identity,) = _texts(document, "identity")
    known = read_identity(identity)
    notes = document.get("checkpoints")
    if not isinstance(notes, list) or len(notes) != 2:
        raise _malformed()
    first, second = (known.open(_text(note)) for note in notes)
    if not contradict(first, second):
        raise Untrusted(_("The two checkpoints do not contradict each other."))
    return Evidence(known, first, second)


def contradict(first: Checkpoint, second: Checkpoint) -> bool:
    """Whether one log cannot have both: the same epoch and size, and not the same content."""
    place = (first.origin, first.epoch, first.size)
    return place == (second.origin, second.epoch, second.size) and (
        first.root,
        first.state,
        first.count,
    ) != (second.root, second.state, second.count)


def _document(data: bytes, kind: str) -> Mapping[str, Any]:
    try:
        document = strict_json.loads(data, max_bytes=MAX_BYTES)
    except (strict_json.StrictJsonError, RecursionError, ValueError):
        raise _malformed() from None
    if not isinstance(document, dict) or document.get(kind) != 1:
        raise _malformed()
    return document


def _texts(document: Mapping[str, Any], *names: str) -> list[bytes]:
    return [_text(document.get(name)) for name in names]


def _text(value: object) -> bytes:
    if not isinstance(value, str):
        raise _malformed()
    return value.encode()


def _hashes(value: object, most: int = 200) -> Sequence[bytes]:
    if not isinstance(value, list) or len(value) > most:
        raise _malformed()
    try:
        found = [bytes.fromhex(item) for item in value]
    except (TypeError, ValueError):
        raise _malformed() from None
    if any(len(item) != HASH_BYTES for item in found):
        raise _malformed()
    return found


def _malformed() -> Untrusted:
    return Untrusted(_("This is no file that proves something about a city's catalogue."))

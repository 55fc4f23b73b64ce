"""The mathematics of a node's log: its Merkle tree and the state of its live records.

Pure functions and values: no database, no network. docs/federation.md sections 1 and 3.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence

__all__ = [
    "BUCKETS",
    "EMPTY_ROOT",
    "Frontier",
    "State",
    "bucket_hash",
    "bucket_of",
    "inner_hash",
    "leaf_hash",
    "node_id_of",
    "tree_root",
]

_sha256 = hashlib.sha256

HASH_BYTES = 32
BUCKETS = 4096
EMPTY_ROOT = _sha256(b"").digest()


def leaf_hash(header: bytes) -> bytes:
    """The leaf of an entry: SHA-256(0x00 || header line) (RFC 9162 section 2.1.1)."""
    return _sha256(b"\x00" + header).digest()


def inner_hash(left: bytes, right: bytes) -> bytes:
    """An inner node of the tree: SHA-256(0x01 || left || right) (RFC 9162 section 2.1.1)."""
    return _sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes (RFC 9162 section 2.1.1)."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


class Frontier:
    """What is needed of a tree to append to it: the roots of its complete subtrees.

    There is one for each bit that is set in the size, largest subtree first.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")
        if any(len(item) != HASH_BYTES for item in hashes):
            raise ValueError("a hash has 32 bytes")
        self.size = size
        self.hashes = list(hashes)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes in order."""
        hashes, size = self.hashes, self.size
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = _sha256(b"\x01" + hashes.pop() + node).digest()
                rest >>= 1
            hashes.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The root over everything appended so far."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = inner_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """The hashes, largest subtree first, 32 bytes each."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote. Raises ValueError when it does not fit the size."""
        if len(data) % HASH_BYTES:
            raise ValueError("a hash has 32 bytes")
        hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
        return cls(size, hashes)


def bucket_of(record_id: str) -> int:
    """The bucket of a record: the first 12 bits of SHA-256(its id)."""
    digest = _sha256(record_id.encode()).digest()
    return digest[0] << 4 | digest[1] >> 4


def bucket_hash(leaves: Iterable[bytes]) -> bytes:
    """What stands for a bucket: SHA-256 of the sorted leaf hashes of its live records."""
    return _sha256(b"".join(sorted(leaves))).digest()


class State:
    """The 4,096 buckets of live records and the root over them, kept as changes come."""

    def __init__(self, buckets: bytes = EMPTY_ROOT * BUCKETS) -> None:
        if len(buckets) != BUCKETS * HASH_BYTES:
            raise ValueError("a state has 4,096 buckets of 32 bytes")
        self._buckets = bytearray(buckets)

    def set(self, bucket: int, leaves: Iterable[bytes]) -> None:
        """Put the leaf hashes of the live records of one bucket."""
        at = bucket * HASH_BYTES
        self._buckets[at : at + HASH_BYTES] = bucket_hash(leaves)

    def to_bytes(self) -> bytes:
        """The hashes of the buckets in order, 128 KiB."""
        return bytes(self._buckets)

    def root(self) -> bytes:
        """The RFC 9162 root over the hashes of the buckets."""
        data = self.to_bytes()
        known: dict[bytes, bytes] = {}
        level = []
        for at in range(0, len(data), HASH_BYTES):
            bucket = data[at : at + HASH_BYTES]
            if bucket not in known:
                known[bucket] = leaf_hash(bucket)
            level.append(known[bucket])
        while len(level) > 1:
            level = [
                _sha256(b"\x01" + left + right).digest()
                for left, right in zip(level[::2], level[1::2], strict=True)
            ]
        return level[0]


def node_id_of(genesis_header: bytes) -> str:
    """The id of the node whose log starts with this header line (docs/federation.md section 2)."""
    digest = _sha256(genesis_header).digest()
    return "n_" + base64.b32encode(digest).decode().rstrip("=").lower()

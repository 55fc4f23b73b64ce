"""Proofs over a log: inclusion, consistency, and that a record is current.

Pure functions: hashes in, hashes out, no database. RFC 9162 sections 2.1.3 and 2.1.4; the proof of
a bucket is an inclusion proof in the tree over the 4,096 buckets (docs/federation.md section 1).
"""

from collections.abc import Callable, Sequence

from colnode.federation.log import (
    BUCKETS,
    HASH_BYTES,
    bucket_hash,
    inner_hash,
    leaf_hash,
)

__all__ = [
    "Roots",
    "bucket_path",
    "check_consistency",
    "consistency_path",
    "inclusion_path",
    "most_hashes",
    "root_of_bucket",
    "root_of_inclusion",
]

Roots = Callable[[int, int], bytes]
"""Gives the Merkle tree hash over the leaves from a first one up to, without, a last one."""


def _split(size: int) -> int:
    """The largest power of two below a size (RFC 9162 section 2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int, roots: Roots) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in a tree of `size` leaves (section 2.1.3.1).

    Raises ValueError for a leaf that the tree does not have.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start = middle
    path.reverse()
    return path


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf hash and its audit path give (section 2.1.3.2).

    Raises ValueError when the path is not as long as it has to be.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    _check_hashes(path)
    number, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if number & 1 or number == last:
            root = inner_hash(sibling, root)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            root = inner_hash(root, sibling)
        number, last = number >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return root


def consistency_path(first: int, second: int, roots: Roots) -> list[bytes]:
    """The proof that the tree of `first` leaves begins the one of `second` (section 2.1.4.1).

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"there is no proof between {first} and {second}")
    path: list[bytes] = []
    start, end, is_whole = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(roots(start, end))
    path.reverse()
    return path


def check_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the path proves that one tree begins the other (section 2.1.4.2).

    False for a path of a wrong length as well. Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"there is no proof between {first} and {second}")
    if any(len(item) != HASH_BYTES for item in path):
        return False
    if first == second:
        return not path and first_root == second_root
    nodes = [first_root, *path] if first & (first - 1) == 0 else [*path]
    if not nodes:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    one = two = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            one, two = inner_hash(node, one), inner_hash(node, two)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            two = inner_hash(two, node)
        number, last = number >> 1, last >> 1
    return last == 0 and one == first_root and two == second_root


def bucket_path(buckets: bytes, bucket: int) -> list[bytes]:
    """The 12 siblings of a bucket; `buckets` are the hashes of all of them, in order."""
    level = [leaf_hash(buckets[at : at + HASH_BYTES]) for at in range(0, BUCKETS * HASH_BYTES, 32)]
    path: list[bytes] = []
    while len(level) > 1:
        path.append(level[bucket ^ 1])
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [inner_hash(left, right) for left, right in pairs]
        bucket >>= 1
    return path


def root_of_bucket(bucket: int, leaves: Sequence[bytes], path: Sequence[bytes]) -> bytes:
    """The state that a bucket's leaf hashes and its siblings give. Raises ValueError."""
    return root_of_inclusion(leaf_hash(bucket_hash(leaves)), bucket, BUCKETS, path)


def most_hashes(size: int) -> int:
    """How many hashes a proof over a tree of this size has at most."""
    return 2 * size.bit_length() + 1


def _check_hashes(path: Sequence[bytes]) -> None:
    if any(len(item) != HASH_BYTES for item in path):
        raise ValueError("a hash has 32 bytes")

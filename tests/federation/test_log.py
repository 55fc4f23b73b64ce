"""The mathematics of the log against known answers and a naive second implementation."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colnode.federation.checkpoint import key_hash
from colnode.federation.log import (
    BUCKETS,
    EMPTY_ROOT,
    Frontier,
    State,
    bucket_of,
    leaf_hash,
    node_id_of,
    tree_root,
)

# The inputs and roots that implementations of Certificate Transparency share (RFC 6962, whose
# tree RFC 9162 keeps).
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1 read word for word, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_the_known_one(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]
    assert tree_root(leaves).hex() == ROOTS[size - 1]


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=80), st.integers(0, 80))
def test_tree_grown_in_two_steps_equals_the_naive_one(leaves: list[bytes], cut: int) -> None:
    first = Frontier()
    first.extend(leaves[:cut])
    assert first.root() == naive_root(leaves[:cut])
    second = Frontier.from_bytes(first.size, first.to_bytes())
    second.extend(leaves[cut:])
    assert second.root() == naive_root(leaves)
    assert second.size == len(leaves)


@pytest.mark.parametrize(
    ("size", "data"), [(1, b""), (2, bytes(64)), (3, bytes(32)), (1, bytes(31)), (-1, b"")]
)
def test_frontier_that_does_not_fit_its_size_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(ValueError, match="has"):
        Frontier.from_bytes(size, data)


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.text(max_size=8), st.binary(min_size=32, max_size=32), max_size=40))
def test_state_is_the_naive_root_over_all_buckets(records: dict[str, bytes]) -> None:
    members: dict[int, list[bytes]] = {}
    for record_id, leaf in records.items():
        number = int(hashlib.sha256(record_id.encode()).hexdigest()[:3], 16)
        assert bucket_of(record_id) == number
        members.setdefault(number, []).append(leaf)
    state = State()
    for number, leaves in members.items():
        state.set(number, reversed(leaves))
    hashes = [
        hashlib.sha256(b"".join(sorted(members.get(number, [])))).digest()
        for number in range(BUCKETS)
    ]
    assert state.root() == naive_root([hashlib.sha256(b"\0" + item).digest() for item in hashes])
    assert State(state.to_bytes()).root() == state.root()


def test_bucket_that_is_emptied_leaves_no_trace() -> None:
    state = State()
    state.set(7, [b"x" * 32])
    assert state.root() != State().root()
    state.set(7, [])
    assert state.root() == State().root()


def test_node_id_is_base32_of_the_genesis_hash() -> None:
    found = node_id_of(b"header")
    assert len(found) == 54
    text = found.removeprefix("n_").upper() + "===="
    assert base64.b32decode(text) == hashlib.sha256(b"header").digest()


def test_key_hash_is_that_of_other_implementations_of_signed_notes() -> None:
    """The example key in the documentation of golang.org/x/mod/sumdb/note."""
    encoded = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert key_hash("PeterNeumann", encoded[1:]).hex() == "c74f20a3"

"""Proofs over a log: of every leaf and between every two sizes, and no other one holds."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colnode.federation import proofs
from colnode.federation.log import BUCKETS, State, leaf_hash, tree_root

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(70)]


def roots(first: int, last: int) -> bytes:
    return tree_root(LEAVES[first:last])


def root_at(size: int) -> bytes:
    return tree_root(LEAVES[:size])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 70])
def test_every_leaf_proves_that_it_is_in_the_tree(size: int) -> None:
    for index in range(size):
        path = proofs.inclusion_path(index, size, roots)
        assert len(path) <= proofs.most_hashes(size)
        assert proofs.root_of_inclusion(LEAVES[index], index, size, path) == root_at(size)


def test_paths_are_those_of_the_specification() -> None:
    """RFC 9162 section 2.1.5: the tree of seven leaves, in its letters."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = tree_root([a, b]), tree_root([c, d]), tree_root([e, f])
    k, l = tree_root([a, b, c, d]), tree_root([e, f, j])  # noqa: E741 - named as there
    assert proofs.inclusion_path(0, 7, roots) == [b, h, l]
    assert proofs.inclusion_path(3, 7, roots) == [c, g, l]
    assert proofs.inclusion_path(4, 7, roots) == [f, j, k]
    assert proofs.inclusion_path(6, 7, roots) == [i, k]
    assert proofs.consistency_path(3, 7, roots) == [c, d, g, l]
    assert proofs.consistency_path(4, 7, roots) == [l]
    assert proofs.consistency_path(6, 7, roots) == [i, j, k]


def test_every_size_proves_that_it_begins_every_later_one() -> None:
    for second in range(1, 41):
        for first in range(1, second + 1):
            path = proofs.consistency_path(first, second, roots)
            assert len(path) <= proofs.most_hashes(second)
            assert proofs.check_consistency(first, root_at(first), second, root_at(second), path)


def _changed(path: Sequence[bytes], at: int, how: int) -> list[bytes]:
    changed = [*path]
    if how == 0:
        changed.insert(at % (len(path) + 1), LEAVES[at])
    elif path:
        place = at % len(path)
        changed[place : place + 1] = [] if how == 1 else [leaf_hash(path[place])]
    return changed


@given(st.data())
def test_nothing_else_proves_it(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 70))
    first = data.draw(st.integers(1, second))
    at, how = data.draw(st.integers(0, 69)), data.draw(st.integers(0, 2))
    path = proofs.consistency_path(first, second, roots)
    wrong = _changed(path, at, how)
    ends = (first, root_at(first), second, root_at(second))
    assert proofs.check_consistency(*ends, wrong) == (wrong == path)
    assert not proofs.check_consistency(first, LEAVES[69], second, root_at(second), path)
    assert not proofs.check_consistency(first, root_at(first), second, LEAVES[69], path)

    index = data.draw(st.integers(0, second - 1))
    path = proofs.inclusion_path(index, second, roots)
    wrong = _changed(path, at, how)
    try:
        root = proofs.root_of_inclusion(LEAVES[index], index, second, wrong)
    except ValueError:
        root = b""
    assert (root == root_at(second)) == (wrong == path)


def test_a_bucket_proves_what_is_current() -> None:
    state = State()
    state.set(5, LEAVES[:3])
    state.set(4095, LEAVES[3:4])
    buckets = state.to_bytes()
    for bucket, leaves in ((5, LEAVES[:3]), (4095, LEAVES[3:4]), (6, [])):
        path = proofs.bucket_path(buckets, bucket)
        assert len(path) == 12
        assert proofs.root_of_bucket(bucket, leaves, path) == state.root()
        assert proofs.root_of_bucket(bucket, [*leaves, LEAVES[9]], path) != state.root()
        if leaves:
            assert proofs.root_of_bucket((bucket + 1) % BUCKETS, leaves, path) != state.root()


@pytest.mark.parametrize("ends", [(0, 3), (4, 3), (-1, 1)])
def test_there_is_no_proof_between_sizes_that_are_none(ends: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no proof"):
        proofs.consistency_path(*ends, roots)
    with pytest.raises(ValueError, match="no proof"):
        proofs.check_consistency(ends[0], LEAVES[0], ends[1], LEAVES[0], [])


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_none(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        proofs.inclusion_path(index, size, roots)
    with pytest.raises(ValueError, match="no leaf"):
        proofs.root_of_inclusion(LEAVES[0], index, size, [])


def test_a_hash_of_another_length_proves_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        proofs.root_of_inclusion(LEAVES[0], 0, 2, [b"short"])
    assert not proofs.check_consistency(1, LEAVES[0], 2, root_at(2), [b"short"])

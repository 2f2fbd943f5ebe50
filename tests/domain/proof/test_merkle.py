"""Trees, paths and their checks, beside an independent implementation."""

from hashlib import sha256

import pytest
from pymerkle import InmemoryTree

from domain.proof.merkle import (
    EMPTY,
    HASH_LENGTH,
    Growing,
    Nodes,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    peaks,
    root,
    root_by_inclusion,
)

SIZE = 70
DATA = [f"entry {number}".encode() for number in range(SIZE)]
LEAVES = [leaf_hash(data) for data in DATA]


def kept(leaves: list[bytes]) -> tuple[Nodes, list[bytes]]:
    """Return the nodes of a tree, and its root at each size from 0 on."""
    tree, rows, roots = Growing(), {}, [EMPTY]
    for number, leaf in enumerate(leaves, 1):
        rows[number] = tree.append(leaf)
        roots.append(tree.root())
    return lambda level, index: rows[(index + 1) << level][HASH_LENGTH * level : HASH_LENGTH * (level + 1)], roots


NODES, ROOTS = kept(LEAVES)


def test_roots_are_those_of_another_implementation() -> None:
    other = InmemoryTree(algorithm="sha256")
    for size, data in enumerate(DATA, 1):
        other.append_entry(data)
        assert root(size, NODES) == ROOTS[size] == other.get_root()


def test_paths_are_those_of_another_implementation() -> None:
    other = InmemoryTree(algorithm="sha256")
    for data in DATA:
        other.append_entry(data)
    for index in range(SIZE):
        proof = other.prove_inclusion(index + 1, SIZE).serialize()["path"]
        assert [node.hex() for node in inclusion_path(index, SIZE, NODES)] == proof[1:]


def test_an_empty_tree_is_that_of_the_standard() -> None:
    assert sha256(b"").digest() == root(0, NODES) == EMPTY


def test_a_tree_goes_on_from_what_is_kept() -> None:
    for size in range(SIZE):
        tree = Growing.of(size, NODES)
        tree.append(LEAVES[size])
        assert tree.root() == ROOTS[size + 1]


def test_a_leaf_completes_the_subtrees_that_end_with_it() -> None:
    tree = Growing()
    assert [len(tree.append(leaf)) // HASH_LENGTH for leaf in LEAVES[:8]] == [1, 2, 1, 3, 1, 2, 1, 4]


def test_the_peaks_of_a_tree_are_its_binary_digits() -> None:
    assert list(peaks(13)) == [(3, 0), (2, 2), (0, 12)]
    assert list(peaks(0)) == []


def test_each_path_leads_from_its_leaf_to_the_root_and_from_no_other() -> None:
    for size in range(1, SIZE + 1):
        for index in range(size):
            path = inclusion_path(index, size, NODES)
            assert root_by_inclusion(LEAVES[index], index, size, path) == ROOTS[size]
            for other in {0, index ^ 1, size - 1} - {index}:
                assert other >= size or root_by_inclusion(LEAVES[index], other, size, path) != ROOTS[size]


def test_a_path_that_is_too_short_or_too_long_leads_nowhere() -> None:
    for size in (1, 2, 3, 7, 8, 9, 70):
        for index in (0, size // 2, size - 1):
            path = inclusion_path(index, size, NODES)
            assert root_by_inclusion(LEAVES[index], index, size, [*path, LEAVES[0]]) is None
            assert not path or root_by_inclusion(LEAVES[index], index, size, path[:-1]) is None


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_path_to_a_leaf_that_is_not_there(index: int, size: int) -> None:
    assert root_by_inclusion(LEAVES[0], index, size, []) is None
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_path(index, size, NODES)


def test_each_tree_is_the_beginning_of_the_later_ones() -> None:
    for new in range(2, SIZE + 1):
        for old in range(1, new):
            path = consistency_path(old, new, NODES)
            assert is_consistent(old, ROOTS[old], new, ROOTS[new], path)
            assert not is_consistent(old, ROOTS[old - 1], new, ROOTS[new], path)
            assert not is_consistent(old, ROOTS[old], new, ROOTS[new - 1], path)
            assert not is_consistent(old, ROOTS[old], new, ROOTS[new], [*path, LEAVES[0]])
            assert not path or not is_consistent(old, ROOTS[old], new, ROOTS[new], path[:-1])


def test_a_tree_is_consistent_with_itself_and_with_nothing_before_it() -> None:
    assert is_consistent(5, ROOTS[5], 5, ROOTS[5], [])
    assert not is_consistent(5, ROOTS[5], 5, ROOTS[6], [])
    assert is_consistent(0, EMPTY, 5, ROOTS[5], [])
    assert not is_consistent(0, ROOTS[1], 5, ROOTS[5], [])
    assert not is_consistent(6, ROOTS[6], 5, ROOTS[5], [])


@pytest.mark.parametrize(("old", "new"), [(0, 4), (4, 4), (5, 4)])
def test_there_is_nothing_to_prove_between_such_trees(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="nothing to prove"):
        consistency_path(old, new, NODES)


def test_another_leaf_anywhere_changes_every_later_root() -> None:
    for place in range(0, SIZE, 9):
        _, others = kept([*LEAVES[:place], leaf_hash(b"another"), *LEAVES[place + 1 :]])
        assert others[: place + 1] == ROOTS[: place + 1]
        assert not set(others[place + 1 :]) & set(ROOTS)

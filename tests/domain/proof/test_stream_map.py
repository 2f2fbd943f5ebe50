"""The map of streams: one value for one set of streams, and proofs of what is in it and what is not."""

from dataclasses import replace
from random import Random

import pytest

from domain.proof.merkle import EMPTY
from domain.proof.stream_map import StreamHead, StreamMap, StreamProof, head_hash, key_of, root_by_proof

HEADS = [StreamHead(f"model:azure/m{number}", 1 + number % 4, 10 * number + 1) for number in range(200)]
ALL = StreamMap().with_heads(HEADS)


def test_nothing_hashes_to_nothing_and_one_stream_to_its_leaf() -> None:
    assert (StreamMap().root, StreamMap().count) == (EMPTY, 0)
    alone = StreamMap().with_heads(HEADS[:1])
    assert (alone.root, alone.count) == (head_hash(HEADS[0]), 1)


def test_the_order_in_which_streams_came_does_not_matter() -> None:
    shuffled = list(HEADS)
    Random(7).shuffle(shuffled)  # noqa: S311 - nothing is to be kept secret
    grown = StreamMap()
    for first in range(0, len(shuffled), 7):
        grown = grown.with_heads(shuffled[first : first + 7])
    assert (grown.root, grown.count) == (ALL.root, ALL.count) == (ALL.root, 200)


def test_a_stream_that_grew_takes_its_own_place() -> None:
    longer = replace(HEADS[3], version=9, position=5000)
    grown = ALL.with_heads([longer])
    assert grown.count == ALL.count
    assert grown.root == StreamMap().with_heads([*HEADS[:3], longer, *HEADS[4:]]).root != ALL.root
    assert grown.proof(longer.stream).head == longer
    assert ALL.proof(longer.stream).head == HEADS[3], "a map is a value"


def test_each_stream_is_proven_and_each_other_one_is_proven_to_be_absent() -> None:
    for head in HEADS:
        proof = ALL.proof(head.stream)
        assert proof.head == head
        assert root_by_proof(head.stream, proof) == ALL.root
    holders = set()
    for number in range(300):
        stream = f"model:azure/absent{number}"
        proof = ALL.proof(stream)
        holders.add(proof.other is None)
        assert proof.head is None
        assert root_by_proof(stream, proof) == ALL.root
    assert holders == {False, True}, "places that are empty, and places of others"


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_small_maps_prove_too(size: int) -> None:
    few = StreamMap().with_heads(HEADS[:size])
    for head in HEADS[:4]:
        proof = few.proof(head.stream)
        assert (proof.head is not None) == (head in HEADS[:size])
        assert root_by_proof(head.stream, proof) == few.root


def forged(proof: StreamProof, stream: str) -> list[StreamProof]:
    """Return proofs that claim something else about the stream."""
    assert proof.head
    other = next(head for head in HEADS if head.stream != stream)
    return [
        replace(proof, head=replace(proof.head, version=proof.head.version - 1)),
        replace(proof, head=replace(proof.head, position=proof.head.position + 1)),
        replace(proof, head=None),
        replace(proof, head=None, other=proof.head),
        replace(proof, head=None, other=other),
        replace(proof, other=other),
        replace(proof, siblings=proof.siblings[1:]),
        replace(proof, siblings=[*proof.siblings, EMPTY]),
        replace(proof, siblings=[EMPTY, *proof.siblings]),
        replace(proof, siblings=proof.siblings[::-1]),
        replace(proof, siblings=[EMPTY] * 300),
    ]


def test_a_forged_proof_leads_to_another_root() -> None:
    for head in HEADS[:20]:
        for number, proof in enumerate(forged(ALL.proof(head.stream), head.stream)):
            assert root_by_proof(head.stream, proof) != ALL.root, number


def test_the_proof_of_one_stream_is_none_of_another() -> None:
    first, second = HEADS[:2]
    assert root_by_proof(second.stream, ALL.proof(first.stream)) != ALL.root
    proof = ALL.proof(first.stream)
    assert root_by_proof(second.stream, StreamProof(None, proof.siblings, proof.head)) != ALL.root


def test_streams_whose_places_begin_alike_lie_deep() -> None:
    """Sixteen bits in common: found by trying names."""
    prefix = key_of(HEADS[0].stream) >> 240
    near = next(name for number in range(10**6) if key_of(name := f"n{number}") >> 240 == prefix)
    two = StreamMap().with_heads([HEADS[0], StreamHead(near, 1, 1)])
    proof = two.proof(near)
    assert len(proof.siblings) > 16
    assert EMPTY in proof.siblings
    assert root_by_proof(near, proof) == two.root

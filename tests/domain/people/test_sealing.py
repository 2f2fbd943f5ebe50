"""Sealing: it opens for whom it was sealed, whole, and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.people.keys import KEY_BYTES, MasterKey
from domain.people.sealing import NotSealedHere, Sealer, seal, unseal

KEY = b"\x01" * KEY_BYTES
IDS = st.text("abcXYZ019-_ ", max_size=20)
SEALER = Sealer(MasterKey(b"\x07" * KEY_BYTES))


def flipped(content: bytes, bit: int) -> bytes:
    bit %= len(content) * 8
    return content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]


@given(st.binary(max_size=300), IDS)
def test_what_was_sealed_opens(content: bytes, bound_to: str) -> None:
    sealed = seal(KEY, content, bound_to)
    assert unseal(KEY, sealed, bound_to) == content
    assert len(content) < 8 or content not in sealed


@given(st.binary(max_size=100), st.integers(min_value=0))
def test_any_bit_that_was_flipped_is_noticed(content: bytes, bit: int) -> None:
    sealed = seal(KEY, content, "id")
    with pytest.raises(NotSealedHere):
        unseal(KEY, flipped(sealed, bit), "id")


@given(st.binary(max_size=100), st.integers(min_value=0))
def test_what_was_cut_does_not_open(content: bytes, length: int) -> None:
    sealed = seal(KEY, content, "id")
    with pytest.raises(NotSealedHere):
        unseal(KEY, sealed[: length % len(sealed)], "id")


@given(IDS, IDS)
def test_what_was_sealed_for_one_does_not_open_for_another(one: str, other: str) -> None:
    sealed = seal(KEY, b"content", one)
    if one != other:
        with pytest.raises(NotSealedHere):
            unseal(KEY, sealed, other)


@given(st.integers(min_value=0), IDS)
def test_a_wrapped_key_opens_for_its_id_under_its_master_unchanged(bit: int, bound_to: str) -> None:
    key, wrapped = SEALER.new_key(bound_to)
    assert SEALER.unwrap(wrapped, bound_to) == key
    for sealer, changed, id_ in (
        (SEALER, flipped(wrapped, bit), bound_to),
        (SEALER, wrapped, f"{bound_to}x"),
        (Sealer(MasterKey.in_memory()), wrapped, bound_to),
    ):
        with pytest.raises(NotSealedHere):
            sealer.unwrap(changed, id_)


def test_the_same_content_never_looks_the_same() -> None:
    assert len({seal(KEY, b"content", "id") for _ in range(100)}) == 100


def test_a_look_up_knows_neither_case_nor_white_space_and_a_digest_knows_both() -> None:
    assert SEALER.look_up("address", " Ada@Example.COM ") == SEALER.look_up("address", "ada@example.com")
    assert SEALER.digest("content", "Ada") != SEALER.digest("content", "ada")
    assert SEALER.look_up("address", "STRASSE@x") == SEALER.look_up("address", "straße@x")


def test_a_look_up_is_of_its_kind_and_of_its_key() -> None:
    found = {SEALER.look_up("address", "ada"), SEALER.look_up("directory", "ada"), Sealer(MasterKey.in_memory()).look_up("address", "ada")}
    assert len(found) == 3


@pytest.mark.parametrize("text", ["\ud800", "\0", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{PILE OF POO}" * 10_000, ""])
def test_any_text_can_be_looked_up(text: str) -> None:
    assert len(SEALER.look_up("directory", text)) == 32

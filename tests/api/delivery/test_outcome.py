"""A server's words, without those whom they name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.outcome import LENGTH_MAX, scrubbed
from domain.people.addresses import usable_address

ADA = "Ada.Lovelace@example.com"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("5.1.1 <Ada.Lovelace@example.com>: unknown", "5.1.1 <<address>>: unknown"),
        ("user ADA.LOVELACE@EXAMPLE.COM unknown", "user <address> unknown"),
        ("no mailbox ada.lovelace here", "no mailbox <address> here"),
        ("forwarded to eve@other.example, bob@x", "forwarded to <address> <address>"),
        ("mailbox full", "mailbox full"),
        ("line\r\n550 next\0\x1b[31m", "line  550 next  [31m"),
        ("notada.lovelacexyz", "notada.lovelacexyz"),
        ("", ""),
    ],
)
def test_addresses_and_their_first_parts_are_taken_out(words: str, expected: str) -> None:
    assert scrubbed(words, ADA) == expected


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ada+notices@example.com", "unknown user: ada"),
        ("ada+notices@example.com", "unknown user: ada+notices"),
        ("a.*b(@example.com", "unknown user: a.*b("),
        ("jürgen@bücher.example", "unknown user: JÜRGEN"),
        ("jürgen@bücher.example", "unknown user: jürgen@xn--bcher-kva.example"),
    ],
)
def test_no_first_part_is_left_however_it_is_written(address: str, words: str) -> None:
    assert scrubbed(words, address) == "unknown user: <address>"


def test_an_address_that_stands_where_words_are_cut_is_not_left_in_part() -> None:
    for before in range(LENGTH_MAX - 40, LENGTH_MAX + 5):
        assert "ada" not in scrubbed("x" * (before - 1) + f" {ADA}", ADA).lower()


def test_long_words_are_cut() -> None:
    assert scrubbed("x" * 10_000) == "x" * LENGTH_MAX


@given(
    st.from_regex(r"[a-z][a-z0-9.+_-]{2,15}@[a-z]{1,10}\.example", fullmatch=True),
    st.text(st.characters(codec=None), max_size=80),
    st.text(st.characters(codec=None), max_size=80),
)
def test_an_address_is_never_left(address: str, before: str, after: str) -> None:
    assert usable_address(address)
    told = scrubbed(f"{before} {address} {after}", address)
    assert address not in told
    assert re.search(r"[^\s<>@]+@[^\s<>@]+", told) is None
    assert told.isprintable()
    assert len(told) <= LENGTH_MAX

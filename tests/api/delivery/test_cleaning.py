"""Names are shown on one line, without what nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.cleaning import LENGTH_MAX, cleaned

ANY = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mistral-large", "Mistral-large"),
        (" Ada\r\nBcc:\tx ", "Ada Bcc: x"),
        ("Ada\0Lovelace\x7f\x85!", "Ada Lovelace !"),
        ("\u202eecalevoL\u202c \u2066Ada\u2069", "ecalevoL Ada"),
        ("a\u2028b\u2029c\ud800d\ue000e", "a b c d e"),
        ("Zoë 名前 \N{PILE OF POO}", "Zoë 名前 \N{PILE OF POO}"),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"),
        ("x" * LENGTH_MAX, "x" * LENGTH_MAX),
        ("x" * (LENGTH_MAX + 1), "x" * (LENGTH_MAX - 1) + "…"),
        ("", ""),
        ("\u202e\0", ""),
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_name_is_shown_as_far_as_it_can_be_seen(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@given(ANY, st.integers(min_value=2, max_value=50))
def test_any_text_becomes_one_short_line_that_stays_as_it_is(text: str, length_max: int) -> None:
    line = cleaned(text, length_max)
    assert len(line) <= length_max
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert line.encode().decode() == line == line.strip() == cleaned(line, length_max)
    assert [c for c in line if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}] == []

"""Names: what people read, and the key form that the ledger files them under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidName
from domain.names import NAME_LENGTH_MAX, readable_name, same_name, slug


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Mistral-large", "mistral-large"),
        ("Command R", "command-r"),
        ("Command R+", "command-r+"),
        ("GPT-4o (mini)", "gpt-4o-mini"),
        ("  gpt 4\tturbo\n", "gpt-4-turbo"),
        ("Phi\N{NO-BREAK SPACE}3.5 MoE", "phi-3.5-moe"),
        ("AI21.J2_Ultra", "ai21.j2_ultra"),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("通义千问-Max", "通义千问-max"),
        ("meta/llama", "metallama"),
        ("../../etc", "....etc"),
        ("gpt\N{RIGHT-TO-LEFT OVERRIDE}-4\0", "gpt-4"),
        ("\N{HANGUL CHOSEONG KIYEOK}!\N{HANGUL JUNGSEONG A}", "\N{HANGUL SYLLABLE GA}"),
        ("???", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_letters_digits_and_four_signs(name: str, key: str) -> None:
    assert slug(name) == key


def test_command_r_and_command_r_plus_are_two_models() -> None:
    assert slug("Command R") != slug("Command R+")


@given(st.text())
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)


@given(st.text())
def test_a_slug_holds_neither_slash_nor_white_space_nor_at(name: str) -> None:
    assert not set(slug(name)) & set("/@:\\ \t\n\0")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Command R", "command  r", True),
        ("Command R", "Command-R", False),
        ("Command R", "Command R+", False),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE}", True),
        (" GPT-4o ", "gpt-4o", True),
    ],
)
def test_names_are_the_same_in_all_but_case_and_white_space(left: str, right: str, *, same: bool) -> None:
    assert same_name(left, right) is same


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Mistral-large ", "Mistral-large"),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "Caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("España", "España"),
        ("x" * NAME_LENGTH_MAX, "x" * NAME_LENGTH_MAX),
        ("🤗 Zephyr", "🤗 Zephyr"),
    ],
)
def test_a_readable_name_is_kept_in_nfc_without_white_space_around_it(text: str, name: str) -> None:
    assert readable_name(text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("x" * (NAME_LENGTH_MAX + 1), "201 characters"),
        ("é" * 10_000, "10000 characters"),
        ("gpt\0-4", r"U\+0000"),
        ("gpt\x1b[31m-4", r"U\+001B"),
        ("gpt\n-4", r"U\+000A"),
        ("gpt\N{RIGHT-TO-LEFT OVERRIDE}-4", r"U\+202E"),
        ("gpt\N{RIGHT-TO-LEFT ISOLATE}-4", r"U\+2067"),
        ("gpt\N{ZERO WIDTH SPACE}-4", r"U\+200B"),
        ("gpt\N{SOFT HYPHEN}-4", r"U\+00AD"),
        ("gpt\N{LINE SEPARATOR}-4", r"U\+2028"),
        ("gpt\ud800-4", r"U\+D800"),
        ("gpt\ue000-4", r"U\+E000"),
        ("gpt-4\N{HANGUL FILLER}", r"U\+3164"),
        ("\N{HANGUL CHOSEONG FILLER}gpt-4", r"U\+115F"),
    ],
)
def test_what_nobody_can_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidName, match=reason) as refused:
        readable_name(text, "provider")
    assert refused.value.what == "provider"
    assert len(refused.value.sentence) < 200
    assert refused.value.sentence.isprintable()

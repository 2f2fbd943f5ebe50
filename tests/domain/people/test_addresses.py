"""What counts as an address."""

import pytest

from domain.people.addresses import BYTES_MAX, usable_address

USABLE = [
    "ada@example.com",
    "a@b",
    "ada.o'brien+notices@mail.example.com",
    "ada_x#EXT#@tenant.onmicrosoft.com",
    "ada@xn--bcher-kva.example",
    "jürgen@bücher.example",
    "用户@例子.广告",
    "x" * (BYTES_MAX - 2) + "@y",
]
UNUSABLE = [
    None,
    "",
    "@",
    "ada",
    "@example.com",
    "ada@",
    "ada@b@c",
    "ada@example.com,bob@example.com",
    "ada@example.com;bob@example.com",
    "ada@example.com bob@example.com",
    "Ada <ada@example.com>",
    "<ada@example.com>",
    "ada lovelace@example.com",
    " ada@example.com",
    "ada@example.com\n",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@exam\tple.com",
    "ada@example.com\0",
    "ada@example\N{NO-BREAK SPACE}.com",
    "ada@example\N{LINE SEPARATOR}.com",
    "ada\N{RIGHT-TO-LEFT OVERRIDE}@example.com",
    "ada\N{ZERO WIDTH SPACE}@example.com",
    "ada\x85@example.com",
    "ada\ud800@example.com",
    "x" * (BYTES_MAX - 1) + "@y",
    "é" * 127 + "@y",
]


@pytest.mark.parametrize("text", USABLE, ids=repr)
def test_one_address_is_usable(text: str) -> None:
    assert usable_address(text)


@pytest.mark.parametrize("text", UNUSABLE, ids=ascii)
def test_anything_else_is_not(text: str | None) -> None:
    assert not usable_address(text)

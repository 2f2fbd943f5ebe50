"""Whoever looks for leaks finds them in every form, and nothing where there is none."""

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.leaks import _in_base64, leaks

PLAIN = "Ada.Lovelace@example.com"
HARD = 'Jürgen "J" <Müßig> & Söhne/\N{PILE OF POO}'

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "upper": lambda text: text.upper().encode(),
    "lower": lambda text: text.lower().encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-16-upper": lambda text: text.upper().encode("utf-16-le"),
    "json": lambda text: json.dumps({"name": text}).encode(),
    "json-upper-hex": lambda text: json.dumps({"name": text}).upper().encode(),
    "json-utf-8": lambda text: json.dumps([f"to {text}"], ensure_ascii=False).encode(),
    "html": lambda text: html.escape(text).encode(),
    "html-template": lambda text: str(markupsafe.escape(text)).encode(),
    "url": lambda text: quote(text, safe="").encode(),
    "url-path": lambda text: quote(text).encode(),
    "url-lower": lambda text: quote(text, safe="").lower().encode(),
    "form": lambda text: quote_plus(text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "hex-upper": lambda text: text.encode().hex().upper().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "base64-second": lambda text: base64.b64encode(b"x" + text.encode() + b"yz"),
    "base64-third": lambda text: base64.b64encode(b"xy" + text.encode() + b"z"),
    "base64-lower": lambda text: base64.b64encode(text.lower().encode()),
    "base64-lines": lambda text: base64.encodebytes(b"x" * 50 + text.encode() + b"x" * 50),
    "folded": lambda text: f"{text[:9]}\r\n{text[9:]}".encode(),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("secret", [PLAIN, HARD], ids=["plain", "hard"])
def test_a_secret_is_found_in_every_form(tmp_path: Path, secret: str, written: str) -> None:
    content = WRITTEN[written](secret)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file.db").write_bytes(b"\x00\xff before " + content + b" after \x00\xff")
    (tmp_path / "clean.log").write_bytes(b"nothing " * 1_000)
    found = leaks(tmp_path, ["eve@example.com", secret])
    assert found
    assert {one.split(": ")[0] for one in found} == {"below/file.db"}
    assert all(repr(secret) in one for one in found)


def test_a_name_of_an_old_system_is_found(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes("x;JÜRGEN Müßig;y".encode("latin-1"))
    assert leaks(tmp_path, ["JÜRGEN Müßig"]) == ["old.csv: 'JÜRGEN Müßig' (Latin-1)"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "near").write_bytes(b"ada.lovelace@example.co ada.lovelace example.com \xff" + bytes(range(256)) * 100)
    assert leaks(tmp_path, [PLAIN, HARD]) == []


def test_each_file_and_each_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(PLAIN)
    (tmp_path / "two").write_text(f"{PLAIN} and eve@example.com")
    assert leaks(tmp_path, [PLAIN, "eve@example.com"]) == [
        f"one: {PLAIN!r} (text)",
        f"two: {PLAIN!r} (text)",
        "two: 'eve@example.com' (text)",
    ]


def test_the_name_of_a_file_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / f"{PLAIN}.eml").touch()
    assert leaks(tmp_path, [PLAIN]) == [f"{PLAIN}.eml: {PLAIN!r} (text)"]


@pytest.mark.parametrize(("secrets", "reason"), [(["Bob"], "too short"), ([""], "too short"), ([], "nothing to look for")])
def test_what_could_find_nothing_or_everything_is_refused(tmp_path: Path, secrets: list[str], reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=reason):
        leaks(tmp_path, secrets)


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_folder_without_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="nowhere to look"):
        leaks(tmp_path / name, [PLAIN])


@given(st.binary(min_size=8), st.binary(), st.binary())
def test_base64_is_found_wherever_it_begins_and_ends(content: bytes, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + content + after)
    assert any(needle in encoded for _, needle in _in_base64(content))

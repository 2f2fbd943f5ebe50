"""Sessions: what a browser keeps for us, and until when it is good."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE

import pytest

from api.access.errors import CredentialRefused, SessionKeyInvalid
from api.access.sealing import KEY_BYTES, SEALED_MAX, Seal
from api.access.sessions import COOKIE, Sessions, cookie_of
from tests.ledgers import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sessions(clock: HandClock) -> Sessions:
    return Sessions(Seal.in_memory(), clock)


def test_what_was_sealed_opens_for_its_purpose_alone() -> None:
    seal = Seal.in_memory()
    sealed = seal.sealed({"a": 1}, "one")
    assert seal.opened(sealed, "one") == {"a": 1}
    assert seal.opened(sealed, "other") is None
    assert Seal.in_memory().opened(sealed, "one") is None


def test_no_byte_of_it_can_be_another() -> None:
    seal = Seal.in_memory()
    raw = urlsafe_b64decode((sealed := seal.sealed({"a": "b" * 30}, "one")) + "=" * (-len(sealed) % 4))
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert seal.opened(urlsafe_b64encode(changed).decode().rstrip("="), "one") is None, place


@pytest.mark.parametrize("text", ["", "=", "a", "é", "A" * (SEALED_MAX + 1), "!!!!", "A" * 40])
def test_what_is_none_opens_to_nothing(text: str) -> None:
    assert Seal.in_memory().opened(text, "one") is None


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "session.key"
    first = Seal.load(path)
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == KEY_BYTES
    assert Seal.load(path).opened(first.sealed({"a": 1}, "one"), "one") == {"a": 1}


@pytest.mark.parametrize(("content", "mode", "reason"), [(b"short", 0o600, "5 bytes"), (b"k" * 32, 0o644, "chmod 600")])
def test_a_key_that_is_none_or_that_others_know_is_refused(tmp_path: Path, content: bytes, mode: int, reason: str) -> None:
    path = tmp_path / "session.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(SessionKeyInvalid, match=reason):
        Seal.load(path)


def test_neither_the_key_nor_what_a_session_holds_is_shown(sessions: Sessions) -> None:
    opened = sessions.opened(sessions.begun("lifecycle_secret"))
    assert opened
    assert "lifecycle_secret" not in repr(opened)
    assert opened.secret not in repr(opened)
    assert repr(sessions.seal) == "Seal()"


@pytest.mark.parametrize(
    ("later", "good"), [(timedelta(), True), (timedelta(hours=12, seconds=-1), True), (timedelta(hours=12), False), (timedelta(-1), False)]
)
def test_a_session_lasts_half_a_day(sessions: Sessions, clock: HandClock, later: timedelta, *, good: bool) -> None:
    sealed = sessions.begun("key")
    clock.now += later
    assert (sessions.opened(sealed) is not None) is good


def test_a_token_that_no_cookie_holds_is_refused(sessions: Sessions) -> None:
    long = token_hex(SEALED_MAX)
    with pytest.raises(CredentialRefused, match="too long"):
        sessions.begun(long)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (f"{COOKIE}=abc", "abc"),
        (f"other=1; {COOKIE}=abc; more=2", "abc"),
        (f'{COOKIE}="abc"', "abc"),
        (f"x{COOKIE}=abc", ""),
        (f"{COOKIE}x=abc", ""),
        ("", ""),
        (f"{COOKIE}=" + "a" * 40_000, ""),
    ],
)
def test_a_cookie_is_found_by_its_whole_name(header: str, value: str) -> None:
    assert cookie_of([(b"cookie", header.encode())], COOKIE) == value

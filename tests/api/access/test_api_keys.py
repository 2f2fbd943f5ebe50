"""Keys as they are kept: their names, how long they are good, and the file that holds no token."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.access.api_key import ApiKey, KeyState, expiry, key_name
from api.access.errors import AccessFileFault, ExpiryInvalid, KeyNameTaken, NoSuchKey
from api.access.key_file import KeyFile, access_path
from api.access.scopes import Grant
from api.access.tokens import hashed, matches, new_token, prefix_of
from domain.errors import InvalidName
from tests.api.access.guarded import made_key
from tests.ledgers import NOW, HandClock
from tests.spec import at


def test_a_token_is_found_by_its_prefix_and_fits_its_own_hash_alone() -> None:
    token, prefix = new_token()
    other, _ = new_token()
    assert prefix_of(token) == prefix
    assert token.startswith(f"lifecycle_{prefix}_")
    kept = hashed(token)
    assert matches(token, kept)
    assert not matches(other, kept)
    assert token not in kept


@pytest.mark.parametrize(
    "text", ["", "lifecycle_", "lifecycle_abcdefgh_short", "other_abcdefgh_" + "a" * 43, "lifecycle_ABCDEFGH_" + "a" * 43]
)
def test_another_text_has_no_prefix(text: str) -> None:
    assert prefix_of(text) is None


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("90d", "2025-05-02T12:00:00Z"),
        ("12h", "2025-02-02T00:00:00Z"),
        ("2027-01-31", "2027-01-31"),
        ("2025-02-01T14:00:00+01:00", "2025-02-01T13:00:00Z"),
    ],
)
def test_a_key_is_good_until(text: str, until: str) -> None:
    assert expiry(text, at(NOW)) == at(until)


def test_a_key_that_never_expires_says_so() -> None:
    assert expiry("never", at(NOW)) is None


@pytest.mark.parametrize(
    "text", ["", "0d", "90", "soon", "2025-02-01T12:00:00Z", "2024-12-31", "2027-01-31T00:00:00", "999999d" * 2, "-1d"]
)
def test_an_end_that_is_none_or_behind_is_refused(text: str) -> None:
    with pytest.raises(ExpiryInvalid):
        expiry(text, at(NOW))


@pytest.mark.parametrize("name", ["", " ", "two words", "key#1", "a\u200bb", "x" * 65, "-x", "Zoë"])
def test_a_name_that_entries_could_not_bear_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        key_name(name)


def test_a_key_shows_nothing_of_its_hash() -> None:
    key = ApiKey("ci", "abcdefgh", "$argon2id$secret", frozenset(), at(NOW), None)
    assert "argon2" not in repr(key)


@pytest.mark.parametrize(
    ("instant", "state"),
    [("2025-01-31T23:59:59Z", KeyState.GOOD), ("2025-02-01", KeyState.EXPIRED), ("2025-02-02", KeyState.EXPIRED)],
)
def test_a_key_is_good_before_its_end(instant: str, state: KeyState) -> None:
    assert ApiKey("ci", "abcdefgh", "", frozenset(), at("2025-01-01"), at("2025-02-01")).state(at(instant)) is state


class TestFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return access_path(tmp_path / "ledger.db")

    def test_it_is_for_its_owner_alone_and_holds_no_token(self, path: Path) -> None:
        with KeyFile(path) as file:
            token = made_key(file, "ci", "read", clock=HandClock())
            beside = [path, *path.parent.glob("ledger.access.db-*")]
            assert len(beside) > 1
            assert {one.stat().st_mode & 0o777 for one in beside} == {0o600}
            secret = token.rpartition("_")[2]
            assert all(secret.encode() not in one.read_bytes() for one in beside)

    def test_a_copy_that_others_can_read_is_taken_from_them(self, path: Path) -> None:
        KeyFile(path).close()
        path.chmod(0o644)
        KeyFile(path).close()
        assert path.stat().st_mode & 0o777 == 0o600

    def test_what_is_kept_is_told_again(self, path: Path) -> None:
        key = ApiKey("ci", "abcdefgh", "hash", frozenset(map(Grant.parse, ["read", "announce:azure"])), at(NOW), at("2026-01-01"))
        with KeyFile(path) as file:
            file.add(key)
            assert list(file.keys()) == [key]

    def test_a_name_is_given_once_also_after_its_key_is_revoked(self, path: Path) -> None:
        with KeyFile(path) as file:
            made_key(file, "ci", "read", clock=HandClock())
            file.revoke("ci", at(NOW))
            with pytest.raises(KeyNameTaken):
                made_key(file, "ci", "read", clock=HandClock())

    def test_a_key_is_revoked_once(self, path: Path) -> None:
        with KeyFile(path) as file:
            made_key(file, "ci", "read", clock=HandClock())
            assert file.revoke("ci", at(NOW)).revoked_at == at(NOW)
            assert file.revoke("ci", at("2026-01-01")).revoked_at == at(NOW)
            with pytest.raises(NoSuchKey):
                file.revoke("other", at(NOW))

    def test_the_last_use_never_goes_back(self, path: Path) -> None:
        with KeyFile(path) as file:
            made_key(file, "ci", "read", clock=HandClock())
            for instant in ("2025-02-02", "2025-02-01"):
                file.used({"ci": at(instant), "gone": at(instant)})
            assert file.keys()[0].last_used_at == at("2025-02-02")

    @pytest.mark.parametrize("content", [b"x", b"these are my notes, " * 100])
    def test_a_file_that_is_something_else_is_told_and_left_as_it_is(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with pytest.raises(AccessFileFault) as told:
            KeyFile(path)
        assert str(path) in told.value.sentence
        assert path.read_bytes() == content

    def test_another_database_is_no_file_of_keys(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE keys (name)")
        with pytest.raises(AccessFileFault):
            KeyFile(path)

    @pytest.mark.parametrize("wrong", ["scopes = 'everything'", "created_at = 'then'", "expires_at = 'soon'"])
    def test_a_row_that_cannot_be_read_is_told(self, path: Path, wrong: str) -> None:
        with KeyFile(path) as file:
            made_key(file, "ci", "read", clock=HandClock())
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute(f"UPDATE keys SET {wrong}")  # noqa: S608
            with pytest.raises(AccessFileFault):
                file.keys()

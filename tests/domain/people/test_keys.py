"""The key file: made once, for its owner alone, and refused where it cannot be trusted."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from domain.people.errors import KeyFileInvalid, KeyFileMissing
from domain.people.keys import KEY_BYTES, MasterKey
from tests.domain.people.persons import run_at_once

LOAD = "from domain.people.keys import MasterKey; print(MasterKey.load(Path(sys.argv[1]), create=True).derive('test').hex())"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.people.key"


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def encoded(length: int = KEY_BYTES, byte: bytes = b"\x07") -> bytes:
    return urlsafe_b64encode(byte * length)


def test_first_use_makes_a_key_for_its_owner_alone_and_later_uses_find_it(key_file: Path) -> None:
    made = MasterKey.load(key_file, create=True)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert MasterKey.load(key_file, create=True) == MasterKey.load(key_file, create=False) == made
    assert list(key_file.parent.iterdir()) == [key_file]


def test_two_files_are_two_keys(tmp_path: Path) -> None:
    assert MasterKey.load(tmp_path / "one", create=True) != MasterKey.load(tmp_path / "two", create=True)


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    assert MasterKey.load(tmp_path / "keys" / "people.key", create=True)


def test_processes_that_make_it_at_once_get_the_same_key(key_file: Path) -> None:
    assert len(set(run_at_once(4, LOAD, str(key_file)))) == 1
    assert list(key_file.parent.iterdir()) == [key_file]


def test_a_key_that_is_missing_is_not_made_unasked(key_file: Path) -> None:
    with pytest.raises(KeyFileMissing):
        MasterKey.load(key_file, create=False)
    assert not key_file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o700 | 0o010])
def test_a_key_that_others_may_read_or_change_is_refused(key_file: Path, mode: int) -> None:
    MasterKey.load(key_file, create=True)
    key_file.chmod(mode)
    with pytest.raises(KeyFileInvalid, match=f"mode {mode:04o}"):
        MasterKey.load(key_file, create=True)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_key_that_only_its_owner_may_read_is_taken(key_file: Path, mode: int) -> None:
    made = MasterKey.load(key_file, create=True)
    key_file.chmod(mode)
    assert MasterKey.load(key_file, create=False) == made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"lifecycle-key-v1",
        b"lifecycle-key-v2 " + encoded(),
        encoded(),
        b"lifecycle-key-v1 " + encoded(31),
        b"lifecycle-key-v1 " + encoded(33),
        b"lifecycle-key-v1 " + encoded()[:-1],
        b"lifecycle-key-v1 " + encoded().replace(b"B", b"!", 1),
        b"lifecycle-key-v1 !" + encoded(),
        b"lifecycle-key-v1 " + encoded() + b" " + encoded(),
        b"\xff\xfe\x00" * 40,
        b"lifecycle-key-v1 " + b"A" * 1_000_000,
    ],
    ids=["empty", "line", "no-key", "format", "bare", "short", "long", "cut", "other-letter", "letter-more", "two", "binary", "huge"],
)
def test_a_file_that_holds_no_key_is_refused_and_left_as_it_is(key_file: Path, content: bytes) -> None:
    write(key_file, content)
    with pytest.raises(KeyFileInvalid, match="it holds no key"):
        MasterKey.load(key_file, create=True)
    assert key_file.read_bytes() == content


@pytest.mark.parametrize("name", ["", "file/below", "k" * 300], ids=["folder", "below-a-file", "too-long"])
def test_a_place_where_no_key_can_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileInvalid):
        MasterKey.load(tmp_path / name, create=True)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_each_purpose_has_a_key_of_its_own_and_none_is_the_master() -> None:
    master = MasterKey(b"\x07" * KEY_BYTES)
    derived = {master.derive(purpose) for purpose in ("wrapping", "look-up", "links")}
    assert len(derived | {b"\x07" * KEY_BYTES}) == 4
    assert {len(one) for one in derived} == {KEY_BYTES}
    assert master.derive("links") == MasterKey(b"\x07" * KEY_BYTES).derive("links")


def test_what_is_derived_never_changes() -> None:
    """Or every people's file ever made could not be opened."""
    assert MasterKey(bytes(range(32))).derive("links").hex() == "86330315ec12ba2d523af60a9bb0de6c88f8c2c526f3d4f99a4088b40eba2497"


def test_a_key_shows_nothing_of_itself(key_file: Path) -> None:
    content = b"lifecycle-key-v1 " + encoded(31, b"\x2a")
    write(key_file, content)
    with pytest.raises(KeyFileInvalid) as refused:
        MasterKey.load(key_file, create=False)
    assert "KioqKi" not in refused.value.sentence
    assert repr(MasterKey(b"*" * KEY_BYTES)) == "MasterKey()"

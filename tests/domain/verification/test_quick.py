"""The quick walk in two parts, and in two processes, finds what the whole one finds."""

import shutil
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from domain.proof.signing import Keyring
from domain.store.sqlite import SqliteStore
from domain.verification import quick
from domain.verification.quick_hashes import hashes_agree
from domain.verification.verdicts import Verdict
from domain.verification.verifying import verify
from tests.domain.verification.tampering import filled, unguarded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "ledger.db"
    filled(path, Keyring.in_memory())
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "ledger.db"))


def size(path: Path) -> int:
    with closing(SqliteStore(path, read_only=True)) as store:
        return store.head().position


def tamper(path: Path, position: int, column: str = "state = zeroblob(3)") -> None:
    table = "stored_events" if column.startswith("state") else "ledger_entries" if column.startswith("recorded") else "ledger_nodes"
    key = "rowid" if table == "stored_events" else "position"
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {table} SET {column} WHERE {key} = ?", (position,))  # noqa: S608  # it is ours


def agrees(path: Path, begin: int, last: int) -> bool:
    return hashes_agree(path, last, (), lambda _: None, begin)


def test_a_walk_goes_on_from_any_place(path: Path) -> None:
    last = size(path)
    assert last > 8
    assert all(agrees(path, begin, last) for begin in range(last + 1))


def test_a_change_is_found_by_the_part_that_it_lies_in(path: Path) -> None:
    last = size(path)
    tamper(path, last // 2)
    for begin in range(last + 1):
        assert agrees(path, begin, last) is (begin >= last // 2)


def test_hashes_that_a_part_began_from_are_found_by_the_other(path: Path) -> None:
    last = size(path)
    middle = last // 2
    tamper(path, middle, "hashes = zeroblob(length(hashes))")
    for begin in range(last + 1):
        assert not (agrees(path, 0, begin) and agrees(path, begin, last)), begin


def test_an_instant_that_goes_back_between_two_parts_is_found(path: Path) -> None:
    last = size(path)
    tamper(path, last // 2 + 1, "recorded_at = '2000-01-01T00:00:00.000000Z'")
    assert not agrees(path, last // 2, last)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_two_processes_find_what_one_does(path: Path, tmp_path: Path, share: float) -> None:
    last = size(path)
    with patch.object(quick, "APART_FROM", 1), patch.object(quick, "OWN_SHARE", share):
        assert verify(path).verdict is Verdict.INTACT
        for position in (1, last // 2, last):
            copy = Path(shutil.copy(path, tmp_path / f"{position}.db"))
            tamper(copy, position)
            found = verify(copy)
            assert (found.verdict, found.fault and found.fault.position) == (Verdict.TAMPERED, position)

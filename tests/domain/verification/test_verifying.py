"""Whatever is changed in a ledger's file is found and named; what only a checkpoint kept elsewhere can show is shown by it."""
# ruff: noqa: S608 - SQL is what is tampered with here

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from domain.proof.checkpoint import Checkpoint
from domain.proof.notary import Notary
from domain.proof.notes import Note, VerifyingKey
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.store.sqlite import SqliteStore
from domain.verification.verdicts import Verdict, Verified
from domain.verification.verifying import verify
from tests.domain.store.contract_suite import once
from tests.domain.store.test_trees import aged
from tests.domain.verification.tampering import NOW, TABLES, changed, columns, filled, rehashed, signed, unguarded

KEYS = Keyring.in_memory()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    path = tmp_path_factory.mktemp("made") / "ledger.db"
    return path, filled(path, KEYS)


@pytest.fixture
def path(made: tuple[Path, list[str]], tmp_path: Path) -> Path:
    return Path(shutil.copy(made[0], tmp_path / "ledger.db"))


@pytest.fixture
def notes(made: tuple[Path, list[str]]) -> list[str]:
    return made[1]


def key_of(note: str) -> VerifyingKey:
    return Checkpoint.read(Note.read(note).text).keys[0]


def found(path: Path, *against: str) -> Verified:
    """Verify, and see that nothing was changed by it."""
    before = path.read_bytes()
    result = verify(path, against)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.name != "ledger.db"] == []
    return result


def test_a_ledger_that_nobody_touched_is_intact(path: Path, notes: list[str]) -> None:
    result = found(path, *notes)
    assert (result.verdict, result.fault) == (Verdict.INTACT, None)
    assert (result.entries, result.commands, result.checkpoints, result.external) == (28, 4, 3, 3)


def test_one_that_was_never_signed_says_so(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "ledger.db")) as store:
        store.transact("a", once("a"))
    assert found(tmp_path / "ledger.db").verdict is Verdict.NEVER_CHECKPOINTED


ONE_ROW = "checkpoint_timestamps"
SWEEP = [(table, place) for table in TABLES for place in ("first", "middle", "last") if table != ONE_ROW or place == "first"]


@pytest.mark.parametrize(("table", "place"), SWEEP)
def test_every_change_of_every_column_is_found_and_named(path: Path, tmp_path: Path, table: str, place: str) -> None:
    for column in columns(path, table):
        with closing(sqlite3.connect(path)) as connection:
            rowids = [row[0] for row in connection.execute(f"SELECT {_row(table)} FROM {table} ORDER BY 1")]
            row = {"first": rowids[0], "middle": rowids[len(rowids) // 2], "last": rowids[-1]}[place]
            (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {_row(table)} = ?", (row,)).fetchone()
        for number, other in enumerate(changed(value)):
            if column == "token" and isinstance(other, bytes) and value[1:] in other:
                continue  # What stands around the hash is for the authority's signature to tell.
            copy = Path(shutil.copy(path, tmp_path / "other.db"))
            try:
                with unguarded(copy) as connection:
                    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {_row(table)} = ?", (other, row))
            except sqlite3.Error:
                continue  # The database itself takes no such value there.
            result = verify(copy)
            assert result.verdict in {Verdict.TAMPERED, Verdict.TRUNCATED}, (table, column, number, other)
            assert result.fault
            assert result.fault.table, (table, column, other)


def _row(table: str) -> str:
    return "key" if table == "command_keys" else "rowid"


@pytest.mark.parametrize("table", TABLES[:-1])
@pytest.mark.parametrize("place", ["first", "middle"])
def test_a_row_that_is_gone_is_found(path: Path, table: str, place: str) -> None:
    with unguarded(path) as connection:
        rows = [row[0] for row in connection.execute(f"SELECT {_row(table)} FROM {table} ORDER BY 1")]
        connection.execute(f"DELETE FROM {table} WHERE {_row(table)} = ?", (rows[0 if place == "first" else len(rows) // 2],))
    assert found(path).verdict is Verdict.TAMPERED


def test_the_first_row_that_is_not_what_it_was_is_named(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute("UPDATE stored_events SET state = CAST(state AS TEXT) || ' ' WHERE rowid IN (7, 20)")
    fault = found(path).fault
    assert fault
    assert (fault.verdict, fault.position) == (Verdict.TAMPERED, 7)


def test_entries_that_changed_places_are_found(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute("UPDATE stored_events SET rowid = -1 WHERE rowid = 5")
        connection.execute("UPDATE stored_events SET rowid = 5 WHERE rowid = 6")
        connection.execute("UPDATE stored_events SET rowid = 6 WHERE rowid = -1")
    assert found(path).verdict is Verdict.TAMPERED


def test_an_entry_more_is_found(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute("INSERT INTO stored_events SELECT 'model:azure/forged', 1, topic, state FROM stored_events WHERE rowid = 1")
        connection.execute("INSERT INTO ledger_entries VALUES (29, 'model:azure/forged', 1, '2099-01-01T00:00:00.000000Z', 'nobody')")
    assert found(path).verdict is Verdict.TAMPERED


def test_a_command_more_is_found(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute("INSERT INTO command_keys VALUES ('forged', 'f', x'7b7d', 3)")
    fault = found(path).fault
    assert fault
    assert (fault.verdict, fault.table) == (Verdict.TAMPERED, "command_keys")


TRUNCATIONS: list[Callable[[sqlite3.Connection], object]] = [
    lambda connection: connection.execute("DELETE FROM ledger_entries WHERE position > 20"),
    lambda connection: [connection.execute(f"DELETE FROM {table} WHERE rowid > 20") for table in ("ledger_entries", "stored_events")],
    lambda connection: [
        connection.execute(f"DELETE FROM {table} WHERE rowid > 20") for table in ("ledger_entries", "stored_events", "ledger_nodes")
    ],
]


@pytest.mark.parametrize("cut", TRUNCATIONS)
def test_a_log_that_lost_its_end_is_truncated(path: Path, cut: Callable[[sqlite3.Connection], object]) -> None:
    with unguarded(path) as connection:
        cut(connection)
    assert found(path).verdict is Verdict.TRUNCATED


def without_end(path: Path, entries: int, checkpoints: int) -> None:
    """Cut a ledger as somebody does who leaves no trace in the file."""
    with unguarded(path) as connection:
        for table in ("ledger_entries", "stored_events", "ledger_nodes"):
            connection.execute(f"DELETE FROM {table} WHERE rowid > ?", (entries,))
        connection.execute("DELETE FROM checkpoint_timestamps")
        connection.execute("DELETE FROM checkpoints WHERE number > ?", (checkpoints,))
        connection.execute("DELETE FROM command_keys WHERE position > ?", (entries,))
        connection.execute("DELETE FROM command_nodes WHERE key NOT IN (SELECT key FROM command_keys)")


def test_what_was_cut_off_with_its_checkpoints_only_one_kept_elsewhere_shows(path: Path, notes: list[str]) -> None:
    (size, *_) = (Checkpoint.read(Note.read(notes[0]).text).entries.size,)
    without_end(path, size, 1)
    assert found(path).verdict is Verdict.INTACT
    assert found(path, notes[0]).verdict is Verdict.INTACT
    assert found(path, notes[2]).verdict is Verdict.TRUNCATED


def test_an_end_that_was_written_anew_is_found_by_a_checkpoint_over_it(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute("UPDATE ledger_entries SET actor = 'somebody else' WHERE position = 20")
    rehashed(path)
    fault = found(path).fault
    assert fault
    assert (fault.verdict, fault.table) == (Verdict.TAMPERED, "ledger_entries")
    assert fault.position
    assert fault.position <= 20, "after the last checkpoint that agrees"


def test_what_the_holder_of_the_key_wrote_anew_only_one_kept_elsewhere_shows(path: Path, notes: list[str]) -> None:
    with unguarded(path) as connection:
        connection.execute("UPDATE ledger_entries SET actor = 'somebody else' WHERE position = 20")
        connection.execute("DELETE FROM checkpoints")
        connection.execute("DELETE FROM checkpoint_timestamps")
    rehashed(path)
    assert found(path).verdict is Verdict.NEVER_CHECKPOINTED
    with closing(SqliteStore(path)) as store:
        signed(store, KEYS)
    assert found(path).verdict is Verdict.INTACT
    fault = verify(path, [notes[2]]).fault
    assert fault
    assert fault.verdict is Verdict.TAMPERED
    assert "kept elsewhere" in fault.reason


def test_a_changed_guard_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER ledger_entries_no_update")
        connection.execute("CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries WHEN 0 BEGIN SELECT 1; END")
    fault = found(path).fault
    assert fault
    assert (fault.verdict, fault.table) == (Verdict.TAMPERED, "sqlite_master")
    assert "ledger_entries_no_update" in fault.reason


def test_an_older_ledger_cannot_be_verified(path: Path) -> None:
    aged(path)
    result = found(path)
    assert result.verdict is Verdict.UNVERIFIABLE
    assert result.fault
    assert "db upgrade" in result.fault.reason


def test_a_checkpoint_of_another_ledger_or_of_nobody_says_nothing(path: Path, notes: list[str], tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (other,) = filled(tmp_path / "else" / "ledger.db", KEYS)[:1]
    shutil.rmtree(tmp_path / "else")
    assert found(path, other).verdict is Verdict.UNVERIFIABLE
    unsigned = notes[0].rpartition("\n\n")[0] + "\n\n\N{EM DASH} nobody AAAAAAAAAAAA\n"
    assert found(path, unsigned).verdict is Verdict.UNVERIFIABLE


def test_a_key_that_is_known_must_have_signed(path: Path, notes: list[str]) -> None:
    assert verify(path, (), [key_of(notes[0])]).verdict is Verdict.INTACT
    stranger = Keyring.in_memory().named("somebody")[0].verifying
    assert verify(path, (), [stranger]).verdict is Verdict.UNVERIFIABLE


def test_keys_for_which_none_vouches_are_told(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        Notary(store.evidence, Keyring.in_memory(), lambda: NOW, StreamHeads(), unvouched=True).checkpoint()
    result = found(path)
    assert result.verdict is Verdict.UNVERIFIABLE
    assert result.fault
    assert result.fault.position == 4


@pytest.mark.parametrize("length", [600, 5000, 40_000])
def test_a_file_that_was_cut_comes_to_a_verdict(path: Path, length: int) -> None:
    with path.open("r+b") as file:
        file.truncate(length)
    assert found(path).verdict in {Verdict.UNVERIFIABLE, Verdict.TAMPERED, Verdict.TRUNCATED}


def test_flipped_bytes_anywhere_in_the_file_come_to_a_verdict(path: Path) -> None:
    whole = path.read_bytes()
    verdicts = set()
    for place in range(0, len(whole), 1511):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        verdicts.add(verify(path).verdict)
    assert verdicts >= {Verdict.TAMPERED, Verdict.UNVERIFIABLE}

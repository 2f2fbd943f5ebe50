"""A copy put back is the ledger that it was taken from, to the last byte, whoever wrote meanwhile."""

import gzip
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from stat import S_IMODE
from threading import Event, Thread
from time import monotonic

import pytest

from api.backup.errors import ExportExists, ExportUnwritable
from api.backup.exporting import export, export_to
from domain.proof.checkpoint import Checkpoint
from domain.proof.errors import NoTrees
from domain.proof.export_errors import NotExportable
from domain.proof.export_lines import Kind
from domain.proof.merkle import root
from domain.proof.notes import Note
from domain.store.errors import StoreFault
from domain.store.sqlite import SqliteStore
from tests.api.backup.copies import copied, everything, restored, rows, signed
from tests.domain.store.contract_suite import ANNOUNCED, appending, once
from tests.domain.store.test_trees import aged

SECONDS = 60


def test_every_row_comes_back_as_it_was(ledger: Path, copy: Path, empty: Path) -> None:
    found = restored(copy, empty / "ledger.db")
    assert everything(empty / "ledger.db") == everything(ledger)
    with closing(SqliteStore(ledger, read_only=True)) as store:
        head = store.evidence.at_one_moment(lambda snapshot: snapshot.entries())
    assert (found.position, found.checkpoints) == (head.size, 2)
    assert {kind for kind, _ in rows(copy)} == {Kind.HEADER, Kind.ENTRY, Kind.COMMAND, Kind.CHECKPOINT, Kind.TIMESTAMP, Kind.END}


def test_a_copy_of_what_was_restored_is_the_same_file(copy: Path, empty: Path) -> None:
    restored(copy, empty / "ledger.db")
    assert copied(empty / "ledger.db")[0].read_bytes() == copy.read_bytes()


def test_a_compressed_copy_holds_the_same_and_is_known_by_its_content(ledger: Path, copy: Path, empty: Path) -> None:
    packed, again = copied(ledger, "copy.jsonl.gz")[0], copied(ledger, "again.jsonl.gz")[0]
    assert gzip.decompress(packed.read_bytes()) == copy.read_bytes()
    assert packed.read_bytes() == again.read_bytes(), "neither name nor time is in it"
    restored(packed.rename(packed.with_name("of-no-ending")), empty / "ledger.db")
    assert everything(empty / "ledger.db") == everything(ledger)


def test_what_was_restored_goes_on_as_the_first_would(ledger: Path, copy: Path, empty: Path) -> None:
    restored(copy, empty / "ledger.db")
    for path in (ledger, empty / "ledger.db"):
        with closing(SqliteStore(path)) as store:
            assert store.transact("k1", once("k1")) == b"entry 2 for k1", "a command sent again gets its first answer"
            store.transact("new", once("new"))
            signed(store)
            kept = store.evidence.at_one_moment(lambda snapshot: snapshot.checkpoints(0, 9))
            assert [each.number for each in kept] == [1, 2, 3]


def test_a_copy_taken_while_others_write_is_of_one_moment(ledger: Path, empty: Path) -> None:
    ending, begun = Event(), Event()

    def write() -> None:
        with closing(SqliteStore(ledger)) as store:
            for number in range(100_000):
                store.transact(f"w{number}", once(f"w{number}", f"model:azure/w-{number % 7}"))
                begun.set()
                if ending.is_set():
                    return

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(SECONDS)
        copies = [copied(ledger, f"{number}.jsonl") for number in range(3)]
        until = monotonic() + SECONDS
        while len({found.position for _, found in copies}) < 3 and monotonic() < until:
            copies.append(copied(ledger, f"{len(copies)}.jsonl"))
    finally:
        ending.set()
        writer.join(SECONDS)
    assert len({found.position for _, found in copies}) == 3, "it was written meanwhile"
    with closing(SqliteStore(ledger, read_only=True)) as store:
        nodes = store.evidence.at_one_moment(lambda snapshot: [root(found.position, snapshot.entry_nodes()) for _, found in copies])
    assert [bytes.hex(each) for each in nodes] == [bytes.hex(_entries_root(path)) for path, _ in copies]
    for number, (path, _) in enumerate(copies):
        restored(path, empty / f"{number}.db")


def _entries_root(copy: Path) -> bytes:
    return b64decode(rows(copy)[-1][1][1])


def test_an_empty_ledger_has_a_copy_too(tmp_path: Path, empty: Path) -> None:
    SqliteStore(tmp_path / "nothing.db").close()
    copy, found = copied(tmp_path / "nothing.db")
    assert found.position == 0
    assert restored(copy, empty / "ledger.db").position == 0
    assert everything(empty / "ledger.db") == everything(tmp_path / "nothing.db")


def test_an_empty_ledger_that_stands_there_is_filled(ledger: Path, copy: Path, empty: Path) -> None:
    with closing(SqliteStore(empty / "ledger.db")) as store:
        restored(copy, empty / "ledger.db")
        assert store.head().position == 7, "also for whoever has it open"
    assert everything(empty / "ledger.db") == everything(ledger)


def test_more_than_a_page_of_each_kind(tmp_path: Path, empty: Path) -> None:
    with closing(SqliteStore(tmp_path / "ledger.db")) as store:
        store.transact("many", appending("model:azure/many", *[ANNOUNCED] * 2500))
        waiting = [store.submit(f"k{number}", once(f"k{number}")) for number in range(1200)]
        assert all(each.result(SECONDS) for each in waiting)
    restored(copied(tmp_path / "ledger.db")[0], empty / "ledger.db")
    assert everything(empty / "ledger.db") == everything(tmp_path / "ledger.db")


def test_the_origin_is_that_of_the_checkpoints_or_else_the_one_that_they_would_have(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "unsigned.db")) as store:
        store.transact("a", once("a"))
        unsigned = rows(copied(tmp_path / "unsigned.db")[0])[0][1][2]
        signed(store)
    (found,) = [row for kind, row in rows(copied(tmp_path / "unsigned.db", "signed.jsonl")[0]) if kind is Kind.CHECKPOINT]
    assert unsigned == Checkpoint.read(Note.read(found[2]).text).origin


def test_a_copy_is_for_its_owner_alone_and_stands_there_whole_or_not_at_all(ledger: Path, copy: Path) -> None:
    assert S_IMODE(copy.stat().st_mode) == 0o600
    assert {path.name for path in ledger.parent.iterdir()} == {"ledger.db", "copy.jsonl"}
    before = copy.read_bytes()
    for name in ("copy.jsonl", "ledger.db"):
        with pytest.raises(ExportExists):
            copied(ledger, name)
    assert copy.read_bytes() == before
    with pytest.raises(ExportUnwritable, match="No such file"):
        export_to(ledger.parent / "nowhere" / "copy.jsonl", ledger, with_people=False, progress=lambda _: None)


TAMPERED = {
    "a state": "UPDATE stored_events SET state = '{}' WHERE rowid = 3",
    "an actor": "UPDATE ledger_entries SET actor = 'somebody else' WHERE position = 2",
    "an answer": "UPDATE command_keys SET answer = x'00' WHERE key = 'k1'",
    "the type of a value": "UPDATE stored_events SET state = 7 WHERE rowid = 3",
    "text that is no Unicode": "UPDATE ledger_entries SET actor = CAST(x'ff' AS TEXT) WHERE position = 2",
    "no value": "UPDATE command_nodes SET key = 'no such' WHERE number = 2",
    "an entry": "DELETE FROM ledger_entries WHERE position = 7",
    "an event": "DELETE FROM stored_events WHERE rowid = 7",
    "an event too many": "INSERT INTO stored_events VALUES ('model:azure/x', 1, 'ModelListed.v1', x'7b7d')",
    "a command too many": "INSERT INTO command_keys VALUES ('x', 'f', x'00', 1)",
    "a time": "UPDATE ledger_entries SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE position = 4",
    "a node": "UPDATE ledger_nodes SET hashes = zeroblob(length(hashes)) WHERE position = 4",
    "a node lost": "UPDATE ledger_nodes SET hashes = x'' WHERE position = 4",
    "the last node": "DELETE FROM ledger_nodes WHERE position = 7",
    "a note": "UPDATE checkpoints SET note = replace(note, 'time 2026', 'time 2025') WHERE number = 1",
    "a note of nothing": "UPDATE checkpoints SET note = NULL WHERE number = 2",
    "a size": "UPDATE checkpoints SET size = 3 WHERE number = 2",
    "a timestamp": "UPDATE checkpoint_timestamps SET checkpoint = 9 WHERE number = 2",
}


@pytest.mark.parametrize("statement", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_ledger_that_does_not_agree_with_itself_has_no_copy(ledger: Path, statement: str) -> None:
    _tampered(ledger, statement)
    before = {path.name for path in ledger.parent.iterdir()}
    with pytest.raises((NotExportable, StoreFault)):
        copied(ledger)
    assert {path.name for path in ledger.parent.iterdir()} == before


def _tampered(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        notes = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'checkpoints'").fetchone()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        if "NULL" in statement:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(
                "UPDATE sqlite_master SET sql = ? WHERE name = 'checkpoints'", (notes[0].replace("note TEXT NOT NULL", "note TEXT"),)
            )
            connection.execute("PRAGMA writable_schema = RESET")
        connection.execute(statement)
        for _, guard in guards:
            connection.execute(guard)


@pytest.mark.parametrize("fraction", [0.2, 0.6, 0.95])
def test_a_file_that_is_cut_in_the_middle_has_no_copy(ledger: Path, fraction: float) -> None:
    content = ledger.read_bytes()
    ledger.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises((StoreFault, NotExportable)):
        copied(ledger)


def test_a_ledger_of_an_earlier_version_is_upgraded_first(ledger: Path) -> None:
    aged(ledger)
    with pytest.raises(NoTrees, match="run lifecycle db upgrade"):
        copied(ledger)


def test_a_reader_that_fails_leaves_nothing_behind(ledger: Path, tmp_path: Path) -> None:
    def refuse(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        export(refuse, ledger, tmp_path, with_people=False, progress=lambda _: None)
    assert not list(tmp_path.glob(".lifecycle*"))

"""`lifecycle verify`: what it says about a ledger's file, by which exit code, and that no file makes it fall over."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import shake_256
from pathlib import Path

import pytest

from domain.proof.checkpoint import Checkpoint
from domain.proof.notes import Note
from domain.proof.signing import Keyring
from tests.cli import Shell
from tests.domain.store.test_trees import aged
from tests.domain.verification.tampering import unguarded

FINE, FINDING, USAGE, COULD_NOT_TELL, UNAVAILABLE, TRUNCATED, NEVER_CHECKPOINTED = 0, 1, 2, 3, 5, 6, 7
ANNOUNCE = ("announce", "azure/mistral-large", "--source", "mail", "--list-as", "Mistral-large", "--retired", "2090-01-01")
AGAIN = ("announce", "azure/mistral-large", "--source", "mail", "--retired", "2091-01-01")


@pytest.fixture
def note(shell: Shell) -> str:
    """Of a ledger that was signed once."""
    shell.lifecycle(*ANNOUNCE)
    return shell.lifecycle("checkpoint").out


def ledger(shell: Shell) -> Path:
    return shell.home / "data" / "lifecycle-ledger" / "ledger.db"


def kept(shell: Shell, note: str) -> str:
    (shell.home / "kept.txt").write_text(note, "utf-8")
    return "kept.txt"


def entries(note: str) -> int:
    return Checkpoint.read(Note.read(note).text).entries.size


def without_end(path: Path, *tables: str) -> None:
    with unguarded(path) as connection:
        (last,) = connection.execute("SELECT max(position) FROM ledger_entries").fetchone()
        for table in tables:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (last,))  # noqa: S608


@pytest.mark.usefixtures("note")
def test_an_intact_ledger_is_fine(shell: Shell) -> None:
    done = shell.lifecycle("verify")
    assert (done.code, done.err) == (FINE, "")
    assert done.out.startswith("Intact: every stored byte is what was recorded, and what the checkpoints signed.\n")
    assert "1 checkpoints of its own, 0 kept elsewhere" in done.out


def test_one_that_was_never_signed_is_never_checkpointed(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    done = shell.lifecycle("verify")
    assert done.code == NEVER_CHECKPOINTED
    assert "Run lifecycle checkpoint." in done.out


@pytest.mark.usefixtures("note")
def test_the_first_position_that_was_tampered_with_is_named(shell: Shell) -> None:
    shell.lifecycle(*AGAIN)
    with unguarded(ledger(shell)) as connection:
        connection.execute("UPDATE stored_events SET state = CAST(CAST(state AS TEXT) || ' ' AS BLOB) WHERE rowid > 1")
    done = shell.lifecycle("verify")
    assert done.code == FINDING
    assert done.out.startswith("Tampered: row 2 of ")


@pytest.mark.usefixtures("note")
def test_a_ledger_without_its_end_is_truncated(shell: Shell) -> None:
    without_end(ledger(shell), "ledger_entries", "stored_events", "ledger_nodes")
    done = shell.lifecycle("verify")
    assert done.code == TRUNCATED
    assert done.out.startswith("Truncated: ")


@pytest.mark.usefixtures("note")
def test_what_an_earlier_version_wrote_is_unverifiable(shell: Shell) -> None:
    aged(ledger(shell))
    done = shell.lifecycle("verify")
    assert done.code == COULD_NOT_TELL
    assert "lifecycle db upgrade" in done.out


def test_a_checkpoint_kept_elsewhere_shows_what_was_cut_off_with_its_signature(shell: Shell, note: str) -> None:
    early = shutil.copy(ledger(shell), shell.home / "early.db")
    shell.lifecycle(*AGAIN)
    later = shell.lifecycle("checkpoint").out
    assert shell.lifecycle("verify", "--against", kept(shell, note)).code == FINE
    assert entries(later) > entries(note)
    cut = ("verify", "--database", f"sqlite:///{early}")
    assert shell.lifecycle(*cut).code == FINE, "the file alone cannot show it"
    done = shell.lifecycle(*cut, "--against", kept(shell, later))
    assert done.code == TRUNCATED
    assert f"covers {entries(later)} entries, and {entries(note)} are left" in done.out


def test_a_key_that_is_known_must_have_signed(shell: Shell, note: str) -> None:
    (key,) = Checkpoint.read(Note.read(note).text).keys
    assert shell.lifecycle("verify", "--key", str(key)).code == FINE
    stranger = Keyring.in_memory().named("somebody")[0].verifying
    assert shell.lifecycle("verify", "--key", str(stranger)).code == COULD_NOT_TELL


@pytest.mark.usefixtures("note")
def test_views_are_compared_with_new_ones(shell: Shell) -> None:
    assert "as rebuilt" not in shell.lifecycle("verify").out
    shell.lifecycle("rebuild")
    done = shell.lifecycle("verify", "--views")
    assert done.code == FINE
    assert "as rebuilt" in done.out
    views = json.loads(shell.lifecycle("verify", "--views", "--json").out)["views"]
    assert views
    assert set(views.values()) == {True}


@pytest.mark.usefixtures("note")
def test_a_view_that_is_not_as_rebuilt_is_a_finding(shell: Shell) -> None:
    shell.lifecycle("rebuild")
    with closing(sqlite3.connect(ledger(shell).with_name("ledger.views.db"))) as connection:
        connection.execute("DELETE FROM current_stage")
        connection.commit()
    done = shell.lifecycle("verify", "--views")
    assert done.code == FINDING
    assert "NOT as rebuilt" in done.out
    assert shell.lifecycle("verify").code == FINE, "views are no evidence"


def test_json_says_the_same_to_a_machine(shell: Shell, note: str) -> None:
    told = json.loads(shell.lifecycle("verify", "--against", kept(shell, note), "--json").out)
    counts = {"entries": entries(note), "commands": 1, "checkpoints": 1, "external": 1}
    assert counts.items() <= told.items()
    assert (told["verdict"], told["table"], told["row"], told["reason"]) == ("intact", None, None, None)
    with unguarded(ledger(shell)) as connection:
        connection.execute("UPDATE ledger_entries SET actor = 'somebody' WHERE position = 2")
    done = shell.lifecycle("verify", "--json")
    told = json.loads(done.out)
    assert done.code == FINDING
    assert (told["verdict"], told["row"]) == ("tampered", 2)
    assert told["reason"]


USAGE_ERRORS = {
    "a checkpoint that is not there": ("--against", "nowhere.txt"),
    "a folder for a checkpoint": ("--against", "."),
    "random bytes for a checkpoint": ("--against", "random.bin"),
    "an empty checkpoint": ("--against", "empty"),
    "a text that is no checkpoint": ("--against", "letter.txt"),
    "a key that is none": ("--key", "name+hash+key"),
    "an option that there is not": ("--deep",),
    "a word too much": ("now",),
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
@pytest.mark.usefixtures("note")
def test_what_cannot_be_meant_is_a_usage_error(shell: Shell, arguments: tuple[str, ...]) -> None:
    (shell.home / "random.bin").write_bytes(shake_256(b"1").digest(5000))
    (shell.home / "empty").write_bytes(b"")
    (shell.home / "letter.txt").write_text("Dear Sir or Madam\n\n\N{EM DASH} nobody AAAA\n", "utf-8")
    done = shell.lifecycle("verify", *arguments)
    assert (done.code, done.out) == (USAGE, "")
    assert done.err
    assert "Traceback" not in done.err


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE ledger_entries (position INTEGER PRIMARY KEY)")
        connection.execute("PRAGMA user_version = 99")
        connection.commit()


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a text": lambda path: path.write_text("Dear Sir or Madam, " * 1000, "utf-8"),
    "a short text": lambda path: path.write_text("Dear Sir or Madam", "utf-8"),
    "random bytes": lambda path: path.write_bytes(shake_256(b"1").digest(20_000)),
    "random bytes after a database's first words": lambda path: path.write_bytes(b"SQLite format 3\0" + shake_256(b"2").digest(20_000)),
    "nothing": lambda path: path.write_bytes(b""),
    "a folder": lambda path: path.mkdir(),
    "a database of something else": _other_database,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("form", [(), ("--views",), ("--json",)], ids=["plain", "views", "json"])
def test_no_file_makes_it_fall_over_or_is_called_intact(shell: Shell, make: Callable[[Path], object], form: tuple[str, ...]) -> None:
    make(shell.home / "hostile.db")
    done = shell.lifecycle("verify", "--database", "sqlite:///hostile.db", *form)
    assert done.code in {FINDING, COULD_NOT_TELL, UNAVAILABLE}
    assert "Traceback" not in done.out + done.err
    assert "ntact:" not in done.out
    assert (done.out or done.err).strip()


def test_where_no_ledger_is_none_is_made(shell: Shell) -> None:
    done = shell.lifecycle("verify")
    assert (done.code, done.out) == (UNAVAILABLE, "")
    assert "There is no ledger at" in done.err
    assert not ledger(shell).exists()

"""Signing and proving at the command line, and bringing an older ledger up to date."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from domain.proof.checkpoint import Checkpoint
from domain.proof.notes import Note
from tests.cli import Shell
from tests.domain.store.test_trees import aged

NOTHING_YET = ("checkpoint", "stage mistral-large --proof out.json", "db upgrade")
ANNOUNCE = ("announce", "azure/mistral-large", "--source", "mail", "--list-as", "Mistral-large", "--retired", "2090-01-01")


def ledger(shell: Shell) -> Path:
    return shell.home / "data" / "lifecycle-ledger" / "ledger.db"


def read(note: str) -> Checkpoint:
    found = Note.read(note)
    checkpoint = Checkpoint.read(found.text)
    assert all(key.vouches(found) for key in checkpoint.keys)
    return checkpoint


def test_without_a_ledger_nothing_is_signed_and_none_is_made(shell: Shell) -> None:
    for command in NOTHING_YET:
        done = shell.lifecycle(*command.split())
        assert (done.code, done.out) == (5, ""), command
        assert "There is no ledger at" in done.err
    assert not ledger(shell).exists()


def test_a_checkpoint_is_a_note_on_stdout(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    done = shell.lifecycle("checkpoint")
    checkpoint = read(done.out)
    assert (
        done.err
        == f"Checkpoint 1, of {checkpoint.entries.size} entries. Whether they stayed shows later: lifecycle verify --against FILE.\n"
    )
    assert shell.lifecycle("checkpoint").out == done.out, "nothing was added"
    told = json.loads(shell.lifecycle("checkpoint", "--json").out)
    assert told == {"number": 1, "size": checkpoint.entries.size, "note": done.out}
    key = ledger(shell).with_name("ledger.signing.key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_keys_change_without_a_break(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    first = read(shell.lifecycle("checkpoint").out)
    both = read(shell.lifecycle("checkpoint", "--add-key").out)
    last = read(shell.lifecycle("checkpoint", "--retire-keys").out)
    assert (first.keys, last.keys) == (both.keys[:1], both.keys[1:])


def test_a_lost_key_is_replaced_only_by_who_says_so(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    shell.lifecycle("checkpoint")
    ledger(shell).with_name("ledger.signing.key").unlink()
    refused = shell.lifecycle("checkpoint")
    assert (refused.code, refused.out) == (4, "")
    assert "Put the old key back" in refused.err
    assert read(shell.lifecycle("checkpoint", "--unvouched").out)


def test_another_key_file_and_origin_can_be_named(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    environment = {"LIFECYCLE_SIGNING_KEY_FILE": str(shell.home / "vault" / "key.pem"), "LIFECYCLE_ORIGIN": "ledger.example/models"}
    assert read(shell.lifecycle("checkpoint", env=environment).out).origin == "ledger.example/models"
    assert (shell.home / "vault" / "key.pem").exists()
    wrong = shell.lifecycle("checkpoint", env={**environment, "LIFECYCLE_ORIGIN": "two words"})
    assert (wrong.code, "cannot be an origin" in wrong.err) == (5, True)


def test_an_answer_is_written_with_its_proof(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    done = shell.lifecycle("stage", "mistral-large", "--valid-at", "2089-01-01", "--proof", "out.json")
    assert done.code == 0
    assert done.out.startswith("azure/mistral-large: generally available")
    assert "verify_answer.py out.json --key" in done.err
    bundle = json.loads((shell.home / "out.json").read_text())
    plain = json.loads(shell.lifecycle("stage", "mistral-large", "--valid-at", "2089-01-01", "--json").out)
    assert bundle["answer"]["schedule"] == plain["schedule"]
    assert read(bundle["checkpoint"]).entries.size == len(bundle["entries"])


def test_an_older_ledger_is_upgraded(shell: Shell) -> None:
    shell.lifecycle(*ANNOUNCE)
    before = shell.lifecycle("history", "mistral-large", "--json").out
    aged(ledger(shell))
    refused = shell.lifecycle("announce", "azure/mistral-large", "--source", "mail", "--retired", "2091-01-01")
    assert refused.code == 5
    assert "lifecycle db upgrade" in refused.err
    assert shell.lifecycle("history", "mistral-large", "--json").out == before
    assert shell.lifecycle("db", "upgrade").out.endswith("schema version 1 is now 2\n")
    assert shell.lifecycle("db", "upgrade").out.endswith("nothing to do\n")
    assert json.loads(shell.lifecycle("db", "upgrade", "--json").out)["to"] == 2
    assert shell.lifecycle("history", "mistral-large", "--json").out == before
    assert read(shell.lifecycle("checkpoint").out)
    with closing(sqlite3.connect(ledger(shell))) as connection:
        assert (
            connection.execute("SELECT count(*) FROM ledger_nodes").fetchone()
            == connection.execute("SELECT count(*) FROM ledger_entries").fetchone()
        )

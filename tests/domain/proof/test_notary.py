"""Checkpoints: made when there is something new to sign, by keys that are known, and never of a log that changed behind them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from domain.proof.checkpoint import Checkpoint
from domain.proof.errors import KeysUnknown, NotConsistent, NothingToSign, OriginDiffers, SigningKeyInvalid, SigningKeyMissing
from domain.proof.evidence import KeptCheckpoint
from domain.proof.notary import Notary
from domain.proof.notes import Note
from domain.proof.signing import KEYS_MAX, Keyring, add_key, retire_keys
from domain.proof.stream_heads import StreamHeads
from domain.store.errors import StoreReadOnly
from domain.store.sqlite import SqliteStore
from tests.domain.store.contract_suite import appending, once

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "ledger.db")) as opened:
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "signing.key"
    Keyring.load(path, create=True)
    return path


def notary(store: SqliteStore, keys: Path, **more: object) -> Notary:
    return Notary(store.evidence, Keyring.load(keys, create=False), lambda: NOW, StreamHeads(), **more)  # type: ignore[arg-type]


def read(kept: KeptCheckpoint) -> Checkpoint:
    """Return what a checkpoint says, after its keys have vouched for it."""
    note = Note.read(kept.note)
    found = Checkpoint.read(note.text)
    assert all(key.vouches(note) for key in found.keys)
    return found


def test_it_says_what_the_log_holds(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    store.transact("b", appending("model:azure/other"))
    made = notary(store, keys).checkpoint()
    found = read(made)
    snapshot = store.evidence.at_one_moment(lambda snapshot: (snapshot.entries(), snapshot.commands(), list(snapshot.stream_heads(0, 9))))
    assert (found.entries, found.commands, found.streams.size) == (snapshot[0], snapshot[1], len(snapshot[2]))
    assert (made.number, made.size, found.made_at) == (1, found.entries.size, NOW)
    assert found.origin.startswith("lifecycle-ledger/")


def test_without_anything_new_the_last_one_stands(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    first = notary(store, keys).checkpoint()
    assert notary(store, keys).checkpoint() == first
    store.transact("b", lambda transaction: transaction.keep("b", "f", b"a command that appends nothing"))
    second = notary(store, keys).checkpoint()
    assert (second.number, second.size) == (2, first.size)


def test_an_empty_ledger_has_nothing_to_sign(store: SqliteStore, keys: Path) -> None:
    with pytest.raises(NothingToSign):
        notary(store, keys).checkpoint()


def test_a_log_that_changed_behind_a_checkpoint_is_not_signed_again(store: SqliteStore, keys: Path, tmp_path: Path) -> None:
    store.transact("a", once("a"))
    notary(store, keys).checkpoint()
    store.transact("b", appending("model:azure/other"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("DROP TRIGGER ledger_nodes_no_update")
        connection.execute("UPDATE ledger_nodes SET hashes = zeroblob(length(hashes)) WHERE position = 1")
        connection.commit()
    with pytest.raises(NotConsistent, match="Nothing is signed"):
        notary(store, keys).checkpoint()


def test_a_log_that_lost_its_end_is_not_signed_again(store: SqliteStore, keys: Path, tmp_path: Path) -> None:
    for key in "abcd":
        store.transact(key, once(key))
    notary(store, keys).checkpoint()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("DROP TRIGGER ledger_nodes_no_delete")
        connection.execute("DELETE FROM ledger_nodes WHERE position > 2")
        connection.commit()
    with pytest.raises(NotConsistent, match="the log has 2 entries"):
        notary(store, keys).checkpoint()


def test_a_damaged_checkpoint_is_not_built_upon(store: SqliteStore, keys: Path, tmp_path: Path) -> None:
    store.transact("a", once("a"))
    notary(store, keys).checkpoint()
    store.transact("b", once("b"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("DROP TRIGGER checkpoints_no_update")
        connection.execute("UPDATE checkpoints SET note = 'nothing'")
        connection.commit()
    with pytest.raises(NotConsistent):
        notary(store, keys).checkpoint()


def test_while_keys_change_both_sign_and_are_published(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    first = read(notary(store, keys).checkpoint())
    add_key(keys)
    both = read(notary(store, keys).checkpoint())
    assert both.keys[:1] == first.keys
    assert len(both.keys) == 2
    retire_keys(keys)
    last = read(notary(store, keys).checkpoint())
    assert last.keys == both.keys[1:]


def test_a_key_for_which_none_vouches_does_not_sign_unless_it_is_told_to(store: SqliteStore, keys: Path, tmp_path: Path) -> None:
    store.transact("a", once("a"))
    notary(store, keys).checkpoint()
    strange = tmp_path / "strange.key"
    Keyring.load(strange, create=True)
    with pytest.raises(KeysUnknown, match="add a new one to it"):
        notary(store, strange).checkpoint()
    assert notary(store, strange, unvouched=True).checkpoint().number == 2


def test_an_origin_stays(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    assert read(notary(store, keys, origin="ledger.example").checkpoint()).origin == "ledger.example"
    store.transact("b", once("b"))
    assert read(notary(store, keys).checkpoint()).origin == "ledger.example"
    with pytest.raises(OriginDiffers, match=r"ledger\.example"):
        notary(store, keys, origin="another.example").checkpoint()


def test_a_clock_that_stepped_back_does_not_take_checkpoints_with_it(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    notary(store, keys).checkpoint()
    store.transact("b", once("b"))
    ring = Keyring.load(keys, create=False)
    back = Notary(store.evidence, ring, lambda: NOW - timedelta(days=1), StreamHeads()).checkpoint()
    assert read(back).made_at == NOW


def test_many_notaries_at_once_make_one_line_of_checkpoints(store: SqliteStore, keys: Path) -> None:
    store.transact("a", once("a"))
    made: list[KeptCheckpoint] = []

    def work(number: int) -> None:
        store.transact(f"k{number}", once(f"k{number}"))
        made.append(notary(store, keys).checkpoint())

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kept = store.evidence.at_one_moment(lambda snapshot: snapshot.checkpoints(0, 100))
    assert len(made) == 8
    assert [each.number for each in kept] == list(range(1, len(kept) + 1))
    assert [each.size for each in kept] == sorted(each.size for each in kept)


def test_a_ledger_that_is_only_read_takes_no_checkpoint(store: SqliteStore, keys: Path, tmp_path: Path) -> None:
    store.transact("a", once("a"))
    with closing(SqliteStore(tmp_path / "ledger.db", read_only=True)) as reader, pytest.raises(StoreReadOnly):
        notary(reader, keys).checkpoint()


def test_a_key_file_is_for_its_owner_alone(keys: Path, tmp_path: Path) -> None:
    assert keys.stat().st_mode & 0o777 == 0o600
    add_key(keys)
    assert keys.stat().st_mode & 0o777 == 0o600
    keys.chmod(0o640)
    with pytest.raises(SigningKeyInvalid, match="chmod 600"):
        Keyring.load(keys, create=False)
    with pytest.raises(SigningKeyMissing):
        Keyring.load(tmp_path / "none", create=False)
    with pytest.raises(SigningKeyMissing):
        add_key(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff" * 70_000])
def test_a_file_that_holds_no_key_is_refused(keys: Path, content: bytes) -> None:
    keys.write_bytes(content)
    with pytest.raises(SigningKeyInvalid):
        Keyring.load(keys, create=True)


def test_a_file_holds_only_so_many_keys(keys: Path) -> None:
    for _ in range(KEYS_MAX - 1):
        add_key(keys)
    with pytest.raises(SigningKeyInvalid, match="retire the old ones"):
        add_key(keys)

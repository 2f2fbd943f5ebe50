"""Erasure: nothing is left of somebody but an id and an instant, in no byte of any file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.people import file, rows
from domain.people.errors import PeopleLocked
from domain.people.keys import MasterKey
from domain.people.registry import People
from tests.domain.people.persons import all_bytes, contact, identified, sealed_of
from tests.domain.people.test_file import held

ERASED_AT = datetime(2025, 1, 20, tzinfo=UTC)
FRAGMENT = 32


def fragments(values: list[bytes]) -> list[bytes]:
    """Cut long values, for a part of one is a trace too."""
    return [value[start : start + FRAGMENT] for value in values for start in range(0, max(1, len(value) - FRAGMENT + 1), FRAGMENT)]


def test_whoever_is_erased_is_known_as_erased_and_nothing_else(people: People) -> None:
    ada, bob = people.identify([contact(1), contact(2)])
    assert people.erase(ada.id, ERASED_AT)
    assert people.erased([ada.id, bob.id, "nobody"]) == {ada.id}
    assert people.addresses([ada.id, bob.id]) == {bob.id: 1}
    assert list(people.cards([(ada.id, 0), (ada.id, 1), (bob.id, 1)])) == [(bob.id, 1)]
    assert [people.find(text) for text in (contact(1).directory_id, contact(1).address or "")] == [None, None]


def test_an_erasure_counts_once_and_keeps_its_instant(people: People) -> None:
    ada = identified(people, contact())
    later = datetime(2026, 1, 1, tzinfo=UTC)
    assert [people.erase(ada.id, ERASED_AT), people.erase(ada.id, later), people.erase("nobody", later)] == [True, False, False]
    assert people._file._connection.execute("SELECT * FROM people").fetchall() == [
        (ada.id, None, None, None, None, 0, 0, "2025-01-20T00:00:00Z")
    ]
    assert people._file._connection.execute("SELECT * FROM cards").fetchall() == []


def test_whoever_is_listed_again_after_an_erasure_is_somebody_new(people: People) -> None:
    ada = identified(people, contact())
    people.erase(ada.id, ERASED_AT)
    again = identified(people, contact())
    assert again.id != ada.id
    assert people.find(contact().directory_id) == again.id
    assert people.erased([ada.id, again.id]) == {ada.id}


@pytest.mark.parametrize("closed", [False, True])
def test_no_byte_of_key_look_ups_and_cards_is_left(path: Path, key: MasterKey, *, closed: bool) -> None:
    with People.open(path, key) as people:
        ada, _, bob = people.identify([contact(1), contact(1, name="Ada King"), contact(2)])
        of_ada, of_bob = sealed_of(path, ada.id), sealed_of(path, bob.id)
        assert (len(of_ada), len(of_bob)) == (6, 5)
        people.erase(ada.id, ERASED_AT)
        content = all_bytes(path)
    if closed:
        content = all_bytes(path)
    assert [value for value in of_ada if value in content] == []
    assert [value for value in of_bob if value not in content] == []


def test_an_erasure_also_takes_the_traces_that_were_left_before(people: People, path: Path) -> None:
    """SQLite moves content between pages and leaves copies, now and then; here it is made to leave something always."""
    found = people.identify([contact(number, name="N" * 100 * number) for number in range(1, 60)])
    traces = fragments([value for one in found[:40] for value in sealed_of(path, one.id)])
    people._file._connection.execute("PRAGMA secure_delete = OFF")
    with people._file.writing() as connection:
        for one in found[:40]:
            rows.erase(connection, one.id, "2025-01-20T00:00:00Z")
    people._file._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    people._file._connection.execute("PRAGMA secure_delete = ON")
    left = all_bytes(path)
    assert [trace for trace in traces if trace in left]
    assert people.erase(found[-1].id, ERASED_AT)
    content = all_bytes(path)
    assert [trace for trace in traces if trace in content] == []


def test_an_erasure_that_could_not_clean_up_says_so_and_the_next_attempt_does(
    path: Path, key: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0.01)
    with People.open(path, key) as people, People.open(path, key, read_only=True) as reader:
        ada = identified(people, contact())
        of_ada = sealed_of(path, ada.id)
        reader._file._connection.execute("BEGIN")
        reader._file._connection.execute("SELECT * FROM people").fetchall()
        with pytest.raises(PeopleLocked):
            people.erase(ada.id, ERASED_AT)
        assert people.erased([ada.id]) == {ada.id}
        reader._file._connection.execute("ROLLBACK")
        assert not people.erase(ada.id, ERASED_AT)
        content = all_bytes(path)
    assert [value for value in of_ada if value in content] == []


def test_an_erasure_that_could_not_begin_changes_nothing(path: Path, key: MasterKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0.01)
    with People.open(path, key) as people:
        ada = identified(people, contact())
        with held(path), pytest.raises(PeopleLocked):
            people.erase(ada.id, ERASED_AT)
        assert people.addresses([ada.id]) == {ada.id: 1}

"""The people's file: for its owner alone, under its own key, and never taken for another."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from domain.people import file
from domain.people.errors import NotPeople, PeopleFailed, PeopleFault, PeopleLocked, PeopleUnreachable, WrongKey
from domain.people.keys import MasterKey
from domain.people.registry import People, people_path
from domain.people.schema import APPLICATION_ID
from tests.domain.people.persons import contact, identified, run_at_once

OPEN = (
    "from domain.people.keys import MasterKey; from domain.people.registry import Contact, People; "
    "people = People.open(Path(sys.argv[1]), MasterKey.load(Path(sys.argv[2]), create=True)); "
    "print(people.identify([Contact('6f1c', 'Ada', 'ada@example.com')])[0].id)"
)


def statement(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for one in statements:
            connection.execute(one)


@contextmanager
def held(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize(("ledger", "expected"), [("ledger.db", "ledger.people.db"), ("my.own.db", "my.own.people.db"), ("l", "l.people")])
def test_the_people_stand_beside_their_ledger(tmp_path: Path, ledger: str, expected: str) -> None:
    assert people_path(tmp_path / ledger) == tmp_path / expected


def test_only_the_owner_may_read_any_of_its_files(people: People, path: Path) -> None:
    identified(people, contact())
    files = list(path.parent.glob(f"{path.name}*"))
    assert len(files) == 3
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}


def test_what_a_copy_gave_to_others_is_taken_from_them(path: Path, key: MasterKey) -> None:
    People.open(path, key).close()
    path.chmod(0o644)
    People.open(path, key).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_found_again_with_all_that_is_in_it(path: Path, key: MasterKey) -> None:
    with People.open(path, key) as people:
        ada = identified(people, contact())
    with People.open(path, key) as people, People.open(path, key, read_only=True) as reader:
        assert identified(people, contact()) == ada
        assert people.cards([(ada.id, 1)])[ada.id, 1].name == reader.cards([(ada.id, 1)])[ada.id, 1].name == "Ada Lovelace"


def test_a_reader_sees_what_was_written_since(people: People, path: Path, key: MasterKey) -> None:
    with People.open(path, key, read_only=True) as reader:
        ada = identified(people, contact())
        assert reader.addresses([ada.id]) == {ada.id: 1}


def test_a_reader_writes_nothing(people: People, path: Path, key: MasterKey) -> None:
    with People.open(path, key, read_only=True) as reader, pytest.raises(PeopleFailed, match="readonly"):
        identified(reader, contact())
    assert people.find(contact().directory_id) is None


def test_processes_that_begin_it_at_once_share_it(path: Path) -> None:
    assert len(set(run_at_once(4, OPEN, str(path), f"{path}.key"))) == 1


@pytest.mark.parametrize("read_only", [False, True])
def test_another_key_is_refused_when_it_is_opened(path: Path, key: MasterKey, *, read_only: bool) -> None:
    People.open(path, key).close()
    before = path.read_bytes()
    with pytest.raises(WrongKey):
        People.open(path, MasterKey.in_memory(), read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"x", b"name,address\n" * 100], ids=["empty", "one-byte", "text"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, key: MasterKey, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o644)
    with pytest.raises(NotPeople):
        People.open(path, key)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (content, 0o644)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE people (id)"],
        ["CREATE TABLE x (y)", "PRAGMA application_id = 7"],
        [f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 2", "CREATE TABLE people (id)"],
    ],
    ids=["no-id", "other-id", "newer"],
)
def test_another_database_is_refused_and_left_as_it_is(path: Path, key: MasterKey, statements: list[str]) -> None:
    statement(path, *statements)
    before = path.read_bytes()
    with pytest.raises(NotPeople):
        People.open(path, key)
    assert path.read_bytes() == before


def test_a_file_that_forgot_its_key_is_refused(path: Path, key: MasterKey) -> None:
    People.open(path, key).close()
    statement(path, "DELETE FROM key_check")
    with pytest.raises(WrongKey):
        People.open(path, key)


@pytest.mark.parametrize("name", ["", "file/below.db", "p" * 300], ids=["folder", "below-a-file", "too-long"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, key: MasterKey, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PeopleUnreachable):
        People.open(tmp_path / name, key)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_reader_makes_no_file(path: Path, key: MasterKey) -> None:
    with pytest.raises(PeopleUnreachable, match="no such file"):
        People.open(path, key, read_only=True)
    assert not path.exists()


def test_a_file_that_another_process_holds_is_locked_and_works_again_afterwards(
    path: Path, key: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0.01)
    with People.open(path, key) as people:
        with held(path), pytest.raises(PeopleLocked):
            identified(people, contact())
        assert identified(people, contact()).address == 1


def test_a_damaged_page_is_our_error(path: Path, key: MasterKey) -> None:
    with People.open(path, key) as people:
        people.identify([contact(number) for number in range(500)])
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(PeopleFault), People.open(path, key) as people:
        people.find(contact(7).directory_id)


def test_a_batch_that_fails_half_way_writes_nothing_and_the_next_is_written(people: People) -> None:
    with pytest.raises(AttributeError):
        people.identify([contact(1), None])  # type: ignore[list-item]
    assert people.find(contact(1).directory_id) is None
    assert identified(people, contact(1)).address == 1


def test_a_commit_that_fails_does_not_stop_the_next(people: People) -> None:
    connection = people._file._connection
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TEMP TABLE one (id PRIMARY KEY)")
    connection.execute("CREATE TEMP TABLE other (id REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(PeopleFailed), people._file.writing():
        connection.execute("INSERT INTO other VALUES (1)")
    assert identified(people, contact()).address == 1

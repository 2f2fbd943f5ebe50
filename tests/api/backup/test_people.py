"""What is known of people is left out of a copy unless it is asked for twice; and then it is sealed, and useless without its key."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.backup.errors import PeopleThere
from api.opening_people import key_path
from domain.people.errors import WrongKey
from domain.people.keys import MasterKey
from domain.people.registry import People, people_path
from domain.proof.export_errors import ExportInvalid
from domain.proof.export_lines import Kind
from tests.api.backup.copies import changed, copied, restored, rewritten, rows
from tests.api.notices.site import site_at
from tests.cli import Shell

ANNA, BJORN = "anna.berg@contoso.com", "bjorn.dahl@contoso.com"
SECRETS = [form for one in (ANNA, BJORN) for form in (one, one.partition("@")[0], f"Name of {one}", f"directory-{one}")]
TABLES = ("key_check", "people", "cards", "webhooks")
OF_PEOPLE = {Kind.PEOPLE_KEY, Kind.PERSON, Kind.CARD, Kind.WEBHOOK}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """One that knows two people and a webhook."""
    folder = tmp_path / "first"
    folder.mkdir()
    with site_at(folder) as site:
        site.subscribe("s-1", ANNA, BJORN)
        site.webhook("s-1", "https://hooks.contoso.com/secret-path")
        site.office.people.erase(site.ids[BJORN], site.clock.now)
    return folder / "ledger.db"


def people(path: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(people_path(path))) as connection:
        return [sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=str) for table in TABLES]  # noqa: S608


def test_they_are_left_out(ledger: Path, empty: Path) -> None:
    copy, found = copied(ledger)
    assert found.people == 0
    assert not {kind for kind, _ in rows(copy)} & OF_PEOPLE
    restored(copy, empty / "ledger.db")
    assert {path.name for path in empty.iterdir() if path.suffix == ".db"} == {"ledger.db", "ledger.outbox.db"}


def test_they_come_back_where_they_were_asked_for(ledger: Path, empty: Path) -> None:
    copy, found = copied(ledger, with_people=True)
    assert found.people == restored(copy, empty / "ledger.db").people == sum(map(len, people(ledger)))
    assert people(empty / "ledger.db") == people(ledger)
    assert people_path(empty / "ledger.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(WrongKey), People.open(people_path(empty / "ledger.db"), MasterKey.in_memory()):
        pass
    shutil.copy2(key_path(ledger), key_path(empty / "ledger.db"))
    with site_at(empty) as site:
        (anna,) = site.known(ANNA)
        assert site.office.people.cards([(anna, 1)])[anna, 1].address == ANNA


def test_a_copy_of_them_shows_nobody_and_not_the_key(ledger: Path) -> None:
    content = copied(ledger, with_people=True)[0].read_bytes()
    assert [secret for secret in (*SECRETS, "secret-path") if secret.encode() in content] == []
    assert key_path(ledger).read_bytes().strip().split()[-1] not in content


def test_people_that_stand_beside_the_new_ledger_are_kept(ledger: Path, empty: Path) -> None:
    shutil.copy2(people_path(ledger), people_path(empty / "ledger.db"))
    before = people(empty / "ledger.db")
    with pytest.raises(PeopleThere):
        restored(copied(ledger, with_people=True)[0], empty / "ledger.db")
    assert {path.name for path in empty.iterdir()} == {"ledger.people.db"}
    restored(copied(ledger, "without.jsonl")[0], empty / "ledger.db")
    assert people(empty / "ledger.db") == before


BROKEN = {
    "no key": lambda lines: [line for line in lines if b'"kind":"people_key"' not in line],
    "somebody twice": lambda lines: [each for line in lines for each in [line] * (1 + (b'"kind":"person"' in line))],
    "a card twice": lambda lines: [each for line in lines for each in [line] * (1 + (b'"kind":"card"' in line))],
    "two keys": lambda lines: [each for line in lines for each in [line] * (1 + (b'"kind":"people_key"' in line))],
    "a number beyond": lambda lines: [rewritten(line, cards=2**70) if b'"kind":"person"' in line else line for line in lines],
    "somebody left out": lambda lines: [line for line in lines if b'"kind":"card"' not in line],
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_what_no_people_file_holds_is_refused_and_nothing_is_kept(ledger: Path, empty: Path, change: object) -> None:
    copy = changed(copied(ledger, with_people=True)[0], change)  # type: ignore[arg-type]  # each changes lines
    with pytest.raises(ExportInvalid):
        restored(copy, empty / "ledger.db")
    assert list(empty.iterdir()) == []


def test_a_ledger_without_people_has_none_to_copy(ledger: Path) -> None:
    people_path(ledger).unlink()
    assert copied(ledger, with_people=True)[1].people == 0


def test_it_has_to_be_said_twice(ledger: Path, shell: Shell) -> None:
    arguments = ("export", "copy.jsonl", "--database", f"sqlite:///{ledger}", "--with-people")
    refused = shell.lifecycle(*arguments)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert not (shell.home / "copy.jsonl").exists()
    done = shell.lifecycle(*arguments, "--yes")
    assert done.code == 0
    assert "the key of ledger.people.db" in done.err
    assert OF_PEOPLE & {kind for kind, _ in rows(shell.home / "copy.jsonl")}

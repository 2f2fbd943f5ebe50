"""A ledger copied from one store to another: the same rows, also after a stop half-way, and never onto something else."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest

from domain.proof.evidence import KeptCheckpoint
from domain.store.contract import Kept, Store, Transaction
from domain.store.copies import copying
from domain.store.copies.copying import copy
from domain.store.copies.errors import CopyDiffers
from domain.store.copies.sides import Part, Roots, Sizes, Source, Target, Timestamp
from domain.store.copies.sqlite_side import SqliteSide
from domain.store.postgres.side import PostgresSide
from domain.store.postgres.store import PostgresStore
from domain.store.sqlite import SqliteStore
from tests.controls import CONTROLS
from tests.domain.store.contract_suite import ANNOUNCED
from tests.servers.postgres import server

EVENTS = list(CONTROLS.values())
HOSTILE = 'quo\'te "double" back\\slash \U0001f409 \x01 {,} %s'
MANY = 10**9


@dataclass(frozen=True)
class Place:
    """Where a ledger can be, and how it is opened."""

    store: Callable[[], Store]
    reading: Callable[[], Source]
    writing: Callable[[], Target]
    address: str


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as left:
        yield left


@pytest.fixture
def place(held: ExitStack, tmp_path: Path) -> Callable[[str], Place]:
    """Make a place for a ledger, with an empty one in it."""
    made: list[Path] = []

    def opened(address: str, store: Callable[[], Store], side: Callable[..., Target]) -> Place:
        def entered(*, to_write: bool) -> Target:
            return held.enter_context(closing(side(to_write=to_write)))

        return Place(store, partial(entered, to_write=False), partial(entered, to_write=True), address)

    def in_file() -> Place:
        path = tmp_path / f"{len(made)}.db"
        made.append(path)
        SqliteStore(path).close()
        return opened(str(path), partial(SqliteStore, path), partial(SqliteSide, path))

    def on_server() -> Place:
        url = server().url(held.enter_context(server().fresh()))
        return opened(url, partial(PostgresStore, url), partial(PostgresSide, url))

    return lambda kind: in_file() if kind == "sqlite" else on_server()


def fill(store: Store, count: int = 60, actor: str = HOSTILE) -> None:
    """Append under keys, now and then several events or none, and sign a little."""
    for number in range(count):

        def work(transaction: Transaction, number: int = number) -> None:
            stream = f"model:azure/{HOSTILE if number % 7 == 0 else ''}m{number % 5}"
            events = [EVENTS[number % len(EVENTS)], ANNOUNCED][: number % 3]
            transaction.append(stream, events, after=len(transaction.history(stream)), actor=actor)
            transaction.keep(f"key {number} {HOSTILE}", f"print {number}", bytes(range(256)))

        store.transact(f"{number}", work)
    store.evidence.keep_checkpoint(1, 10, f"first {HOSTILE}\n")
    store.evidence.keep_checkpoint(2, 20, "second\n")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part be of a few rows."""
    monkeypatch.setattr(copying, "PAGE_ENTRIES", 4)
    monkeypatch.setattr(copying, "PAGE_SIGNED", 1)


def rows(side: Source) -> object:
    entries, commands = side.entries(0, MANY, MANY), side.commands(0, MANY, MANY, MANY)
    return side.sizes(), side.roots(side.sizes()), entries, commands, side.checkpoints(0, MANY, MANY), side.timestamps(0, MANY, MANY)


def stamp(side: Target) -> None:
    """Add a timestamp, as an authority gives it."""
    assert side.write(side.sizes(), Part(timestamps=[Timestamp(1, 1, b"\x00\xff")]), side.roots(side.sizes()))


PAIRS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "sqlite")]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_a_copy_has_the_same_rows_and_goes_on_as_the_same_ledger(here: str, there: str, place: Callable[[str], Place]) -> None:
    old, new = place(here), place(there)
    with closing(old.store()) as store:
        fill(store)
    stamp(old.writing())
    seen: list[int] = []
    copied = copy(old.reading(), new.writing(), seen.append)
    source, target = rows(old.reading()), rows(new.reading())
    assert source == target
    assert copied.before == Sizes()
    assert copied.after == Sizes(60, 60, 2, 1)
    assert seen == sorted(seen)
    assert seen[-1] == 60
    with closing(old.store()) as first, closing(new.store()) as second:
        assert list(first.log()) == list(second.log())
        assert (
            first.kept(f"key 5 {HOSTILE}") == second.kept(f"key 5 {HOSTILE}") == Kept(f"key 5 {HOSTILE}", "print 5", bytes(range(256)), 6)
        )
        fill_more(second)
    assert copy(new.reading(), old.writing()).after.entries == 61, "and back, what was added there"


def fill_more(store: Store) -> None:
    store.transact("more", lambda transaction: transaction.append("model:azure/new", [ANNOUNCED], after=0, actor="a"))


class Failing:
    """A target that fails at a write, before it or after it."""

    def __init__(self, target: Target, writes: int, *, after: bool) -> None:
        self.target, self.left, self.after, self.name = target, writes, after, target.name

    def __getattr__(self, name: str) -> object:
        return getattr(self.target, name)

    def write(self, before: Sizes, part: Part, roots: Roots) -> bool:
        self.left -= 1
        if self.left == 0:
            if self.after:
                self.target.write(before, part, roots)
            raise KeyboardInterrupt
        return self.target.write(before, part, roots)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("here", "there"), PAIRS[:2])
def test_stopped_anywhere_it_is_the_beginning_and_goes_on(here: str, there: str, place: Callable[[str], Place], *, after: bool) -> None:
    old, new = place(here), place(there)
    with closing(old.store()) as store:
        fill(store)
    stamp(old.writing())
    source, target = old.reading(), new.writing()
    for writes in (1, 3, 8, 2):
        with pytest.raises(KeyboardInterrupt):
            copy(source, Failing(target, writes, after=after), lambda _: None)  # type: ignore[arg-type]  # all of a target's
        sizes = target.sizes()
        assert target.roots(sizes) == source.roots(sizes)
        assert [kept for kept in source.commands(0, MANY, MANY, MANY) if kept.position < sizes.entries] == [
            kept for kept in target.commands(0, MANY, MANY, MANY) if kept.position < sizes.entries
        ]
    copy(source, target)
    assert rows(source) == rows(target)


@pytest.mark.usefixtures("small")
def test_what_comes_meanwhile_comes_with_the_next_copy(place: Callable[[str], Place]) -> None:
    old, new = place("sqlite"), place("postgresql")
    with closing(old.store()) as store:
        fill(store)
        source, target = old.reading(), new.writing()
        grown = [fill_more]
        assert copy(source, target, lambda _: grown.pop()(store) if grown else None).after.entries == 60
        assert copy(source, target).after.entries == 61
    assert rows(source) == rows(target)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_another_ledger_is_left_as_it_is(kind: str, place: Callable[[str], Place]) -> None:
    old, other, longer, signed = place("sqlite"), place(kind), place(kind), place(kind)
    with closing(old.store()) as store:
        fill(store)
    with closing(other.store()) as store:
        fill(store, 6, actor="another")
    copy(old.reading(), longer.writing())
    with closing(longer.store()) as store:
        fill_more(store)
    copy(old.reading(), signed.writing())
    for ledger, reason in ((other, "are others"), (longer, "holds more")):
        before = rows(ledger.reading())
        with pytest.raises(CopyDiffers, match=reason):
            copy(old.reading(), ledger.writing())
        assert rows(ledger.reading()) == before
    source, target = old.writing(), signed.writing()
    for side, note in ((source, "here"), (target, "there")):
        assert side.write(side.sizes(), Part(checkpoints=[KeptCheckpoint(3, 30, note)]), side.roots(side.sizes()))
    with pytest.raises(CopyDiffers, match="checkpoints"):
        copy(source, target)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_target_that_somebody_else_writes_is_left(kind: str, place: Callable[[str], Place]) -> None:
    old, new = place("sqlite"), place(kind)
    with closing(old.store()) as store:
        fill(store)
    with closing(new.store()) as other:
        written = [fill_more]
        with pytest.raises(CopyDiffers):
            copy(old.reading(), new.writing(), lambda _: written.pop()(other) if written else None)
        assert len(list(other.log())) < 10


@pytest.mark.usefixtures("small")
def test_rows_that_are_not_those_of_the_trees_are_not_copied(place: Callable[[str], Place]) -> None:
    old, new = place("postgresql"), place("sqlite")
    with closing(old.store()) as store:
        fill(store)
    with psycopg.connect(old.address, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_no_change")
        connection.execute("UPDATE ledger_entries SET actor = 'somebody' WHERE position = 30")
        connection.execute("ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_no_change")
    with pytest.raises(CopyDiffers, match="does not come to the source's roots"):
        copy(old.reading(), new.writing())
    assert new.reading().sizes().entries < 30

"""What is not, to the last byte, a whole export is refused with its line, and nothing of it is kept."""

import gzip
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest

from api.backup.errors import ExportUnreadable
from api.backup.restoring import restore
from domain.proof.export_errors import ExportInvalid, LedgerNotEmpty
from domain.proof.export_lines import Kind, LineInvalid, read, written
from domain.store.errors import StoreFault
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_restore import checked
from tests.api.backup.copies import NOW, ODD, changed, copied, everything, restored, rewritten, rows
from tests.domain.store.contract_suite import once

Lines = list[bytes]


def first(kind: Kind, after: int = 0) -> Callable[[Lines], int]:
    """Find the place of a line of a kind."""
    return lambda lines: next(islice((place for place, line in enumerate(lines) if read(line)[0] is kind), after, None))


def altered(place: Callable[[Lines], int], **members: object) -> Callable[[Lines], Lines]:
    """Let somebody who knows how a line is sealed change one."""

    def change(lines: Lines) -> Lines:
        at = place(lines)
        return [*lines[:at], rewritten(lines[at], **members), *lines[at + 1 :]]

    return change


def swapped(one: int, other: int) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        lines[one], lines[other] = lines[other], lines[one]
        return lines

    return change


LAST = first(Kind.END)
CHANGES: dict[str, tuple[Callable[[Lines], Lines], int | None]] = {
    # Its header is line 1, entries 2 to 8, commands 9 to 15, checkpoints 16 and 17, timestamps 18 to 20; None stands for its closing line.
    "nothing at all": (lambda _: [], 1),
    "another file": (lambda _: [b"model,stage\n", b"azure/a,retired\n"], 1),
    "another file of JSON lines": (lambda _: [b'{"model": "azure/a"}\n'], 1),
    "a database": (lambda _: [b"SQLite format 3\0" + bytes(5000)], 1),
    "without its end": (lambda lines: lines[:-1], None),
    "cut off within a line": (lambda lines: [*lines[:3], lines[3][:40]], 4),
    "cut off before the last newline": (lambda lines: [*lines[:-1], lines[-1][:-1]], None),
    "without its beginning": (lambda lines: lines[1:], 1),
    "with two beginnings": (lambda lines: [lines[0], *lines], 2),
    "with something after its end": (lambda lines: [*lines, lines[1]], 22),
    "with an empty line after its end": (lambda lines: [*lines, b"\n"], 22),
    "an entry twice": (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
    "an entry left out": (lambda lines: [*lines[:2], *lines[3:]], 3),
    "the last entry left out": (lambda lines: [*lines[:7], *lines[8:]], 14),
    "entries in another order": (swapped(2, 3), 3),
    "a command left out": (lambda lines: [*lines[:8], *lines[9:]], 9),
    "kinds in another order": (swapped(7, 8), 9),
    "the checkpoints left out": (lambda lines: [line for line in lines if read(line)[0] is not Kind.CHECKPOINT], 16),
    "a timestamp left out": (lambda lines: [*lines[:-2], lines[-1]], None),
    "windows' line ends": (lambda lines: [line.replace(b"\n", b"\r\n") for line in lines], 1),
    "a blank in a line": (lambda lines: [lines[0], lines[1].replace(b'":', b'": ', 1), *lines[2:]], 2),
    "a member twice": (lambda lines: [lines[0], lines[1].replace(b"{", b'{"position":1,', 1), *lines[2:]], 2),
    "a member more": (lambda lines: [lines[0], lines[1].replace(b'"kind"', b'"more":1,"kind"', 1), *lines[2:]], 2),
    "a later format": (altered(first(Kind.HEADER), format="lifecycle-ledger/export/v2"), 1),
    "a later schema": (altered(first(Kind.HEADER), schema=99), 1),
    "another position": (altered(first(Kind.HEADER), position=6), 8),
    "a position beyond": (altered(first(Kind.HEADER), position=8), None),
    "another origin": (altered(first(Kind.HEADER), origin="ledger.example"), 16),
    "another state": (altered(first(Kind.ENTRY), state=b"{}"), 16),
    "another actor in the last entry": (altered(first(Kind.ENTRY, 6), actor="somebody else"), 17),
    "another stream": (altered(first(Kind.ENTRY, 5), stream="model:azure/other"), 16),
    "another version": (altered(first(Kind.ENTRY, 1), version=1), 3),
    "no version": (altered(first(Kind.ENTRY), version=0), 2),
    "a version that is too high": (altered(first(Kind.ENTRY), version=2**63), 2),
    "a time before the one before": (altered(first(Kind.ENTRY, 2), recorded_at="2020-01-01T00:00:00.000000Z"), 4),
    "a time in another form": (altered(first(Kind.ENTRY, 2), recorded_at="9999-01-01"), 4),
    "another answer": (altered(first(Kind.COMMAND), answer=b"another"), 16),
    "a command of no entry": (altered(first(Kind.COMMAND), position=8), 9),
    "a command key twice": (altered(first(Kind.COMMAND, 1), key="k0"), 10),
    "another note": (altered(first(Kind.CHECKPOINT), note="nothing\n\n\u2014 a AAAAAAAA\n"), 16),
    "a checkpoint of another size": (altered(first(Kind.CHECKPOINT), size=5), 16),
    "a timestamp of no checkpoint": (altered(first(Kind.TIMESTAMP), checkpoint=3), 18),
    "an empty timestamp": (altered(first(Kind.TIMESTAMP), token=b""), 18),
    "other counts": (altered(LAST, commands=5), None),
    "another root": (altered(LAST, entries_root="AAAA"), None),
}


@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES.keys())
def test_it_is_refused_with_its_line_and_nothing_is_kept(
    copy: Path, empty: Path, change: Callable[[Lines], Lines], line: int | None
) -> None:
    path = changed(copy, change)
    with pytest.raises(ExportInvalid) as refused:
        restored(path, empty / "ledger.db")
    assert refused.value.line == (line or len(path.read_bytes().splitlines()) + ("missing" in refused.value.reason))
    assert list(empty.iterdir()) == []


def test_a_note_that_was_changed_is_told_by_its_signature(copy: Path, empty: Path) -> None:
    note = next(row[2] for kind, row in rows(copy) if kind is Kind.CHECKPOINT)
    path = changed(copy, altered(first(Kind.CHECKPOINT), note=note.replace("time 2026", "time 2025")))
    with pytest.raises(ExportInvalid, match=r"Line 16 .* has signed it"):
        restored(path, empty / "ledger.db")


def test_a_checkpoint_of_another_ledger_is_refused(copy: Path, empty: Path, tmp_path: Path) -> None:
    with_other = SqliteStore(tmp_path / "other.db")
    with_other.transact("other", once("other"))
    with_other.close()
    other = rows(copied(tmp_path / "other.db")[0])
    entries = [written(kind, row) for kind, row in other if kind is Kind.ENTRY]

    def change(lines: Lines) -> Lines:
        return [lines[0], *entries, *lines[2:]]

    with pytest.raises(ExportInvalid):
        restored(changed(copy, change), empty / "ledger.db")
    assert list(empty.iterdir()) == []


def _flipped(content: bytes) -> Iterator[tuple[int, bytes]]:
    for place in range(0, len(content), 11):
        for bit in (1, 32, 128):
            yield place, content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


def test_no_byte_can_be_another(copy: Path) -> None:
    content = copy.read_bytes()
    for place, other in _flipped(content):
        with pytest.raises(ExportInvalid) as refused:
            list(checked(BytesIO(other)))
        assert refused.value.line == content[:place].count(b"\n") + 1, place


def test_no_compressed_copy_that_was_damaged_is_taken_for_another(ledger: Path, empty: Path) -> None:
    packed = copied(ledger, "copy.jsonl.gz")[0].read_bytes()
    whole = everything(ledger)
    for place in range(0, len(packed), 199):
        for other in (packed[:place], packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]):
            try:
                restore(BytesIO(other), "x", empty / "ledger.db", lambda: NOW)
            except ExportInvalid:
                assert list(empty.iterdir()) == []
            else:  # A bit of the header that says nothing.
                assert everything(empty / "ledger.db") == whole
                for path in empty.iterdir():
                    path.unlink()


@pytest.mark.parametrize(
    "content", [gzip.compress(b"", mtime=0), b"\x1f\x8b", b"\x1f\x8bnot gzip at all", b"\0" * 100, b"[" * 100_000, b"\xff\xfe"]
)
def test_garbage_is_refused_at_its_first_line(empty: Path, content: bytes) -> None:
    with pytest.raises(ExportInvalid) as refused:
        restore(BytesIO(content), "x", empty / "ledger.db", lambda: NOW)
    assert refused.value.line == 1
    assert list(empty.iterdir()) == []


def test_what_is_appended_to_a_compressed_copy_is_refused(ledger: Path, empty: Path) -> None:
    packed = copied(ledger, "copy.jsonl.gz")[0]
    packed.write_bytes(packed.read_bytes() + b"more")
    with pytest.raises(ExportInvalid):
        restored(packed, empty / "ledger.db")


def test_a_ledger_that_holds_something_stays_as_it_is(ledger: Path, copy: Path) -> None:
    before, names = everything(ledger), {path.name for path in ledger.parent.iterdir()}
    with pytest.raises(LedgerNotEmpty):
        restored(copy, ledger)
    assert everything(ledger) == before
    assert {path.name for path in ledger.parent.iterdir()} == names


def test_an_empty_ledger_stays_empty_where_the_copy_is_refused(copy: Path, empty: Path) -> None:
    SqliteStore(empty / "ledger.db").close()
    with pytest.raises(ExportInvalid):
        restored(changed(copy, lambda lines: lines[:-1]), empty / "ledger.db")
    restored(copy, empty / "ledger.db")


def test_a_place_that_is_none_is_refused(copy: Path, empty: Path) -> None:
    (empty / "ledger.db").write_bytes(b"something else" * 100)
    with pytest.raises(StoreFault):
        restored(copy, empty / "ledger.db")
    assert {path.name for path in empty.iterdir()} == {"ledger.db"}


@pytest.mark.parametrize("after", [-1, 4000], ids=["at once", "later"])
def test_a_source_that_fails_leaves_nothing(copy: Path, empty: Path, after: int) -> None:
    class Failing(BytesIO):
        def readinto(self, buffer: object) -> int:
            if self.tell() > after:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer)  # type: ignore[arg-type]  # whatever it is

    with pytest.raises(ExportUnreadable, match="Input/output error"):
        restore(Failing(copy.read_bytes()), "x", empty / "ledger.db", lambda: NOW)
    assert list(empty.iterdir()) == []


ROWS = [
    (Kind.ENTRY, (1, "s", 1, "t", "r", "a")),
    (Kind.ENTRY, (True, "s", 1, "t", "r", "a", b"")),
    (Kind.ENTRY, (1, b"s", 1, "t", "r", "a", b"")),
    (Kind.ENTRY, (1, "s", 1, "t", "r", None, b"")),
    (Kind.ENTRY, (1, "\ud800", 1, "t", "r", "a", b"")),
    (Kind.ENTRY, (1, "s", 1.0, "t", "r", "a", b"")),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_no_ledger_holds_is_no_line(row: tuple[Kind, tuple[object, ...]]) -> None:
    with pytest.raises(LineInvalid):
        written(*row)


@pytest.mark.parametrize("state", [b"", b"{}", "\u2028\0\x7f\U0001f600".encode(), b'{"b64":"AAAA"}', b"\xff", bytes(range(256))])
def test_bytes_come_back_as_they_were(state: bytes) -> None:
    row = (1, ODD, 1, "t", "r", "a\n", state)
    assert read(written(Kind.ENTRY, row)) == (Kind.ENTRY, row)

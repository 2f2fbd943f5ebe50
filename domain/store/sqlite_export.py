"""A SQLite ledger as the lines of an export, from a copy that nobody writes to."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from domain.proof.checkpoint import Checkpoint, TreeHead
from domain.proof.errors import NoTrees
from domain.proof.export_course import Course
from domain.proof.export_errors import NotExportable
from domain.proof.export_lines import FORMAT, Kind, LineInvalid, Row, written
from domain.proof.merkle import root
from domain.proof.notes import Note, NoteInvalid
from domain.store import sqlite_schema
from domain.store.errors import NotALedger
from domain.store.sqlite_faults import fault_of
from domain.store.sqlite_nodes import Execute, Tree, nodes_of, read_count, read_trees
from domain.store.sqlite_tables import SCHEMA_VERSION

ORIGIN_HASH_DIGITS = 32
_PROGRESS_STEP = 1000
_COUNTS = "SELECT (SELECT count(*) FROM stored_events), (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM command_keys)"
_LAST_NOTE = "SELECT note FROM checkpoints ORDER BY number DESC LIMIT 1"
_ROWS = {
    Kind.ENTRY: """
        SELECT e.position, e.originator_id, e.originator_version, s.topic, e.recorded_at, e.actor, s.state
        FROM ledger_entries e CROSS JOIN stored_events s ON s.rowid = e.position ORDER BY e.position
    """,
    Kind.COMMAND: """
        SELECT n.number, k.key, k.fingerprint, k.answer, k.position
        FROM command_nodes n CROSS JOIN command_keys k ON k.key = n.key ORDER BY n.number
    """,
    Kind.CHECKPOINT: "SELECT number, size, note FROM checkpoints ORDER BY number",
    Kind.TIMESTAMP: "SELECT number, checkpoint, token FROM checkpoint_timestamps ORDER BY number",
}

Progress = Callable[[int], None]
"""Told how many entries are done."""


def exported(path: Path, people: Iterable[tuple[Kind, Row]] = (), progress: Progress = lambda _: None) -> Iterator[bytes]:
    """Go through the lines of an export; its last one comes only if all before it agree with the ledger's own trees.

    Raises:
        NotExportable: the ledger does not agree with itself.
        NoTrees: an earlier version wrote it.
        StoreFault: it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            if sqlite_schema.is_empty(connection, path.name):
                raise NotALedger(path.name, "it is empty")
            if sqlite_schema.version_of(connection) < SCHEMA_VERSION:
                raise NoTrees
            yield from _lines(connection.execute, path.name, people, progress)
    except sqlite3.Error as error:
        raise fault_of(error, path.name) from error


def _lines(execute: Execute, name: str, people: Iterable[tuple[Kind, Row]], progress: Progress) -> Iterator[bytes]:
    course = Course(SCHEMA_VERSION)
    rows = _rows(execute, name, people)
    for count, (kind, row) in enumerate(rows):
        yield _line(course, kind, row)
        if count % _PROGRESS_STEP == 0 and kind is Kind.ENTRY:
            progress(count)
    _check_whole(execute, name, course)
    yield _line(course, Kind.END, course.end())


def _rows(execute: Execute, name: str, people: Iterable[tuple[Kind, Row]]) -> Iterator[tuple[Kind, Row]]:
    size = read_count(execute, Tree.ENTRIES)
    yield Kind.HEADER, (FORMAT, SCHEMA_VERSION, _origin(execute, name, size), size)
    for kind, statement in _ROWS.items():
        for row in execute(statement, ()):
            yield kind, row
    yield from people


def _line(course: Course, kind: Kind, row: Row) -> bytes:
    try:
        line = written(kind, row)  # First, for it looks at the types.
        course.add(kind, row)
    except LineInvalid as error:
        where = f"{kind} {row[0]}" if isinstance(row[0], int) else f"a row of the kind {kind}"
        raise NotExportable(f"{where} cannot be kept, for {error}") from error
    return line


def _origin(execute: Execute, name: str, size: int) -> str | None:
    """Return the name of the ledger in its checkpoints; without one, the one that its first would have."""
    row = execute(_LAST_NOTE, ()).fetchone()
    if row is None:
        return f"lifecycle-ledger/{nodes_of(execute, Tree.ENTRIES, name)(0, 0).hex()[:ORIGIN_HASH_DIGITS]}" if size else None
    try:
        return Checkpoint.read(Note.read(row[0]).text).origin
    except (NoteInvalid, TypeError, AttributeError) as error:
        raise NotExportable("its last checkpoint is none") from error


def _check_whole(execute: Execute, name: str, course: Course) -> None:
    entries, commands = course.heads
    if execute(_COUNTS, ()).fetchone() != (entries.size, entries.size, commands.size):
        raise NotExportable("it has not one entry for each event, and one node for each entry and each command")
    trees = read_trees(execute, name)
    kept = [TreeHead(tree.size, tree.root()) for tree in (trees.entries, trees.commands)]
    if kept != [entries, commands]:
        raise NotExportable("its entries or its commands are not those of its trees")
    for number, _, note in execute(_ROWS[Kind.CHECKPOINT], ()):
        try:
            check_roots(execute, name, note)
        except LineInvalid as error:
            raise NotExportable(f"checkpoint {number} cannot be kept, for {error}") from error


def check_roots(execute: Execute, name: str, note: str) -> None:
    """See that a checkpoint is of the trees that stand in a ledger.

    Raises:
        LineInvalid: it is of others.
    """
    signed = Checkpoint.read(Note.read(note).text)
    for tree, head in ((Tree.ENTRIES, signed.entries), (Tree.COMMANDS, signed.commands)):
        if root(head.size, nodes_of(execute, tree, name)) != head.root:
            raise LineInvalid("its note is of other entries or commands than those that stand before it")

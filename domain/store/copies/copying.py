"""A ledger copied to another store: the same positions, instants and bytes, and so the same roots."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.events import Position
from domain.proof.evidence import StoredEntry
from domain.store.copies.errors import CopyDiffers
from domain.store.copies.sides import Part, Roots, Sizes, Source, Target
from domain.store.errors import StoreDamaged

PAGE_ENTRIES = 1000
"""Entries of a transaction."""
PAGE_SIGNED = 200
"""Checkpoints or timestamps of a transaction."""

Progress = Callable[[int], None]
"""Told how many entries the target holds."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What the target holds now, and what it held before."""

    before: Sizes
    after: Sizes
    roots: Roots


def copy(source: Source, target: Target, progress: Progress = lambda _: None) -> Copied:
    """Bring a target to what a source holds now. One that was begun goes on; after each transaction it is the beginning of the source.

    Raises:
        CopyDiffers: the target holds something else, or more.
        StoreDamaged: the source does not hold what its trees say.
        StoreFault: one of them fails.
    """
    goal, before = source.sizes(), target.sizes()
    _check_beginning(source, target, goal, before)
    held = before
    for part, roots in _parts(source, before, goal):
        if not target.write(held, part, roots):
            raise CopyDiffers(source.name, target.name, f"what follows entry {held.entries} does not come to the source's roots there")
        held = _grown(held, part)
        progress(held.entries)
    return Copied(before, held, source.roots(held))


def _check_beginning(source: Source, target: Target, goal: Sizes, before: Sizes) -> None:
    if any(there > here for there, here in zip(before, goal, strict=True)):
        raise CopyDiffers(source.name, target.name, "it holds more")
    if target.roots(before) != source.roots(before):
        raise CopyDiffers(source.name, target.name, f"its first {before.entries} entries or {before.commands} commands are others")
    for after in range(0, before.checkpoints, PAGE_SIGNED):
        if target.checkpoints(after, before.checkpoints, PAGE_SIGNED) != source.checkpoints(after, before.checkpoints, PAGE_SIGNED):
            raise CopyDiffers(source.name, target.name, "its checkpoints are others")
    for after in range(0, before.timestamps, PAGE_SIGNED):
        if target.timestamps(after, before.timestamps, PAGE_SIGNED) != source.timestamps(after, before.timestamps, PAGE_SIGNED):
            raise CopyDiffers(source.name, target.name, "its timestamps are others")


def _parts(source: Source, before: Sizes, goal: Sizes) -> Iterator[tuple[Part, Roots]]:
    """Go through what is missing: entries each with the commands that brought them, then what was signed."""
    held = before
    while held[:2] != goal[:2]:
        entries = source.entries(held.entries, goal.entries, PAGE_ENTRIES)
        _check_whole(source, held.entries, entries)
        position = entries[-1].position if entries else held.entries
        commands = source.commands(held.commands, goal.commands, position, PAGE_ENTRIES)
        part = Part(entries, commands)
        if not entries and not commands:
            raise StoreDamaged(source.name, f"an entry or a command is missing after entry {held.entries}")
        held = _grown(held, part)
        yield part, source.roots(held)
        while len(commands) == PAGE_ENTRIES:
            commands = source.commands(held.commands, goal.commands, position, PAGE_ENTRIES)
            if commands:
                part = Part(commands=commands)
                held = _grown(held, part)
                yield part, source.roots(held)
    roots = source.roots(held)
    while held.checkpoints < goal.checkpoints:
        part = Part(checkpoints=source.checkpoints(held.checkpoints, goal.checkpoints, PAGE_SIGNED))
        held = _grown(held, part)
        yield part, roots
    while held.timestamps < goal.timestamps:
        part = Part(timestamps=source.timestamps(held.timestamps, goal.timestamps, PAGE_SIGNED))
        held = _grown(held, part)
        yield part, roots


def _check_whole(source: Source, after: Position, entries: Sequence[StoredEntry]) -> None:
    for wanted, entry in enumerate(entries, start=after + 1):
        if entry.position != wanted:
            raise StoreDamaged(source.name, f"entry {wanted} is missing")


def _grown(held: Sizes, part: Part) -> Sizes:
    return Sizes(*(size + len(rows) for size, rows in zip(held, part, strict=True)))

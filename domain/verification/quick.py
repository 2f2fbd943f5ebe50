"""The quick walk: it says that all entries agree, or that something is wrong, and not what.

Whoever is told that something is wrong goes through the entries one by one (`walk.walk_entries`), which names the first. Both walks check
the same. Of a large log, the streams are walked in a process of their own meanwhile.
"""

import sqlite3
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from domain.events import Position
from domain.proof.checkpoint import TreeHead
from domain.verification.quick_hashes import hashes_agree
from domain.verification.quick_streams import streams_agree
from domain.verification.signed import Signed
from domain.verification.walk import Progress

APART_FROM = 100_000
"""Entries from which on a second process is worth the half second that it takes to begin."""


def entries_agree(path: Path, last: Position, signed: Sequence[Signed], progress: Progress) -> bool:
    """Tell whether nothing is wrong with the entries up to a position, and what was signed of them."""
    ordered = sorted((each.checkpoint for each in signed), key=lambda checkpoint: checkpoint.entries.size)
    if ordered and ordered[-1].entries.size > last:
        return False
    heads, maps = [each.entries for each in ordered], [(each.entries.size, each.streams) for each in ordered]
    try:
        if last < APART_FROM:
            return hashes_agree(path, last, heads, progress) and streams_agree(path, last, maps)
        return _apart(path, last, heads, maps, progress)
    except (sqlite3.Error, OverflowError):
        return False


def _apart(path: Path, last: Position, heads: Sequence[TreeHead], maps: Sequence[tuple[Position, TreeHead]], progress: Progress) -> bool:
    context = get_context("spawn")
    answer, told = context.Pipe(duplex=False)
    process = context.Process(target=_tell_streams, args=(told, path, last, maps), daemon=True)
    process.start()
    told.close()
    try:
        return hashes_agree(path, last, heads, progress) and bool(answer.recv())
    except EOFError:  # It was ended from outside.
        return False
    finally:
        process.kill()
        process.join()
        answer.close()


def _tell_streams(told: Connection, path: Path, last: Position, maps: Sequence[tuple[Position, TreeHead]]) -> None:
    told.send(streams_agree(path, last, maps))

"""The quick walk: it says that all entries agree, or that something is wrong, and not what.

Whoever is told that something is wrong goes through the entries one by one (`walk.walk_entries`), which names the first. Both walks check
the same. Of a large log, a second process walks the streams, and the last of the entries, meanwhile.
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
OWN_SHARE = 0.88
"""Of the entries, which the first process hashes: the second one has the streams, too."""


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
    own = int(last * OWN_SHARE)
    process = context.Process(target=_tell_rest, args=(told, path, own, last, heads, maps), daemon=True)
    process.start()
    told.close()
    try:
        return hashes_agree(path, own, [head for head in heads if head.size <= own], progress) and bool(answer.recv())
    except EOFError:  # It was ended from outside.
        return False
    finally:
        process.kill()
        process.join()
        answer.close()


def _tell_rest(
    told: Connection, path: Path, own: Position, last: Position, heads: Sequence[TreeHead], maps: Sequence[tuple[Position, TreeHead]]
) -> None:
    """Tell whether the streams agree, and the entries after those that the first process hashes."""
    try:
        agree = streams_agree(path, last, maps) and hashes_agree(path, last, heads, lambda _: None, own)
    except (sqlite3.Error, OverflowError):
        agree = False
    told.send(agree)

"""Verifying a ledger's file: the guards, the entries, the commands, the checkpoints, and what was kept elsewhere."""

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from domain.proof.notes import VerifyingKey
from domain.store.sqlite_raw import RawLog, raw_log
from domain.verification.quick import entries_agree
from domain.verification.signed import Signed, external_checkpoint, own_checkpoints
from domain.verification.verdicts import Found, Verdict, Verified, tampered, truncated, unverifiable
from domain.verification.walk import Progress, walk_commands, walk_entries

_TREES_SINCE = 2

Extents = Mapping[str, tuple[int, int]]
"""Of each table, how many rows it has, and its last one."""


def verify(path: Path, against: Sequence[str] = (), trusted: Sequence[VerifyingKey] = (), progress: Progress = lambda _: None) -> Verified:
    """Say whether a ledger's file still holds what was recorded and signed.

    `against` are the texts of checkpoints that were kept elsewhere, `trusted` the keys that the ledger is known by.

    Raises:
        NoteInvalid: what was kept elsewhere is no checkpoint.
        StoreFault: there is no such file.
    """
    counts = _Counts()
    try:
        with raw_log(path) as log:
            _verify(path, log, against, trusted, progress, counts)
    except Found as found:
        return Verified(found.fault.verdict, found.fault, *counts.all())
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        fault = unverifiable(f"the file cannot be read: {error}").fault
        return Verified(fault.verdict, fault, *counts.all())
    verdict = Verdict.INTACT if counts.checkpoints or counts.external else Verdict.NEVER_CHECKPOINTED
    return Verified(verdict, None, *counts.all())


class _Counts:
    """How far a verification came."""

    def __init__(self) -> None:
        self.entries = self.commands = self.checkpoints = self.external = 0

    def all(self) -> tuple[int, int, int, int]:
        """Return them in their order."""
        return self.entries, self.commands, self.checkpoints, self.external


def _verify(path: Path, log: RawLog, against: Sequence[str], trusted: Sequence[VerifyingKey], progress: Progress, counts: _Counts) -> None:
    if log.schema_version() < _TREES_SINCE:
        raise unverifiable("an earlier version wrote it, without trees. Copy the file, then run lifecycle db upgrade")
    if changed := log.changed_schema():
        raise tampered("sqlite_master", None, f"these are not a ledger's: {', '.join(changed[:5])}")
    own = own_checkpoints(log.checkpoints(), trusted)
    external = [external_checkpoint(text, own, trusted) for text in against]
    signed = [each for each in (*own, *external) if each.checkpoint.entries.size]
    extents = log.extents()
    _, last = extents["ledger_entries"]
    counts.entries = last if entries_agree(path, last, signed, progress) else walk_entries(log.entries(), signed, progress)
    _check_extents(extents, counts.entries)
    counts.commands = walk_commands(log.commands(), signed, counts.entries)
    _check_extra_commands(extents, counts.commands)
    _check_timestamps(log, own)
    counts.checkpoints, counts.external = len(own), len(external)


def _check_extents(extents: Extents, entries: int) -> None:
    for table in ("ledger_nodes", "stored_events"):
        count, last = extents[table]
        if last > entries:
            raise truncated("ledger_entries", entries + 1, f"{table} goes on to {last}")
        if count != entries:
            raise tampered(table, None, f"it has {count} rows for {entries} entries")


def _check_extra_commands(extents: Extents, commands: int) -> None:
    count, _ = extents["command_keys"]
    if count != commands:
        raise tampered("command_keys", None, f"it has {count} rows, and {commands} were recorded")


def _check_timestamps(log: RawLog, own: Sequence[Signed]) -> None:
    """Check that each token holds the hash of its checkpoint's note; whether its authority is to be trusted is for who trusts it to say."""
    for expected, (number, checkpoint, token) in enumerate(log.timestamps(), start=1):
        known = type(checkpoint) is int and 0 < checkpoint <= len(own)
        if number != expected or not known or not isinstance(token, bytes):
            raise tampered("checkpoint_timestamps", expected, "it is missing, or is of no checkpoint")
        if sha256(own[checkpoint - 1].note.encode()).digest() not in token:
            raise tampered("checkpoint_timestamps", expected, "its token is not of its checkpoint's note")

"""A checkpoint and its timestamp: asked for when the checkpoint stands, so that no authority can keep one from being made."""

from contextlib import suppress
from pathlib import Path

from api.timestamping.asking import roots_of, stamp
from api.timestamping.settings import TimestampSettings
from domain.proof.evidence import KeptCheckpoint
from domain.proof.timestamps import Stamped, TimestampInvalid, checked
from domain.store.sqlite_timestamps import keep_timestamp, timestamps_of


def stamp_checkpoint(ledger: Path, kept: KeptCheckpoint, settings: TimestampSettings) -> Stamped:
    """Have a checkpoint stamped, unless it has a timestamp that can be trusted: return what that says. Blocking, outside of any event loop.

    Raises:
        AuthorityUnusable: the settings are not complete, or not right.
        AuthorityFailed: the authority gave no timestamp.
        TimestampInvalid: it gave one that cannot be trusted.
        TimestampsNotInstalled: what reads it is not installed.
        StoreFault: the ledger cannot be read, or take it.
    """
    note, roots = kept.note.encode(), roots_of(settings)
    for token in timestamps_of(ledger, kept.number):
        with suppress(TimestampInvalid):
            return checked(token, note, roots)
    token = stamp(note, settings)
    keep_timestamp(ledger, kept.number, token)
    return checked(token, note, roots)

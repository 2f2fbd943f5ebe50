"""Checkpoints as they have to be: each signed by a key that was known before, sizes never shrinking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.proof.checkpoint import Checkpoint
from domain.proof.notes import Note, NoteInvalid, VerifyingKey
from domain.verification.verdicts import tampered, unverifiable

_TABLE = "checkpoints"


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose signature was checked."""

    number: int | None
    """None for one that was kept elsewhere."""
    note: str
    checkpoint: Checkpoint


def own_checkpoints(rows: Iterable[tuple[object, object, object]], trusted: Sequence[VerifyingKey]) -> Sequence[Signed]:
    """Check the rows of the ledger's own checkpoints.

    Where keys are given, one of them has to be among those that sign; else the first checkpoint's own keys are taken for the ledger's.

    Raises:
        Found: a row is not what was written, or no known key vouches for it.
    """
    found: list[Signed] = []
    known: set[VerifyingKey] = set()
    for expected, (number, size, note) in enumerate(rows, start=1):
        signed = _signed(expected, number, size, note)
        checkpoint, parsed = signed.checkpoint, Note.read(signed.note)
        vouching = {key for key in checkpoint.keys if key.vouches(parsed)}
        if not vouching:
            raise tampered(_TABLE, expected, "none of its signatures is right")
        if known and not vouching & known:
            raise unverifiable("it is signed by keys for which none before it vouches", _TABLE, expected)
        if found:
            _check_order(found[-1].checkpoint, checkpoint, expected)
        known = set(checkpoint.keys)
        found.append(signed)
    if trusted and found and not any(key.vouches(Note.read(each.note)) for each in found for key in trusted):
        raise unverifiable("no checkpoint is signed by a key that was given", _TABLE, found[-1].number)
    return found


def external_checkpoint(text: str, own: Sequence[Signed], trusted: Sequence[VerifyingKey]) -> Signed:
    """Check a checkpoint that was kept elsewhere.

    Raises:
        Found: it is of another ledger, or signed by nobody who is known.
        NoteInvalid: it is no checkpoint.
    """
    note = Note.read(text)
    checkpoint = Checkpoint.read(note.text)
    if own and own[-1].checkpoint.origin != checkpoint.origin:
        raise unverifiable(f"the checkpoint to compare with is of {checkpoint.origin}, and this ledger is {own[-1].checkpoint.origin}")
    known = {*trusted, *(key for each in own for key in each.checkpoint.keys)}
    if not any(key.vouches(note) for key in known):
        raise unverifiable("the checkpoint to compare with is signed by no key that is known; give the ledger's key")
    return Signed(None, text, checkpoint)


def _signed(expected: int, number: object, size: object, note: object) -> Signed:
    if number != expected:
        raise tampered(_TABLE, expected, "it is missing")
    try:
        text = note.decode() if isinstance(note, bytes) else ""
        checkpoint = Checkpoint.read(Note.read(text).text)
    except (NoteInvalid, UnicodeDecodeError) as error:
        raise tampered(_TABLE, expected, f"its note cannot be read: {error}") from error
    if size != checkpoint.entries.size or type(size) is not int:
        raise tampered(_TABLE, expected, "its size is not that of its note")
    return Signed(expected, text, checkpoint)


def _check_order(before: Checkpoint, after: Checkpoint, number: int) -> None:
    if after.origin != before.origin:
        raise tampered(_TABLE, number, "it names another origin than the one before")
    if after.entries.size < before.entries.size or after.commands.size < before.commands.size or after.made_at < before.made_at:
        raise tampered(_TABLE, number, "it covers less than the one before, or is older")

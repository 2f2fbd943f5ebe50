"""Decisions about people: what they want, and the receipt of their erasure."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from domain.directory.commands import OptIn, OptOut, PersonCommand, RecordErasure
from domain.directory.events import OptedIn, OptedOut, PersonErased, PersonEvent
from domain.directory.person import Person


def record_wish(known: Person, command: PersonCommand, seen_at: datetime) -> Sequence[PersonEvent]:
    """Record what changes something: a wish that stands, and an erasure that was done, are not recorded again."""
    match command:
        case OptOut():
            return [] if known.opted_out else [OptedOut(person=known.id, seen_at=seen_at)]
        case OptIn():
            return [OptedIn(person=known.id, seen_at=seen_at)] if known.opted_out else []
        case RecordErasure():
            return [] if known.erased else [PersonErased(person=known.id, seen_at=seen_at)]
        case _:
            assert_never(command)

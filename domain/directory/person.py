"""What a person wants, and whether anything is known of them still."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import assert_never, cast

from domain.directory.events import OptedIn, OptedOut, PersonErased, PersonEvent
from domain.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Person:
    """A person, known by an opaque id alone."""

    id: str
    version: int = 0
    opted_out: bool = False
    erased: bool = False


def evolve(person: Person, entry: Recorded) -> Person:
    """Take in what one event means to a person."""
    event = cast("PersonEvent", entry.event)
    match event:
        case OptedOut():
            return replace(person, version=entry.version, opted_out=True)
        case OptedIn():
            return replace(person, version=entry.version, opted_out=False)
        case PersonErased():
            return replace(person, version=entry.version, erased=True)
        case _:
            assert_never(event)


def fold(person: str, history: Sequence[Recorded]) -> Person:
    """Make the person from its history."""
    return reduce(evolve, history, Person(person))

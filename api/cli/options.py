"""Options that several commands share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from api.settings import ACTOR_VARIABLE, DATABASE_VARIABLE
from domain.errors import InvalidInstant, InvalidName, InvalidScope
from domain.events import Position
from domain.instants import parse_instant
from domain.ledger import Asked
from domain.subjects import Scope

Database = Annotated[
    str | None, typer.Option(envvar=DATABASE_VARIABLE, help="The ledger, like sqlite:///ledger.db. Default: the one in your data folder.")
]
Actor = Annotated[
    str | None, typer.Option(envvar=ACTOR_VARIABLE, help="In whose name entries are appended. Default: yours at this machine.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ValidAt = Annotated[str | None, typer.Option(help="When in the world: a day or an instant with an offset. Default: now.")]
KnownAt = Annotated[str | None, typer.Option(help="As publicly known by then. Default: now.")]
RecordedAt = Annotated[str | None, typer.Option(help="As this ledger held it by then, or at a position: @57. Default: all of it.")]
ScopeOption = Annotated[
    list[str] | None,
    typer.Option("--scope", help="Part of the model, as key=value: version=2, region=westus. Can be given more than once."),
]


def scope_of(parts: Sequence[str] | None, version: Scope | None = None) -> Scope:
    """Read `key=value` options into a scope, with the version of a short form if there was one.

    Raises:
        InvalidScope: an option has no equals sign, or its key is not one.
        InvalidName: a value cannot be used.
    """
    pairs = dict(version.pairs) if version else {}
    for part in parts or ():
        key, equals, value = part.partition("=")
        if not equals:
            raise InvalidScope(part)
        if pairs.setdefault(key.strip(), value) != value:
            raise InvalidName(f"scope {key.strip()}", value, f"{pairs[key.strip()]} was given for it too; give one of the two")
    return Scope.of(pairs)


def asked(scope: Scope, valid_at: str | None, known_at: str | None, recorded_at: str | None) -> Asked:
    """Read the three clocks of a question.

    Raises:
        InvalidInstant: one of them names no instant.
    """
    return Asked(
        scope=scope,
        valid_at=parse_instant(valid_at) if valid_at is not None else None,
        known_at=parse_instant(known_at) if known_at is not None else None,
        recorded_at=_recorded(recorded_at) if recorded_at is not None else None,
    )


def _recorded(text: str) -> datetime | Position:
    if not text.startswith("@"):
        return parse_instant(text)
    if not text[1:].isascii() or not text[1:].isdecimal():
        raise InvalidInstant(text, "after @ comes a position of the ledger, like @57")
    return int(text[1:])

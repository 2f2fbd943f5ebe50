"""The lines of an export: a JSON object each, sealed by the hash of all that stands before it in the line.

A row can be written in one way alone, so that a line which is not exactly what its row would be written as is refused.
"""

from base64 import b64decode, b64encode
from enum import StrEnum
from hashlib import sha256
from types import NoneType
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

FORMAT = "lifecycle-ledger/export/v1"
LINE_BYTES_MAX = 2**28
"""Longer than anything that a ledger holds; what is longer is no line of ours."""

Row = tuple[Any, ...]
Types = tuple[type, ...]


class Kind(StrEnum):
    """What a line holds. An export has its lines in this order."""

    HEADER = "header"
    ENTRY = "entry"
    COMMAND = "command"
    CHECKPOINT = "checkpoint"
    TIMESTAMP = "timestamp"
    PEOPLE_KEY = "people_key"
    """By what is told whether a key opens what is known of people; not that key."""
    PERSON = "person"
    CARD = "card"
    WEBHOOK = "webhook"
    END = "end"


_TEXT: Types = (str,)
_NUMBER: Types = (int,)
_BYTES: Types = (bytes,)
_TEXT_OR_NONE: Types = (str, NoneType)
_BYTES_OR_NONE: Types = (bytes, NoneType)

COLUMNS: dict[Kind, dict[str, Types]] = {
    Kind.HEADER: {"format": _TEXT, "schema": _NUMBER, "origin": _TEXT_OR_NONE, "position": _NUMBER},
    Kind.ENTRY: {
        "position": _NUMBER,
        "stream": _TEXT,
        "version": _NUMBER,
        "topic": _TEXT,
        "recorded_at": _TEXT,
        "actor": _TEXT,
        "state": _BYTES,
    },
    Kind.COMMAND: {"number": _NUMBER, "key": _TEXT, "fingerprint": _TEXT, "answer": _BYTES, "position": _NUMBER},
    Kind.CHECKPOINT: {"number": _NUMBER, "size": _NUMBER, "note": _TEXT},
    Kind.TIMESTAMP: {"number": _NUMBER, "checkpoint": _NUMBER, "token": _BYTES},
    Kind.PEOPLE_KEY: {"value": _BYTES},
    Kind.PERSON: {
        "id": _TEXT,
        "wrapped": _BYTES_OR_NONE,
        "by_directory": _BYTES_OR_NONE,
        "by_address": _BYTES_OR_NONE,
        "content": _BYTES_OR_NONE,
        "cards": _NUMBER,
        "address": _NUMBER,
        "erased_at": _TEXT_OR_NONE,
    },
    Kind.CARD: {"id": _TEXT, "number": _NUMBER, "sealed": _BYTES},
    Kind.WEBHOOK: {"id": _TEXT, "wrapped": _BYTES, "sealed": _BYTES},
    Kind.END: {
        "entries": _NUMBER,
        "entries_root": _TEXT,
        "commands": _NUMBER,
        "commands_root": _TEXT,
        "checkpoints": _NUMBER,
        "timestamps": _NUMBER,
        "people": _NUMBER,
    },
}
"""The members of each line, in their order. Bytes are written as text where they are UTF-8, else as `{"b64": "..."}`."""


class LineInvalid(ValueError):
    """What is no line of an export. Its text says why, as the end of a sentence."""


def written(kind: Kind, row: Row) -> bytes:
    """Write a row as a line.

    Raises:
        LineInvalid: a value is not of the type that its column has, is no Unicode, or is too long.
    """
    columns = COLUMNS[kind]
    if len(row) != len(columns):
        raise LineInvalid(f"a line of the kind {kind} has {len(columns)} values")
    members: dict[str, Any] = {"kind": kind}
    for (name, types), value in zip(columns.items(), row, strict=True):
        if type(value) not in types:
            raise LineInvalid(f"its {name} is not of the type that it must have")
        members[name] = _shown(value) if type(value) is bytes else value
    try:
        text = to_json(members)[:-1]
    except PydanticSerializationError:
        raise LineInvalid("it holds text that is not Unicode") from None
    line = b'%s,"sha256":"%s"}\n' % (text, sha256(text).hexdigest().encode())
    if len(line) > LINE_BYTES_MAX:
        raise LineInvalid("it is too long")
    return line


def read(line: bytes) -> tuple[Kind, Row]:
    """Read a line.

    Raises:
        LineInvalid: it is not one, or was changed.
    """
    try:
        members = from_json(line, allow_inf_nan=False)
        kind = Kind(members["kind"])
        row = tuple(_value(members[name], types) for name, types in COLUMNS[kind].items())
    except (ValueError, KeyError, TypeError):
        raise LineInvalid("it is no line of an export, or was cut off") from None
    if written(kind, row) != line:
        raise LineInvalid("it is not as it was written")
    return kind, row


def _shown(value: bytes) -> str | dict[str, str]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": b64encode(value).decode()}


def _value(shown: Any, types: Types) -> Any:  # noqa: ANN401  # whatever JSON can hold, and what becomes of it
    if bytes not in types or shown is None:
        return shown
    return b64decode(shown["b64"]) if isinstance(shown, dict) else str(shown).encode()

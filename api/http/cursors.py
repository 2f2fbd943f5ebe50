"""Cursors: where the next page begins, at which position of the ledger, and for which question. Opaque to clients."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from starlette.requests import Request

from api.http.problems import CursorInvalid
from api.http.queries import POSITION_MAX
from domain.errors import InvalidInstant
from domain.events import Position
from domain.instants import format_instant, parse_instant

CURSOR = "cursor"
_NOT_PART = frozenset({CURSOR, "limit", "min_position"})


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that stands still."""

    position: Position
    after: Sequence[str | int]
    """The key of the last row that was given."""
    valid_at: datetime | None = None
    known_at: datetime | None = None

    def address(self, request: Request) -> str:
        """Return the address of the next page."""
        content = [
            self.position,
            list(self.after),
            self.valid_at and format_instant(self.valid_at),
            self.known_at and format_instant(self.known_at),
            _question(request),
        ]
        text = urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")
        return str(request.url.include_query_params(cursor=text).replace(scheme="", netloc=""))


def read_cursor(request: Request, text: str | None, shape: Sequence[type]) -> Cursor | None:
    """Read what `Cursor.address` wrote for the same question; none for a first page. `shape` is that of a row's key.

    Raises:
        CursorInvalid: it was not given out for this question.
    """
    if text is None:
        return None
    try:
        position, after, valid_at, known_at, question = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cursor = Cursor(_position(position), _key(after, shape), _instant(valid_at), _instant(known_at))
    except (ValueError, TypeError, NotBase64, RecursionError, InvalidInstant) as error:
        raise _invalid() from error
    if question != _question(request):
        raise _invalid()
    return cursor


def _invalid() -> CursorInvalid:
    return CursorInvalid(detail="This cursor was not given out for this question. Ask for the first page again.")


def _position(value: object) -> Position:
    if type(value) is not int or not 0 <= value <= POSITION_MAX:
        raise TypeError(value)
    return value


def _key(value: object, shape: Sequence[type]) -> Sequence[str | int]:
    if not isinstance(value, list) or [type(part) for part in value] != list(shape):
        raise TypeError(value)
    return value


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    return parse_instant(value)


def _question(request: Request) -> str:
    """Tell questions apart: the path and all parameters but those that pages differ by."""
    asked: Mapping[str, str] = {name: value for name, value in request.query_params.items() if name not in _NOT_PART}
    return blake2b(json.dumps([request.url.path, sorted(asked.items())]).encode(), digest_size=6).hexdigest()

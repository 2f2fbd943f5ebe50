"""Cursors: where the next page begins, at which position of the ledger, and for which question. Opaque to clients."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from urllib.parse import quote, urlencode

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
        return next_address(request, cursor=self.text(request))

    def text(self, request: Request) -> str:
        """Write it for a question, with a digest of both: what is changed on its way is refused."""
        instants = self.valid_at and format_instant(self.valid_at), self.known_at and format_instant(self.known_at)
        content = [self.position, list(self.after), *instants]
        told = json.dumps([*content, _digest(request, content)], separators=(",", ":"))
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")


def next_address(request: Request, **changed: str | int) -> str:
    """Return the address of another page of the same list, relative to this service."""
    asked = {name: value for name, value in request.query_params.items() if name != "min_position"}
    path: str = request.scope["path"]
    return f"{quote(path)}?{urlencode({**asked, **changed})}"


def read_cursor(request: Request, text: str | None, shape: Sequence[type]) -> Cursor | None:
    """Read what `Cursor.address` wrote for the same question; none for a first page. `shape` is that of a row's key.

    Raises:
        CursorInvalid: it was not given out for this question.
    """
    if text is None:
        return None
    try:
        position, after, valid_at, known_at, _ = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cursor = Cursor(_position(position), _key(after, shape), _instant(valid_at), _instant(known_at))
        same = cursor.text(request) == text
    except (ValueError, TypeError, NotBase64, RecursionError, InvalidInstant) as error:
        raise _invalid() from error
    if not same:
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
    if any(isinstance(part, int) and abs(part) > POSITION_MAX for part in value):
        raise ValueError(value)  # No database has such a number.
    return value


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    return parse_instant(value)


def _digest(request: Request, content: Sequence[object]) -> str:
    """Stand for a cursor's content and its question: the path, and all parameters but those that pages differ by."""
    asked = sorted((name, value) for name, value in request.query_params.items() if name not in _NOT_PART)
    return blake2b(json.dumps([content, request.scope["path"], asked]).encode(), digest_size=9).hexdigest()

"""The digest of a view: one line of text that two builds of the same rows have in common."""

import json
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Connection, Table, select

_PAGE_ROWS = 1000


def digest_of(connection: Connection, tables: Sequence[Table]) -> str:
    """Return the SHA-256, in hex, over each table's name and its rows in the order of their key, each a line of JSON.

    It is the same on every database.
    """
    found = sha256()
    for table in tables:
        found.update(table.name.encode() + b"\n")
        rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_PAGE_ROWS))
        for row in rows:
            found.update(json.dumps(tuple(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return found.hexdigest()

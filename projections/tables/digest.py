"""The digest of a view: one line of text that two builds of the same rows have in common."""

import json
from hashlib import sha256

from sqlalchemy import Connection, Table, select

_PAGE_ROWS = 1000


def digest_of(connection: Connection, table: Table) -> str:
    """Return the SHA-256, in hex, over the rows in the order of their key, each a line of JSON: the same on every database."""
    found = sha256()
    rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_PAGE_ROWS))
    for row in rows:
        found.update(json.dumps(tuple(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return found.hexdigest()

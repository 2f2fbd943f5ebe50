"""Tables for spreadsheets: the one place where CSV is written. No cell of ours becomes a formula there.

A spreadsheet computes a cell that begins like a formula, and formulas can fetch and send. Where its own separator is another one than the
comma, it also splits a cell at it, so what stands behind one is looked at too.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_APART = r";|\t\r\n"
"""What separates cells and lines, somewhere."""

_UNSEEN = r" \x00-\x08\x0b\x0c\x0e-\x1f\x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
"""What is not seen before a formula, and left out by some."""

_FIRST = r"=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
"""What a formula begins with, in all widths."""

_looks_dangerous = re.compile(rf"[{_APART}\x00][{_UNSEEN}]*[{_FIRST}]|\x00[\t\r\n]").search
_BEGINNING = re.compile(rf"^(?=[\t\r\n]|[{_UNSEEN}]*[{_FIRST}])|(?<=[{_APART}])(?=[{_UNSEEN}]*[{_FIRST}])")


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV; what would be a formula gets an apostrophe before it, and is a text. Numbers and dates stay what they are."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(map(_safe_row, rows))
    return buffer.getvalue()


def safe_cell(cell: object) -> object:
    """Return a cell as it can stand in a table."""
    return _BEGINNING.sub("'", cell) if isinstance(cell, str) else cell


def _safe_row(row: Sequence[object]) -> Sequence[object]:
    """Look at a row's texts all at once, for hardly ever is there anything to do."""
    together = "\0".join([cell for cell in row if isinstance(cell, str)])
    return [*map(safe_cell, row)] if _looks_dangerous(f"\0{together}") else row

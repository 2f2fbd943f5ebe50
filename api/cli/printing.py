"""Printing: JSON for programs, aligned lines for people."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any


def print_json(data: Any) -> None:  # noqa: ANN401  # whatever can be written as JSON
    """Print data as JSON on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def say(text: str) -> None:
    """Say something to the person, on standard error, where it disturbs no data."""
    sys.stderr.write(text + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of data on standard output."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def columns(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> Iterable[str]:
    """Align rows as columns, the last one as long as it likes."""
    table = [[*header], *map(list, rows)] if header else [list(row) for row in rows]
    widths = [max((_width(row[place]) for row in table), default=0) for place in range(len(table[0]))] if table else []
    for row in table:
        yield "  ".join(_padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))

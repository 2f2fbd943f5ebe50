"""Printing: JSON for programs, aligned lines for people."""

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from api.exit_codes import ExitCode


def print_json(data: Any) -> None:  # noqa: ANN401  # whatever can be written as JSON
    """Print data as JSON on standard output."""
    _write([json.dumps(data, ensure_ascii=False, indent=2)])


def say(text: str) -> None:
    """Say something to the person, on standard error, where it disturbs no data."""
    sys.stderr.write(text + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of data on standard output."""
    _write(lines)


def _write(lines: Iterable[str]) -> None:
    try:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; closing the pipe here keeps the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(ExitCode.FINE) from None


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

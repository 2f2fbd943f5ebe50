"""The command line, run within the test's own process as a shell would run it."""

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from api.cli.main import run


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


@dataclass
class Shell:
    """A user with a home and a working folder of their own, and no ledger yet."""

    home: Path

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIFECYCLE_", "XDG_"))}
        return {**kept, "HOME": str(self.home), "XDG_DATA_HOME": str(self.home / "data"), "NO_COLOR": "1", "COLUMNS": "200"}

    def lifecycle(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, terminal: bool = False) -> Result:
        out, err = io.StringIO(), Terminal() if terminal else io.StringIO()
        given: Any = io.TextIOWrapper(io.BytesIO(stdin))
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.home),
            patch.object(sys, "argv", ["lifecycle", *arguments]),
            patch.object(sys, "stdin", given),
            patch.dict(os.environ, {**self.environment(), **(env or {})}, clear=True),
        ):
            code = _exit_code()
        return Result(code, out.getvalue(), err.getvalue())


def _exit_code() -> int:
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0

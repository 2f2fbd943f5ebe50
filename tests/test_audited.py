from typing import Any

import pytest

from tests.audited import told

GOOD = {"name": "good", "version": "1", "vulns": []}
WEAK = {"name": "weak", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "own", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([GOOD, GOOD], 0, "No known weakness in 2 of 2 installed packages."),
        ([GOOD, UNKNOWN], 0, "No known weakness in 1 of 2 installed packages; 1 could not be looked up here."),
        ([GOOD, WEAK, UNKNOWN], 1, "Known weaknesses: weak 2: PYSEC-1"),
    ],
)
def test_a_known_weakness_fails_and_what_was_not_looked_up_is_told(packages: list[Any], code: int, words: str) -> None:
    assert told({"dependencies": packages}) == (code, words)

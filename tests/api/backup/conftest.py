from pathlib import Path

import pytest

from tests.api.backup.copies import copied, filled


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with something of each kind, closed."""
    (tmp_path / "first").mkdir()
    return filled(tmp_path / "first" / "ledger.db")


@pytest.fixture
def copy(ledger: Path) -> Path:
    """An export of it."""
    return copied(ledger)[0]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder in which nothing stands yet."""
    (tmp_path / "second").mkdir()
    return tmp_path / "second"

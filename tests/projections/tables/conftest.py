"""What the tests of the tables share: a ledger in a file with four models' beginnings, and the path of its views."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.tables.views import Views, views_path
from tests.projections.tables.logs import Log, opened


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def path(ledger_path: Path) -> Path:
    return views_path(ledger_path)


@pytest.fixture
def log(ledger_path: Path) -> Iterator[Log]:
    with opened(ledger_path) as filled:
        yield filled


@pytest.fixture
def views(path: Path) -> Iterator[Views]:
    with Views.open(path) as found:
        yield found

"""What the tests of the directory share: an empty ledger, and its views."""

from collections.abc import Iterator

import pytest

from projections.tables.views import Views
from tests.projections.tables.logs import Log, opened


@pytest.fixture
def log() -> Iterator[Log]:
    with opened() as found:
        yield found


@pytest.fixture
def views() -> Iterator[Views]:
    with Views.open(None) as found:
        yield found

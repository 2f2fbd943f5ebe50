"""What the views' tests share."""

from collections.abc import Iterator

import pytest

from domain.ledger import Ledger
from tests.ledgers import HandClock, ledger_in_memory


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(clock: HandClock) -> Iterator[Ledger]:
    with ledger_in_memory(clock) as opened:
        yield opened

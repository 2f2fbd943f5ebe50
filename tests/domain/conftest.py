"""What the domain's tests share."""

from collections.abc import Iterator

import pytest

from domain.ledger import Ledger

pytest.register_assert_rewrite("tests.spec")

from tests.ledgers import HandClock, ledger_in_memory  # noqa: E402  # its asserts are to be told in full, so they are rewritten first


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(clock: HandClock) -> Iterator[Ledger]:
    with ledger_in_memory(clock) as opened:
        yield opened

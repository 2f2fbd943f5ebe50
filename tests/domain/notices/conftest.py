"""What the tests of notification runs share."""

import pytest

from domain.ledger import Ledger
from tests.domain.notices.site import RUN, dated, prepare


@pytest.fixture
def site(ledger: Ledger) -> Ledger:
    return prepare(ledger)


@pytest.fixture
def announced(site: Ledger) -> Ledger:
    """A ledger with a run, whose audience is not recorded yet."""
    assert site.execute(dated()).runs == (RUN,)
    return site

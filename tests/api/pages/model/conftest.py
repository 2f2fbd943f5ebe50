"""Ledgers for the tests of a model's page."""

from collections.abc import Iterator

import pytest

from api.sample import fill
from tests.api.http.apps import Site, site


@pytest.fixture
def empty() -> Iterator[Site]:
    """A ledger that holds nothing."""
    with site() as found:
        yield found


@pytest.fixture
def mistral(empty: Site) -> Site:
    """The worked example, listed and announced."""
    empty.list_and_announce()
    return empty


@pytest.fixture(scope="module")
def sample() -> Iterator[Site]:
    """The packaged sample, for tests that write nothing; they share it."""
    with site() as found:
        fill(found.ledger)
        yield found

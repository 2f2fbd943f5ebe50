"""Sites for the tests of the HTTP API."""

from collections.abc import Iterator

import pytest

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
def still() -> Iterator[Site]:
    """The same, for tests that write nothing; they share it."""
    with site() as found:
        found.list_and_announce()
        yield found

import pytest

from tests.api.cli.site import Site
from tests.cli import Shell


@pytest.fixture
def site(shell: Shell) -> Site:
    return Site(shell)

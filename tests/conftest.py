"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # Machines are shared: how long an example takes says nothing.
settings.load_profile("untimed")

pytest.register_assert_rewrite("tests.spec", "tests.second_opinion", "tests.api.http.apps")

from tests.cli import Shell  # noqa: E402  # asserts of helpers are to be told in full, so they are rewritten first


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)

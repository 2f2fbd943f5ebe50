"""A people's file, its key, and what stands in all its bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.people.keys import MasterKey
from domain.people.registry import People, people_path


@pytest.fixture
def key() -> MasterKey:
    return MasterKey.in_memory()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return people_path(tmp_path / "ledger.db")


@pytest.fixture
def people(path: Path, key: MasterKey) -> Iterator[People]:
    with People.open(path, key) as opened:
        yield opened

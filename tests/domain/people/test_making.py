"""A file that is made whole or not at all, once."""

from pathlib import Path

import pytest

from domain.people.making import made_once


def test_it_is_in_place_when_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "secret"
    with made_once(path) as unfinished:
        unfinished.write_text("whole")
        assert not path.exists()
        assert unfinished.stat().st_mode & 0o777 == 0o600
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("whole", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_whoever_comes_second_leaves_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with made_once(path) as slow:
        slow.write_text("slow")
        with made_once(path) as quick:
            quick.write_text("quick")
    assert path.read_text() == "quick"
    assert list(tmp_path.iterdir()) == [path]


def test_what_failed_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> None:
        with made_once(tmp_path / "secret") as unfinished:
            unfinished.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert list(tmp_path.iterdir()) == []

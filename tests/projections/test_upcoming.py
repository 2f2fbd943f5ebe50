"""What comes next, soonest first; floors among it."""

import pytest

from domain.dates import not_before
from domain.ledger import Asked, Ledger
from domain.stages import Stage
from domain.subjects import SubjectKey
from projections.catalog import snapshot
from projections.upcoming import UpcomingStage, upcoming
from tests.ledgers import announce, list_model
from tests.spec import at, day_text

LEGACY, DEPRECATED, RETIRED = Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    announcements = {
        "a": announce(SubjectKey("azure", "a"), legacy="2025-01-01", retired="2025-06-01", replacements=["azure/b"]),
        "b": announce(SubjectKey("azure", "b"), retired=not_before("2025-03-01")),
        "c": announce(SubjectKey("azure", "c"), legacy="2025-06-01"),
        "d": announce(SubjectKey("azure", "d"), retired="2025-01-01"),
        "e": announce(SubjectKey("azure", "e"), deprecated=not_before("2024-12-24"), scope={"version": "1"}),
    }
    for name, command in announcements.items():
        ledger.execute(list_model(SubjectKey("azure", name), name=name))
        ledger.execute(command)
    return ledger


def found(ledger: Ledger, before: str | None = None, valid_at: str | None = None) -> list[UpcomingStage]:
    rows = snapshot(ledger, Asked(valid_at=at(valid_at) if valid_at else None)).rows("azure")
    return list(upcoming(rows, at(before) if before else None))


def test_the_next_stage_of_each_model_soonest_first(filled: Ledger) -> None:
    told = [(one.key.model, str(one.scope), one.now, one.stage, day_text(one.on), day_text(one.not_before)) for one in found(filled)]
    assert told == [
        ("e", "version=1", Stage.GENERALLY_AVAILABLE, DEPRECATED, None, "2024-12-24"),
        ("b", "", Stage.GENERALLY_AVAILABLE, RETIRED, None, "2025-03-01"),
        ("a", "", LEGACY, RETIRED, "2025-06-01", None),
        ("c", "", Stage.GENERALLY_AVAILABLE, LEGACY, "2025-06-01", None),
    ]
    assert list(found(filled)[2].replacements) == ["azure/b"]


@pytest.mark.parametrize(("before", "models"), [("2025-05-31", "eb"), ("2025-06-01", "ebac"), ("2024-12-23", "")])
def test_up_to_an_instant_and_that_instant_too(filled: Ledger, before: str, models: str) -> None:
    assert "".join(one.key.model for one in found(filled, before)) == models


def test_as_seen_from_another_time_in_the_world(filled: Ledger) -> None:
    assert [(one.key.model, one.stage) for one in found(filled, valid_at="2024-12-31") if one.on] == [
        ("a", LEGACY),
        ("d", RETIRED),
        ("c", LEGACY),
    ]


def test_a_model_that_is_not_listed_or_not_known_has_nothing_next(ledger: Ledger) -> None:
    ledger.execute(list_model(since="2026-01-01"))
    ledger.execute(announce(retired="2027-01-01"))
    assert found(ledger) == []

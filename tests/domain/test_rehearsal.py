"""A rehearsal tells what a command would do, and does nothing."""

from collections.abc import Iterator

import pytest

from domain.commands import Introduce
from domain.events import WithdrawnBy
from domain.ledger import Asked, Ledger
from domain.refusals import NoSuchModel
from domain.rehearsal import rehearse
from domain.rules.answers import FindingCode
from domain.stages import Stage
from domain.store.errors import StaleVersion
from domain.subjects import WHOLE, SubjectKey
from tests.ledgers import HandClock, announce, ledger_in_memory, list_model, withdraw
from tests.spec import KEY

SMALL = SubjectKey.parse("azure/mistral-small")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with ledger_in_memory(HandClock("2025-02-01T12:00:00Z")) as opened:
        opened.execute(list_model())
        opened.execute(announce(retired="2025-04-15"))
        yield opened


def test_it_tells_the_answer_before_and_after_and_writes_nothing(ledger: Ledger) -> None:
    told = rehearse(ledger, announce(retired="2025-01-20"), KEY, WHOLE)
    assert told.before is not None
    assert (told.before.answer.stage, told.after.answer.stage) == (Stage.GENERALLY_AVAILABLE, Stage.RETIRED)
    assert told.receipt.positions == (3,)
    assert {finding.code for finding in told.new_findings()} == {FindingCode.DATE_MOVED_EARLIER, FindingCode.BACKDATED}
    assert ledger.store.head().position == 2


def test_the_command_then_gives_what_was_told(ledger: Ledger) -> None:
    told = rehearse(ledger, withdraw(2, by=WithdrawnBy.RECORDER), KEY, WHOLE)
    ledger.execute(withdraw(2, by=WithdrawnBy.RECORDER))
    _, answer = ledger.stage(KEY, Asked(valid_at=told.after.question.valid_at, known_at=told.after.question.known_at))
    assert answer == told.after.answer
    assert told.receipt.positions == (ledger.store.head().position,)


def test_of_a_new_model_there_is_no_answer_before(ledger: Ledger) -> None:
    listing = list_model(SMALL, name="Mistral small")
    told = rehearse(ledger, Introduce(listing=listing, announcement=announce(SMALL, legacy="2025-01-01")), SMALL, WHOLE)
    assert told.before is None
    assert told.after.answer.stage is Stage.LEGACY
    assert told.receipt.positions == (3, 4)


def test_what_would_be_refused_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NoSuchModel):
        rehearse(ledger, announce(SMALL, retired="2025-04-15"), SMALL, WHOLE)
    with pytest.raises(StaleVersion):
        rehearse(ledger, announce(retired="2025-04-16"), KEY, WHOLE, expected_version=1)


def test_a_clock_that_stepped_back_changes_nothing(ledger: Ledger) -> None:
    clock = ledger.clock
    assert isinstance(clock, HandClock)
    clock.set("2025-01-25")
    told = rehearse(ledger, announce(label=Stage.LEGACY, announced_at=None), KEY, WHOLE)
    assert told.after.answer.stage is Stage.LEGACY

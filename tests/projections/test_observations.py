"""The newest reading of each source, the oldest first."""

from domain.commands import RecordPage
from domain.ledger import Ledger
from projections.observations import NewestObservation, newest_observations
from tests.ledgers import observe, transcribe
from tests.spec import at


def test_each_source_is_told_with_its_newest_reading_and_its_age(ledger: Ledger) -> None:
    for seen_on, name in (("2024-11-22", "page"), ("2024-12-03", "page"), ("2024-11-30", "mail")):
        ledger.execute(RecordPage(observation=observe(seen_on, name=name)))
    ledger.execute(transcribe())
    assert list(newest_observations(ledger, at("2024-12-04T23:59:59Z"))) == [
        NewestObservation("azure", "mail", "2024-11-30", age_days=4, readings=1),
        NewestObservation("azure", "page", "2024-12-03", age_days=1, readings=2),
    ]


def test_without_a_reading_there_is_none(ledger: Ledger) -> None:
    ledger.execute(transcribe())
    assert list(newest_observations(ledger, at("2025-01-01"))) == []

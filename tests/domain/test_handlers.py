"""Handlers: rows of a page go in together, and a refused row harms no neighbour."""

import pytest

from domain.changes import ChangeCode
from domain.commands import DropSplit, ObservePage, RecordPage, Transcribe
from domain.events import AnnouncementWithdrawn, ModelListed, PageObserved, RetirementAnnounced
from domain.handlers import stream_of
from domain.ledger import Asked, Ledger
from domain.receipts import Receipt
from domain.refusals import AnnouncedInFuture, PageOlder
from domain.stages import Stage
from domain.store.errors import StaleVersion
from domain.streams import source_stream
from domain.subjects import Scope, SubjectKey
from tests.ledgers import HandClock, announce, drop_split, list_model, observe, transcribe
from tests.spec import KEY

RETIRED = Stage.RETIRED
V1 = {"version": "1"}
SMALL = SubjectKey.parse("azure/mistral-small")


def record(ledger: Ledger, *rows: Transcribe, dropped: tuple[DropSplit, ...] = (), observation: ObservePage | None = None) -> Receipt:
    return ledger.execute(RecordPage(rows=rows, dropped=dropped, observation=observation))


def kinds(ledger: Ledger) -> list[type]:
    return [type(entry.event) for entry in ledger.store.log()]


def test_each_row_gets_its_receipt_in_order(ledger: Ledger) -> None:
    rows = transcribe(label=RETIRED), transcribe(SMALL, name="Mistral-small"), transcribe(label=RETIRED)
    receipt = record(ledger, *rows)
    assert [row.position for row in receipt.rows] == [2, 3, None]
    assert [[change.code for change in row.changes] for row in receipt.rows] == [[ChangeCode.NEW], [ChangeCode.NEW], []]
    assert receipt.positions == (1, 2, 3)
    assert kinds(ledger) == [ModelListed, RetirementAnnounced, ModelListed]


BAD_ROWS = {
    "another name": transcribe(name="MISTRAL_LARGE", label=Stage.LEGACY),
    "a name that cannot be read": transcribe(SMALL, name="Mistral\x1b[31m", label=RETIRED),
    "a provider that cannot be read": transcribe(SMALL, name="Mistral-small", provider="Mi\0stral", label=RETIRED),
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_refused_row_harms_no_neighbour(ledger: Ledger, bad: Transcribe, place: int) -> None:
    good = [transcribe(label=RETIRED), transcribe(label=RETIRED, scope=V1), transcribe(label=Stage.LEGACY, scope={"version": "2"})]
    rows = [*good[:place], bad, *good[place:]]
    receipt = record(ledger, *rows)
    refused = [number for number, row in enumerate(receipt.rows) if row.refused]
    assert refused == [place]
    assert receipt.rows[place].position is None
    assert kinds(ledger) == [ModelListed, *[RetirementAnnounced] * 3]
    assert ledger.models() == [KEY]


def test_a_page_from_the_future_is_refused_whole(ledger: Ledger) -> None:
    with pytest.raises(AnnouncedInFuture):
        record(ledger, transcribe(label=RETIRED), transcribe(SMALL, name="Mistral-small", announced_at="2025-02-02"))
    assert kinds(ledger) == []


def test_rows_drops_and_the_reading_are_recorded_together(ledger: Ledger) -> None:
    record(ledger, transcribe(label=RETIRED, scope=V1))
    receipt = record(ledger, transcribe(label=Stage.LEGACY), dropped=(drop_split(V1), drop_split({"version": "9"})), observation=observe())
    assert kinds(ledger)[2:] == [ModelListed, RetirementAnnounced, AnnouncementWithdrawn, PageObserved]
    assert (receipt.positions, receipt.observed) == ((3, 4, 5, 6), True)
    assert ledger.stage(KEY, Asked(Scope.of(V1)))[1].stage is Stage.LEGACY


def test_an_older_page_takes_its_rows_back_with_it(ledger: Ledger) -> None:
    record(ledger, observation=observe("2024-12-03", "d2"))
    with pytest.raises(PageOlder):
        record(ledger, transcribe(label=RETIRED), observation=observe("2024-11-22", "d1"))
    assert kinds(ledger) == [PageObserved]


def test_the_same_reading_is_recorded_once(ledger: Ledger) -> None:
    assert [record(ledger, observation=observe()).observed for _ in range(2)] == [True, False]
    assert kinds(ledger) == [PageObserved]


def test_a_reading_may_insist_on_the_version_of_its_source(ledger: Ledger) -> None:
    page = RecordPage(rows=(transcribe(label=RETIRED),), observation=observe())
    assert ledger.execute(page, expected_version=0).version == 1
    with pytest.raises(StaleVersion) as refused:
        ledger.execute(RecordPage(rows=(transcribe(notes="n"),), observation=observe("2024-12-03")), expected_version=0)
    assert (refused.value.stream, refused.value.actual) == (source_stream("azure", "page"), 1)
    assert kinds(ledger) == [ModelListed, RetirementAnnounced, PageObserved]


def test_sources_have_streams_of_their_own(ledger: Ledger) -> None:
    record(ledger, observation=observe("2024-12-03"))
    assert record(ledger, observation=observe("2024-11-22", name="page-2")).observed


def test_a_row_alone_has_a_receipt_too(ledger: Ledger, clock: HandClock) -> None:
    receipt = ledger.execute(transcribe(label=RETIRED))
    assert (receipt.positions, receipt.version, receipt.rows[0].position) == ((1, 2), 2, 2)
    clock.advance(days=1)
    unchanged = ledger.execute(transcribe(label=RETIRED))
    assert (unchanged.positions, unchanged.version, unchanged.rows[0].position, unchanged.rows[0].changes) == ((), 2, None, ())


@pytest.mark.parametrize(
    ("command", "stream"),
    [
        (list_model(), "model:azure/mistral-large"),
        (announce(), "model:azure/mistral-large"),
        (RecordPage(observation=observe()), "source:azure:page"),
        (RecordPage(), ""),
    ],
)
def test_a_sender_insists_on_the_version_of_the_commands_stream(command: RecordPage, stream: str) -> None:
    assert stream_of(command) == stream

"""Which rows a source showed at its last reading."""

from collections.abc import Callable, Sequence

import pytest

from domain.commands import RecordPage
from domain.ledger import Ledger
from domain.stages import Stage
from projections.source_rows import SourceRows
from tests.ledgers import observe, transcribe

LEGACY, RETIRED = Stage.LEGACY, Stage.RETIRED
WHOLE_ROW, V1_ROW = "azure/mistral-large", "azure/mistral-large version=1"
V1 = {"version": "1"}


def read(
    ledger: Ledger,
    seen_on: str,
    scopes: Sequence[dict[str, str]],
    *,
    label: Stage = RETIRED,
    by: str = "page",
    vanished: Sequence[str] = (),
    returned: Sequence[str] = (),
) -> None:
    """Record a page with a row for each scope."""
    rows = tuple(transcribe(label=label, scope=scope, announced_at=seen_on, document=seen_on, by=by) for scope in scopes)
    page = observe(seen_on, seen_on, name=by, rows=len(rows), vanished=vanished, returned=returned)
    ledger.execute(RecordPage(rows=rows, observation=page))


def source_rows(ledger: Ledger, catalog: str, name: str) -> SourceRows:
    """Follow the log from its beginning."""
    rows = SourceRows(catalog, name)
    rows.follow(ledger)
    return rows


def told(rows: SourceRows) -> tuple[list[str], list[str]]:
    return sorted(rows.present), sorted(rows.gone)


@pytest.fixture(params=["from the beginning", "page by page"])
def follow(request: pytest.FixtureRequest, ledger: Ledger) -> SourceRows:
    """A view that is built at the end, or one that followed along: both know the same."""
    view = SourceRows("azure", "page")
    steps: tuple[Callable[[], None], ...] = (
        lambda: read(ledger, "2024-11-22", [{}, V1]),
        lambda: read(ledger, "2024-12-03", [{}], vanished=[V1_ROW]),
        lambda: read(ledger, "2024-12-10", [{}, V1], label=LEGACY, returned=[V1_ROW]),
        lambda: read(ledger, "2024-12-17", [V1], label=LEGACY, vanished=[WHOLE_ROW]),
    )
    for step in steps:
        step()
        if request.param == "page by page":
            view.follow(ledger)
    return view if request.param == "page by page" else source_rows(ledger, "azure", "page")


def test_rows_vanish_come_back_and_vanish_again(follow: SourceRows) -> None:
    assert told(follow) == ([V1_ROW], [WHOLE_ROW])
    assert follow.newest is not None
    assert (follow.version, follow.newest.seen_on) == (4, "2024-12-17")
    assert str(follow.present[V1_ROW]) == V1_ROW


def test_a_source_that_was_never_read_has_no_rows(ledger: Ledger) -> None:
    rows = source_rows(ledger, "azure", "page")
    assert (told(rows), rows.version, rows.newest) == (([], []), 0, None)


def test_a_row_that_comes_back_unchanged_is_present_again(ledger: Ledger) -> None:
    read(ledger, "2024-11-22", [{}, V1])
    read(ledger, "2024-12-03", [{}], vanished=[V1_ROW])
    read(ledger, "2024-12-10", [{}, V1], returned=[V1_ROW])
    assert told(source_rows(ledger, "azure", "page")) == ([WHOLE_ROW, V1_ROW], [])


def test_another_sources_rows_and_readings_are_its_own(ledger: Ledger) -> None:
    read(ledger, "2024-11-22", [{}])
    read(ledger, "2024-11-23", [V1], by="page-2")
    read(ledger, "2024-11-24", [V1], by="mail")
    assert told(source_rows(ledger, "azure", "page")) == ([WHOLE_ROW], [])
    assert told(source_rows(ledger, "azure", "page-2")) == ([V1_ROW], [])
    assert source_rows(ledger, "azure", "page").version == 1


def test_a_reading_that_names_a_row_nobody_saw_changes_nothing(ledger: Ledger) -> None:
    read(ledger, "2024-11-22", [{}], vanished=["azure/nowhere"], returned=["azure/nowhere"])
    assert told(source_rows(ledger, "azure", "page")) == ([WHOLE_ROW], [])


def test_following_twice_takes_nothing_in_twice(ledger: Ledger) -> None:
    read(ledger, "2024-11-22", [{}])
    rows = source_rows(ledger, "azure", "page")
    rows.follow(ledger)
    assert (rows.version, rows.position) == (1, ledger.store.head().position)

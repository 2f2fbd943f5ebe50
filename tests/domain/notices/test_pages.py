"""Pages that are read tell people of what was published today, row by row; what an old page says they were told long ago."""

import pytest

from domain.commands import Introduce, RecordPage
from domain.ledger import Ledger
from domain.notices.events import RunCause
from domain.receipts import Receipt
from domain.subjects import Scope
from tests.domain.notices.site import DATES, SMALL, dated, opened, schedule
from tests.ledgers import HandClock, drop_split, list_model, observe, transcribe
from tests.spec import KEY

TODAY, TOMORROW = "2025-02-01", "2025-02-02"
V1 = {"version": "1"}
ROW = transcribe(**DATES, announced_at=TODAY)
SMALL_ROW = transcribe(SMALL, name="Mistral-small", retired="2025-10-01", announced_at=TODAY)


def read(ledger: Ledger, *rows: object, notify: bool = False, **more: object) -> Receipt:
    return ledger.execute(RecordPage(rows=rows, notify=True if notify else None, **more))  # type: ignore[arg-type]  # as `RecordPage` has them


def test_todays_rows_open_a_run_each_after_their_claims(site: Ledger) -> None:
    receipt = read(site, ROW, SMALL_ROW, observation=observe(TODAY))
    assert (receipt.positions, receipt.runs, receipt.observed) == ((5, 7, 8, 10), (6, 9), True)
    assert [row.position for row in receipt.rows] == [5, 8]
    assert [(run.claim, run.run, run.key, run.cause) for run in opened(site)] == [
        (5, 6, KEY, RunCause.ANNOUNCED),
        (8, 9, SMALL, RunCause.ANNOUNCED),
    ]


def test_without_a_reading_the_runs_are_told_too(site: Ledger) -> None:
    assert read(site, ROW).runs == (6,)


def test_a_row_alone_tells_people_too(site: Ledger) -> None:
    assert site.execute(ROW).runs == (6,)


@pytest.mark.parametrize("notify", [False, True])
def test_an_old_page_tells_nobody_unless_asked(site: Ledger, *, notify: bool) -> None:
    old = transcribe(**DATES, announced_at="2025-01-31")
    assert read(site, old, observation=observe("2025-01-31"), notify=notify).runs == ((6,) if notify else ())


def test_the_same_page_again_tells_nobody(site: Ledger, clock: HandClock) -> None:
    read(site, ROW, observation=observe(TODAY))
    clock.set(TOMORROW)
    again = transcribe(**DATES, announced_at=TOMORROW)
    assert read(site, again, observation=observe(TOMORROW, "d2")).runs == ()


def test_two_rows_about_a_model_that_disagree_are_each_told(site: Ledger) -> None:
    read(site, ROW, transcribe(retired="2025-09-01", announced_at=TODAY))
    assert [(run.cause, run.after.retired) for run in opened(site)] == [
        (RunCause.ANNOUNCED, schedule(retired="2025-08-01").retired),
        (RunCause.MOVED, schedule(retired="2025-09-01").retired),
    ]


def test_a_refused_row_opens_none_and_harms_no_neighbour(site: Ledger) -> None:
    receipt = read(site, transcribe(name="MISTRAL_LARGE", retired="2025-08-01", announced_at=TODAY), SMALL_ROW)
    assert receipt.rows[0].refused
    assert [run.key for run in opened(site)] == [SMALL]


def test_a_part_that_is_no_longer_named_is_told_the_dates_of_the_whole(site: Ledger, clock: HandClock) -> None:
    read(site, transcribe(retired="2025-08-01", scope=V1, announced_at=TODAY))
    clock.set(TOMORROW)
    row = transcribe(retired="2025-10-01", announced_at=TOMORROW)
    receipt = read(site, row, dropped=(drop_split(V1, announced_at=TOMORROW),), observation=observe(TOMORROW))
    whole, part = opened(site)[-2:]
    assert receipt.runs == (whole.run, part.run)
    assert (whole.scope, whole.cause, whole.before) == (Scope(), RunCause.ANNOUNCED, None)
    assert (part.scope, part.cause, part.claim) == (Scope.of(V1), RunCause.MOVED, part.run - 1)
    assert (part.before, part.after) == (schedule(retired="2025-08-01"), schedule(retired="2025-10-01"))


@pytest.mark.parametrize("notify", [False, True])
def test_a_part_dropped_by_an_old_page_is_told_where_asked(site: Ledger, *, notify: bool) -> None:
    read(site, transcribe(retired="2025-08-01", scope=V1, announced_at="2025-01-20"))
    assert bool(read(site, dropped=(drop_split(V1, announced_at="2025-01-25"),), notify=notify).runs) is notify


def test_a_dropped_part_of_which_much_was_said_is_told_once(site: Ledger, clock: HandClock) -> None:
    """Every claim about it is withdrawn by an entry of its own; only the one that decided changes the plan."""
    read(site, transcribe(retired="2025-08-01", scope=V1, announced_at=TODAY))
    clock.set(TOMORROW)
    read(site, transcribe(retired="2025-09-01", scope=V1, announced_at=TOMORROW))
    receipt = read(site, dropped=(drop_split(V1, announced_at=TOMORROW),))
    assert len(receipt.positions) == 2
    assert [run.cause for run in opened(site)] == [RunCause.ANNOUNCED, RunCause.MOVED, RunCause.WITHDRAWN]


def test_a_model_that_is_introduced_with_its_dates_opens_one_run(site: Ledger) -> None:
    receipt = site.execute(Introduce(listing=list_model(SMALL, name="Small", announced_at=None), announcement=dated(SMALL)))
    assert (receipt.positions, receipt.runs) == ((5, 6), (7,))
    (run,) = opened(site)
    assert (run.claim, run.name) == (6, "Small")

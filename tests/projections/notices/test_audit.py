"""What an auditor reads of a few runs."""

import pytest

from domain.dates import firm, not_before
from domain.notices.audience import Member, Reach
from domain.notices.events import Result
from projections.notices.audit import AuditFilter, AuditKey, AuditRow, audit, gaps
from projections.notices.audit_statements import DateAsked
from projections.notices.coverage import coverage
from projections.notices.dates import days_before
from projections.notices.lateness import Late
from projections.notices.runs import open_runs, overdue, run_at, runs
from projections.notices.told import State
from tests.projections.notices.histories import MODELS, START, Story, outcome, person, views_of


def rows_of(story: Story, wanted: AuditFilter | None = None, position: int | None = None) -> list[AuditRow]:
    with views_of(story) as connection:
        return list(audit(connection, wanted or AuditFilter(), limit=100, position=position))


@pytest.fixture
def told() -> Story:
    """Ann and Bob had to be told of a deprecation on 20 January; Ann was on the 3rd, and the run is closed."""
    story = Story()
    run = story.open(MODELS[0], firm("2025-01-20"), not_before("2025-03-01"))
    ann, bob = person("ann", ("s-1", "owner"), ("s-2", "reader")), person("bob", address=0)
    story.audience(run, [ann, bob], complete=True)
    story.deliver(run, outcome(1, Result.ACCEPTED, "250"))
    story.close(run)
    return story


def test_a_person_has_a_row_for_each_reason(told: Story) -> None:
    rows = rows_of(told)
    assert [(row.id, row.subscription, row.role, row.state) for row in rows] == [
        ("bob", "s-1", "owner", State.EXCLUDED),
        ("ann", "s-1", "owner", State.ACCEPTED),
        ("ann", "s-2", "reader", State.ACCEPTED),
    ]
    assert (rows[0].exclusion, rows[0].late, rows[0].attempts) == ("no_address", (Late.NEVER,), 0)
    assert (rows[1].accepted_at, rows[1].code, rows[1].channel) == ("2025-01-03T22:00:00.000006Z", "250", "smtp")
    assert (rows[1].lead_days_deprecated, rows[1].lead_days_retired, rows[1].late) == (17, None, ())
    assert (rows[1].deprecated, rows[1].retired) == ("2025-01-20", "not before 2025-03-01")


def test_an_earlier_position_gives_the_earlier_answer(told: Story) -> None:
    assert rows_of(told, position=1) == []
    assert {row.state for row in rows_of(told, AuditFilter(id="ann"), 2)} == {State.PENDING}


def test_a_bounce_after_closure_makes_a_recipient_one_who_was_never_told(told: Story) -> None:
    told.deliver(1, outcome(1, Result.BOUNCED, "550 5.1.1"), by="provider")
    (row, _) = rows_of(told, AuditFilter(id="ann"))
    assert (row.state, row.accepted_at, row.late, row.reported_by) == (State.FAILED, None, (Late.NEVER,), "provider")
    assert (row.attempts, row.code) == (1, "550 5.1.1")
    with views_of(told) as connection:
        run, before = run_at(connection, 1), run_at(connection, 1, 4)
        assert run
        assert (run.closed, run.accepted, run.failed, run.pending) == (True, 0, 1, 0)
        assert before
        assert (before.closed, before.accepted, before.failed) == (True, 1, 0)


def test_an_attempt_of_which_nobody_knows_counts_beside_the_one_that_arrived() -> None:
    story = Story()
    run = story.open(MODELS[0], None, None)
    story.audience(run, [person("ann")], complete=True)
    story.deliver(run, outcome(1, Result.UNKNOWN))
    assert [(row.state, row.attempts) for row in rows_of(story)] == [(State.PENDING, 1)]
    story.deliver(run, outcome(1, Result.ACCEPTED))
    assert [(row.state, row.attempts) for row in rows_of(story)] == [(State.ACCEPTED, 2)]


def test_each_run_stands_on_its_own_dates() -> None:
    story = Story()
    for date in ("2025-01-20", "2025-04-15"):
        run = story.open(MODELS[0], firm(date), None)
        story.audience(run, [person("ann")], complete=True)
        story.deliver(run, *[outcome(1, Result.ACCEPTED)])
    assert [(row.deprecated, row.lead_days_deprecated, row.late) for row in rows_of(story, AuditFilter(id="ann"))] == [
        ("2025-01-20", 17, ()),
        ("2025-04-15", 98, ()),
    ]
    with views_of(story) as connection:
        assert [row.run for row in gaps(connection, 20, DateAsked.DEPRECATED, limit=10)] == [1]
        assert gaps(connection, 0, DateAsked.RETIRED, limit=10) == []


def test_a_webhook_is_told_without_a_role() -> None:
    story = Story()
    run = story.open(MODELS[0], None, None)
    story.audience(run, [(Member("hook", None, (("s-1", ""),)), Reach())], complete=True)
    assert [(row.role, row.address, row.state) for row in rows_of(story, AuditFilter(role=""))] == [("", 0, State.PENDING)]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_many_attempts_do_not_shorten_a_page(limit: int) -> None:
    story = Story()
    run = story.open(MODELS[0], None, None)
    story.audience(run, [person("ann"), person("bob"), person("cho")], complete=True)
    story.deliver(run, *(outcome(1 + number // 60, Result.TRANSIENT) for number in range(120)), outcome(3, Result.ACCEPTED))
    with views_of(story) as connection:
        for wanted in (AuditFilter(), AuditFilter(key=MODELS[0])):
            page = audit(connection, wanted, limit=limit)
            assert [(row.id, row.attempts) for row in page] == [("ann", 60), ("bob", 60), ("cho", 1)][:limit]
        assert [row.id for row in audit(connection, after=page[0].key, limit=1)] == ["bob"]
        assert audit(connection, after=AuditKey(run, 3, "s-1", "owner"), limit=1) == []


def test_what_was_never_opened_has_no_answer() -> None:
    with views_of(Story()) as connection:
        assert (audit(connection, limit=10), runs(connection, limit=10), open_runs(connection)) == ([], [], [])
        assert (run_at(connection, 1), coverage(connection, 1), overdue(connection, START)) == (None, None, [])


@pytest.mark.parametrize(("days", "day"), [(0, "2025-03-01"), (1, "2025-02-28"), (10**7, "0001-01-01")])
def test_days_before_a_date_are_calendar_days(days: int, day: str) -> None:
    assert days_before("2025-03-01", days) == day

"""Every answer of the notices is that of a plain reckoning over the entries, as of every position."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.dates import date_text
from domain.notices.events import AudienceRecorded, DeliveriesRecorded, Exclusion, Result
from domain.streams import notice_stream
from projections.notices.audit import AuditFilter, AuditKey, AuditRow, audit, gaps
from projections.notices.audit_statements import DateAsked
from projections.notices.coverage import Counts, coverage, coverage_by_subscription
from projections.notices.runs import open_runs, overdue, runs
from projections.notices.suppression import is_of_address, suppressed
from projections.notices.told import State
from projections.tables.columns import instant_text, scope_text
from tests.projections.notices.histories import MODELS, ROLES, SUBSCRIPTIONS, Story, stories, views_of
from tests.projections.notices.reckoning import Person, Reckoned, firm_day, reckoned

# A failing example is shown as it was found: making it smaller takes minutes, for each attempt fills a database.
THOROUGH = settings(phases=[Phase.explicit, Phase.generate], max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def row_of(person: Person, subscription: str, role: str) -> tuple[object, ...]:
    run, told, decisive = person.run, person.accepted, person.decisive
    return (
        *(run.run, run.key.catalog, run.key.model, scope_text(run.scope), run.cause.value, instant_text(run.opened_at)),
        *(None if date is None else date_text(date) for date in (run.after.legacy, run.after.deprecated, run.after.retired)),
        *(person.number, person.id, person.address, subscription, role, person.state, person.exclusion),
        *(decisive.channel if decisive else None, text(told.at) if told else None),
        sum(attempt.result is not Result.BOUNCED for attempt in person.attempts),
        *((decisive.code, decisive.reference, decisive.by) if decisive else (None, None, None)),
        *(person.lead("deprecated"), person.lead("retired"), person.late, text(person.acknowledged_at)),
    )


Reckoning = tuple[Person, str, str]


def reasons_of(runs_found: dict[int, Reckoned]) -> list[Reckoning]:
    """All reasons, in the order of the audit."""
    people = sorted((person for run in runs_found.values() for person in run.people), key=lambda person: (person.run.run, person.number))
    return [(person, *reason) for person in people for reason in sorted(person.reasons)]


def all_pages(page: Callable[[AuditKey | None], Sequence[AuditRow]]) -> list[AuditRow]:
    found: list[AuditRow] = []
    while more := page(found[-1].key if found else None):
        found += more
    return found


def fits(wanted: AuditFilter, reason: Reckoning) -> bool:
    person, subscription, role = reason
    asked = (wanted.key, wanted.run, wanted.id, wanted.subscription, wanted.role, wanted.state)
    given_ = (person.run.key, person.run.run, person.id, subscription, role, person.state)
    return all(one is None or one == other for one, other in zip(asked, given_, strict=True))


@st.composite
def filters(draw: st.DrawFn) -> AuditFilter:
    return AuditFilter(
        key=draw(st.sampled_from([None, None, *MODELS])),
        run=draw(st.sampled_from([None, None, 1, 3])),
        id=draw(st.sampled_from([None, None, "ann-0", "bob-0", "hook-0", "nobody"])),
        subscription=draw(st.sampled_from([None, None, *SUBSCRIPTIONS])),
        role=draw(st.sampled_from([None, None, *ROLES, ""])),
        state=draw(st.sampled_from([None, *State])),
    )


@THOROUGH
@given(stories(), st.lists(filters(), min_size=1, max_size=4), st.integers(1, 3))
def test_the_audit_as_of_every_position(story: Story, asked: list[AuditFilter], limit: int) -> None:
    with views_of(story) as connection:
        for position in range(story.head + 1):
            expected = reasons_of(reckoned(story.entries, position))
            for wanted in (AuditFilter(), *asked):
                of = [row_of(*reason) for reason in expected if fits(wanted, reason)]
                found = all_pages(lambda after, w=wanted, p=position: audit(connection, w, after=after, limit=limit, position=p))  # type: ignore[misc]
                assert found == of, (position, wanted)
        for wanted in (AuditFilter(), *asked):
            assert list(audit(connection, wanted, limit=1000)) == [row_of(*reason) for reason in expected if fits(wanted, reason)]


@THOROUGH
@given(stories(), filters(), st.integers(0, 60), st.sampled_from(DateAsked), st.integers(1, 3))
def test_gaps_as_of_every_position(story: Story, wanted: AuditFilter, days: int, on: DateAsked, limit: int) -> None:
    with views_of(story) as connection:
        for position in (*range(story.head + 1), None):
            expected = [
                row_of(*reason)
                for reason in reasons_of(reckoned(story.entries, story.head if position is None else position))
                if fits(wanted, reason) and firm_day(getattr(reason[0].run.after, on.value)) and not reason[0].told_before(on.value, days)
            ]
            pages = all_pages(lambda after, p=position: gaps(connection, days, on, wanted, after=after, limit=limit, position=p))  # type: ignore[misc]
            assert pages == expected, position


@THOROUGH
@given(stories(), st.integers(1, 2))
def test_coverage_as_of_every_position(story: Story, limit: int) -> None:
    with views_of(story) as connection:
        for position in (*range(story.head + 1), None):
            known = reckoned(story.entries, story.head if position is None else position)
            assert coverage(connection, story.head + 1, position) is None
            for run, of in known.items():
                check_coverage(connection, run, of, position)
                check_subscriptions(connection, run, of, position, limit)


def check_coverage(connection: Connection, run: int, of: Reckoned, position: int | None) -> None:
    found, states = coverage(connection, run, position), of.states()
    assert found is not None
    row = found.run
    assert (row.expected, row.accepted, row.failed, row.pending, row.excluded) == (len(of.people), *states.values())
    assert (row.complete, row.closed, found.closed_at) == (of.complete, of.closed_at is not None, text(of.closed_at))
    assert found.excluded == {name: count for name in Exclusion if (count := [who.exclusion for who in of.people].count(name))}
    assert found.late == sum(bool(who.accepted and who.late) for who in of.people)
    assert found.never == len(of.people) - states["accepted"]
    roles = {role for who in of.people for _, role in who.reasons}
    by_role = {role: [who for who in of.people if role in {held for _, held in who.reasons}] for role in roles}
    assert found.by_role == {role: counted(of, people) for role, people in by_role.items()}


def check_subscriptions(connection: Connection, run: int, of: Reckoned, position: int | None, limit: int) -> None:
    places = sorted({place for who in of.people for place, _ in who.reasons})
    expected = [(place, counted(of, [who for who in of.people if place in {of for of, _ in who.reasons}])) for place in places]
    found: list[tuple[str, Counts]] = []
    while more := coverage_by_subscription(connection, run, after=found[-1][0] if found else None, limit=limit, position=position):
        found += more
    assert found == expected


def counted(run: Reckoned, people: list[Person]) -> Counts:
    return Counts(len(people), *run.states(people).values())


@THOROUGH
@given(stories())
def test_runs_as_of_every_position(story: Story) -> None:
    with views_of(story) as connection:
        for position in (*range(story.head + 1), None):
            known = reckoned(story.entries, story.head if position is None else position)
            still_open = [run for run, of in known.items() if of.closed_at is None]
            newest = list(reversed(known))
            first = [row.run for row in runs(connection, limit=2, position=position)]
            rest = [row.run for row in runs(connection, before=first[-1], limit=99, position=position)] if first else []
            assert [*first, *rest] == newest
            assert [row.run for row in runs(connection, open_only=True, limit=99, position=position)] == still_open[::-1]
            for key in MODELS:
                of_model = [run for run in newest if known[run].opened.key == key]
                assert [row.run for row in runs(connection, key=key, limit=99, position=position)] == of_model
            assert [(found.run, found.stream) for found in open_runs(connection, position)] == [
                (run, notice_stream(known[run].opened.key, run)) for run in still_open
            ]
            for now in (story.now, story.now + timedelta(days=3), story.now + timedelta(days=40)):
                late = [run for run in still_open if is_overdue(known[run], now)]
                assert [found.run.run for found in overdue(connection, now, position)] == late


def is_overdue(run: Reckoned, now: datetime) -> bool:
    opened_on = run.opened.opened_at.date()
    days = [
        on - timedelta(days=due)
        for stage, due in (("deprecated", run.opened.legacy_days_min), ("retired", run.opened.deprecated_days_min))
        if (on := firm_day(getattr(run.opened.after, stage)))
    ]
    told_by = min((day for day in days if day >= opened_on), default=None)
    waiting = run.states()["pending"] > 0 or not run.complete
    return now - run.opened.opened_at > timedelta(days=4) or bool(told_by and told_by < now.date() and waiting)


@THOROUGH
@given(stories())
def test_addresses_that_failed_last_as_of_every_position(story: Story) -> None:
    with views_of(story) as connection:
        for position in (*range(story.head + 1), None):
            last: dict[tuple[str, int], Result] = {}
            asked: set[str] = set()
            people = {}
            for entry in story.entries[: story.head if position is None else position]:
                if isinstance(entry.event, AudienceRecorded):
                    first = entry.event.recipients_so_far - len(entry.event.recipients) + 1
                    for number, who in enumerate(entry.event.recipients, start=first):
                        people[entry.event.run, number] = (who.id, who.address)
                        asked.add(who.id)
                elif isinstance(entry.event, DeliveriesRecorded):
                    for told in entry.event.outcomes:
                        if told.result in {Result.ACCEPTED, Result.BOUNCED} or (
                            told.result is Result.PERMANENT and is_of_address(told.code)
                        ):
                            last[people[entry.event.run, told.recipient]] = told.result
            expected = {of for of, result in last.items() if result is not Result.ACCEPTED}
            assert suppressed(connection, iter(asked), position) == expected
            assert suppressed(connection, [], position) == set()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("550 5.1.1", True),
        ("550", True),
        ("553", True),
        ("554", False),
        ("550 5.7.1", False),
        ("552 5.2.2", False),
        ("smtputf8_not_supported", False),
        (None, False),
    ],
)
def test_which_permanent_answers_are_about_the_address(code: str | None, *, says: bool) -> None:
    assert is_of_address(code) is says

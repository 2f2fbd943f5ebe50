"""Histories of notification runs, as the domain's own decisions record them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.dates import AnyDate, firm, no_date, not_before
from domain.directory.events import PrincipalKind
from domain.notices.audience import Member, Reach, chunk_of
from domain.notices.commands import Acknowledge, RecordAudience, RecordDeliveries
from domain.notices.decisions import acknowledge, close_run, record_audience, record_deliveries
from domain.notices.events import NoticeEvent, NotificationRunOpened, Outcome, Result, RunCause, Schedule
from domain.notices.run import Run, evolve
from domain.recorded import Recorded
from domain.streams import notice_stream
from domain.subjects import WHOLE, SubjectKey
from projections.tables.views import Views
from tests.projections.tables.logs import opened as opened_log

MODELS = (SubjectKey("azure", "m"), SubjectKey("azure", "m-2"))
SUBSCRIPTIONS = ("s-1", "s-10", "s-2")
ROLES = ("owner", "reader")
START = datetime(2025, 1, 1, 9, tzinfo=UTC)
DATES: tuple[AnyDate | None, ...] = (None, firm("2025-01-20"), firm("2025-02"), not_before("2025-03-01"), no_date(), firm("2025-04-15"))
LEGACY_DAYS_MIN, DEPRECATED_DAYS_MIN = 10, 30


@dataclass
class Story:
    """Runs as they are told, entry by entry."""

    entries: list[Recorded] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    keys: dict[int, SubjectKey] = field(default_factory=dict)

    @property
    def head(self) -> int:
        return len(self.entries)

    @property
    def now(self) -> datetime:
        """Each entry is recorded a day and a bit after the one before."""
        return START + timedelta(days=1, hours=7, microseconds=3) * self.head

    def add(self, run: int, event: NoticeEvent | None) -> None:
        if event is not None:
            known = self.runs.get(run, Run(run))
            entry = Recorded(self.head + 1, notice_stream(self.keys[run], run), known.version + 1, self.now, "test", event)
            self.runs[run] = evolve(known, entry)
            self.entries.append(entry)

    def open(self, key: SubjectKey, deprecated: AnyDate | None, retired: AnyDate | None) -> int:
        run = self.head + 1
        self.keys[run] = key
        self.add(run, opened(key, run, self.now, deprecated, retired))
        return run

    def audience(self, run: int, members: Sequence[tuple[Member, Reach]], *, complete: bool) -> None:
        chunk = chunk_of([member for member, _ in members], [reach for _, reach in members])
        parts = {name: getattr(chunk, name) for name in ("recipients", "excluded", "roles", "subscriptions")}
        command = RecordAudience(key=self.keys[run], run=run, chunk=self.runs[run].chunks + 1, complete=complete, **parts)
        self.add(run, record_audience(self.runs[run], command))

    def deliver(self, run: int, *outcomes: Outcome, channel: str = "smtp", by: str | None = None) -> None:
        command = RecordDeliveries(
            key=self.keys[run], run=run, channel=channel, outcomes=outcomes, reported_by=by, since=self.now - timedelta(hours=1)
        )
        self.add(run, record_deliveries(self.runs[run], command, command.since + timedelta(days=1)))

    def acknowledge(self, run: int, recipient: int) -> None:
        self.add(run, acknowledge(self.runs[run], Acknowledge(key=self.keys[run], run=run, recipient=recipient), self.now))

    def close(self, run: int) -> None:
        self.add(run, close_run(self.runs[run], self.now))


@contextmanager
def views_of(story: Story) -> Iterator[Connection]:
    """Give a connection to views that have taken a story in."""
    with opened_log() as log, Views.open(None) as views:
        for entry in story.entries:
            log.take(entry.stream, entry.event)
        views.catch_up(log.store)
        with views.reading() as connection:
            yield connection


def opened(key: SubjectKey, run: int, at: datetime, deprecated: AnyDate | None, retired: AnyDate | None) -> NotificationRunOpened:
    return NotificationRunOpened(
        after=Schedule(legacy=None, deprecated=deprecated, retired=retired),
        before=None,
        cause=RunCause.ANNOUNCED,
        claim=1,
        deprecated_days_min=DEPRECATED_DAYS_MIN,
        key=key,
        legacy_days_min=LEGACY_DAYS_MIN,
        link=None,
        name=key.model,
        opened_at=at,
        policy_version=1,
        provider=None,
        replacements=(),
        replacements_before=(),
        roles=ROLES,
        run=run,
        scope=WHOLE,
    )


def outcome(recipient: int, result: Result, code: str | None = None, milliseconds: int = 0) -> Outcome:
    return Outcome(recipient, result, milliseconds, code, f"queued-{recipient}")


def person(who: str, *reasons: tuple[str, str], address: int = 1) -> tuple[Member, Reach]:
    return Member(who, PrincipalKind.USER, reasons or (("s-1", "owner"),)), Reach(address=address)


@st.composite
def stories(draw: st.DrawFn, length_max: int = 16) -> Story:
    """Runs that lie mixed; what a decision would refuse is not tried."""
    story = Story()
    story.open(MODELS[0], *(draw(st.sampled_from(DATES)) for _ in range(2)))
    while story.head < length_max and draw(st.integers(0, 9)):
        run = draw(st.sampled_from([0, *story.runs, *story.runs, *story.runs]))
        known = story.runs.get(run)
        if known is None:
            story.open(draw(st.sampled_from(MODELS)), *(draw(st.sampled_from(DATES)) for _ in range(2)))
        elif not known.complete:
            story.audience(run, draw(_members(known)), complete=draw(st.booleans()))
        elif known.closed:
            _bounce(draw, story, known)
        else:
            _go_on(draw, story, known)
    return story


@st.composite
def _members(draw: st.DrawFn, known: Run) -> list[tuple[Member, Reach]]:
    """People of the next chunk; nobody is in a run twice."""
    names = [f"{kind}-{known.chunks}" for kind in ("ann", "bob", "crew", "daemon", "hook")]
    found = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
    return [draw(_member(name)) for name in sorted(found)]


@st.composite
def _member(draw: st.DrawFn, name: str) -> tuple[Member, Reach]:
    kinds = {"crew": PrincipalKind.GROUP, "daemon": PrincipalKind.SERVICE_PRINCIPAL, "hook": None}
    kind = kinds.get(name.partition("-")[0], PrincipalKind.USER)
    roles = ROLES if kind else ("",)
    reasons = draw(st.sets(st.tuples(st.sampled_from(SUBSCRIPTIONS), st.sampled_from(roles)), min_size=1, max_size=3))
    reach = draw(st.sampled_from([Reach(1), Reach(2), Reach(0), Reach(erased=True), Reach(opted_out=True)]))
    return Member(name, kind, tuple(sorted(reasons))), reach


def _bounce(draw: st.DrawFn, story: Story, known: Run) -> None:
    if known.recipients:
        story.deliver(known.run, outcome(draw(st.integers(1, known.recipients)), Result.BOUNCED, "550 5.1.1"), by="provider")
    else:
        story.open(MODELS[1], firm("2025-02-01"), None)


def _go_on(draw: st.DrawFn, story: Story, known: Run) -> None:
    if (not known.pending() and draw(st.booleans())) or not known.recipients:
        story.close(known.run)
    elif draw(st.integers(0, 5)) == 0:
        story.acknowledge(known.run, draw(st.integers(1, known.recipients)))
    else:
        each = st.builds(
            outcome,
            st.integers(1, known.recipients),
            st.sampled_from([*Result, Result.ACCEPTED, Result.ACCEPTED]),
            st.sampled_from([None, "250", "550 5.1.1"]),
            st.integers(0, 80_000_000),
        )
        outcomes = draw(st.lists(each, min_size=1, max_size=4))
        story.deliver(
            known.run, *outcomes, channel=draw(st.sampled_from(["smtp", "webhook"])), by=draw(st.sampled_from([None, "provider"]))
        )

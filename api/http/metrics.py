"""Metrics for Prometheus: what was asked and answered, and how the ledger and its views stand. Each application has its own registry."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from api.http.moments import CHECKPOINT_AT, CLOCK_BEHIND, SECOND, SIGNING_FAILING, highest, last_verdict, seen_by
from api.http.service import Service
from api.http.workers.sharing import Done, Sharing
from domain.errors import LedgerError
from domain.verification.verdicts import Verdict
from projections.notices.runs import overdue
from projections.notices.told import State
from projections.notices.totals import Totals, totals
from projections.tables.views import ViewState

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_BUCKETS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Seconds."""

_Kind = tuple[str, str, int]
"""Method, handler and status."""


class Metrics:
    """Counts answers as they are given; everything else is read when somebody asks for it. It lives on one event loop."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self.sharing: Sharing | None = None
        """What other workers tell; none where this one is alone."""
        self._answers = _AnswerCollector()
        self._ledger = _LedgerCollector(service)
        self.registry.register(self._answers)
        self.registry.register(self._ledger)
        ProcessCollector(registry=self.registry)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer. What no route stands for shares one label: a label for each path would be a label for each typing error."""
        kind = (scope["method"], getattr(scope.get("route"), "path_format", "none"), status)
        series = self._answers.series.get(kind) or self._answers.series_of(kind)
        series.seconds += seconds
        series.counts[bisect_left(_BUCKETS, seconds)] += 1

    async def expose(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        if self._service.follower is not None:
            self._ledger.views = await run_in_threadpool(self._service.follower.states)
        self._ledger.index_lag = await run_in_threadpool(_index_lag, self._service)
        self._ledger.notices = await run_in_threadpool(_notices, self._service)
        self._answers.others = self._ledger.others = await run_in_threadpool(self.sharing.others) if self.sharing else ()
        return generate_latest(self.registry)

    def done(self) -> Done:
        """Return what this process has done, for the other workers."""
        answers = [(*kind, series.seconds, list(series.counts)) for kind, series in self._answers.series.items()]
        own, follower = self._service.counters, self._service.follower
        counts = {"appends": own.appends, "conflicts": own.conflicts, "key_replays": own.key_replays}
        counts["follower_failures"] = follower.failures if follower else 0
        return Done(answers, counts, {"streams_open": own.streams_open, **seen_by(self._service)})


class _Series:
    """Answers of one kind. The library's own counters take a lock for each, which costs a question several times as much."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS) + 1)
        """How many answers took as long as each bucket says, and no shorter one."""
        self.seconds = 0.0


class _AnswerCollector(Collector):
    """The answers so far, by method, handler and status."""

    def __init__(self) -> None:
        self.series: dict[_Kind, _Series] = {}
        self.others: Sequence[Done] = ()

    def series_of(self, kind: _Kind) -> _Series:
        """Return where answers of a kind are counted; methods that nobody knows share one."""
        method, handler, status = kind
        return self.series.setdefault((method if method in _METHODS else "other", handler, status), _Series())

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily("http_requests", "Requests answered, by route template.", labels=("method", "handler", "status"))
        seconds = HistogramMetricFamily(
            "http_request_duration_seconds", "Time from a request to the start of its answer.", labels=("handler",)
        )
        by_handler: dict[str, _Series] = {}
        for (method, handler, status), series in self._all().items():
            answers.add_metric((method, handler, str(status)), sum(series.counts))
            total = by_handler.setdefault(handler, _Series())
            _summed(series.seconds, series.counts, total)
        for handler, total in by_handler.items():
            named = zip((*map(str, _BUCKETS), "+Inf"), accumulate(total.counts), strict=True)
            seconds.add_metric((handler,), [(name, float(count)) for name, count in named], total.seconds)
        yield answers
        yield seconds

    def _all(self) -> Mapping[_Kind, _Series]:
        """Return the answers of all workers."""
        found = {kind: _summed(series.seconds, series.counts, _Series()) for kind, series in self.series.items()}
        for done in self.others:
            for method, handler, status, seconds, counts in done.answers:
                kind = (method, handler, status)
                found[kind] = _summed(seconds, counts, found.get(kind, _Series()))
        return found


def _summed(seconds: float, counts: Sequence[int], into: _Series) -> _Series:
    into.seconds += seconds
    into.counts = list(map(add, into.counts, counts))
    return into


class _LedgerCollector(Collector):
    """Reads the service at the moment of asking."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.views: Sequence[ViewState] = ()
        self.others: Sequence[Done] = ()
        self.index_lag: int | None = None
        """None where the log cannot be read."""
        self.notices: tuple[Totals, int] | None = None
        """All runs together, and how many are overdue; none where that cannot be read."""

    def describe(self) -> Iterator[Metric]:
        """Name nothing beforehand, so that registering asks nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        done, index = self._service.counters, self._service.index
        seen = highest([seen_by(self._service), *(other.open for other in self.others)])
        yield CounterMetricFamily(
            "lifecycle_appends", "Entries that commands of this service appended.", self._sum("appends", done.appends)
        )
        yield CounterMetricFamily(
            "lifecycle_conflicts", "Commands refused for what the ledger holds.", self._sum("conflicts", done.conflicts)
        )
        yield CounterMetricFamily(
            "lifecycle_key_replays", "Commands sent again under their key.", self._sum("key_replays", done.key_replays)
        )
        yield GaugeMetricFamily("lifecycle_streams_open", "Event streams being read.", self._open("streams_open", done.streams_open))
        yield GaugeMetricFamily("lifecycle_log_position", "End of the log as last seen.", self._service.position)
        yield GaugeMetricFamily(
            "lifecycle_clock_behind_seconds",
            "By how many seconds the clock is behind the time of the last entry; 0 where it is not.",
            seen[CLOCK_BEHIND] / SECOND,
        )
        if self.index_lag is not None:
            yield GaugeMetricFamily(
                "lifecycle_index_lag_entries", "Entries of the log that this worker's stage index has not taken in.", self.index_lag
            )
        yield GaugeMetricFamily("lifecycle_index_segments", "Answers that the stage index keeps.", index.segments)
        yield GaugeMetricFamily("lifecycle_index_stopped", "1 where an unreadable entry has stopped the stage index.", bool(index.stopped))
        if not index.stopped:
            yield GaugeMetricFamily("lifecycle_index_models", "Models in the stage index.", len(index.models()))
        yield from self._views()
        yield from self._proved(seen)
        if self.notices is not None:
            yield from _told(*self.notices)

    def _proved(self, seen: Mapping[str, int]) -> Iterator[Metric]:
        checkpoint, verified = self._service.checkpoint, last_verdict(seen)
        yield GaugeMetricFamily(
            "lifecycle_checkpoint_entries", "Entries that the last checkpoint covers.", checkpoint.size if checkpoint else 0
        )
        if CHECKPOINT_AT in seen:
            yield GaugeMetricFamily(
                "lifecycle_checkpoint_timestamp_seconds", "When the last checkpoint was signed, as Unix time.", seen[CHECKPOINT_AT] / SECOND
            )
        yield GaugeMetricFamily("lifecycle_signing_failing", "1 where nothing can be signed.", seen[SIGNING_FAILING])
        if verified is not None:
            last, ended_at = verified
            verdicts = GaugeMetricFamily("lifecycle_verified", "1 for what the last verification of the file came to.", labels=("verdict",))
            for verdict in Verdict:
                verdicts.add_metric([verdict.value], verdict is last)
            yield verdicts
            yield GaugeMetricFamily(
                "lifecycle_verified_timestamp_seconds", "When the last verification ended, as Unix time.", ended_at / SECOND
            )

    def _sum(self, name: str, own: int) -> int:
        return own + sum(done.counts.get(name, 0) for done in self.others)

    def _open(self, name: str, own: int) -> int:
        return own + sum(done.open.get(name, 0) for done in self.others)

    def _views(self) -> Iterator[Metric]:
        follower = self._service.follower
        if follower is None:
            return
        failures = self._sum("follower_failures", follower.failures)
        yield CounterMetricFamily("lifecycle_follower_failures", "Failed attempts to bring the views up to date.", failures)
        lag = GaugeMetricFamily("lifecycle_view_lag_entries", "Entries of the log that a view has not taken in.", labels=("view",))
        stopped = GaugeMetricFamily("lifecycle_view_stopped", "1 where an entry has stopped a view.", labels=("view",))
        for state in self.views:
            lag.add_metric([state.name], state.lag)
            stopped.add_metric([state.name], state.stopped_at is not None)
        yield lag
        yield stopped


def _index_lag(service: Service) -> int | None:
    try:
        return max(0, service.ledger.store.head().position - service.index.position)
    except LedgerError:
        return None


def _notices(service: Service) -> tuple[Totals, int] | None:
    try:
        service.catch_up()
        with service.office.views.reading() as connection:
            return totals(connection), len(overdue(connection, service.now()))
    except LedgerError:
        return None  # What is wrong stands at /readyz.


def _told(all_runs: Totals, overdue_runs: int) -> Iterator[Metric]:
    members = GaugeMetricFamily("lifecycle_notice_members", "Those who had to be told, by what became of it.", labels=("state",))
    for state in State:
        members.add_metric([state.value], getattr(all_runs, state.value))
    yield members
    yield GaugeMetricFamily("lifecycle_notice_runs_open", "Notification runs that are not closed.", all_runs.open_runs)
    yield GaugeMetricFamily("lifecycle_notice_runs_overdue", "Notification runs that should be closed by now.", overdue_runs)

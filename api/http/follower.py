"""The follower: a thread that keeps the views up with the log, and lets the ledger's own clock tick."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from threading import Event, Thread
from time import monotonic

from api.http.logs import log
from api.http.workers.leading import always
from api.notices.following import catch_up
from domain.errors import LedgerError
from domain.ledger import Ledger
from domain.subjects import SubjectKey
from domain.ticking import record_due
from projections.tables.views import Views, ViewState

LOOK_SECONDS = 0.5
"""How often it looks at the log unasked, for another process may append."""

GATHER_SECONDS = 0.1
"""How long it lets entries gather: to take in one by one keeps those waiting who append, for all threads share one interpreter."""

RETRY_SECONDS = 2.0
"""How long it waits after a failure."""


class Follower:
    """One thread from `start` to `close`. What fails is logged, counted, shown and tried again; the thread goes on."""

    def __init__(
        self,
        ledger: Ledger,
        views: Views,
        *,
        tick_seconds: float,
        recorded: Callable[[], None],
        leads_here: Callable[[], bool] = always,
        leads: Callable[[], bool] = always,
    ) -> None:
        """Prepare to follow a ledger; `recorded` is called, on the thread, after its clock has appended something.

        Where several processes serve the ledger: `leads_here`, whether this is the one that keeps the views of its machine; `leads`,
        whether it is the one that lets the clock tick.
        """
        self.failures = 0
        self.failing: str | None = None
        """Why the last attempt failed, as a sentence; none while all is well."""
        self._ledger = ledger
        self._views = views
        self._tick_seconds = tick_seconds
        self._recorded = recorded
        self._leads_here = leads_here
        self._leads = leads
        self._tick_at = monotonic()
        self._woken = Event()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="views-follower", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it is following."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poke(self) -> None:
        """Tell it that the log has grown."""
        self._woken.set()

    def states(self) -> Sequence[ViewState]:
        """Return how far each view has come. Blocking.

        Raises:
            LedgerError: the views or the ledger cannot be read.
        """
        return self._views.states(self._ledger.store.head().position)

    def close(self, seconds: float) -> None:
        """End it, and wait so long for what it is doing."""
        self._closing.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._woken.clear()
            self._attempt()
            self._woken.wait(RETRY_SECONDS if self.failing else LOOK_SECONDS)
            self._closing.wait(GATHER_SECONDS)

    def _attempt(self) -> None:
        try:
            if not self._leads_here():
                return
            catch_up(self._ledger, self._views)
            if monotonic() >= self._tick_at and self._leads():
                self._tick()
        except Exception as error:  # noqa: BLE001 - a thread that died would leave the views behind for ever
            self._failed(error)
        else:
            self.failing = None

    def _tick(self) -> None:
        recorded = 0
        for _ in record_due(self._ledger, self._until_ending(self._views.due(self._ledger.now()))):
            recorded += 1
        self._tick_at = monotonic() + self._tick_seconds
        if recorded:
            log.info("scheduled stages recorded", extra={"count": recorded})
            self._recorded()
            catch_up(self._ledger, self._views)

    def _until_ending(self, models: Iterable[SubjectKey]) -> Iterator[SubjectKey]:
        return takewhile(lambda _: not self._closing.is_set(), models)

    def _failed(self, error: Exception) -> None:
        if self._closing.is_set():
            return
        told = isinstance(error, LedgerError)
        sentence = error.sentence if isinstance(error, LedgerError) else f"{type(error).__name__}; the log says where."
        if sentence != self.failing:
            log.error("views not followed", extra={"reason": sentence}, exc_info=None if told else error)
        self.failures += 1
        self.failing = sentence

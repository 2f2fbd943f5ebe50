"""The worker inside `serve`: a thread with an event loop of its own, so that no question waits for a mail server."""

import asyncio
from collections.abc import Callable
from threading import Event, Thread

from api.http.logs import log
from api.http.workers.leading import always
from api.notices.delivering import Office, delivering
from api.notices.estimate import Estimate
from api.notices.outbox import DeliveryBusy
from api.notices.worker import Progress, Round
from api.tracing import DELIVERY, done, now_ns
from domain.errors import LedgerError

RETRY_SECONDS = 5.0
"""How long it waits after a failure, or while another worker holds the outbox."""


GATHER_SECONDS = 0.1
"""How long it lets entries gather: to look at each by itself keeps those waiting who append, for all threads share one interpreter."""

LOOK_SECONDS = 0.5
"""How often it looks whether it leads now."""


class Postman:
    """One thread from `start` to `close`. What fails is logged and tried again; the thread goes on."""

    def __init__(self, office: Office, recorded: Callable[[], None], leads: Callable[[], bool] = always) -> None:
        """Prepare to deliver; `recorded` is called, on the thread, after something was appended.

        `leads`: whether this process is the one that does it, where several serve the ledger.
        """
        self.failing: str | None = None
        """Why it does not deliver, as a sentence; none while all is well."""
        self._office = office
        self._recorded = recorded
        self._leads = leads
        self._woken = Event()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="notices", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poke(self) -> None:
        """Tell it that the log has grown."""
        self._woken.set()

    def close(self, seconds: float) -> None:
        """End it, and wait so long for the batch that it is sending."""
        self._closing.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._leads():
                self._woken.clear()
                self._wait(LOOK_SECONDS)
                continue
            try:
                asyncio.run(self._deliver())
            except Exception as error:  # noqa: BLE001 - a thread that died would leave people untold
                self._failed(error)
                self._wait(RETRY_SECONDS)

    async def _deliver(self) -> None:
        estimate = Estimate(_tell_progress)
        async with delivering(self._office, log.info, progress=estimate, stopping=self._closing.is_set) as worker:
            while not self._closing.is_set() and self._leads():
                self._woken.clear()
                began = now_ns()
                found = await worker.round()
                self._tell(found, began)
                self.failing = None
                await asyncio.to_thread(self._wait, self._office.settings.notice_seconds)

    def _wait(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._closing.wait(GATHER_SECONDS)

    def _tell(self, found: Round, began: int) -> None:
        if found.attempts or found.closed:
            done(DELIVERY, began, {"attempts": found.attempts, "runs_closed": len(found.closed)})
            log.info("notices delivered", extra={"attempts": found.attempts, "runs_closed": len(found.closed)})
            self._recorded()

    def _failed(self, error: Exception) -> None:
        if self._closing.is_set():
            return
        known = isinstance(error, LedgerError)
        sentence = error.sentence if isinstance(error, LedgerError) else f"{type(error).__name__}; the log says where."
        before, self.failing = self.failing, sentence
        if sentence != before:
            told = log.info if isinstance(error, DeliveryBusy) else log.error
            told("notices not delivered", extra={"reason": sentence}, exc_info=None if known else error)


def _tell_progress(progress: Progress, left_seconds: float | None) -> None:
    left = {} if left_seconds is None else {"left_seconds": round(left_seconds)}
    log.info("notices going out", extra={"run": progress.run, "done": progress.done, "of": progress.of, **left})

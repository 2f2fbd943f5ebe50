"""Group commit: one thread takes all work that is queued into one transaction, and answers after COMMIT."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import sleep
from typing import Any, TypeVar

from domain.clock import Clock
from domain.store.answer import Answer
from domain.store.errors import OutcomeUnknown, StoreClosed, StoreFault
from domain.store.group import CommitLost, Database, Group, GroupBroken, Work

T = TypeVar("T")

GROUP_MAX = 512
"""Most callers that share a transaction."""

GATHER_SECONDS = 0.0001
"""How long the callers of a group, just answered, get to come back together, before the next group is taken."""

ATTEMPTS_MAX = 3
"""How often a group runs while the outcome of its COMMIT stays unknown."""


@dataclass(slots=True)
class _Job:
    key: str
    work: Work[Any]
    answer: Answer[Any]
    result: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if self.error is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.error)


class GroupWriter:
    """The one thread that writes. It starts with the first work, and never keeps the interpreter from ending."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take over the writing to a database."""
        self._database = database
        self._clock = clock
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False
        self._lock = Lock()

    def submit(self, key: str, work: Work[T]) -> Answer[T]:
        """Queue work.

        Raises:
            StoreClosed: nothing is taken any more.
        """
        answer: Answer[T] = Answer()
        with self._lock:
            if self._closed:
                raise StoreClosed
            if self._thread is None:
                self._thread = Thread(target=self._run, name="ledger-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Job(key, work, answer))
        return answer

    def check_may_wait(self) -> None:
        """Refuse to wait for the writer within its own work."""
        if current_thread() is self._thread:
            raise RuntimeError("Work that waits for other work never ends. Do all of it in one work.")

    def close(self) -> None:
        """Finish what is queued, and let go of the database."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._database.close()

    def _run(self) -> None:
        open_for_more = True
        jobs: list[_Job] = []
        while open_for_more:
            if len(jobs) > 1:
                sleep(GATHER_SECONDS)
            jobs, open_for_more = self._queued()
            jobs = [job for job in jobs if job.answer.set_running_or_notify_cancel()]
            self._settle(jobs)
            for job in jobs:
                job.deliver()
            Answer.wake(job.answer for job in jobs)

    def _queued(self) -> tuple[list[_Job], bool]:
        """Wait for work and return all there is, and whether more can come."""
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == GROUP_MAX:
                return jobs, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    def _settle(self, jobs: Sequence[_Job]) -> None:
        """Carry out jobs until each has its outcome."""
        if not jobs:
            return
        try:
            self._carry_out(jobs)
        except BaseException as error:  # noqa: BLE001 - the thread must go on, and no caller may wait for ever
            for job in jobs:
                job.error = error

    def _carry_out(self, jobs: Sequence[_Job]) -> None:
        lost = ""
        for _ in range(ATTEMPTS_MAX):
            try:
                return self._in_one_transaction(jobs)
            except CommitLost as error:
                lost = error.fault.sentence
            except GroupBroken as broken:
                if not lost:
                    return self._one_by_one(jobs, broken.fault)
            except StoreFault as fault:
                if not lost:
                    return _fail(jobs, fault)
        for job in jobs:
            job.error = OutcomeUnknown(job.key, lost)
        return None

    def _in_one_transaction(self, jobs: Sequence[_Job]) -> None:
        keys = [job.key for job in jobs]
        with self._database.transaction(keys) as head:
            group = Group(self._database, head, self._clock)
            group.look_up(keys)
            for job in jobs:
                _attempt(job, group)
            self._database.commit(group.entries, tuple(group.commands.values()))

    def _one_by_one(self, jobs: Sequence[_Job], fault: StoreFault) -> None:
        """Give each its own transaction, so that one whose work the database refuses does not harm its neighbours."""
        if len(jobs) == 1:
            return _fail(jobs, fault)
        for job in jobs:
            self._settle([job])
        return None


def _attempt(job: _Job, group: Group) -> None:
    job.result, job.error = None, None
    try:
        job.result = group.attempt(job.work)
    except GroupBroken:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a caller's work raises is that caller's to see
        job.error = error


def _fail(jobs: Sequence[_Job], fault: StoreFault) -> None:
    for job in jobs:
        job.error = replace(fault)  # An exception that two threads raise would mix their tracebacks.

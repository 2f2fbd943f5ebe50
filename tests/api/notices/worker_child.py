"""A worker as a process that is killed: `python tests/api/notices/worker_child.py FOLDER NOW PORT [kill-after-first-chunk]`.

Its clock begins at NOW, so that its starter decides who may be tried again. It ends by itself once every run is closed.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from api.notices.audience import record_audience  # noqa: E402  # found by the path above
from api.notices.worker import Worker  # noqa: E402
from domain.instants import format_instant  # noqa: E402
from domain.streams import run_of  # noqa: E402
from projections.notices.runs import open_runs  # noqa: E402
from tests.api.notices.site import Site, site_at  # noqa: E402
from tests.ledgers import HandClock  # noqa: E402
from tests.servers.smtp import Mailbox  # noqa: E402

END_SECONDS = 60


@contextmanager
def worker(site: Site, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run one on a site's folder, from the site's instant on; it says `begun` when it holds the outbox. In any case it ends here."""
    arguments = [str(site.path.parent), format_instant(site.clock.now), str(port), *more]
    with subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(END_SECONDS)


async def _deliver(held: Worker) -> None:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while (await held.round()).next_at is not None:  # noqa: ASYNC110 - what it waits for is the time
        await asyncio.sleep(0.01)


def _kill_self(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _RunningClock(HandClock):
    """Begins at an instant, and goes on as the machine's does."""

    def __init__(self, now: str) -> None:
        super().__init__(now)
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)


def _main() -> None:
    folder, now, port, *more = sys.argv[1:]
    with site_at(Path(folder), _RunningClock(now)) as site:
        site.mail_through(Mailbox(port=int(port)))
        if more:
            _record_one_chunk(site)
        site.with_worker(_deliver)


def _record_one_chunk(site: Site) -> None:
    office = site.office
    office.views.catch_up(site.ledger.store)
    with office.views.reading() as connection:
        (opened,) = open_runs(connection)
    record_audience(site.ledger, office.views, office.people, *run_of(opened.stream), progress=_kill_self)


if __name__ == "__main__":
    _main()

"""Killing a worker again and again, and the reckoning afterwards: nobody is missing, and whoever was told twice stands on record so."""

import random
import signal
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep

from domain.events import Position
from domain.notices.events import DeliveriesRecorded, Result
from domain.streams import notice_stream
from tests.api.notices.site import Site, snapshot, user
from tests.api.notices.worker_child import END_SECONDS, worker
from tests.servers.sink import Sink
from tests.servers.smtp import Mailbox
from tests.spec import KEY

ROUND_HOURS = 5
"""After each kill the clock goes on by more than the longest pause, so that everybody who is left is due."""


@dataclass(frozen=True)
class Reckoning:
    """What is left of a run after all kills."""

    kills: int
    copies: int
    duplicates: int
    duplicates_max: int
    """One for each connection and kill: what the server had taken, and its answer was not noted yet."""
    problems: list[str]


def opened(site: Site, recipients: int, a_subscription: int = 50) -> Position:
    """Open a run for so many recipients."""
    ids = site.known(*(f"p{number}@example.com" for number in range(recipients)))
    places = [ids[first : first + a_subscription] for first in range(0, recipients, a_subscription)]
    site.record(*(snapshot(f"s-{number}", *map(user, members)) for number, members in enumerate(places)))
    return site.announced()


def kill_workers(site: Site, sink: Sink, kills: int, drawn: random.Random, messages_max: int) -> int:
    """Let workers begin and kill each, some before they send anything, some in the midst; return how many were killed before their end."""
    killed = 0
    for _ in range(kills):
        with worker(site, sink.port) as process:
            assert process.stdout is not None
            process.stdout.readline()
            goal, until = sink.messages() + drawn.randrange(messages_max), monotonic() + drawn.uniform(0, 1)
            while sink.messages() < goal and process.poll() is None and monotonic() < until:
                sleep(0.001)
            sleep(drawn.uniform(0, 0.03))
            process.kill()
            killed += process.wait(END_SECONDS) == -signal.SIGKILL
        site.clock.now = max(site.clock.now, site.ledger.store.head().recorded_at or site.clock.now) + timedelta(hours=ROUND_HOURS)
    return killed


def finish(site: Site, sink: Sink) -> None:
    """Let a worker go on to the end of the run."""
    site.mail_through(Mailbox(port=sink.port))
    site.until_closed(hours=ROUND_HOURS)


def reckon(site: Site, sink: Sink, run: Position, recipients: int, kills: int) -> Reckoning:
    """Compare what the server took with what is on record."""
    copies, unknown, accepted = sink.copies(), Counter[int](), Counter[int]()
    for entry in site.ledger.store.history(notice_stream(KEY, run)):
        if isinstance(entry.event, DeliveriesRecorded):
            unknown.update(o.recipient for o in entry.event.outcomes if o.result is Result.UNKNOWN)
            accepted.update(o.recipient for o in entry.event.outcomes if o.result is Result.ACCEPTED)
    addresses = {id_: address for address, id_ in site.ids.items()}
    members = {addresses[row.id]: row.member for row in site.audit()}
    state, problems = site.run(run), list[str]()
    problems += [f"{address} was never told" for address in members if not copies[address]]
    problems += [
        f"{address} got {copies[address]} copies, and {unknown[member]} outcomes are unknown"
        for address, member in members.items()
        if copies[address] > 1 + unknown[member]
    ]
    problems += [f"recipient {number} is accepted {count} times" for number, count in accepted.items() if count != 1]
    if (len(members), state.recipients) != (recipients, recipients):
        problems.append(f"{len(members)} members in the audit, {state.recipients} recipients in the run")
    if state.closed is None or state.closed.accepted != recipients:
        problems.append(f"the run is not closed with all: {state.accepted} accepted, {state.failed} failed")
    bound = kills * site.office.settings.smtp_connections
    return Reckoning(kills, copies.total(), copies.total() - len(copies), bound, problems)

"""What becomes of a run whose worker is killed at any moment.

Run by hand: `python tests/benchmarks/kill9_notices.py [KILLS=50] [SEED=0]`.

Workers of a run for 2,000 recipients send to a mail server that outlives them, and are killed with SIGKILL one after the other; then one
may go on to the end. Nobody may be missing; whoever was sent a notice more than once must have as many outcomes on record that are unknown;
and no more may be sent twice by a kill than a worker has connections.
"""

import random
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.api.notices.kills import finish, kill_workers, opened, reckon
from tests.api.notices.site import site_at
from tests.servers.sink import sink

RECIPIENTS = 2000
MESSAGES_MAX = 40
"""A worker is killed soon after it has sent a number below, so that the run outlasts all kills."""
SECONDS_A_MESSAGE = 0.004


def main() -> None:
    kills, seed = (int(text) if text else default for text, default in zip_longest(sys.argv[1:], (50, 0)))
    drawn, killed = random.Random(seed), 0  # noqa: S311 - any moment will do
    with tempfile.TemporaryDirectory() as name, site_at(Path(name)) as site, sink(Path(name) / "mails", SECONDS_A_MESSAGE) as server:
        run, began = opened(site, RECIPIENTS), time.monotonic()
        while killed < kills and site.run(run).closed is None:
            killed += kill_workers(site, server, 1, drawn, MESSAGES_MAX)
            if killed % 10 == 0:
                print(f"{killed} kills, {server.messages()} messages, {site.run(run).accepted} on record as accepted", flush=True)
        finish(site, server)
        found = reckon(site, server, run, RECIPIENTS, killed)
    print(
        f"{found.kills} kills in {time.monotonic() - began:.0f} s: {found.copies} messages for {RECIPIENTS} recipients, "
        f"{found.duplicates} of them duplicates; bound: a connection a kill, {found.duplicates_max}; {len(found.problems)} problems"
    )
    for problem in found.problems[:20]:
        print(problem)
    sys.exit(1 if found.problems or found.duplicates > found.duplicates_max or found.kills < kills else 0)


if __name__ == "__main__":
    main()

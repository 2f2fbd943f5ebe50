"""A run as an auditor finds it: two people, a webhook, and somebody without an address, in two subscriptions; one of them told too late."""

from datetime import timedelta

from domain.directory.events import PrincipalKind
from domain.ledger import Ledger
from domain.notices.audience import Member, Reach, chunk_of, in_chunks
from domain.notices.commands import RecordAudience, RecordDeliveries
from domain.notices.events import Outcome, Result
from tests.api.http.apps import Site
from tests.domain.notices.site import RUN, dated, prepare
from tests.spec import KEY

ANN, BOB, HOOK, OUT = "ann-0001", "bob-0002", "whk-0003", "out-0004"
FIRST, SECOND = "s-1", "s-2"
MEMBERS = (
    (Member(ANN, PrincipalKind.USER, ((FIRST, "owner"),)), Reach(1)),
    (Member(BOB, PrincipalKind.USER, ((FIRST, "reader"), (SECOND, "owner"))), Reach(2)),
    (Member(HOOK, None, ((FIRST, ""),)), Reach()),
    (Member(OUT, PrincipalKind.USER, ((SECOND, "reader"),)), Reach()),
)
ROWS = [(-1, SECOND, "reader"), (1, FIRST, "owner"), (2, FIRST, "reader"), (2, SECOND, "owner"), (3, FIRST, "")]
"""Member, subscription and role of each row, in their order."""


def run_open(site: Site) -> int:
    """Open a run whose audience is not known yet."""
    prepare(site.ledger).execute(dated())
    return RUN


def audience_recorded(site: Site, members: tuple[tuple[Member, Reach], ...] = MEMBERS) -> int:
    """Open a run, and record who has to be told."""
    run = run_open(site)
    for number, (chunk, complete) in enumerate(in_chunks([member for member, _ in members]), start=1):
        reaches = {member.id: reach for member, reach in members}
        found = chunk_of(chunk, [reaches[member.id] for member in chunk])
        parts = {name: getattr(found, name) for name in ("recipients", "excluded", "roles", "subscriptions")}
        site.ledger.execute(RecordAudience(key=KEY, run=run, chunk=number, complete=complete, **parts))
    return run


def deliver(ledger: Ledger, recipient: int, result: Result = Result.ACCEPTED, *, code: str = "250", channel: str = "smtp") -> None:
    """Record an attempt, now."""
    outcome = Outcome(recipient, result, 0, code, f"q{recipient}")
    ledger.execute(RecordDeliveries(key=KEY, run=RUN, channel=channel, outcomes=(outcome,), since=ledger.now()))


def all_told(site: Site) -> int:
    """Tell Ann at once, the webhook never, and Bob only weeks later, with too few days left. Then the run can be closed."""
    run = audience_recorded(site)
    deliver(site.ledger, 1)
    deliver(site.ledger, 3, Result.PERMANENT, code="410", channel="webhook")
    site.clock.now += timedelta(days=60)
    deliver(site.ledger, 2)
    return run

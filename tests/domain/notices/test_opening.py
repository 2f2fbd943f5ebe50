"""When a run is opened: as soon as the dates or the replacements of a model, as known now, become others, and then at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from domain.commands import AdoptPolicy, Announce, AnyCommand
from domain.dates import firm, no_date, not_before
from domain.directory.commands import OptOut
from domain.errors import LedgerError
from domain.events import RetirementAnnounced, WithdrawnBy
from domain.ledger import Ledger
from domain.notices.events import NotificationRunOpened, RunCause
from domain.rehearsal import rehearse
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.store.errors import CommandKeyReused
from domain.subjects import WHOLE, SubjectKey
from tests.domain.directory.said import deployment, snapshot, subscription_snapshot
from tests.domain.notices.site import DATES, FIRST, dated, opened
from tests.ledgers import HandClock, announce, enter_stage, list_model, withdraw
from tests.spec import KEY, TICK, at

ANNOUNCED, MOVED, WITHDRAWN = RunCause.ANNOUNCED, RunCause.MOVED, RunCause.WITHDRAWN
CAUSE = {"announced": ANNOUNCED, "moved": MOVED, "withdrawn": WITHDRAWN, "-": None}
RECORDER = WithdrawnBy.RECORDER
ELSEWHERE = SubjectKey.parse("bedrock/claude")
NO_DATES = announce(legacy=no_date(), deprecated=no_date(), retired=no_date(), announced_at=None)


def said(*, announced_at: str | None = None, **stated: object) -> Announce:
    return announce(announced_at=announced_at, **stated)  # type: ignore[arg-type]  # as `announce` has them


def say(ledger: Ledger, clock: HandClock, *commands: AnyCommand) -> Sequence[RunCause | None]:
    """Say one thing after the other, a minute apart, and return why each had people told."""
    causes: list[RunCause | None] = []
    for command in commands:
        clock.advance(minutes=1)
        before = len(opened(ledger))
        runs = ledger.execute(command).runs
        new = opened(ledger)[before:]
        assert tuple(run.run for run in new) == runs
        causes.append(new[0].cause if new else None)
    return causes


def test_a_run_is_opened_right_after_its_claim(site: Ledger) -> None:
    receipt = site.execute(dated())
    claim, run = site.store.log(after=FIRST - 1)
    assert (receipt.positions, receipt.runs) == ((FIRST,), (FIRST + 1,))
    assert isinstance(claim.event, RetirementAnnounced)
    assert isinstance(run.event, NotificationRunOpened)
    assert (run.position, run.stream, run.version, run.actor) == (6, "notice:azure/mistral-large:6", 1, "tester")
    assert (run.event.run, run.event.claim) == (6, 5)
    assert run.recorded_at == claim.recorded_at + TICK
    assert receipt.recorded_at == claim.recorded_at


# A withdrawal names its claim by the position: what is said first is 5, and each run that was opened takes one, too.
SAID: dict[str, tuple[str, tuple[AnyCommand, ...]]] = {
    "dates": ("announced", (dated(),)),
    "a floor": ("announced", (said(retired=not_before("2025-08")),)),
    "replacements alone": ("announced", (said(replacements=["azure/x"]),)),
    "other replacements": ("announced moved", (said(replacements=["azure/x"]), said(replacements=["azure/y"]))),
    "replacements reordered": ("announced moved", (said(replacements=["azure/x", "azure/y"]), said(replacements=["azure/y", "azure/x"]))),
    "replacements, then dates": ("announced announced", (said(replacements=["azure/x"]), dated())),
    "dates, then replacements": ("announced moved", (dated(), said(replacements=["azure/x"]))),
    "a later date": ("announced moved", (dated(), said(retired="2025-09-01"))),
    "an earlier date": ("announced moved", (dated(), said(retired="2025-07-15"))),
    "a floor that becomes firm": ("announced moved", (said(retired=not_before("2025-08-01")), said(retired="2025-08-01"))),
    "one date of three taken back": ("announced moved", (dated(), said(legacy=no_date()))),
    "all dates taken back": ("announced withdrawn", (dated(), NO_DATES)),
    "taken back, and again": ("announced withdrawn announced", (dated(), NO_DATES, dated())),
    "taken back, and then replacements": ("announced withdrawn announced", (dated(), NO_DATES, said(replacements=["azure/x"]))),
    "replacements taken back": ("announced withdrawn", (said(replacements=["azure/x"]), said(replacements=[]))),
    "withdrawn by the provider": ("announced withdrawn", (dated(), withdraw(5))),
    "withdrawn by the recorder": ("announced withdrawn", (dated(), withdraw(5, by=RECORDER))),
    "replacements withdrawn": ("announced withdrawn", (said(replacements=["azure/x"]), withdraw(5))),
    "the later claim withdrawn": ("announced moved moved", (dated(), said(retired="2025-09-01"), withdraw(7))),
    "the earlier claim withdrawn": ("announced moved moved", (dated(), said(retired="2025-09-01"), withdraw(5))),
    "a withdrawal withdrawn": ("announced withdrawn announced", (dated(), withdraw(5), withdraw(7))),
    "a misreading restored": ("announced withdrawn announced", (dated(), withdraw(5, by=RECORDER), withdraw(7, by=RECORDER))),
}  # fmt: skip


@pytest.mark.parametrize(("causes", "commands"), SAID.values(), ids=SAID)
def test_people_are_told_of_every_change(site: Ledger, clock: HandClock, causes: str, commands: tuple[AnyCommand, ...]) -> None:
    assert say(site, clock, *commands) == [CAUSE[cause] for cause in causes.split()]


UNTOLD: dict[str, tuple[AnyCommand, ...]] = {
    "a label": (said(label=Stage.LEGACY), said(label=Stage.DEPRECATED)),
    "the same again": (dated(), dated()),
    "one of the dates again": (dated(), said(retired=DATES["retired"])),
    "the same in other words": (dated(), said(retired=firm("2025-08-01", raw="August 1st, 2025"))),
    "the same by another source": (dated(), said(retired=DATES["retired"], by="mail")),
    "notes": (dated(), said(label=Stage.LEGACY, notes="Soon.")),
    "a stage that was entered": (enter_stage(Stage.LEGACY, "2025-02-01"),),
    "another listing": (list_model(scope={"version": "2"}, announced_at=None),),
    "a listing taken back": (withdraw(2, by=RECORDER),),
    "a claim that another one covers": (dated(), said(retired="2025-08-01", by="mail"), withdraw(7)),
    "a date taken back that never was": (NO_DATES,),
    "a date taken back, and that taken back": (NO_DATES, withdraw(5)),
    "no replacements where there were none": (said(replacements=[]),),
}


@pytest.mark.parametrize("commands", UNTOLD.values(), ids=UNTOLD)
def test_what_changes_neither_dates_nor_replacements_tells_nobody(site: Ledger, clock: HandClock, commands: tuple[AnyCommand, ...]) -> None:
    causes = say(site, clock, *commands)
    assert causes == [ANNOUNCED if command == dated() and not place else None for place, command in enumerate(commands)]


@pytest.mark.parametrize(
    ("announced_at", "told"),
    [
        ("2025-02-01T12:00:00+00:00", True),
        ("2025-02-01T00:00:00+00:00", True),
        ("2025-02-01T04:00:00+05:00", False),
        ("2025-01-31T23:59:59.999999+00:00", False),
        ("2025-01-31T23:59:59-05:00", True),
        ("2024-11-22T00:00:00+00:00", False),
    ],
)
@pytest.mark.parametrize("notify", [None, True])
def test_what_was_announced_on_an_earlier_day_in_utc_tells_nobody_unless_asked(
    site: Ledger, announced_at: str, *, told: bool, notify: bool | None
) -> None:
    command = replace(dated(), announced_at=datetime.fromisoformat(announced_at), notify=True if notify else None)
    assert bool(site.execute(command).runs) is (told or bool(notify))


def test_a_backdated_withdrawal_tells_nobody_unless_asked(site: Ledger) -> None:
    site.execute(replace(dated(), announced_at=at("2025-01-20")))
    again = [withdraw(5, announced_at="2025-01-25"), withdraw(6, announced_at="2025-01-26"), withdraw(7, announced_at="2025-01-27")]
    assert [site.execute(command).runs for command in again] == [(), (), ()]
    assert site.execute(replace(withdraw(8, announced_at="2025-01-28"), notify=True)).runs == (10,)


def test_what_a_backdated_claim_has_changed_is_what_was_planned_before(site: Ledger) -> None:
    site.execute(replace(dated(), announced_at=at("2025-01-20")))
    assert site.execute(dated()).runs == ()
    assert site.execute(said(retired="2025-09-01")).runs
    (run,) = opened(site)
    assert run.before is not None
    assert (run.cause, run.before.retired, run.after.retired) == (MOVED, firm("2025-08-01"), firm("2025-09-01"))


def test_asking_to_tell_opens_no_run_for_what_changes_nothing(site: Ledger) -> None:
    site.execute(dated())
    older = replace(said(retired="2025-12-01"), announced_at=at("2025-01-20"), notify=True)
    assert site.execute(older).runs == ()


def test_without_a_directory_nobody_is_known_who_could_be_told(ledger: Ledger) -> None:
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(list_model())
    ledger.execute(OptOut(person="ann"))
    assert ledger.execute(dated()).runs == ()
    ledger.execute(snapshot(subscription_snapshot(deployments=[deployment(key=ELSEWHERE)])))
    assert ledger.execute(said(retired="2025-09-01")).runs == (7,)


def test_an_empty_subscription_is_a_directory(site: Ledger) -> None:
    site.execute(snapshot(subscription_snapshot(roles=[], deployments=[]), forced=True))
    assert site.execute(dated()).runs == (8,)


def test_without_a_policy_nobody_is_told(site: Ledger) -> None:
    site.execute(list_model(ELSEWHERE, name="Claude"))
    assert site.execute(dated(ELSEWHERE)).runs == ()


def test_a_policy_that_is_not_in_force_yet_tells_nobody(ledger: Ledger, clock: HandClock) -> None:
    later = AZURE_SERVERLESS_V1.model_copy(update={"in_force_from": at("2025-02-02")})
    ledger.execute(AdoptPolicy(policy=later))
    ledger.execute(list_model())
    ledger.execute(snapshot(subscription_snapshot(deployments=[deployment()])))
    assert ledger.execute(dated()).runs == ()
    clock.set("2025-02-02")
    assert ledger.execute(said(retired="2025-09-01")).runs


def test_a_refused_announcement_opens_nothing(site: Ledger) -> None:
    head = site.store.head()
    with pytest.raises(LedgerError, match="90"):
        site.execute(dated(deprecated="2025-07-15"))
    assert site.store.head() == head


def test_a_command_sent_twice_opens_one_run_and_gives_the_first_receipt(site: Ledger, clock: HandClock) -> None:
    first = site.execute(dated(), key="k")
    clock.advance(days=1)
    again = site.execute(dated(), key="k")
    assert (again, again.replayed, again.runs) == (first, True, (6,))
    assert len(opened(site)) == 1
    with pytest.raises(CommandKeyReused):
        site.execute(replace(dated(), notify=True), key="k")


def test_a_rehearsal_gives_the_run_and_opens_none(site: Ledger, clock: HandClock) -> None:
    head = site.store.head()
    told = rehearse(site, dated(), KEY, WHOLE)
    assert (told.receipt.runs, len(told.opened), site.store.head()) == ((6,), 1, head)
    assert rehearse(site, said(label=Stage.LEGACY), KEY, WHOLE).opened == ()
    clock.advance(seconds=1)
    assert site.execute(dated()).runs == (6,)
    (run,) = opened(site)
    assert told.opened == (run.model_copy(update={"opened_at": told.opened[0].opened_at}),)


def test_a_rehearsal_without_a_directory_opens_no_run(ledger: Ledger) -> None:
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(list_model())
    assert rehearse(ledger, dated(), KEY, WHOLE).opened == ()


def test_each_claim_has_a_run_of_its_own(site: Ledger, clock: HandClock) -> None:
    site.execute(list_model(ELSEWHERE, name="Claude"))
    say(site, clock, dated(), said(retired="2025-09-01"), withdraw(8))
    runs = opened(site)
    assert [(run.claim, run.run) for run in runs] == [(6, 7), (8, 9), (10, 11)]
    assert site.store.streams("notice:") == tuple(sorted(f"notice:azure/mistral-large:{run.run}" for run in runs))

"""What a run holds: all that its notices will say, so that they say the same whenever they are sent."""

from dataclasses import replace

import pytest

from domain.commands import AdoptPolicy
from domain.dates import no_date, not_before
from domain.ledger import Ledger
from domain.notices.events import NotificationRunOpened, Replacement, RunCause
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey
from domain.values import Source
from tests.domain.notices.site import DATES, SMALL, dated, opened, schedule
from tests.ledgers import NOW, HandClock, announce, list_model, withdraw
from tests.spec import KEY, at

V1 = {"version": "1"}
PAGE = Source(address="https://example.org/retirements", document="d", name="page", raw=None, row=7)
LARGER = SubjectKey.parse("azure/larger")


def last_run(ledger: Ledger) -> NotificationRunOpened:
    return opened(ledger)[-1]


def test_a_run_holds_all_that_its_notices_say(site: Ledger) -> None:
    site.execute(replace(dated(), replacements=("azure/larger",), source=PAGE))
    assert last_run(site) == NotificationRunOpened(
        after=schedule(**DATES),
        before=None,
        cause=RunCause.ANNOUNCED,
        claim=5,
        deprecated_days_min=90,
        key=KEY,
        legacy_days_min=30,
        link="https://example.org/retirements",
        name="Mistral-large",
        opened_at=last_run(site).opened_at,
        policy_version=1,
        provider="Mistral AI",
        replacements=(Replacement(stage=None, subject="azure/larger"),),
        replacements_before=(),
        roles=("owner", "contributor", "reader", "monitoring contributor", "monitoring reader"),
        run=6,
        scope=Scope(),
    )
    assert last_run(site).opened_at.isoformat().startswith("2025-02-01T12:00:00")


def test_it_holds_the_old_and_the_new_dates_and_replacements(site: Ledger) -> None:
    site.execute(replace(dated(), replacements=("azure/a",)))
    site.execute(announce(legacy=no_date(), retired=not_before("2025-10-01"), replacements=["azure/b"], announced_at=None))
    run = last_run(site)
    assert run.before == schedule(**DATES)
    assert run.after == schedule(legacy=no_date(), deprecated=DATES["deprecated"], retired=not_before("2025-10-01"))
    assert (run.replacements_before, [one.subject for one in run.replacements]) == (("azure/a",), ["azure/b"])


def test_after_a_withdrawal_it_holds_what_is_left(site: Ledger) -> None:
    site.execute(dated())
    site.execute(withdraw(5))
    assert (last_run(site).before, last_run(site).after) == (schedule(**DATES), schedule())
    assert (last_run(site).cause, last_run(site).claim, last_run(site).link) == (RunCause.WITHDRAWN, 7, None)


def test_the_link_leads_to_where_the_last_date_was_published(site: Ledger) -> None:
    site.execute(replace(dated(), source=PAGE))
    site.execute(announce(legacy="2025-03-16", announced_at=None))
    assert last_run(site).link == PAGE.address
    site.execute(announce(retired="2025-09-01", announced_at=None))
    assert last_run(site).link is None


def test_the_same_dates_in_other_words_stay_as_they_were_first_said(site: Ledger) -> None:
    site.execute(announce(retired=not_before("2025-10"), announced_at=None))
    site.execute(announce(deprecated="2025-04-15", announced_at=None))
    assert last_run(site).before == schedule(retired=not_before("2025-10"))


@pytest.mark.parametrize(
    ("named", "stage"),
    [
        ("azure/larger", Stage.LEGACY),
        ("azure/larger@1", Stage.RETIRED),
        ("azure/mistral-small", Stage.PREVIEW),
        ("azure/unheard-of", None),
        ("Ask your dealer", None),
    ],
)
def test_replacements_stand_with_their_own_stage_at_that_time(site: Ledger, clock: HandClock, named: str, stage: Stage | None) -> None:
    site.execute(list_model(LARGER, name="Larger"))
    site.execute(list_model(SMALL, name="Small", stage=Stage.PREVIEW))
    site.execute(announce(LARGER, legacy="2025-02-10", announced_at=None))
    site.execute(announce(LARGER, retired="2025-02-11", scope=V1, announced_at=None))
    clock.set("2025-02-12")
    site.execute(announce(replacements=[named], announced_at=None))
    assert last_run(site).replacements == (Replacement(stage=stage, subject=named),)


def test_rules_and_roles_are_those_in_force(site: Ledger, clock: HandClock) -> None:
    changed = {
        "version": 2,
        "notified_roles": ("owner",),
        "legacy_days_min": 7,
        "deprecated_days_min": 14,
        "in_force_from": at("2025-02-10"),
    }
    site.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1.model_copy(update=changed)))
    site.execute(dated())
    assert (last_run(site).policy_version, len(last_run(site).roles)) == (1, 5)
    clock.set("2025-02-10")
    site.execute(announce(retired="2025-09-01", announced_at=None))
    run = last_run(site)
    assert (run.policy_version, run.roles, run.legacy_days_min, run.deprecated_days_min) == (2, ("owner",), 7, 14)


def test_a_run_is_about_what_its_claim_is_about(site: Ledger) -> None:
    site.execute(announce(retired="2025-08-01", announced_at=None))
    site.execute(announce(retired="2025-09-01", scope=V1, announced_at=None))
    site.execute(withdraw(7))
    site.execute(withdraw(9))
    runs = opened(site)
    assert [run.scope.as_dict() for run in runs] == [{}, V1, V1, V1]
    assert [run.cause for run in runs] == [RunCause.ANNOUNCED, RunCause.MOVED, RunCause.MOVED, RunCause.MOVED]
    assert runs[1].before == runs[2].after == runs[3].before == runs[0].after == schedule(retired="2025-08-01")


def test_a_wider_date_that_is_the_same_for_a_part_tells_that_part_nothing(site: Ledger) -> None:
    site.execute(announce(retired="2025-08-01", announced_at=None))
    assert site.execute(announce(retired="2025-08-01", scope=V1, announced_at=None)).runs == ()


def test_a_model_that_is_listed_no_more_goes_by_its_key(site: Ledger) -> None:
    site.execute(withdraw(2))
    site.execute(dated())
    assert (last_run(site).name, last_run(site).provider) == ("mistral-large", None)


def test_the_narrowest_listing_names_the_part(site: Ledger) -> None:
    site.execute(list_model(name="Mistral Large", provider="Mistral", scope=V1))
    site.execute(announce(retired="2025-08-01", scope=V1, announced_at=None))
    assert (last_run(site).name, last_run(site).provider) == ("Mistral Large", "Mistral")


def test_a_run_says_when_it_was_opened_by_the_ledgers_clock(site: Ledger, clock: HandClock) -> None:
    clock.set("2025-02-03T08:00:00Z")
    site.execute(dated())
    assert last_run(site).opened_at == at("2025-02-03T08:00:00Z")
    clock.set(NOW)
    site.execute(announce(retired="2025-09-01", announced_at=None))
    assert last_run(site).opened_at > at("2025-02-03T08:00:00Z")

"""Decisions: each refusal with its data, and what is recorded where nothing is refused."""

from dataclasses import asdict, replace

import pytest

from domain import decisions, refusals
from domain.commands import AdoptPolicy, Announce, ConfirmStage, ListModel, OnPolicyBreach
from domain.dates import no_date, not_before
from domain.errors import InvalidName, LedgerError
from domain.events import AnnouncementWithdrawn, Basis, Event, PageObserved, PolicyAdopted, WithdrawnBy
from domain.model import Model, fold
from domain.recorded import Recorded
from domain.stages import Stage
from domain.subjects import WHOLE, Scope
from tests.ledgers import NOW, announce, enter_stage, list_model, observe, withdraw
from tests.spec import KEY, Later, adopted, announced, at, entered, entries_of, listed, misread, withdrawn

GA, LEGACY, DEPRECATED, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED
V1 = {"version": "1"}
TOMORROW = "2025-02-02T12:00:00Z"
PROVIDER, RECORDER = WithdrawnBy.PROVIDER, WithdrawnBy.RECORDER


def model(*said: Event | Later) -> Model:
    return fold(KEY, entries_of(*said))


def data(error: LedgerError) -> dict[str, object]:
    return asdict(error)


# --- Listing ----------------------------------------------------------------------------------------------------------


def test_a_model_is_listed_as_it_is_said() -> None:
    event = decisions.list_model(model(), list_model(name=" Mistral-large ", scope=V1, since="2024-02-26", stage=Stage.PREVIEW), at(NOW))
    assert (event.key, event.name, event.provider, event.scope) == (KEY, "Mistral-large", "Mistral AI", Scope.of(V1))
    assert (event.stage, event.since, event.announced_at) == (Stage.PREVIEW, at("2024-02-26"), at("2024-11-22"))


def test_without_an_instant_it_is_announced_now() -> None:
    assert decisions.list_model(model(), list_model(announced_at=None, provider=None), at(NOW)).announced_at == at(NOW)
    assert decisions.announce(model(listed()), announce(label=LEGACY, announced_at=None), (), at(NOW)).announced_at == at(NOW)
    assert decisions.withdraw(model(listed()), withdraw(1), at(NOW)).announced_at == at(NOW)
    assert decisions.enter_stage(model(listed()), enter_stage(GA, TOMORROW), at(NOW)).announced_at == at(NOW)


def test_a_scope_is_listed_once() -> None:
    with pytest.raises(refusals.AlreadyListed) as refused:
        decisions.list_model(model(listed()), list_model(), at(NOW))
    assert data(refused.value) == {"key": asdict(KEY), "scope": asdict(WHOLE), "claim": 1}


def test_a_scope_is_listed_once_whatever_was_listed_later() -> None:
    with pytest.raises(refusals.AlreadyListed) as refused:
        decisions.list_model(model(listed("2024-01-01", scope=V1), listed("2024-01-02")), list_model(scope=V1), at(NOW))
    assert refused.value.claim == 1


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ((listed(),), list_model(scope=V1)),
        ((listed(scope=V1),), list_model()),
        ((listed(), withdrawn(1)), list_model()),
        ((listed(), misread(1)), list_model()),
        ((announced(label=LEGACY),), list_model()),
    ],
)
def test_another_scope_is_listed_and_a_withdrawn_listing_is_none(said: tuple[Event, ...], command: ListModel) -> None:
    assert decisions.list_model(model(*said), command, at(NOW)).scope == command.scope


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "gpt\x1b[31m", "gpt\N{RIGHT-TO-LEFT OVERRIDE}"])
def test_a_display_name_is_readable(name: str) -> None:
    with pytest.raises(InvalidName):
        decisions.list_model(model(), list_model(name=name), at(NOW))


# --- Announcing -------------------------------------------------------------------------------------------------------


def test_what_is_announced_is_recorded_as_it_is_said() -> None:
    command = announce(
        legacy="2024-12-15", deprecated=not_before("2025-01"), retired=no_date(), label=GA, replacements=["azure/b"], notes="n", scope=V1
    )
    event = decisions.announce(model(listed()), command, (), at(NOW))
    for field in ("legacy", "deprecated", "retired", "label", "replacements", "notes", "scope", "announced_at", "source"):
        assert getattr(event, field) == getattr(command, field)


def test_nobody_announces_anything_about_an_unknown_model() -> None:
    with pytest.raises(refusals.NoSuchModel) as refused:
        decisions.announce(model(), announce(label=LEGACY), (), at(NOW))
    assert refused.value.text == str(KEY)


@pytest.mark.parametrize("notes", [None, "only a remark"])
def test_an_announcement_states_something(notes: str | None) -> None:
    with pytest.raises(refusals.NothingStated) as refused:
        decisions.announce(model(listed()), announce(notes=notes), (), at(NOW))
    assert refused.value.key == KEY


@pytest.mark.parametrize(
    "command",
    [announce(label=LEGACY), announce(replacements=[]), announce(retired=no_date()), announce(legacy=not_before("2025-01"))],
)
def test_one_statement_is_enough(command: Announce) -> None:
    assert decisions.announce(model(listed()), command, (), at(NOW)).announced_at == at("2024-11-22")


@pytest.mark.parametrize(
    ("replacements", "scope"),
    [(["azure/mistral-large"], {}), (["azure/b", "azure/mistral-large"], {}), (["azure/mistral-large@1"], V1)],
)
def test_nothing_replaces_itself(replacements: list[str], scope: dict[str, str]) -> None:
    with pytest.raises(refusals.ReplacesItself) as refused:
        decisions.announce(model(listed()), announce(replacements=replacements, scope=scope), (), at(NOW))
    assert refused.value.key == KEY


@pytest.mark.parametrize(
    ("replacement", "scope"),
    [("azure/mistral-large@2", {}), ("azure/mistral-large@2", V1), ("azure/mistral-large", V1), ("azure/mistral", {}), ("nonsense", {})],
)
def test_another_version_or_model_replaces_it(replacement: str, scope: dict[str, str]) -> None:
    event = decisions.announce(model(listed()), announce(replacements=[replacement], scope=scope), (), at(NOW))
    assert event.replacements == (replacement,)


@pytest.mark.parametrize(
    ("said", "command", "expected"),
    [
        ((), announce(legacy="2025-03-02", deprecated="2025-03-01"), (LEGACY, "2025-03-02", DEPRECATED, "2025-03-01")),
        ((), announce(deprecated="2025-03-02", retired="2025-03-01"), (DEPRECATED, "2025-03-02", RETIRED, "2025-03-01")),
        ((), announce(legacy="2025-03-02", retired="2025-03-01"), (LEGACY, "2025-03-02", RETIRED, "2025-03-01")),
        ((), announce(legacy="2025-03", deprecated="2025-03-31"), (LEGACY, "2025-04-01", DEPRECATED, "2025-03-31")),
        ((announced(legacy="2025-03-02"),), announce(retired="2025-03-01"), (LEGACY, "2025-03-02", RETIRED, "2025-03-01")),
        ((announced(retired="2025-03-01"),), announce(legacy="2025-03-02"), (LEGACY, "2025-03-02", RETIRED, "2025-03-01")),
    ],
)
def test_dates_are_in_order_with_those_that_stand(
    said: tuple[Event, ...], command: Announce, expected: tuple[Stage, str, Stage, str]
) -> None:
    with pytest.raises(refusals.PlanOutOfOrder) as refused:
        decisions.announce(model(listed(), *said), command, (), at(NOW))
    error = refused.value
    assert (error.key, error.first, error.second) == (KEY, expected[0], expected[2])
    assert (error.first_at, error.second_at) == (at(expected[1]), at(expected[3]))


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ((), announce(legacy="2025-03-01", deprecated="2025-03-01", retired="2025-03-01")),
        ((), announce(legacy="2025-03-02", retired=not_before("2025-03-01"))),
        ((announced(legacy="2025-03-02"),), announce(legacy=no_date(), retired="2025-03-01")),
        ((announced(legacy="2025-03-02"), withdrawn(2)), announce(retired="2025-03-01")),
        ((announced(legacy="2025-03-02", scope=V1),), announce(retired="2025-03-01")),
        ((announced("2024-12-01", legacy="2025-03-02"),), announce(retired="2025-03-01", announced_at="2024-11-22")),
    ],
)
def test_dates_that_do_not_stand_or_are_not_firm_are_in_nobodys_way(said: tuple[Event, ...], command: Announce) -> None:
    assert decisions.announce(model(listed(), *said), command, (), at(NOW)).announced_at == at("2024-11-22")


SHORT = announce(legacy="2025-03-01", deprecated="2025-03-30", retired="2025-06-28")


@pytest.mark.parametrize(
    ("command", "stage", "days", "required"),
    [
        (SHORT, LEGACY, 29, 30),
        (announce(deprecated="2025-03-31", retired="2025-06-28"), DEPRECATED, 89, 90),
    ],
)
def test_a_window_is_not_shorter_than_the_policy_promises(command: Announce, stage: Stage, days: int, required: int) -> None:
    with pytest.raises(refusals.WindowTooShort) as refused:
        decisions.announce(model(listed()), command, entries_of(adopted()), at(NOW))
    error = refused.value
    assert (error.key, error.stage, error.days, error.required, error.policy_version) == (KEY, stage, days, required, 1)


def test_a_window_is_judged_with_the_dates_that_stand() -> None:
    with pytest.raises(refusals.WindowTooShort):
        decisions.announce(
            model(listed(), announced(deprecated="2025-03-31")), announce(retired="2025-06-01"), entries_of(adopted()), at(NOW)
        )


@pytest.mark.parametrize(
    ("command", "policies"),
    [
        (replace(SHORT, on_policy_breach=OnPolicyBreach.RECORD), (adopted(),)),
        (SHORT, ()),
        (SHORT, (adopted("2024-11-23"),)),
        (SHORT, (adopted(legacy_days=29),)),
        (announce(legacy="2025-03-01", deprecated="2025-03-31", retired="2025-06-29"), (adopted(),)),
    ],
)
def test_a_breach_is_recorded_when_asked_and_is_none_without_a_policy_of_that_day(
    command: Announce, policies: tuple[PolicyAdopted, ...]
) -> None:
    assert decisions.announce(model(listed()), command, entries_of(*policies), at(NOW)).legacy == command.legacy


# --- The future -------------------------------------------------------------------------------------------------------


def test_what_is_announced_at_this_instant_is_not_in_the_future() -> None:
    assert decisions.announce(model(listed()), announce(label=LEGACY, announced_at=NOW), (), at(NOW)).announced_at == at(NOW)


def test_nothing_was_announced_in_the_future() -> None:
    known, future = model(listed()), TOMORROW
    attempts = (
        lambda: decisions.list_model(model(), list_model(announced_at=future), at(NOW)),
        lambda: decisions.announce(known, announce(label=LEGACY, announced_at=future), (), at(NOW)),
        lambda: decisions.withdraw(known, withdraw(1, announced_at=future), at(NOW)),
        lambda: decisions.enter_stage(known, enter_stage(GA, NOW, announced_at=future), at(NOW)),
        lambda: decisions.adopt_policy((), AdoptPolicy(policy=adopted(future)), at(NOW)),
    )
    for attempt in attempts:
        with pytest.raises(refusals.AnnouncedInFuture) as refused:
            attempt()
        assert data(refused.value) == {"announced_at": at(future), "now": at(NOW)}


# --- Withdrawing ------------------------------------------------------------------------------------------------------


def test_a_claim_is_withdrawn_with_the_reason() -> None:
    event = decisions.withdraw(model(listed()), withdraw(1, by=RECORDER, reason=" misread ", announced_at="2023-01-01"), at(NOW))
    assert event == AnnouncementWithdrawn(announced_at=at("2023-01-01"), by=RECORDER, claim=1, key=KEY, reason="misread")


def test_nothing_is_withdrawn_of_an_unknown_model() -> None:
    with pytest.raises(refusals.NoSuchModel):
        decisions.withdraw(model(), withdraw(1), at(NOW))


@pytest.mark.parametrize("claim", [0, -1, 4, 10**30])
def test_only_a_claim_is_withdrawn(claim: int) -> None:
    with pytest.raises(refusals.NoSuchClaim) as refused:
        decisions.withdraw(model(listed(), announced(label=LEGACY), withdrawn(2)), withdraw(claim), at(NOW))
    assert (refused.value.claim, refused.value.open_claims) == (claim, [1, 3])


def test_a_claim_is_withdrawn_once() -> None:
    with pytest.raises(refusals.ClaimNotOpen) as refused:
        decisions.withdraw(model(listed(), withdrawn(1)), withdraw(1), at(NOW))
    assert data(refused.value) == {"key": asdict(KEY), "claim": 1}


def test_a_withdrawal_is_withdrawn_and_then_its_claim_can_be_again() -> None:
    assert decisions.withdraw(model(listed(), withdrawn(1)), withdraw(2), at(NOW)).claim == 2
    assert decisions.withdraw(model(listed(), withdrawn(1), withdrawn(2)), withdraw(1), at(NOW)).claim == 1


def test_a_provider_withdraws_nothing_before_it_was_announced() -> None:
    known = model(listed("2024-06-01"))
    with pytest.raises(refusals.WithdrawnBeforeAnnounced) as refused:
        decisions.withdraw(known, withdraw(1, announced_at="2024-05-31"), at(NOW))
    assert data(refused.value) == {"key": asdict(KEY), "claim": 1, "claim_announced_at": at("2024-06-01")}
    assert decisions.withdraw(known, withdraw(1, announced_at="2024-06-01"), at(NOW)).claim == 1
    assert decisions.withdraw(known, withdraw(1, by=RECORDER, announced_at="2024-05-31"), at(NOW)).claim == 1


def test_only_the_recorder_restores_what_the_recorder_withdrew() -> None:
    known = model(listed(), misread(1))
    with pytest.raises(refusals.OnlyRecorderRestores) as refused:
        decisions.withdraw(known, withdraw(2), at(NOW))
    assert data(refused.value) == {"key": asdict(KEY), "claim": 2}
    assert decisions.withdraw(known, withdraw(2, by=RECORDER), at(NOW)).by is RECORDER


@pytest.mark.parametrize("reason", ["", " \t\n"])
def test_a_withdrawal_says_why(reason: str) -> None:
    with pytest.raises(refusals.ReasonMissing) as refused:
        decisions.withdraw(model(listed()), withdraw(1, reason=reason), at(NOW))
    assert refused.value.key == KEY


# --- Entering a stage -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effective_at", ["2024-12-01", "2026-01-01"])
def test_a_provider_says_that_a_stage_was_or_will_be_entered(effective_at: str) -> None:
    event = decisions.enter_stage(model(listed()), enter_stage(LEGACY, effective_at, announced_at="2025-01-01", scope=V1), at(NOW))
    assert (event.stage, event.basis, event.scope) == (LEGACY, Basis.PROVIDER, Scope.of(V1))
    assert (event.effective_at, event.announced_at) == (at(effective_at), at("2025-01-01"))


def test_no_stage_of_an_unknown_model_is_entered() -> None:
    with pytest.raises(refusals.NoSuchModel):
        decisions.enter_stage(model(), enter_stage(LEGACY, NOW), at(NOW))


def confirm(stage: Stage, effective_at: str, scope: Scope = WHOLE) -> ConfirmStage:
    return ConfirmStage(key=KEY, scope=scope, stage=stage, effective_at=at(effective_at))


def test_a_date_that_has_passed_is_confirmed_once() -> None:
    said = (listed(), announced(legacy="2025-02-01"))
    event = decisions.confirm_stage(model(*said), confirm(LEGACY, "2025-02-01"), at("2025-02-01"))
    assert event is not None
    assert (event.basis, event.announced_at, event.effective_at) == (Basis.SCHEDULE, at("2025-02-01"), at("2025-02-01"))
    assert event.source.name == "ledger-clock"
    assert decisions.confirm_stage(model(*said, event), confirm(LEGACY, "2025-02-01"), at(NOW)) is None


@pytest.mark.parametrize(
    ("stage", "effective_at"), [(LEGACY, "2025-02-02"), (LEGACY, "2025-01-31"), (DEPRECATED, "2025-02-01"), (RETIRED, "2025-01-01")]
)
def test_what_the_plan_does_not_enter_then_or_not_yet_is_not_due(stage: Stage, effective_at: str) -> None:
    said = (listed(), announced(legacy="2025-02-01", deprecated="2025-02-02", retired=not_before("2025-01-01")))
    with pytest.raises(refusals.EdgeNotDue) as refused:
        decisions.confirm_stage(model(*said), confirm(stage, effective_at), at(NOW))
    assert (refused.value.key, refused.value.stage, refused.value.effective_at) == (KEY, stage, at(effective_at))


def test_a_provider_saying_the_same_confirms_nothing() -> None:
    said = (listed(), announced(legacy="2025-02-01"), entered(LEGACY, "2025-02-01"))
    assert decisions.confirm_stage(model(*said), confirm(LEGACY, "2025-02-01"), at(NOW)) is not None


# --- Policies and pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_a_policy_is_newer_than_the_one_before(version: int) -> None:
    policies = entries_of(adopted(version=2), adopted(version=1))
    with pytest.raises(refusals.PolicyNotNewer) as refused:
        decisions.adopt_policy(policies, AdoptPolicy(policy=adopted(version=version)), at(NOW))
    assert data(refused.value) == {"catalog": "azure", "version": version, "adopted": 2}
    assert decisions.adopt_policy(policies, AdoptPolicy(policy=adopted(version=3)), at(NOW)).version == 3


def test_the_first_policy_may_have_any_version_and_begin_in_the_future() -> None:
    policy = adopted(version=7, in_force_from="2030-01-01")
    assert decisions.adopt_policy((), AdoptPolicy(policy=policy), at(NOW)) == policy


def readings(*seen: tuple[str, str]) -> tuple[Recorded, ...]:
    events = [PageObserved(**asdict(observe(day, document))) for day, document in seen]
    return tuple(Recorded(n, "source:azure:page", n, at(NOW), "tester", event) for n, event in enumerate(events, 1))


@pytest.mark.parametrize(("day", "document"), [("2024-11-22", "d2"), ("2024-11-23", "d1")])
def test_every_reading_is_recorded_changed_or_not(day: str, document: str) -> None:
    event = decisions.observe_page(readings(("2024-11-22", "d1")), observe(day, document, rows=3, vanished=["a/b"], returned=["a/c"]))
    assert event is not None
    assert (event.seen_on, event.sha256, event.rows, event.vanished, event.returned) == (day, document, 3, ("a/b",), ("a/c",))


def test_the_same_document_on_the_same_day_is_one_reading() -> None:
    assert decisions.observe_page(readings(("2024-11-22", "d1")), observe("2024-11-22", "d1", rows=9)) is None


def test_a_page_older_than_the_newest_is_refused() -> None:
    with pytest.raises(refusals.PageOlder) as refused:
        decisions.observe_page(readings(("2024-10-03", "d0"), ("2024-11-22", "d1")), observe("2024-11-21", "d0"))
    assert data(refused.value) == {"source": "page", "seen_on": "2024-11-21", "newest": "2024-11-22"}

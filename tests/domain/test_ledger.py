"""The ledger on a store: commands once a key, questions on three clocks, and three ways of having no stage to tell."""

from concurrent.futures import Future

import pytest

from domain.commands import AdoptPolicy, AnyCommand, ConfirmStage, RecordPage
from domain.errors import InvalidName
from domain.events import ModelListed, PolicyAdopted, RetirementAnnounced, StageEntered, WithdrawnBy
from domain.ledger import Asked, Ledger
from domain.recorded import Head
from domain.refusals import AlreadyListed, AsksTheFuture, NoSuchModel, NotUnicode, PositionAhead, WindowTooShort
from domain.rules.answers import Status
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.store.errors import CommandKeyReused, StaleVersion
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from tests.ledgers import NOW, HandClock, announce, enter_stage, list_model, observe, transcribe, withdraw
from tests.spec import KEY, at

GA, LEGACY, DEPRECATED, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED
V1 = {"version": "1"}
OTHER = SubjectKey.parse("azure/mistral-small")


def stage(ledger: Ledger, asked: Asked | None = None) -> Stage | None:
    return ledger.stage(KEY, asked or Asked())[1].stage


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_a_receipt_tells_what_was_appended(ledger: Ledger) -> None:
    listing = ledger.execute(list_model())
    assert (listing.positions, listing.position, listing.version, listing.recorded_at) == ((1,), 1, 1, at(NOW))
    second = ledger.execute(announce(label=LEGACY))
    assert (second.positions, second.version) == ((2,), 2)
    assert second.recorded_at is not None
    assert second.recorded_at > at(NOW)


def test_each_command_becomes_its_event(ledger: Ledger) -> None:
    commands: tuple[AnyCommand, ...] = (
        list_model(),
        announce(legacy="2025-02-01"),
        enter_stage(LEGACY, "2025-02-01"),
        ConfirmStage(key=KEY, scope=WHOLE, stage=LEGACY, effective_at=at("2025-02-01")),
        withdraw(2),
        AdoptPolicy(policy=AZURE_SERVERLESS_V1),
        transcribe(OTHER, name="Mistral-small", label=RETIRED),
    )
    for command in commands:
        ledger.execute(command)
    assert [type(entry.event).__name__ for entry in ledger.store.log()] == [
        "ModelListed",
        "RetirementAnnounced",
        "StageEntered",
        "StageEntered",
        "AnnouncementWithdrawn",
        "PolicyAdopted",
        "ModelListed",
        "RetirementAnnounced",
    ]


def test_a_command_sent_again_under_its_key_gets_its_first_receipt_and_appends_nothing(ledger: Ledger, clock: HandClock) -> None:
    first = ledger.execute(list_model(announced_at=None), key="k")
    clock.advance(days=1)
    ledger.execute(announce(label=LEGACY))
    assert ledger.execute(list_model(announced_at=None), key="k") == first
    assert ledger.execute(list_model(announced_at=None), key="k", expected_version=0) == first
    assert ledger.store.head().position == 2


def test_a_receipt_of_nothing_is_kept_too(ledger: Ledger) -> None:
    ledger.execute(transcribe(label=LEGACY))
    nothing = ledger.execute(transcribe(label=LEGACY), key="again")
    assert (nothing.positions, nothing.position, nothing.recorded_at, nothing.version) == ((), None, None, 2)
    assert ledger.execute(transcribe(label=LEGACY), key="again") == nothing


@pytest.mark.parametrize(
    "other", [list_model(name="Other"), list_model(scope=V1), list_model(since="2024-01-01"), announce(label=LEGACY), withdraw(1)]
)
def test_a_key_used_for_another_command_is_refused(ledger: Ledger, other: AnyCommand) -> None:
    ledger.execute(list_model(), key="k")
    with pytest.raises(CommandKeyReused) as refused:
        ledger.execute(other, key="k")
    assert refused.value.key == "k"
    assert ledger.store.head().position == 1


def test_a_refused_command_leaves_nothing_behind_and_its_key_free(ledger: Ledger) -> None:
    ledger.execute(list_model())
    with pytest.raises(AlreadyListed):
        ledger.execute(list_model(), key="k")
    assert ledger.store.kept("k") is None
    assert ledger.execute(announce(label=LEGACY), key="k").positions == (2,)


def test_an_instant_written_with_another_offset_is_the_same_command() -> None:
    assert announce(announced_at="2025-01-01T01:00:00+01:00").fingerprint() == announce(announced_at="2025-01-01").fingerprint()
    assert announce(announced_at="2025-01-01").fingerprint() != announce(announced_at=None).fingerprint()
    assert announce(replacements=[]).fingerprint() != announce(replacements=None).fingerprint()


@pytest.mark.parametrize("command", [list_model(name="\ud800"), announce(notes="\udcff"), announce(by="\ud800", label=LEGACY)])
def test_text_that_is_not_unicode_is_refused_before_anything_is_written(ledger: Ledger, command: AnyCommand) -> None:
    ledger.execute(list_model())
    with pytest.raises(NotUnicode):
        ledger.execute(command)
    assert ledger.store.head().position == 1


def test_a_sender_may_insist_on_the_version_that_it_saw(ledger: Ledger) -> None:
    ledger.execute(list_model(), expected_version=0)
    ledger.execute(list_model(OTHER, name="Mistral-small"), expected_version=0)
    with pytest.raises(StaleVersion) as refused:
        ledger.execute(announce(label=LEGACY), expected_version=0)
    assert (refused.value.stream, refused.value.expected, refused.value.actual) == (model_stream(KEY), 0, 1)
    assert ledger.execute(announce(label=LEGACY), expected_version=1).version == 2


def test_a_submitted_command_answers_with_a_future(ledger: Ledger) -> None:
    answer = ledger.submit(list_model())
    assert isinstance(answer, Future)
    assert answer.result(timeout=10).positions == (1,)


def test_every_entry_names_who_appended_it(ledger: Ledger, clock: HandClock) -> None:
    ledger.execute(list_model())
    Ledger(ledger.store, "importer", clock).execute(announce(label=LEGACY))
    assert [entry.actor for entry in ledger.store.log()] == ["tester", "importer"]


def test_the_policy_of_the_catalog_judges_what_is_announced(ledger: Ledger) -> None:
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(list_model())
    with pytest.raises(WindowTooShort):
        ledger.execute(announce(legacy="2025-03-01", deprecated="2025-03-02"))
    assert [type(entry.event) for entry in ledger.store.log()] == [PolicyAdopted, ModelListed]


def test_a_date_is_confirmed_once_however_many_clocks_run(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(legacy="2025-02-01"))
    confirm = ConfirmStage(key=KEY, scope=WHOLE, stage=LEGACY, effective_at=at("2025-02-01"))
    assert [ledger.execute(confirm).positions for _ in range(3)] == [(3,), (), ()]
    assert isinstance(ledger.store.history(model_stream(KEY))[-1].event, StageEntered)


# --- Questions --------------------------------------------------------------------------------------------------------


def test_what_a_question_leaves_open_is_now_and_the_head(ledger: Ledger, clock: HandClock) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(legacy="2025-02-01", retired="2025-04-15"))
    clock.set("2025-02-03")
    question, answer = ledger.stage(KEY, Asked())
    assert (question.valid_at, question.known_at, question.position, question.scope) == (at("2025-02-03"), at("2025-02-03"), 2, WHOLE)
    assert question.recorded_at == ledger.store.head().recorded_at
    assert answer.stage is LEGACY
    assert stage(ledger, Asked(valid_at=at("2025-04-15"))) is RETIRED


def test_an_answer_can_be_repeated_exactly(ledger: Ledger, clock: HandClock) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(legacy="2025-02-01"))
    question, answer = ledger.stage(KEY, Asked())
    clock.set("2025-03-01")
    ledger.execute(announce(retired="2025-02-01", announced_at="2025-01-01"))
    ledger.execute(withdraw(2, by=WithdrawnBy.RECORDER))
    again = Asked(valid_at=question.valid_at, known_at=question.known_at, recorded_at=question.position)
    assert ledger.stage(KEY, again) == (question, answer)
    assert stage(ledger) is RETIRED


def test_as_recorded_at_an_instant_and_at_its_position_is_one_answer(ledger: Ledger, clock: HandClock) -> None:
    ledger.execute(list_model())
    clock.set("2025-02-05")
    ledger.execute(announce(label=LEGACY, announced_at="2025-01-01"))
    clock.set("2025-02-10")
    for recorded_at, position, expected in (("2025-02-04T23:59:59.999999Z", 1, GA), ("2025-02-05", 2, LEGACY), ("2025-02-10", 2, LEGACY)):
        question, answer = ledger.stage(KEY, Asked(recorded_at=at(recorded_at)))
        assert (question.position, answer.stage) == (position, expected)
        assert ledger.stage(KEY, Asked(recorded_at=position))[1] == answer
    assert ledger.question(KEY, Asked(recorded_at=at("2024-01-01"))).position == 0


def test_live_use_makes_knowledge_and_recording_coincide_and_importing_does_not(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=LEGACY, announced_at="2025-01-01"))
    _, answer = ledger.stage(KEY, Asked(valid_at=at("2025-01-15"), known_at=at("2025-01-15")))
    assert answer.stage is LEGACY
    assert [claim.backdated for claim in answer.evidence] == [True, True]


@pytest.mark.parametrize("axis", ["known_at", "recorded_at"])
def test_nobody_knows_the_future(ledger: Ledger, axis: str) -> None:
    ledger.execute(list_model())
    tomorrow = at("2025-02-02")
    with pytest.raises(AsksTheFuture) as refused:
        ledger.stage(KEY, Asked(known_at=tomorrow) if axis == "known_at" else Asked(recorded_at=tomorrow))
    assert (refused.value.axis, refused.value.asked, refused.value.latest) == (axis, tomorrow, ledger.now())


def test_a_position_ahead_of_the_log_is_refused(ledger: Ledger) -> None:
    ledger.execute(list_model())
    with pytest.raises(PositionAhead) as refused:
        ledger.stage(KEY, Asked(recorded_at=2))
    assert (refused.value.position, refused.value.head) == (2, 1)


def test_a_clock_that_steps_back_hides_nothing(ledger: Ledger, clock: HandClock) -> None:
    ledger.execute(list_model(announced_at=None))
    ledger.execute(announce(label=LEGACY, announced_at=None))
    clock.set("2020-01-01")
    assert ledger.now() == ledger.store.head().recorded_at
    question, answer = ledger.stage(KEY, Asked())
    assert (answer.stage, question.position, question.valid_at) == (LEGACY, 2, ledger.now())
    receipt = ledger.execute(announce(label=DEPRECATED, announced_at=None))
    assert receipt.recorded_at is not None
    assert question.recorded_at is not None
    assert receipt.recorded_at > question.recorded_at
    assert stage(ledger) is DEPRECATED
    assert stage(ledger, Asked(recorded_at=receipt.recorded_at)) is DEPRECATED


def test_now_moves_with_the_clock_and_needs_no_entry(ledger: Ledger, clock: HandClock) -> None:
    assert ledger.now() == at(NOW)
    clock.set("2025-02-03")
    assert ledger.now() == at("2025-02-03")
    assert ledger.question(KEY, Asked()).position == 0


# --- No stage to tell -------------------------------------------------------------------------------------------------


def test_no_such_model_is_refused_with_the_nearest_names(ledger: Ledger) -> None:
    ledger.execute(list_model())
    with pytest.raises(NoSuchModel) as refused:
        ledger.stage(SubjectKey.parse("azure/mistral-larg"), Asked())
    assert list(refused.value.nearest) == [str(KEY)]


def test_nothing_was_known_then_is_an_answer_without_a_stage(ledger: Ledger) -> None:
    ledger.execute(list_model(announced_at="2024-11-22"))
    _, answer = ledger.stage(KEY, Asked(known_at=at("2024-11-21")))
    assert (answer.status, answer.stage, answer.first_known_at) == (Status.NOT_KNOWN, None, at("2024-11-22"))
    _, before = ledger.stage(KEY, Asked(recorded_at=0))
    assert (before.status, before.stage, before.first_known_at) == (Status.NOT_KNOWN, None, None)


def test_not_listed_yet_is_another_answer_without_a_stage(ledger: Ledger) -> None:
    ledger.execute(list_model(since="2025-06-01"))
    _, answer = ledger.stage(KEY, Asked())
    assert (answer.status, answer.stage, answer.listed_since) == (Status.NOT_LISTED, None, at("2025-06-01"))
    assert stage(ledger, Asked(valid_at=at("2025-06-01"))) is GA


# --- Many models ------------------------------------------------------------------------------------------------------


def test_models_are_told_by_catalog_and_sorted(ledger: Ledger) -> None:
    for name in ("azure/b", "azure-openai/a", "azure/a"):
        ledger.execute(list_model(SubjectKey.parse(name), name="x"))
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    assert [str(key) for key in ledger.models("azure")] == ["azure/a", "azure/b"]
    assert [str(key) for key in ledger.models()] == ["azure/a", "azure/b", "azure-openai/a"]
    assert ledger.models("az") == []


def test_a_question_with_fewer_keys_than_the_claims_differ_by_is_answered_for_each(ledger: Ledger) -> None:
    ledger.execute(list_model())
    for version, label in (("1", RETIRED), ("2", LEGACY)):
        ledger.execute(announce(label=label, scope={"version": version}))
    _, answer = ledger.stage(KEY, Asked())
    assert answer.stage is GA
    assert {str(scope): found.stage for scope, found in answer.by_scope.items()} == {"version=1": RETIRED, "version=2": LEGACY}
    _, narrow = ledger.stage(KEY, Asked(Scope.of({"version": "1", "region": "eu"})))
    assert (narrow.stage, dict(narrow.by_scope)) == (RETIRED, {})
    _, region = ledger.stage(KEY, Asked(Scope.of({"region": "eu"})))
    assert [str(scope) for scope in region.by_scope] == ["region=eu, version=1", "region=eu, version=2"]


def test_histories_are_read_as_held_at_a_position(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=LEGACY))
    assert [type(entry.event) for entry in ledger.histories(1)(model_stream(KEY))] == [ModelListed]
    assert [type(entry.event) for entry in ledger.histories(2)(model_stream(KEY))] == [ModelListed, RetirementAnnounced]
    assert ledger.store.head_at(at("2024-01-01")) == Head(0, None)


def test_a_page_is_no_model(ledger: Ledger) -> None:
    ledger.execute(RecordPage(observation=observe()))
    assert ledger.models() == []


@pytest.mark.parametrize("key", ["", "  "])
def test_a_command_key_is_a_text_or_none(ledger: Ledger, key: str) -> None:
    with pytest.raises(InvalidName, match="command key"):
        ledger.execute(list_model(), key=key)
    assert ledger.store.head() == Head(0, None)


def test_a_position_before_the_beginning_is_refused(ledger: Ledger) -> None:
    ledger.execute(list_model())
    with pytest.raises(PositionAhead, match="there is no -1"):
        stage(ledger, Asked(recorded_at=-1))

"""The index follows the log: what it answers, what it keeps, and what it forgets."""

from pathlib import Path

import pytest

from domain.commands import AdoptPolicy
from domain.events import WithdrawnBy
from domain.ledger import Asked, Ledger
from domain.recorded import Head
from domain.rules.answers import FindingCode, Question, Status
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.store.sqlite import SqliteStore
from domain.subjects import WHOLE, Scope, SubjectKey
from projections.stage_index import Segment, StageIndex
from projections.stage_index.models import SCOPES_SPARE
from tests.controls import CONTROLS
from tests.ledgers import HandClock, announce, list_model, withdraw
from tests.spec import KEY, at, just_before

GA, LEGACY, DEPRECATED, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED
SMALL = SubjectKey.parse("azure/mistral-small")
GPT = SubjectKey.parse("azure-openai/gpt-4o")
LATER = "2025-02-01"


@pytest.fixture
def index(ledger: Ledger) -> StageIndex:
    return StageIndex(ledger.store)


def stage(index: StageIndex, valid_at: str, known_at: str = LATER, key: SubjectKey = KEY, **scope: str) -> Stage | Status | None:
    return index.stage(key, Scope.of(scope), at(valid_at), at(known_at))


def segment(index: StageIndex, valid_at: str, known_at: str = LATER, key: SubjectKey = KEY) -> Segment:
    found = index.segment(key, WHOLE, at(valid_at), at(known_at))
    assert found is not None
    return found


def question(index: StageIndex, valid_at: str, key: SubjectKey = KEY) -> Question:
    return Question(key, WHOLE, at(valid_at), at(LATER), index.position, index.recorded_at)


# What it answers.


def test_it_begins_empty(index: StageIndex) -> None:
    assert not index.refresh()
    assert (index.head, index.models(), index.catalog(at(LATER), at(LATER)), index.warm(0)) == (Head(0, None), (), [], False)


def test_a_stage_before_at_and_after_its_dates(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model(since="2024-11-25"))
    ledger.execute(announce(legacy="2024-12-15", retired="2025-04-15", announced_at="2024-11-26"))
    assert index.refresh()
    assert stage(index, just_before("2024-11-25")) is Status.NOT_LISTED
    assert stage(index, "2024-11-25") is stage(index, just_before("2024-12-15")) is GA
    assert stage(index, "2024-12-15") is stage(index, just_before("2025-04-15")) is LEGACY
    assert stage(index, "2025-04-15") is RETIRED


def test_only_what_was_known_by_then_counts(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-01-15", announced_at="2024-12-01"))
    ledger.execute(withdraw(2, announced_at="2024-12-10"))
    index.refresh()
    known = [just_before("2024-11-22"), "2024-11-22", just_before("2024-12-01"), "2024-12-01", just_before("2024-12-10"), "2024-12-10"]
    assert [stage(index, "2025-01-15", at_) for at_ in known] == [Status.NOT_KNOWN, GA, GA, RETIRED, RETIRED, GA]


def test_a_recorder_takes_back_at_every_point_of_knowledge(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-01-15"))
    ledger.execute(withdraw(2, by=WithdrawnBy.RECORDER))
    index.refresh()
    assert {stage(index, "2025-01-15", known_at) for known_at in ("2024-11-22", LATER)} == {GA}


def test_a_scope_is_answered_from_the_claims_that_match_it(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=DEPRECATED, scope={"version": "1"}))
    ledger.execute(announce(label=LEGACY, scope={"version": "2"}))
    index.refresh()
    assert [stage(index, LATER, version=version) for version in ("1", "2", "3")] == [DEPRECATED, LEGACY, GA]
    assert stage(index, LATER, version="1", region="eu") is DEPRECATED
    assert stage(index, LATER) is stage(index, LATER, region="eu") is GA


def test_an_answer_comes_with_its_narrower_scopes_and_the_findings_of_other_models(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model(SMALL))
    ledger.execute(announce(SMALL, replacements=["azure/mistral-large"]))
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-01-15", replacements=["azure/mistral-small", "azure/nowhere", "No Key"]))
    ledger.execute(announce(label=LEGACY, scope={"version": "1"}))
    index.refresh()
    asked = question(index, LATER)
    assert index.answer(asked) == ledger.stage(KEY, Asked(valid_at=asked.valid_at, known_at=asked.known_at))[1]
    codes = [finding.code for finding in index.replacement_findings(asked, segment(index, LATER))]
    assert codes == [FindingCode.REPLACEMENT_CYCLE, FindingCode.REPLACEMENT_UNKNOWN, FindingCode.REPLACEMENT_UNKNOWN]
    (small,) = index.replacement_findings(question(index, "2025-01-15", SMALL), segment(index, LATER, key=SMALL))[:1]
    assert small.code is FindingCode.REPLACEMENT_RETIRED
    assert segment(index, LATER).narrower == (Scope.of({"version": "1"}),)


def test_without_replacements_there_is_nothing_to_find(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    index.refresh()
    assert index.replacement_findings(question(index, LATER), segment(index, LATER)) == ()


def test_nothing_is_told_of_a_model_that_the_ledger_does_not_hold(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    index.refresh()
    for key in (SMALL, GPT):
        assert index.entry(key) is None
        assert stage(index, LATER, key=key) is None
        assert index.segment(key, WHOLE, at(LATER), at(LATER)) is None
        assert index.answer(question(index, LATER, key)).status is Status.NOT_KNOWN
    assert (index.models("azure-openai"), index.catalog(at(LATER), at(LATER), "azure-openai")) == ((), [])


# Where it stands.


def test_an_entry_tells_where_its_stream_stands(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(list_model(SMALL))
    ledger.execute(announce(retired="2025-04-15"))
    observed = CONTROLS["PageObserved.v1"]
    ledger.store.transact("read", lambda transaction: transaction.append("source:azure:page", [observed], after=0, actor="tester"))
    index.refresh()
    entry = index.entry(KEY)
    assert entry is not None
    assert (entry.key, entry.version, entry.first_position, entry.last_position) == (KEY, 2, 1, 3)
    assert (index.position, index.recorded_at) == (4, index.head.recorded_at)
    assert index.head == ledger.store.head()


def test_models_are_told_in_the_order_of_their_keys(ledger: Ledger, index: StageIndex) -> None:
    for key in (SMALL, GPT, KEY):
        ledger.execute(list_model(key))
    index.refresh()
    assert index.models() == (KEY, SMALL, GPT)
    assert [key for key, _, _ in index.catalog(at(LATER), at(LATER))] == [KEY, SMALL, GPT]
    assert index.models("azure") == (KEY, SMALL)
    other = SubjectKey.parse("azure/another")
    ledger.execute(list_model(other))
    index.refresh()
    assert index.models("azure") == (other, KEY, SMALL)


def test_the_catalog_tells_a_model_of_which_only_parts_are_known_by_its_parts(ledger: Ledger, index: StageIndex) -> None:
    for version, label in (("1", RETIRED), ("2", LEGACY)):
        ledger.execute(list_model(GPT, name="GPT-4o", scope={"version": version}))
        ledger.execute(announce(GPT, label=label, scope={"version": version}))
    ledger.execute(list_model())
    ledger.execute(announce(label=LEGACY, scope={"region": "eu"}))
    index.refresh()
    rows = [(str(key), str(scope), stage) for key, scope, stage in index.catalog(at(LATER), at(LATER))]
    assert rows == [
        ("azure/mistral-large", "", GA),
        ("azure/mistral-large", "region=eu", LEGACY),
        ("azure-openai/gpt-4o", "version=1", RETIRED),
        ("azure-openai/gpt-4o", "version=2", LEGACY),
    ]


# How it follows.


def test_what_another_process_appends_is_taken_in_by_a_refresh(tmp_path: Path) -> None:
    ours, theirs = SqliteStore(tmp_path / "ledger.db", HandClock()), SqliteStore(tmp_path / "ledger.db", HandClock("2025-03-01"))
    try:
        here, there = Ledger(ours, "us", HandClock()), Ledger(theirs, "them", HandClock("2025-03-01"))
        here.execute(list_model())
        index = StageIndex(ours)
        assert index.refresh()
        there.execute(announce(retired="2025-04-15"))
        assert (stage(index, "2025-04-15"), index.position) == (GA, 1), "as it stood at its position"
        assert index.refresh()
        assert (stage(index, "2025-04-15"), index.head) == (RETIRED, theirs.head())
        assert not index.refresh()
    finally:
        ours.close()
        theirs.close()


def test_a_model_that_changed_is_answered_anew_and_others_are_kept(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(list_model(SMALL))
    index.refresh()
    large, small = segment(index, LATER), segment(index, LATER, key=SMALL)
    large.rendered = small.rendered = b"as written"
    assert segment(index, "2025-01-31", "2025-01-30") is large, "no edge lies between"
    ledger.execute(announce(retired="2025-01-15"))
    index.refresh()
    assert segment(index, LATER).answer.stage is RETIRED
    assert segment(index, LATER).rendered is None
    assert segment(index, LATER, key=SMALL) is small


def test_a_policy_changes_the_findings_of_its_catalog(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model(GPT))
    ledger.execute(list_model())
    ledger.execute(announce(legacy="2024-12-15", deprecated="2024-12-16", announced_at="2024-11-25"))
    index.refresh()
    before, other = segment(index, LATER), segment(index, LATER, key=GPT)
    assert FindingCode.LEGACY_WINDOW_SHORT not in before.answer.finding_codes()
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    index.refresh()
    assert FindingCode.LEGACY_WINDOW_SHORT in segment(index, LATER).answer.finding_codes()
    assert segment(index, LATER, key=GPT) is other
    entry = index.entry(KEY)
    assert entry is not None
    assert entry.whole is not None, "the stages stay as they were compiled"


# What it keeps.


def test_warming_compiles_all_models_a_few_at_a_time(ledger: Ledger, index: StageIndex) -> None:
    for key in (KEY, SMALL, GPT):
        ledger.execute(list_model(key))
    ledger.execute(announce(label=LEGACY, scope={"version": "1"}))
    index.refresh()
    assert [index.warm(0), index.warm(0), index.warm(0), index.warm(0)] == [True, True, False, False]
    entry = index.entry(KEY)
    assert entry is not None
    assert None not in (entry.found(WHOLE), entry.found(Scope.of({"version": "1"})))
    ledger.execute(announce(retired="2025-04-15"))
    index.refresh()
    assert entry.whole is None
    assert not index.warm(60)
    assert stage(index, "2025-04-15") is RETIRED


def test_a_model_that_was_asked_about_is_warm(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(list_model(SMALL))
    index.refresh()
    stage(index, LATER)
    assert not index.warm(0), "only the other was left"


def test_hostile_scopes_are_one_scope(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=LEGACY, scope={"version": "1"}))
    index.refresh()
    kept = {
        id(index.segment(KEY, Scope.of({"version": f"v{number}", f"k{number}": "x"}), at(LATER), at(LATER))) for number in range(10_000)
    }
    assert (len(kept), index.segments) == (1, 1)


def test_mixtures_of_scopes_are_bounded(ledger: Ledger, index: StageIndex) -> None:
    ledger.execute(list_model())
    for number in range(8):
        for part in ("region", "version", "deployment_type"):
            ledger.execute(announce(label=LEGACY, scope={part: str(number)}))
    index.refresh()
    for region in range(9):
        for version in range(9):
            assert stage(index, LATER, region=str(region), version=str(version)) is (GA if region == version == 8 else LEGACY)
    entry = index.entry(KEY)
    assert entry is not None
    assert len(entry._scoped) == SCOPES_SPARE + 2 * 25


def test_answers_are_kept_up_to_a_bound(ledger: Ledger) -> None:
    index = StageIndex(ledger.store, segments_max=3)
    ledger.execute(list_model())
    for day in range(1, 9):
        ledger.execute(announce(retired=f"2025-04-0{day}", announced_at=f"2024-12-0{day}"))
    index.refresh()
    first = segment(index, LATER, "2024-12-01")
    for day in range(2, 9):
        segment(index, LATER, f"2024-12-0{day}")
    assert index.segments == 3
    assert segment(index, LATER, "2024-12-01") is not first

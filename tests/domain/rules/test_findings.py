"""Findings: when each appears with which details, when it must not, and that none changes an answer."""

import json

import pytest

from domain.dates import AnyDate, firm, no_date, not_before
from domain.events import ModelEvent
from domain.recorded import Recorded
from domain.rules.answers import FindingCode, Question
from domain.rules.questions import CHAIN_LENGTH_MAX, answer
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import SubjectKey, parse_subject
from tests.spec import LATER, adopted, announced, at, entered, given, listed, misread, recorded, withdrawn

PREVIEW, GA, LEGACY, DEPRECATED, RETIRED = Stage
Code = FindingCode
V1, V2 = {"version": "1"}, {"version": "2"}
EU = {"region": "eu"}


def test_a_plain_life_has_no_findings() -> None:
    given(adopted(), listed(), announced(legacy="2024-07-01", deprecated="2024-08-01", retired="2024-11-01")).asked("2024-09-01").answers(
        DEPRECATED, findings={}
    )


# --- Windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deprecated", "days"), [("2024-07-31", None), ("2024-07-30", 29), ("2024-07-30T23:59:59Z", 29), ("2024-06-01", -30)]
)
def test_a_legacy_window_is_counted_in_calendar_days(deprecated: str, days: int | None) -> None:
    told = given(adopted(), listed(), announced(legacy="2024-07-01", deprecated=deprecated)).asked("2024-06-01")
    expected = [] if days is None else [{"days": days, "required": 30, "policy_version": 1}]
    assert told.found(Code.LEGACY_WINDOW_SHORT) == expected


@pytest.mark.parametrize(("retired", "days"), [("2024-10-29", None), ("2024-10-28", 89)])
def test_a_deprecated_window_is_counted_in_calendar_days(retired: str, days: int | None) -> None:
    told = given(adopted(), listed(), announced(legacy="2024-07-01", deprecated="2024-07-31", retired=retired)).asked("2024-06-01")
    expected = [] if days is None else [{"days": days, "required": 90, "policy_version": 1}]
    assert told.found(Code.DEPRECATED_WINDOW_SHORT) == expected


@pytest.mark.parametrize(("retired", "label"), [(not_before("2024-07-02"), None), (no_date(), None), (None, RETIRED)])
def test_a_window_counts_where_both_its_ends_are_firm(retired: AnyDate | None, label: Stage | None) -> None:
    told = given(adopted(), listed(), announced(legacy="2024-05-01", deprecated="2024-07-01", retired=retired), announced(label=label))
    assert not told.asked(LATER).found(Code.DEPRECATED_WINDOW_SHORT)


def test_a_window_is_judged_by_the_policy_in_force_when_the_later_of_its_dates_was_announced() -> None:
    said = (
        adopted("2023-01-01", 1, deprecated_days=90),
        listed(),
        adopted("2024-06-10", 2, in_force_from="2024-07-01", deprecated_days=30),
        announced("2024-06-15", deprecated="2024-08-01", legacy="2024-06-20"),
    )
    short = {"days": 31, "required": 90, "policy_version": 1}
    told = given(*said, announced("2024-06-30", retired="2024-09-01"))
    told.asked(LATER).answers(RETIRED, findings={Code.DEPRECATED_WINDOW_SHORT: short})
    given(*said, announced("2024-07-01", retired="2024-09-01")).asked(LATER).answers(RETIRED, findings={})


def test_without_a_policy_there_are_no_findings_about_windows() -> None:
    given(listed(), announced(deprecated="2024-07-01", retired="2024-07-02")).asked(LATER).answers(RETIRED, findings={})


def test_a_policy_judges_only_where_it_was_known() -> None:
    told = given(listed(), announced(deprecated="2024-07-01"), adopted("2025-01-01", in_force_from="2023-01-01"))
    told.asked(LATER, known_at="2024-12-31").answers(DEPRECATED, findings={})
    told.asked(LATER, known_at="2025-01-01").answers(DEPRECATED, findings={Code.LEGACY_SKIPPED: {"policy_version": 1}})


@pytest.mark.parametrize("legacy", [None, not_before("2024-06-01"), no_date()])
def test_legacy_is_skipped_where_only_the_deprecation_is_firm(legacy: AnyDate | None) -> None:
    told = given(adopted(), listed(), announced(legacy=legacy, deprecated="2024-07-01"))
    assert told.asked(LATER).found(Code.LEGACY_SKIPPED) == [{"policy_version": 1}]


def test_legacy_is_not_skipped_where_nothing_is_deprecated_on_a_day() -> None:
    given(adopted(), listed(), announced(deprecated=not_before("2024-07-01"), retired="2025-01-01")).asked(LATER).answers(
        RETIRED, findings={}
    )


# --- Announcements ----------------------------------------------------------------------------------------------------


def test_announced_after_effective() -> None:
    told = given(listed(), announced("2024-06-01", retired="2024-05-01")).asked("2024-01-02")
    late = {"stage": RETIRED, "effective_at": "2024-05-01T00:00:00Z", "announced_at": "2024-06-01T00:00:00Z"}
    told.answers(GA, findings={Code.ANNOUNCED_AFTER_EFFECTIVE: late})


@pytest.mark.parametrize("first", ["2024-05-01", "2024-04-30"])
def test_an_announcement_of_the_day_itself_or_repeated_later_is_not_late(first: str) -> None:
    given(listed(), announced(first, retired="2024-05-01"), announced("2024-06-01", retired="2024-05-01", by="mail")).asked(LATER).answers(
        RETIRED, findings={}
    )


def test_a_date_moved_earlier_within_one_source_and_scope() -> None:
    told = given(listed(), announced(retired="2024-12"), announced("2024-07-01", retired="2024-10-02")).asked("2024-08-01")
    told.answers(GA, findings={Code.DATE_MOVED_EARLIER: {"stage": RETIRED, "from": "2024-12", "to": "2024-10-02", "days": 91}})


def test_a_date_moved_earlier_is_told_however_often_it_is_repeated() -> None:
    moved = {"stage": RETIRED, "from": "2024-12-01", "to": "2024-11-01", "days": 30}
    repeated = [announced(f"2024-07-0{day}", retired="2024-11-01") for day in (1, 2, 3)]
    given(listed(), announced(retired="2024-12-01"), *repeated).asked("2024-08-01").answers(GA, findings={Code.DATE_MOVED_EARLIER: moved})


@pytest.mark.parametrize("before", [firm("2024-10-01"), firm("2024-11-01"), firm("2024-10"), not_before("2025-01-01"), no_date()])
def test_a_date_moves_earlier_only_from_a_later_firm_one(before: AnyDate) -> None:
    told = given(listed(), announced(retired=before), announced("2024-07-01", retired="2024-11-01")).asked("2024-08-01")
    assert not told.found(Code.DATE_MOVED_EARLIER)


@pytest.mark.parametrize(("by", "scope"), [("mail", None), ("page", V1)])
def test_another_source_or_scope_moves_nothing(by: str, scope: dict[str, str] | None) -> None:
    told = given(listed(), announced(retired="2024-12-01", by=by, scope=scope), announced("2024-07-01", retired="2024-11-01"))
    assert not told.asked("2024-08-01", scope=V1).found(Code.DATE_MOVED_EARLIER)


# --- Conflicts --------------------------------------------------------------------------------------------------------


def test_the_last_words_of_two_sources_conflict() -> None:
    told = given(
        listed(),
        announced("2024-05-01", retired="2024-12-01"),
        announced("2024-06-01", retired=not_before("2024-11")),
        announced("2024-07-01", retired="2024-11-01", by="mail"),
        announced("2024-07-02", retired=no_date(), by="blog"),
    )
    conflict = {"field": "retired", "values": ["2024-11-01", "not before 2024-11", "withdrawn"], "sources": ["blog", "mail", "page"]}
    assert told.asked("2024-08-01").found(Code.SOURCES_CONFLICT) == [conflict]


@pytest.mark.parametrize("other", [firm("2024-12-01"), firm("2024-11")])
def test_two_texts_of_one_instant_do_not_conflict(other: AnyDate) -> None:
    told = given(listed(), announced(retired="2024-12-01"), announced(retired=other, by="mail")).asked("2024-08-01")
    assert not told.found(Code.SOURCES_CONFLICT)


def test_replacements_conflict_as_ordered_lists() -> None:
    told = given(listed(), announced(replacements=["azure/a", "azure/b"]), announced(replacements=["azure/b", "azure/a"], by="mail"))
    conflict = {"field": "replacements", "values": ["azure/a, azure/b", "azure/b, azure/a"], "sources": ["mail", "page"]}
    told.asked("2024-08-01").answers(GA, replacements=["azure/b", "azure/a"], findings={Code.SOURCES_CONFLICT: conflict})


@pytest.mark.parametrize(("document", "conflicts"), [("d1", True), (None, False)])
def test_rows_of_one_document_and_day_conflict_with_each_other(document: str | None, *, conflicts: bool) -> None:
    rows = [announced(retired=day, document=document) for day in ("2024-12-01", "2024-11-01")]
    expected = [{"field": "retired", "values": ["2024-11-01", "2024-12-01"], "sources": ["page"]}] if conflicts else []
    assert given(listed(), *rows).asked("2024-08-01").found(Code.SOURCES_CONFLICT) == expected


@pytest.mark.parametrize("scope", [V1, EU])
def test_sources_that_speak_of_two_scopes_do_not_conflict(scope: dict[str, str]) -> None:
    told = given(listed(), announced(retired="2024-12-01"), announced(retired="2024-11-01", by="mail", scope=scope))
    assert not told.asked("2024-08-01", scope=scope).found(Code.SOURCES_CONFLICT)


def test_a_conflict_ends_when_one_of_them_is_withdrawn() -> None:
    told = given(listed(), announced(retired="2024-12-01"), announced(retired="2024-11-01", by="mail"), withdrawn(3, "2024-07-01"))
    assert told.asked("2024-08-01", known_at="2024-06-30").found(Code.SOURCES_CONFLICT)
    assert not told.asked("2024-08-01", known_at="2024-07-01").found(Code.SOURCES_CONFLICT)


def test_an_ignored_label_is_told_from_its_announcement_on() -> None:
    told = given(listed(), announced("2024-03-01", legacy="2024-02-01", label=DEPRECATED))
    assert not told.asked("2024-02-29").found(Code.LABEL_CONTRADICTS_DATES)
    assert told.asked("2024-03-01").found(Code.LABEL_CONTRADICTS_DATES) == [{"position": 2}]


# --- Dates, listing, stages, recording --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "imprecise"), [(firm("2024-12"), True), (not_before("2024-12"), True), (firm("2024-12-01"), False), (no_date(), False)]
)
def test_a_month_is_imprecise(date: AnyDate, *, imprecise: bool) -> None:
    told = given(listed(), announced(deprecated=date)).asked("2024-07-01")
    told.answers(GA, findings={Code.IMPRECISE_DATE: {"stage": DEPRECATED}} if imprecise else {})


def test_the_listing_date_is_unknown_without_a_listing_and_where_it_has_no_date() -> None:
    unknown: dict[FindingCode, dict[str, object]] = {Code.LISTING_DATE_UNKNOWN: {}}
    given(announced(label=LEGACY)).asked(LATER).answers(LEGACY, findings=unknown)
    given(listed(since=None)).asked(LATER).answers(GA, findings=unknown)
    given(listed(since="2024-01-01")).asked(LATER).answers(GA, findings={})


def test_each_step_back_is_told_from_then_on() -> None:
    told = given(
        listed(), entered(LEGACY, "2024-02-01"), entered(GA, "2024-03-01"), entered(RETIRED, "2024-04-01"), entered(LEGACY, "2024-05-01")
    )
    first = {"from": LEGACY, "to": GA, "at": "2024-03-01T00:00:00Z"}
    second = {"from": RETIRED, "to": LEGACY, "at": "2024-05-01T00:00:00Z"}
    told.asked("2024-02-29").answers(LEGACY, findings={})
    told.asked("2024-03-01").answers(GA, findings={Code.STAGE_MOVED_BACKWARDS: first})
    told.asked("2024-05-01").answers(LEGACY, findings={Code.STAGE_MOVED_BACKWARDS: [first, second]})


def test_a_step_back_before_the_listing_is_none() -> None:
    given(listed(since="2024-04-01"), entered(LEGACY, "2024-02-01"), entered(GA, "2024-03-01")).asked(LATER).answers(GA, findings={})


def test_evidence_recorded_on_a_later_day_is_backdated() -> None:
    told = given(recorded("2024-01-01T23:59:59Z", listed()), recorded("2024-06-02", announced("2024-06-01T23:00:00Z", label=LEGACY)))
    told.asked(LATER).answers(LEGACY, findings={Code.BACKDATED: {"positions": [2]}})
    told.asked("2024-05-01").answers(GA, findings={})


def test_the_scopes_that_a_question_leaves_open_are_told() -> None:
    told = given(
        listed(),
        announced(label=LEGACY, scope=V1),
        announced(label=LEGACY, scope={**V2, **EU}),
        announced(label=LEGACY, scope={"version": "3"}),
        misread(4),
    )
    told.asked(LATER).answers(GA, findings={Code.DIFFERS_BY_SCOPE: {"scopes": [{**V2, **EU}, V1]}})
    told.asked(LATER, scope=EU).answers(GA, findings={Code.DIFFERS_BY_SCOPE: {"scopes": [{**V2, **EU}, V1]}})
    told.asked(LATER, scope=V1).answers(LEGACY, findings={})
    told.asked(LATER, scope=V2).answers(GA, findings={Code.DIFFERS_BY_SCOPE: {"scopes": [{**V2, **EU}]}})


def test_findings_do_not_change_an_answer_and_are_ready_for_json() -> None:
    told = given(
        adopted(),
        listed(),
        announced(deprecated="2024-05", retired="2024-05-02"),
        announced("2024-07-01", label=GA, retired="2024-05-01"),
        announced("2024-07-01", label=GA, by="mail"),
        recorded("2025-01-01", announced("2024-08-01", legacy="2024-09-01", scope=V1)),
    ).asked(LATER, scope=V1)
    assert len(told.answer.finding_codes()) >= 5
    assert json.loads(json.dumps([finding.details for finding in told.answer.findings]))


# --- Replacements -----------------------------------------------------------------------------------------------------


class Catalog:
    """Several models, each with its history."""

    def __init__(self, **models: ModelEvent) -> None:
        self.histories: dict[str, list[Recorded]] = {}
        for name, event in models.items():
            self.add(name, event)

    def add(self, name: str, event: ModelEvent) -> "Catalog":
        stream = model_stream(SubjectKey("azure", name))
        history = self.histories.setdefault(stream, [])
        history.append(Recorded(len(history) + 1, stream, len(history) + 1, event.announced_at, "tester", event))
        return self

    def findings(self, subject: str, valid_at: str = LATER, known_at: str = LATER) -> list[tuple[FindingCode, object]]:
        key, scope = parse_subject(subject)
        question = Question(key, scope, at(valid_at), at(known_at), 99, None)
        found = answer(lambda stream: self.histories.get(stream, ()), question).findings
        return [(finding.code, *finding.details.values()) for finding in found if finding.code.startswith("replacement")]  # type: ignore[misc]


def test_a_replacement_that_lives_is_no_finding() -> None:
    catalog = Catalog(old=announced(replacements=["azure/new"]), new=listed())
    assert catalog.findings("azure/old") == []


@pytest.mark.parametrize("replacement", ["azure/nowhere", "azure/new@9", "nonsense", "azure/../etc", ""])
def test_a_replacement_of_which_nothing_is_known_is_unknown(replacement: str) -> None:
    catalog = Catalog(old=announced(replacements=[replacement]), new=listed(scope=V1))
    assert catalog.findings("azure/old") == [(Code.REPLACEMENT_UNKNOWN, replacement)]


def test_a_replacement_of_which_only_some_versions_are_known_is_known() -> None:
    catalog = Catalog(old=announced(replacements=["azure/new", "azure/new@1"]), new=listed(scope=V1))
    assert catalog.findings("azure/old") == []


def test_a_replacement_that_was_listed_later_was_unknown_before() -> None:
    catalog = Catalog(old=announced(replacements=["azure/new"]), new=listed("2024-07-01"))
    assert catalog.findings("azure/old", known_at="2024-06-30") == [(Code.REPLACEMENT_UNKNOWN, "azure/new")]
    assert catalog.findings("azure/old", known_at="2024-07-01") == []


def test_a_replacement_is_retired_by_then_and_not_before() -> None:
    catalog = Catalog(old=announced(replacements=["azure/new"]), new=announced(retired="2025-01-01"))
    assert catalog.findings("azure/old", "2024-12-31") == []
    assert catalog.findings("azure/old", "2025-01-01") == [(Code.REPLACEMENT_RETIRED, "azure/new")]


def test_replacements_lead_back() -> None:
    catalog = Catalog(
        a=announced(replacements=["azure/b"]),
        b=announced(replacements=["azure/x", "azure/c"]),
        c=announced(replacements=["azure/a"]),
        x=listed(),
    )
    assert catalog.findings("azure/a") == [(Code.REPLACEMENT_CYCLE, ["azure/a", "azure/b", "azure/c", "azure/a"])]
    assert catalog.findings("azure/x") == []


def test_a_circle_beside_the_subject_does_not_lead_back_to_it_and_ends() -> None:
    catalog = Catalog(a=announced(replacements=["azure/b"]), b=announced(replacements=["azure/c"]), c=announced(replacements=["azure/b"]))
    assert catalog.findings("azure/a") == []


def test_one_version_may_replace_another() -> None:
    catalog = Catalog(a=announced(replacements=["azure/a@2"], scope=V1)).add("a", listed(scope=V2))
    assert catalog.findings("azure/a@1") == []
    catalog.add("a", announced(replacements=["azure/a@1"], scope=V2))
    assert catalog.findings("azure/a@1") == [(Code.REPLACEMENT_CYCLE, ["azure/a@1", "azure/a@2", "azure/a@1"])]


def test_a_chain_is_left_alone_when_it_is_too_long() -> None:
    catalog = Catalog()
    for number in range(2 * CHAIN_LENGTH_MAX):
        catalog.add(f"m{number}", announced(replacements=[f"azure/m{number + 1}"]))
    catalog.add(f"m{2 * CHAIN_LENGTH_MAX}", announced(replacements=["azure/m0"]))
    assert catalog.findings("azure/m0") == []


def test_the_answers_by_scope_have_the_findings_of_their_replacements() -> None:
    catalog = Catalog(old=announced(replacements=["azure/nowhere"], scope=V1))
    question = Question(SubjectKey("azure", "old"), parse_subject("azure/old")[1], at(LATER), at(LATER), 99, None)
    whole = answer(lambda stream: catalog.histories.get(stream, ()), question)
    (narrower,) = whole.by_scope.values()
    assert Code.REPLACEMENT_UNKNOWN not in whole.finding_codes()
    assert Code.REPLACEMENT_UNKNOWN in narrower.finding_codes()

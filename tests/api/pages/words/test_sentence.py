"""The sentence: what it says of each answer, and what it leaves unsaid."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from api.pages.words.sentence import sentence, sentence_html
from domain.dates import AnyDate, firm, no_date, not_before
from domain.events import Event, PolicyAdopted
from domain.rules.answers import Finding, FindingCode, Question, StageAnswer
from domain.rules.policy import AZURE_SERVERLESS_V1 as POLICY
from domain.stages import Stage
from domain.subjects import WHOLE
from tests.spec import KEY, LATER, announced, at, entered, given, listed, withdrawn

PREVIEW, GA, LEGACY, DEPRECATED, RETIRED = Stage
MOVE = ["azure/mistral-large-2407"]
LIFE = (
    listed("2024-02-26", since="2024-02-26"),
    announced("2024-11-22", legacy="2024-11-30", deprecated="2025-01-15", retired="2025-04-15", replacements=MOVE),
)


def told(*said: Event, on: str, known_at: str = LATER, policy: PolicyAdopted | None = POLICY) -> str:
    return sentence(*asked(*said, on=on, known_at=known_at), policy)


def asked(*said: Event, on: str, known_at: str = LATER) -> tuple[Question, StageAnswer]:
    return Question(KEY, WHOLE, at(on), at(known_at), len(said), None), given(*said).asked(on, known_at=known_at).answer


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2024-02-25", "Not listed yet on 25 February 2024: its listing begins on 26 February 2024."),
        (
            "2024-03-01",
            (
                "Generally available since 26 February 2024: becomes legacy on 30 November 2024; "
                "its retirement is announced for 15 April 2025; move to mistral-large-2407."
            ),
        ),
        (
            "2024-12-14",
            (
                "Legacy since 30 November 2024: becomes deprecated on 15 January 2025; "
                "its retirement is announced for 15 April 2025; move to mistral-large-2407."
            ),
        ),
        (
            "2025-01-20",
            "Deprecated since 15 January 2025: no new deployments; stops answering on 15 April 2025; move to mistral-large-2407.",
        ),
        ("2025-04-15", "Retired since 15 April 2025: move to mistral-large-2407."),
    ],
)
def test_a_life_is_told_stage_by_stage(on: str, words: str) -> None:
    assert told(*LIFE, on=on) == words


@pytest.mark.parametrize(
    ("known_at", "words"),
    [
        ("2024-02-25", "Not known yet on 25 February 2024: the first announcement about it came on 26 February 2024."),
        ("2024-11-21", "Generally available since 26 February 2024: no end is announced."),
    ],
)
def test_it_is_told_as_it_was_known(known_at: str, words: str) -> None:
    assert told(*LIFE, on="2025-01-20", known_at=known_at) == words


@pytest.mark.parametrize(
    ("on", "policy", "words"),
    [
        ("2025-01-20", None, "Deprecated since 15 January 2025: retires on 15 April 2025"),
        (
            "2025-01-20",
            POLICY.model_copy(update={"deprecated_forbids": ()}),
            "Deprecated since 15 January 2025: stops answering on 15 April 2025",
        ),
        (
            "2025-01-20",
            POLICY.model_copy(update={"deprecated_forbids": ("create", "invoke")}),
            "Deprecated since 15 January 2025: no new deployments and no calls; retires on 15 April 2025",
        ),
        ("2025-05-01", None, "Retired since 15 April 2025"),
        (
            "2025-05-01",
            POLICY.model_copy(update={"retired_call_returns": "HTTP 410."}),
            "Retired since 15 April 2025: a call returns HTTP 410",
        ),
    ],
)
def test_of_deployments_and_calls_it_says_what_the_policy_says(on: str, policy: PolicyAdopted | None, words: str) -> None:
    assert told(*LIFE, on=on, policy=policy) in {f"{words}; move to mistral-large-2407.", f"{words}: move to mistral-large-2407."}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([announced(retired=not_before("2025-04-03"))], "stops answering not before 3 April 2025."),
        ([announced(retired=not_before("2025-04"))], "stops answering not before April 2025."),
        ([announced(retired=not_before("2024-07-02"))], "stops answering not before 2 July 2024, which has come."),
        ([announced(retired="2025-04")], "stops answering at the end of April 2025."),
        ([announced(retired="2025-04-15T09:30:00Z")], "stops answering on 15 April 2025, 09:30:00 UTC."),
        (
            [announced(legacy="2025-01-01", retired=not_before("2025-04"))],
            "becomes legacy on 1 January 2025; its retirement is announced for not before April 2025.",
        ),
        (
            [announced(legacy="2025-01-01", retired="2025-04")],
            "becomes legacy on 1 January 2025; its retirement is announced for April 2025.",
        ),
        ([announced(retired=no_date())], "its retirement date was withdrawn; no end is announced."),
        ([announced(legacy="2025-01-01", retired=no_date())], "becomes legacy on 1 January 2025; its retirement date was withdrawn."),
        (
            [announced(deprecated=no_date(), retired=no_date())],
            "its deprecation date was withdrawn; its retirement date was withdrawn; no end is announced.",
        ),
        ([announced(replacements=["azure/x"])], "no end is announced; x is named as its replacement."),
        ([announced(retired="2025-04-15", replacements=["azure/x", "azure/y@2"])], "stops answering on 15 April 2025; move to x or y@2."),
        (
            [announced(retired="2025-04-15", replacements=["aws/x", "azure/y", "azure/z"])],
            "stops answering on 15 April 2025; move to aws/x, y or z.",
        ),
        (
            [announced(retired="2025-04-15", replacements=[f"azure/m{n}" for n in range(9)])],
            "stops answering on 15 April 2025; move to m0, m1, m2, m3 or 5 others.",
        ),
        ([announced(scope={"version": "1"})], "no end is announced; there are claims of their own about version 1."),
        (
            [announced(scope={"version": "1", "region": "eu"}), announced(scope={"version": "2"})],
            "no end is announced; there are claims of their own about region eu, version 1 and version 2.",
        ),
        (
            [announced(scope={"version": str(n)}) for n in range(4)],
            "no end is announced; there are claims of their own about 4 parts of it.",
        ),
    ],
)
def test_what_is_ahead_is_as_exact_as_it_was_published(said: list[Event], words: str) -> None:
    question, answer = asked(listed(), *said, on="2024-08-01")
    scopes = {scope: answer for event in said if (scope := event.scope)}  # type: ignore[attr-defined]  # announcements all
    assert sentence(question, replace(answer, by_scope=scopes), POLICY) == f"Generally available since 1 January 2024: {words}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([listed(since=None)], "Generally available, since when is not known: no end is announced."),
        ([listed(stage=PREVIEW)], "Preview since 1 January 2024: no end is announced."),
        (
            [listed(stage=PREVIEW), entered(GA, "2024-10-01", announced_at="2024-02-01")],
            "Preview since 1 January 2024: becomes generally available on 1 October 2024.",
        ),
        ([listed(), entered(LEGACY, "2024-02-01")], "Legacy since 1 February 2024: no end is announced; no replacement is named."),
        (
            [listed(), entered(DEPRECATED, "2024-02-01")],
            "Deprecated since 1 February 2024: no new deployments; no end is announced; no replacement is named.",
        ),
        (
            [listed(), entered(RETIRED, "2024-02-01"), entered(LEGACY, "2024-10-01", announced_at="2024-03-01")],
            "Retired since 1 February 2024: goes back to legacy on 1 October 2024; no replacement is named.",
        ),
        (
            [listed(), withdrawn(1, "2024-02-01")],
            "No longer known on 1 January 2030: what was announced about it since 1 January 2024 had been withdrawn.",
        ),
        ([announced(scope={"version": "1"})], "Not known on 1 January 2030: nothing had been announced about it."),
    ],
)
def test_each_kind_of_answer_is_one_sentence(said: list[Event], words: str) -> None:
    assert told(*said, on="2024-08-01") == words


def test_only_parts_were_known() -> None:
    question, answer = asked(announced(scope={"version": "1"}), on="2024-08-01")
    parts = {announced(scope={"version": "1"}).scope: answer}
    expected = "Not known on 1 January 2030: nothing had been announced about all of it; there are claims only about version 1."
    assert sentence(question, replace(answer, by_scope=parts), None) == expected


@pytest.mark.parametrize(
    ("code", "doubt"),
    [(FindingCode.REPLACEMENT_RETIRED, "itself retired"), (FindingCode.REPLACEMENT_UNKNOWN, "of which nothing is known")],
)
def test_a_doubtful_replacement_is_told_as_such(code: FindingCode, doubt: str) -> None:
    question, answer = asked(*LIFE, on="2025-05-01")
    doubtful = replace(answer, findings=[Finding(code, {"replacement": MOVE[0]})])
    assert sentence(question, doubtful, None) == f"Retired since 15 April 2025: move to mistral-large-2407 ({doubt})."


def test_as_html_names_are_escaped_and_keep_their_direction() -> None:
    hostile = ["azure/</bdi><script>", "azure/שלום\u202e\u2069"]
    question, answer = asked(listed(), announced(retired="2025-04-15", replacements=hostile), on="2025-05-01")
    assert sentence_html(question, answer, None) == (
        "Retired since 15 April 2025: move to <bdi>&lt;/bdi&gt;&lt;script&gt;</bdi> or <bdi>שלום</bdi>."
    )
    assert sentence(question, answer, None) == "Retired since 15 April 2025: move to </bdi><script> or שלום."


DAYS = st.dates(date(2024, 2, 1), date(2026, 12, 31)).map(str)
MONTHS = DAYS.map(lambda day: day[:7])
DATES = st.none() | st.builds(firm, DAYS | MONTHS) | st.builds(not_before, DAYS | MONTHS) | st.just(no_date())
POLICIES = st.sampled_from([None, POLICY, POLICY.model_copy(update={"deprecated_forbids": (), "retired_call_returns": "HTTP 410"})])


@given_values(DATES, DATES, DATES, st.lists(st.sampled_from(["azure/x", "aws/y"]), unique=True), DAYS, POLICIES)
def test_any_plan_makes_one_sentence_and_of_deployments_only_what_a_policy_says(
    legacy: AnyDate | None, deprecated: AnyDate | None, retired: AnyDate | None, moves: list[str], on: str, policy: PolicyAdopted | None
) -> None:
    plan = announced("2024-01-15", legacy=legacy, deprecated=deprecated, retired=retired, replacements=moves)
    words = told(listed(), plan, on=on, policy=policy)
    assert re.fullmatch(r"[A-Z][^.;:]*: [^.:]+(:\d\d:\d\d UTC[^.:]*)*\.", words), words
    assert not re.search(r"None|withdrawn on|on at| ;|;;|  ", words)
    assert policy or not re.search(r"deployment|answering|call", words)
    assert all(move.removeprefix("azure/") in words for move in moves)

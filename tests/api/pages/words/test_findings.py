"""Findings in words: each with its own details, and the rule where one is broken."""

from collections.abc import Mapping

import pytest

from api.pages.words.findings import finding_html, finding_words
from domain.dates import not_before
from domain.rules.answers import Finding, FindingCode
from domain.rules.policy import AZURE_SERVERLESS_V1 as POLICY
from domain.stages import Stage
from tests.spec import adopted, announced, entered, given, listed, recorded

Code = FindingCode
RULES = "version 1 of the azure policy for models deployed to serverless APIs"

EXAMPLES: list[tuple[FindingCode, Mapping[str, object], str]] = [
    (
        Code.LEGACY_WINDOW_SHORT,
        {"days": 1, "required": 30, "policy_version": 1},
        f"It is planned to be legacy for 1 day, 29 days fewer than the 30 that {RULES} asks for.",
    ),
    (
        Code.LEGACY_WINDOW_SHORT,
        {"days": -30, "required": 30, "policy_version": 1},
        f"It becomes legacy only 30 days after it becomes deprecated; {RULES} asks for 30 days between.",
    ),
    (
        Code.DEPRECATED_WINDOW_SHORT,
        {"days": 89, "required": 90, "policy_version": 2},
        "It is planned to be deprecated for 89 days, 1 day fewer than the 90 that version 2 of the catalog's policy asks for.",
    ),
    (
        Code.DEPRECATED_WINDOW_SHORT,
        {"days": -1, "required": 90, "policy_version": 1},
        f"It becomes deprecated only 1 day after it retires; {RULES} asks for 90 days between.",
    ),
    (Code.LEGACY_SKIPPED, {"policy_version": 1}, f"It becomes deprecated without having been legacy, which {RULES} asks for."),
    (
        Code.ANNOUNCED_AFTER_EFFECTIVE,
        {"stage": Stage.RETIRED, "effective_at": "2025-04-15T00:00:00Z", "announced_at": "2025-04-16T09:00:00Z"},
        "Its retirement of 15 April 2025 was announced only on 16 April 2025, 09:00:00 UTC, after the fact.",
    ),
    (
        Code.STAGE_MOVED_BACKWARDS,
        {"from": "deprecated", "to": "generally_available", "at": "2025-02-01T00:00:00Z"},
        "It went back from deprecated to generally available on 1 February 2025.",
    ),
    (
        Code.DATE_MOVED_EARLIER,
        {"stage": "retired", "from": "2025-06-15", "to": "2025-05", "days": 14},
        "Its retirement date moved 14 days earlier, from 15 June 2025 to May 2025.",
    ),
    (
        Code.SOURCES_CONFLICT,
        {"field": "retired", "values": ["2025-04-15", "not before 2025-04", "withdrawn"], "sources": ["blog", "page"]},
        "Sources disagree on its retirement date, 15 April 2025 or not before April 2025 or withdrawn: blog and page.",
    ),
    (
        Code.SOURCES_CONFLICT,
        {"field": "replacements", "values": ["", "azure/x, azure/y"], "sources": ["page"]},
        "Sources disagree on its replacement, none or azure/x, azure/y: page.",
    ),
    (
        Code.SOURCES_CONFLICT,
        {"field": "stage", "values": ["deprecated", "generally_available"], "sources": ["blog", "page"], "position": 7},
        "Sources disagree on its stage, deprecated or generally available: blog and page.",
    ),
    (Code.LABEL_CONTRADICTS_DATES, {"position": 7}, "The label of claim 7 contradicts the dates and is ignored."),
    (Code.REPLACEMENT_UNKNOWN, {"replacement": "azure/x"}, "Nothing was known of its replacement azure/x."),
    (Code.REPLACEMENT_RETIRED, {"replacement": "azure/x"}, "Its replacement azure/x is retired itself."),
    (
        Code.REPLACEMENT_CYCLE,
        {"chain": ["azure/x", "azure/y", "azure/x"]},
        "Its replacements lead back to it: azure/x, then azure/y, then azure/x.",
    ),
    (
        Code.IMPRECISE_DATE,
        {"stage": "deprecated"},
        "Only a month is published for its deprecation; it counts from the end of that month, as a floor from its first day.",
    ),
    (
        Code.DIFFERS_BY_SCOPE,
        {"scopes": [{"version": "1"}, {"region": "eu", "version": "2"}]},
        "There are claims about part of it: version 1; region eu, version 2.",
    ),
    (Code.LISTING_DATE_UNKNOWN, {}, "It is not known since when it has been listed."),
    (Code.BACKDATED, {"positions": [3]}, "Claim 3 was recorded here on a later day than announced."),
    (Code.BACKDATED, {"positions": [3, 4, 9]}, "Claims 3, 4 and 9 were recorded here on a later day than announced."),
]


@pytest.mark.parametrize(("code", "details", "words"), EXAMPLES)
def test_each_finding_is_a_sentence(code: FindingCode, details: Mapping[str, object], words: str) -> None:
    assert finding_words(Finding(code, details), POLICY) == words


def test_every_code_has_its_example() -> None:
    assert {code for code, *_ in EXAMPLES} == set(FindingCode)


def test_without_a_policy_its_version_alone_is_named() -> None:
    assert "version 1 of the catalog's policy asks for" in finding_words(Finding(Code.LEGACY_SKIPPED, {"policy_version": 1}), None)


def test_findings_of_the_rules_themselves_have_words() -> None:
    answer = (
        given(
            adopted(),
            recorded("2024-03-01", listed(since=None)),
            announced("2024-06-01", legacy="2024-07", deprecated="2024-08-05", retired="2025-01-01", replacements=["azure/none"]),
            announced("2024-06-02", retired="2024-08-20"),
            announced("2024-06-03", retired=not_before("2024-09-01"), by="blog"),
            announced(
                "2024-09-01", legacy="2024-07-15", deprecated="2024-08-01", retired="2024-08-20", replacements=["azure/x"], by="blog"
            ),
            entered(Stage.LEGACY, "2024-08-10", announced_at="2024-09-02"),
            announced("2024-09-03", scope={"version": "1"}),
        )
        .asked("2024-09-04")
        .answer
    )
    assert len(answer.finding_codes()) >= 7
    assert all(finding_words(finding, POLICY).endswith(".") for finding in answer.findings)


def test_as_html_what_others_wrote_is_escaped_and_keeps_its_direction() -> None:
    finding = Finding(Code.REPLACEMENT_UNKNOWN, {"replacement": "</bdi><script>\u202e"})
    assert finding_html(finding, None) == "Nothing was known of its replacement <bdi>&lt;/bdi&gt;&lt;script&gt;</bdi>."

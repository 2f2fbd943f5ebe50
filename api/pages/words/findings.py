"""Findings in sentences: what is odd about an answer, with its days, dates and sources, and the rule where one is broken."""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from markupsafe import Markup

from api.pages.words.days import text_words
from api.pages.words.isolation import as_html, as_text, isolated
from api.pages.words.stages import enters_words, entry_words, stage_words
from domain.events import PolicyAdopted
from domain.rules.answers import Finding, FindingCode
from domain.stages import Stage


def finding_words(finding: Finding, policy: PolicyAdopted | None) -> str:
    """Say a finding in a sentence.

    `policy` is that of the catalog, for what its rules are about; another version than the finding's is named by its number alone.
    """
    return as_text(_told(finding, policy))


def finding_html(finding: Finding, policy: PolicyAdopted | None) -> Markup:
    """Say the same as HTML: escaped, and each name with its own direction of writing."""
    return as_html(_told(finding, policy))


def _told(finding: Finding, policy: PolicyAdopted | None) -> str:  # noqa: C901, PLR0911, PLR0912  # one line a code
    of: Mapping[str, Any] = finding.details
    match finding.code:
        case FindingCode.LEGACY_WINDOW_SHORT:
            return _window(Stage.LEGACY, of, policy)
        case FindingCode.DEPRECATED_WINDOW_SHORT:
            return _window(Stage.DEPRECATED, of, policy)
        case FindingCode.LEGACY_SKIPPED:
            return f"It becomes deprecated without having been legacy, which {_rules(of, policy)} asks for."
        case FindingCode.ANNOUNCED_AFTER_EFFECTIVE:
            announced = text_words(of["announced_at"])
            return f"Its {_entry(of)} of {text_words(of['effective_at'])} was announced only on {announced}, after the fact."
        case FindingCode.STAGE_MOVED_BACKWARDS:
            return f"It went back from {_stage(of['from'])} to {_stage(of['to'])} on {text_words(of['at'])}."
        case FindingCode.DATE_MOVED_EARLIER:
            moved = f"from {text_words(of['from'])} to {text_words(of['to'])}"
            return f"Its {_entry(of)} date moved {_days(of['days'])} earlier, {moved}."
        case FindingCode.SOURCES_CONFLICT:
            return _conflict(of)
        case FindingCode.LABEL_CONTRADICTS_DATES:
            return f"The label of claim {of['position']} contradicts the dates and is ignored."
        case FindingCode.REPLACEMENT_UNKNOWN:
            return f"Nothing was known of its replacement {isolated(of['replacement'])}."
        case FindingCode.REPLACEMENT_RETIRED:
            return f"Its replacement {isolated(of['replacement'])} is retired itself."
        case FindingCode.REPLACEMENT_CYCLE:
            return f"Its replacements lead back to it: {', then '.join(isolated(name) for name in of['chain'])}."
        case FindingCode.IMPRECISE_DATE:
            return f"Only a month is published for its {_entry(of)}; it counts from the end of that month, as a floor from its first day."
        case FindingCode.DIFFERS_BY_SCOPE:
            return f"There are claims about part of it: {'; '.join(_scope(scope) for scope in of['scopes'])}."
        case FindingCode.LISTING_DATE_UNKNOWN:
            return "It is not known since when it has been listed."
        case FindingCode.BACKDATED:
            return f"{_claims(of['positions'])} recorded here on a later day than announced."
        case _:
            assert_never(finding.code)


def _window(stage: Stage, of: Mapping[str, Any], policy: PolicyAdopted | None) -> str:
    days, required, rules = of["days"], of["required"], _rules(of, policy)
    if days < 0:
        following = Stage.DEPRECATED if stage is Stage.LEGACY else Stage.RETIRED
        order = f"It {enters_words(stage)} only {_days(-days)} after it {enters_words(following)}"
        return f"{order}; {rules} asks for {_days(required)} between."
    short = _days(required - days)
    return f"It is planned to be {stage_words(stage)} for {_days(days)}, {short} fewer than the {required:,} that {rules} asks for."


def _rules(of: Mapping[str, Any], policy: PolicyAdopted | None) -> str:
    version = of["policy_version"]
    if policy is None or policy.version != version:
        return f"version {version} of the catalog's policy"
    return f"version {version} of the {policy.catalog} policy for {isolated(policy.applies_to)}"


def _conflict(of: Mapping[str, Any]) -> str:
    field = of["field"]
    what = {"stage": "its stage", "replacements": "its replacement"}.get(field) or f"its {entry_words(Stage(field))} date"
    values = " or ".join(isolated(_value(field, text)) for text in of["values"])
    return f"Sources disagree on {what}, {values}: {' and '.join(isolated(name) for name in of['sources'])}."


def _value(field: str, text: str) -> str:
    if field == "stage":
        return _stage(text)
    if field == "replacements":
        return text or "none"
    floor = "not before "
    return f"{floor}{text_words(text.removeprefix(floor))}" if text.startswith(floor) else text_words(text)


def _entry(of: Mapping[str, Any]) -> str:
    return entry_words(Stage(of["stage"]))


def _stage(text: str) -> str:
    return stage_words(Stage(text)) if text in set(Stage) else text


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def _scope(parts: Mapping[str, str]) -> str:
    return ", ".join(f"{key} {isolated(value)}" for key, value in parts.items()) or "all of it"


def _claims(positions: Sequence[int]) -> str:
    if len(positions) == 1:
        return f"Claim {positions[0]} was"
    return f"Claims {', '.join(str(position) for position in positions[:-1])} and {positions[-1]} were"

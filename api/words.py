"""Words: how stages, findings and changes read to a person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.changes import Change, ChangeCode
from domain.instants import format_instant
from domain.rules.answers import Finding, FindingCode, Next
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey


def stage_words(stage: Stage) -> str:
    """Write a stage as people say it."""
    return stage.replace("_", " ")


def when(at: datetime | None) -> str:
    """Write an instant; midnight UTC as its day alone."""
    if at is None:
        return "-"
    text = format_instant(at)
    return text.removesuffix("T00:00:00Z")


def subject(key: SubjectKey, scope: Scope) -> str:
    """Write a model with its scope; the version in its short form."""
    parts = scope.as_dict()
    version = parts.pop("version", None)
    text = f"{key}@{version}" if version else str(key)
    return f"{text} ({', '.join(f'{k}={v}' for k, v in parts.items())})" if parts else text


def next_words(following: Next | None) -> str:
    """Write what comes next."""
    if following is None:
        return "nothing announced"
    moment = f"on {when(following.on)}" if following.on else f"not before {when(following.not_before)}"
    return f"{stage_words(following.stage)} {moment}"


def finding_words(finding: Finding) -> str:
    """Say a finding in a sentence."""
    return _FINDINGS[finding.code](finding.details)


_FINDINGS: Mapping[FindingCode, Callable[[Mapping[str, Any]], str]] = {
    FindingCode.LEGACY_WINDOW_SHORT: lambda d: (
        f"legacy for {d['days']} days; policy version {d['policy_version']} asks for {d['required']}"
    ),
    FindingCode.DEPRECATED_WINDOW_SHORT: lambda d: (
        f"deprecated for {d['days']} days; policy version {d['policy_version']} asks for {d['required']}"
    ),
    FindingCode.ANNOUNCED_AFTER_EFFECTIVE: lambda d: (
        f"{d['stage']} from {_day(d['effective_at'])} was announced only on {_day(d['announced_at'])}, after the fact"
    ),
    FindingCode.LEGACY_SKIPPED: lambda d: f"deprecated without a legacy stage, which policy version {d['policy_version']} asks for",
    FindingCode.STAGE_MOVED_BACKWARDS: lambda d: f"the stage went back from {_said(d['from'])} to {_said(d['to'])} on {_day(d['at'])}",
    FindingCode.DATE_MOVED_EARLIER: lambda d: f"the {d['stage']} date moved {d['days']} days earlier, from {d['from']} to {d['to']}",
    FindingCode.SOURCES_CONFLICT: lambda d: f"sources disagree on {d['field']}: {' / '.join(d['values'])} ({', '.join(d['sources'])})",
    FindingCode.LABEL_CONTRADICTS_DATES: lambda d: f"the label of claim {d['position']} contradicts dates and is ignored",
    FindingCode.REPLACEMENT_UNKNOWN: lambda d: f"the replacement {d['replacement']} was not known by then",
    FindingCode.REPLACEMENT_RETIRED: lambda d: f"the replacement {d['replacement']} is retired itself",
    FindingCode.REPLACEMENT_CYCLE: lambda d: f"its replacements lead back to it: {' -> '.join(d['chain'])}",
    FindingCode.IMPRECISE_DATE: lambda d: f"only a month is published for {d['stage']}",
    FindingCode.DIFFERS_BY_SCOPE: lambda d: f"there are claims about part of it: {'; '.join(_scope(s) for s in d['scopes'])}",
    FindingCode.LISTING_DATE_UNKNOWN: lambda _: "it is not known since when it has been listed",
    FindingCode.BACKDATED: lambda d: f"recorded on a later day than announced: {_positions(d['positions'])}",
}


def _day(text: str) -> str:
    return text.removesuffix("T00:00:00Z")


def _said(stage: str) -> str:
    return stage_words(Stage(stage))


def _scope(parts: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in parts.items()) or "all of it"


def _positions(positions: list[int]) -> str:
    return ", ".join(f"#{position}" for position in positions)


def change_words(change: Change) -> str:
    """Say a change in a few words."""
    return _CHANGES[change.code](change)


def _moved(change: Change, how: str) -> str:
    return f"{change.stage} {how}: {change.before} -> {change.after} ({abs(change.days or 0)} days)"


_CHANGES: Mapping[ChangeCode, Callable[[Change], str]] = {
    ChangeCode.NEW: lambda _: "new",
    ChangeCode.DATE_STATED: lambda c: f"{c.stage} date stated: {c.after}",
    ChangeCode.MOVED_LATER: lambda c: _moved(c, "moved later"),
    ChangeCode.MOVED_EARLIER: lambda c: _moved(c, "moved earlier"),
    ChangeCode.FLOOR_BECAME_FIRM: lambda c: _moved(c, "floor became firm"),
    ChangeCode.FIRM_BECAME_FLOOR: lambda c: _moved(c, "firm date became a floor"),
    ChangeCode.DATE_WITHDRAWN: lambda c: f"{c.stage} date withdrawn: was {c.before}",
    ChangeCode.DATE_NOT_STATED: lambda c: f"{c.stage} date no longer stated: {c.before} stands",
    ChangeCode.LABEL_CHANGED: lambda c: f"label changed: {c.before or 'none'} -> {c.after or 'none'}",
    ChangeCode.REPLACEMENT_CHANGED: lambda c: f"replacement changed: {c.before or 'none'} -> {c.after or 'none'}",
    ChangeCode.NOTES_CHANGED: lambda _: "notes changed",
    ChangeCode.SPLIT_BY_SCOPE: lambda c: f"split by scope: {c.before} -> {c.after}",
    ChangeCode.STATED_AGAIN: lambda _: "stated again: a row that contradicted it is gone",
    ChangeCode.STAGE_CHANGED: lambda c: f"stage: {_said(c.before) if c.before else 'none'} -> {_said(c.after) if c.after else 'none'}",
    ChangeCode.NO_LONGER_KNOWN: lambda _: "no longer known: every claim was withdrawn",
}

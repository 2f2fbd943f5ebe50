"""Answers: what a question gets, with the evidence that it stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.dates import AnyDate
from domain.events import Position
from domain.rules.claims import Claim, ClaimEvent
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey


class Status(StrEnum):
    """Whether there is a stage to tell. Only the first is one."""

    STAGE = "stage"
    NOT_LISTED = "not_listed"
    """The listing begins later."""
    NOT_KNOWN = "not_known"
    """Nothing about it had been announced by then."""


class Basis(StrEnum):
    """What the stage stands on."""

    LISTED = "listed"
    PLAN = "plan"
    TRANSITION = "transition"
    LABEL = "label"


class FindingCode(StrEnum):
    """What travels with an answer and never changes it."""

    LEGACY_WINDOW_SHORT = "legacy_window_short"
    DEPRECATED_WINDOW_SHORT = "deprecated_window_short"
    ANNOUNCED_AFTER_EFFECTIVE = "announced_after_effective"
    LEGACY_SKIPPED = "legacy_skipped"
    STAGE_MOVED_BACKWARDS = "stage_moved_backwards"
    DATE_MOVED_EARLIER = "date_moved_earlier"
    SOURCES_CONFLICT = "sources_conflict"
    LABEL_CONTRADICTS_DATES = "label_contradicts_dates"
    REPLACEMENT_UNKNOWN = "replacement_unknown"
    REPLACEMENT_RETIRED = "replacement_retired"
    REPLACEMENT_CYCLE = "replacement_cycle"
    IMPRECISE_DATE = "imprecise_date"
    DIFFERS_BY_SCOPE = "differs_by_scope"
    LISTING_DATE_UNKNOWN = "listing_date_unknown"
    BACKDATED = "backdated"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader of the answer should know. The details are ready for JSON; instants in them are RFC 3339."""

    code: FindingCode
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Next:
    """The next stage: on a firm instant, or not before a floor."""

    stage: Stage
    on: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduledDate:
    """The date that is planned for a stage, and the claim that decides it."""

    date: AnyDate
    position: Position


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a subject and a scope, at a time in the world, as known by a time, as held at a position of the ledger."""

    key: SubjectKey
    scope: Scope
    valid_at: datetime
    known_at: datetime
    position: Position
    recorded_at: datetime | None
    """The instant that the position stands for; none on an empty ledger."""


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """The stage of a model at one point on the three clocks."""

    status: Status
    stage: Stage | None
    since: datetime | None
    """From when the stage has held without a break; null where it reaches back for ever."""
    until: datetime | None
    """When it ends under what was known; null where no end was known."""
    next: Next | None
    basis: Basis | None
    schedule: Mapping[Stage, ScheduledDate]
    replacements: Sequence[str]
    findings: Sequence[Finding]
    evidence: Sequence[Claim[ClaimEvent]]
    """The claims that the answer stands on, by position."""
    decided_by: Position | None = None
    """The claim that decides the stage; none where the default does."""
    first_known_at: datetime | None = None
    """For `not_known`: when the first claim of this scope was announced, if there is one."""
    listed_since: datetime | None = None
    """For `not_listed`: when the listing begins."""
    by_scope: Mapping[Scope, "StageAnswer"] = field(default_factory=dict)
    """Where the claims differ by scope: the answers for each narrower one."""

    def finding_codes(self) -> frozenset[FindingCode]:
        """Return the codes of its findings."""
        return frozenset(finding.code for finding in self.findings)

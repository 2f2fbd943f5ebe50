"""Given what was said, asked at a point on the three clocks, it answers: the rules without a store.

Every question is asked of the oracle too, so that no example can pass that the rules, written a second time, answer otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain import verify_answer as oracle
from domain.dates import AnyDate, date_text, firm
from domain.events import (
    AnnouncementWithdrawn,
    Basis,
    Event,
    ModelListed,
    PolicyAdopted,
    Position,
    RetirementAnnounced,
    StageEntered,
    WithdrawnBy,
)
from domain.instants import format_instant, parse_instant
from domain.recorded import Recorded
from domain.rules import answers as domain_answers
from domain.rules.answers import FindingCode, StageAnswer, Status
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey
from domain.values import Source
from tests.second_opinion import as_oracle, comparable, oracle_entries, oracle_question, ours

KEY = SubjectKey.parse("azure/mistral-large")
LATER = "2030-01-01"
TICK = timedelta(microseconds=1)
UNSAID: Final = "unsaid"
"""For what a test says nothing about: none is an answer."""

Parts = Mapping[str, str]
Details = Mapping[str, object]
FirmText = str
"""A firm date, as text."""


def at(text: str) -> datetime:
    return parse_instant(text)


def just_before(text: str) -> str:
    return format_instant(at(text) - TICK)


def day_text(instant: datetime | None) -> str | None:
    """Midnight as its day alone."""
    return None if instant is None else format_instant(instant).removesuffix("T00:00:00Z")


# --- What was said ----------------------------------------------------------------------------------------------------


def source(name: str = "page", document: str | None = None) -> Source:
    return Source(address=None, document=document, name=name, raw=None, row=None)


def listed(
    announced_at: str = "2024-01-01",
    *,
    since: str | None = "2024-01-01",
    stage: Stage = Stage.GENERALLY_AVAILABLE,
    name: str = "Mistral-large",
    scope: Parts | None = None,
    by: str = "page",
) -> ModelListed:
    assert stage is Stage.PREVIEW or stage is Stage.GENERALLY_AVAILABLE
    return ModelListed(
        announced_at=at(announced_at),
        key=KEY,
        name=name,
        provider="Mistral AI",
        scope=Scope.of(scope or {}),
        since=None if since is None else at(since),
        source=source(by),
        stage=stage,
    )


def announced(
    announced_at: str = "2024-06-01",
    *,
    legacy: AnyDate | FirmText | None = None,
    deprecated: AnyDate | FirmText | None = None,
    retired: AnyDate | FirmText | None = None,
    label: Stage | None = None,
    replacements: Sequence[str] | None = None,
    notes: str | None = None,
    scope: Parts | None = None,
    by: str = "page",
    document: str | None = None,
) -> RetirementAnnounced:
    return RetirementAnnounced(
        announced_at=at(announced_at),
        deprecated=_date(deprecated),
        key=KEY,
        label=label,
        legacy=_date(legacy),
        notes=notes,
        replacements=None if replacements is None else tuple(replacements),
        retired=_date(retired),
        scope=Scope.of(scope or {}),
        source=source(by, document),
    )


def _date(date: AnyDate | FirmText | None) -> AnyDate | None:
    return firm(date) if isinstance(date, str) else date


def withdrawn(claim: Position, announced_at: str = "2024-09-01", by: WithdrawnBy = WithdrawnBy.PROVIDER) -> AnnouncementWithdrawn:
    return AnnouncementWithdrawn(announced_at=at(announced_at), by=by, claim=claim, key=KEY, reason="it was wrong")


def misread(claim: Position, announced_at: str = "2024-09-01") -> AnnouncementWithdrawn:
    return withdrawn(claim, announced_at, WithdrawnBy.RECORDER)


def entered(
    stage: Stage,
    effective_at: str,
    *,
    announced_at: str | None = None,
    basis: Basis = Basis.PROVIDER,
    scope: Parts | None = None,
    by: str = "page",
) -> StageEntered:
    return StageEntered(
        announced_at=at(announced_at or effective_at),
        basis=basis,
        effective_at=at(effective_at),
        key=KEY,
        scope=Scope.of(scope or {}),
        source=source(by),
        stage=stage,
    )


def adopted(
    announced_at: str = "2023-01-01",
    version: int = 1,
    *,
    in_force_from: str | None = None,
    legacy_days: int = 30,
    deprecated_days: int = 90,
) -> PolicyAdopted:
    changed = {
        "announced_at": at(announced_at),
        "version": version,
        "in_force_from": at(in_force_from or announced_at),
        "legacy_days_min": legacy_days,
        "deprecated_days_min": deprecated_days,
    }
    return PolicyAdopted(**{**dict(AZURE_SERVERLESS_V1), **changed})


@dataclass(frozen=True)
class Later:
    """An event that the ledger took in on a later day than it was announced."""

    recorded_at: str
    event: Event


def recorded(recorded_at: str, event: Event) -> Later:
    return Later(recorded_at, event)


# --- Given ------------------------------------------------------------------------------------------------------------


def entries_of(*said: Event | Later) -> tuple[Recorded, ...]:
    """Record events in order, each at once, unless it says otherwise."""
    found: list[Recorded] = []
    versions: dict[str, int] = {}
    for position, one in enumerate(said, 1):
        event = one.event if isinstance(one, Later) else one
        stream = f"policy:{KEY.catalog}" if isinstance(event, PolicyAdopted) else f"model:{KEY}"
        versions[stream] = versions.get(stream, 0) + 1
        soonest = at(one.recorded_at) if isinstance(one, Later) else event.announced_at  # type: ignore[attr-defined]  # all here have it
        recorded_at = max(soonest, found[-1].recorded_at + TICK) if found else soonest
        found.append(Recorded(position, stream, versions[stream], recorded_at, "tester", event))
    return tuple(found)


@dataclass(frozen=True)
class Given:
    """What was said, in the order in which it was recorded."""

    entries: tuple[Recorded, ...]

    def asked(self, valid_at: str, *, known_at: str = LATER, recorded_at: Position | None = None, scope: Parts | None = None) -> "Told":
        position = len(self.entries) if recorded_at is None else recorded_at
        part = Scope.of(scope or {})
        answer = ours(self.entries, part, at(known_at), position).at(at(valid_at))
        _same_as_the_oracle(self.entries, answer, part, at(valid_at), at(known_at), position)
        return Told(answer)


def given(*said: Event | Later) -> Given:
    return Given(entries_of(*said))


def _same_as_the_oracle(
    entries: Sequence[Recorded], answer: StageAnswer, scope: Scope, valid_at: datetime, known_at: datetime, position: Position
) -> None:
    expected = oracle.answer(oracle_entries(entries), oracle_question(scope, valid_at, known_at, position))
    expected["findings"] = comparable(expected["findings"])
    assert as_oracle(answer) == expected


# --- It answers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """An answer, and what a test says of it."""

    answer: StageAnswer

    def answers(
        self,
        stage: Stage,
        *,
        since: str | None = UNSAID,
        until: str | None = UNSAID,
        upcoming: str | None = UNSAID,
        basis: domain_answers.Basis | None = None,
        replacements: Iterable[str] | None = None,
        evidence: Sequence[Position] | None = None,
        decided_by: Position | str | None = UNSAID,
        findings: Mapping[FindingCode, Details | Sequence[Details]] | None = None,
    ) -> "Told":
        """Findings, where they are given, are all that there are."""
        told = self.answer
        assert (told.status, told.stage) == (Status.STAGE, stage)
        assert since is UNSAID or day_text(told.since) == since
        assert until is UNSAID or day_text(told.until) == until
        assert upcoming is UNSAID or upcoming in self._upcoming()
        assert basis is None or told.basis is basis
        assert replacements is None or tuple(told.replacements) == tuple(replacements)
        assert evidence is None or [claim.position for claim in told.evidence] == list(evidence)
        assert decided_by is UNSAID or told.decided_by == decided_by
        return self if findings is None else self.finds(findings)

    def plans(self, **dates: str) -> "Told":
        """The date of each stage as people read it."""
        assert {str(stage): date_text(scheduled.date) for stage, scheduled in self.answer.schedule.items()} == dates
        return self

    def was_not_listed(self, *, since: str) -> "Told":
        assert (self.answer.status, self.answer.stage, day_text(self.answer.listed_since)) == (Status.NOT_LISTED, None, since)
        return self

    def was_not_known(self, *, first: str | None) -> "Told":
        assert (self.answer.status, self.answer.stage, day_text(self.answer.first_known_at)) == (Status.NOT_KNOWN, None, first)
        return self

    def finds(self, findings: Mapping[FindingCode, Details | Sequence[Details]]) -> "Told":
        """All findings: one a code, or several in their order."""
        found: dict[FindingCode, list[Details]] = {}
        for finding in self.answer.findings:
            found.setdefault(finding.code, []).append(finding.details)
        assert found == {code: [told] if isinstance(told, Mapping) else list(told) for code, told in findings.items()}
        return self

    def found(self, code: FindingCode) -> Sequence[Details]:
        """The details of all findings of a code."""
        return [finding.details for finding in self.answer.findings if finding.code is code]

    def _upcoming(self) -> Sequence[str | None]:
        following = self.answer.next
        if following is None:
            return [None]
        moment = f"on {day_text(following.on)}" if following.on else f"not before {day_text(following.not_before)}"
        return [moment, f"{following.stage} {moment}"]


def without_first_known(answer: StageAnswer) -> StageAnswer:
    """An answer less what it says about the time after its own point of knowledge."""
    return replace(answer, first_known_at=None)

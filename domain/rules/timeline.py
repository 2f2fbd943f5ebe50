"""The timeline: a subject's life as known at one point of knowledge, ready to be asked about any time in the world."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from domain.events import ModelListed
from domain.recorded import Recorded
from domain.rules.answers import Basis, Finding, Next, ScheduledDate, StageAnswer, Status
from domain.rules.claims import Claim, ClaimEvent, Claims, claims_at, deciding, narrowness
from domain.rules.facts import Facts, Moment, facts_of, stage_at
from domain.rules.findings import backdating, differences, label_findings, plan_findings, step_back
from domain.rules.plan import Plan, plan_of
from domain.stages import Stage
from domain.subjects import Scope


@dataclass(frozen=True, slots=True)
class Turn:
    """An instant at which the stage becomes another one."""

    at: datetime
    stage: Stage


class Timeline:
    """What was known of a subject and scope. Build it once, and ask it about many times."""

    def __init__(self, history: Sequence[Recorded], policies: Sequence[Recorded], scope: Scope, known_at: datetime) -> None:
        self.claims: Claims = claims_at(history, scope, known_at)
        self.known_at = known_at
        self.listing: Claim[ModelListed] | None = deciding(self.claims.listings, lambda event: event, narrowness(self.claims.listings))
        self.listed: Stage = self.listing.event.stage if self.listing else Stage.GENERALLY_AVAILABLE
        self.listed_since: datetime | None = self.listing.event.since if self.listing else None
        self.plan: Plan = plan_of(self.claims)
        self.facts: Facts = facts_of(self.claims, self.plan, self.listed)
        self._policies = policies

    def moment(self, valid_at: datetime) -> Moment:
        """Return the stage at an instant and what it stands on, whether listed by then or not."""
        return stage_at(valid_at, self.facts.accepted, self.plan.edges, self.listed)

    @cached_property
    def first_stage(self) -> Stage:
        """The stage with which its listed life begins."""
        return self.listed if self.listed_since is None else self.moment(self.listed_since).stage

    @cached_property
    def turns(self) -> Sequence[Turn]:
        """Every later change of stage, in order."""
        found: list[Turn] = []
        stage = self.first_stage
        for instant in self._boundaries:
            following = self.moment(instant).stage
            if following is not stage and (self.listed_since is None or instant > self.listed_since):
                found.append(Turn(instant, following))
                stage = following
        return found

    @cached_property
    def narrower(self) -> Sequence[Scope]:
        """The scopes of claims about part of what is asked about, sorted."""
        return tuple(sorted(self.claims.narrower, key=lambda scope: scope.pairs))

    @property
    def known(self) -> bool:
        """Whether anything was known of it, or of a part."""
        return self.claims.any or bool(self.claims.narrower)

    @property
    def edges(self) -> Sequence[datetime]:
        """Every instant, in order, at which the answer may become another one: it is the same from each up to the next."""
        if not self.claims.any:
            return ()
        labels = (label.claim.event.announced_at for label in self.facts.ignored)
        instants = {*self._boundaries, *labels}
        if self.listed_since is not None:
            instants = {self.listed_since, *(at for at in instants if at > self.listed_since)}
        return sorted(instants)

    def status_at(self, valid_at: datetime) -> Stage | Status:
        """Return the stage at an instant, or why there is none: what `at` says of it, without all that goes with it."""
        if not self.claims.any:
            return Status.NOT_KNOWN
        if self.listed_since is not None and valid_at < self.listed_since:
            return Status.NOT_LISTED
        return self.moment(valid_at).stage

    @cached_property
    def _boundaries(self) -> Sequence[datetime]:
        ends = (fact.ends_at for fact in self.facts.accepted if fact.ends_at)
        return sorted({*(edge.at for edge in self.plan.edges), *(fact.at for fact in self.facts.accepted), *ends})

    def at(self, valid_at: datetime) -> StageAnswer:
        """Answer what stage it was at an instant."""
        if not self.claims.any:
            return self._not_known()
        if self.listed_since is not None and valid_at < self.listed_since:
            return self._not_listed()
        return self._stage(valid_at)

    def _not_known(self) -> StageAnswer:
        return StageAnswer(
            Status.NOT_KNOWN, None, None, None, None, None, {}, (), differences(self.claims), (), first_known_at=self.claims.first_known_at
        )

    def _not_listed(self) -> StageAnswer:
        evidence = self._evidence(None)
        findings = [*self._plan_findings, *differences(self.claims), *backdating(evidence)]
        return StageAnswer(
            Status.NOT_LISTED,
            None,
            None,
            None,
            None,
            None,
            self._schedule,
            self.plan.replacements,
            findings,
            evidence,
            listed_since=self.listed_since,
        )

    def _stage(self, valid_at: datetime) -> StageAnswer:
        moment = self.moment(valid_at)
        place = bisect_right(self.turns, valid_at, key=lambda turn: turn.at)
        following = self.turns[place] if place < len(self.turns) else None
        evidence = self._evidence(moment)
        return StageAnswer(
            status=Status.STAGE,
            stage=moment.stage,
            since=self.turns[place - 1].at if place else self.listed_since,
            until=following.at if following else None,
            next=self._next(moment.stage, following),
            basis=basis_of(moment),
            schedule=self._schedule,
            replacements=self.plan.replacements,
            findings=[*self._plan_findings, *self._findings_by(valid_at), *differences(self.claims), *backdating(evidence)],
            evidence=evidence,
            decided_by=self.decided_by(moment),
        )

    def _findings_by(self, valid_at: datetime) -> Iterable[Finding]:
        yield from label_findings(self.facts.ignored, valid_at)
        stage = self.first_stage
        for turn in self.turns:
            if turn.at <= valid_at and turn.stage.rank < stage.rank:
                yield step_back(stage, turn.stage, turn.at)
            stage = turn.stage

    @cached_property
    def _plan_findings(self) -> Sequence[Finding]:
        return list(plan_findings(self.claims, self.plan, self.listed_since, self._policies, self.known_at))

    @cached_property
    def _schedule(self) -> dict[Stage, ScheduledDate]:
        return {planned.stage: ScheduledDate(planned.date, planned.claim.position) for planned in self.plan.stages}

    def _next(self, stage: Stage, following: Turn | None) -> Next | None:
        for planned in self.plan.stages:
            below_next = following is None or planned.stage.rank < following.stage.rank
            if planned.floor_at and planned.stage.rank > stage.rank and below_next:
                return Next(planned.stage, not_before=planned.floor_at)
        return Next(following.stage, on=following.at) if following else None

    def _evidence(self, moment: Moment | None) -> Sequence[Claim[ClaimEvent]]:
        standing: list[Claim[ClaimEvent]] = [planned.claim for planned in self.plan.stages]
        standing += [claim for claim in (self.listing, self.plan.replaced_by) if claim]
        if moment and moment.fact:
            standing.append(moment.fact.claim)
        by_position = {claim.position: claim for claim in standing}
        return [by_position[position] for position in sorted(by_position)]

    def decided_by(self, moment: Moment) -> int | None:
        """Return the claim that decides a moment's stage; none where the default does."""
        if moment.edge:
            return moment.edge.claim.position
        if moment.fact:
            return moment.fact.claim.position
        return self.listing.position if self.listing else None


def basis_of(moment: Moment) -> Basis:
    """Return what a moment's stage stands on."""
    if moment.edge:
        return Basis.PLAN
    return Basis(moment.fact.kind) if moment.fact else Basis.LISTED

"""When people have to be told: as soon as the dates or the replacements of a model, as known now, become others.

A run holds all that its notices say, so that they say the same whenever they are sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from domain.dates import AnyDate, WithdrawnDate
from domain.events import AnnouncementWithdrawn, ModelListed, PolicyAdopted, Position, RetirementAnnounced, StageEntered
from domain.notices.events import NotificationRunOpened, Replacement, RunCause, Schedule
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.claims import claims_at
from domain.rules.plan import Plan, Planned, plan_of
from domain.rules.policy import policy_in_force
from domain.rules.questions import Histories, step_of
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.streams import model_stream, policy_stream
from domain.subjects import WHOLE, Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class Occasion:
    """What may give reason to tell people, and the point from which it is looked at."""

    key: SubjectKey
    scope: Scope
    histories: Histories
    """Gives the streams as they are after it."""
    position: Position
    now: datetime

    @property
    def run(self) -> Position:
        """The position that a run opened now has, and its name."""
        return self.position + 1


def run_for(occasion: Occasion, before: Sequence[Recorded], appended: Sequence[Recorded], *, notify: bool) -> NotificationRunOpened | None:
    """Return the run that entries about a part of a model open, if together they change what is planned for it.

    What was announced on an earlier day than it is recorded opens one only where somebody asks for it.

    Args:
        occasion: The part, and the point from which it is looked at.
        before: The model's history without the entries.
        appended: The entries, at least one of which is about the part.
        notify: Whether somebody asks for it.
    """
    after = (*before, *appended)
    entry = next(entry for entry in reversed(appended) if scope_of(entry, after).holds_for(occasion.scope))
    policy = _policy(occasion)
    if policy is None or (_backdated(entry) and not notify):
        return None
    old, new = (plan_of(claims_at(history, occasion.scope, occasion.now)) for history in (before, after))
    if _content(old) == _content(new):
        return None
    return _opened(occasion, policy, _cause(old, new), entry.position, old, new)


def parts_of(history: Sequence[Recorded], scope: Scope, now: datetime) -> Sequence[Scope]:
    """Return a part of a model, and every narrower one that claims make a difference for: each may have a plan of its own."""
    narrower = sorted(claims_at(history, scope, now).narrower, key=lambda scope: scope.pairs)
    return tuple(dict.fromkeys((scope, *(scope.joined(part) for part in narrower))))


def decided_elsewhere(history: Sequence[Recorded], opened: NotificationRunOpened, deployed: Scope) -> bool:
    """Tell whether other dates hold for a deployment than those that a run tells: it lies in a narrower part with a plan of its own."""
    here, *narrower = parts_of(history, opened.scope, opened.opened_at)
    lies_in = deployed.joined(here)
    told = _content(plan_of(claims_at(history, here, opened.opened_at)))
    return any(part.holds_for(lies_in) and _content(plan_of(claims_at(history, part, opened.opened_at))) != told for part in narrower)


def run_for_joined(occasion: Occasion, joined_from: Position) -> NotificationRunOpened | None:
    """Return the run for those who joined under a schedule that stands: none where nothing is ahead of the model, or it is retired."""
    policy = _policy(occasion)
    timeline = Timeline(occasion.histories(model_stream(occasion.key)), (), occasion.scope, occasion.now)
    if policy is None or not _has_dates(timeline.plan) or timeline.status_at(occasion.now) is Stage.RETIRED:
        return None
    return _opened(occasion, policy, RunCause.JOINED, joined_from, None, timeline.plan)


def announced_parts(histories: Histories, key: SubjectKey, deployed: Scope, now: datetime) -> Sequence[Scope]:
    """Return the parts of a model that the announcements about a deployment name: deployments that they treat alike share a run.

    Where it is not known in which of several parts a deployment lies, it may lie in each.
    """
    history = histories(model_stream(key))
    return tuple(dict.fromkeys(_announced_scope(history, scope, now) for scope in parts_of(history, deployed, now)))


def _announced_scope(history: Sequence[Recorded], deployed: Scope, now: datetime) -> Scope:
    return reduce(Scope.joined, (claim.event.scope for claim in claims_at(history, deployed, now).announcements), WHOLE)


def scope_of(entry: Recorded, history: Sequence[Recorded]) -> Scope:
    """Return the part of a model that an entry is about; a withdrawal is about what its claim is about."""
    event = entry.event
    if isinstance(event, AnnouncementWithdrawn):
        target = next((other for other in history if other.position == event.claim), None)
        return scope_of(target, history) if target else WHOLE
    return event.scope if isinstance(event, ModelListed | RetirementAnnounced | StageEntered) else WHOLE


def _policy(occasion: Occasion) -> PolicyAdopted | None:
    return policy_in_force(occasion.histories(policy_stream(occasion.key.catalog)), occasion.now, occasion.now)


def _backdated(entry: Recorded) -> bool:
    announced_at: datetime = entry.event.announced_at  # type: ignore[attr-defined]  # every event of a model has it
    return announced_at.date() < entry.recorded_at.date()


def _opened(
    occasion: Occasion, policy: PolicyAdopted, cause: RunCause, claim: Position, old: Plan | None, new: Plan
) -> NotificationRunOpened:
    history = occasion.histories(model_stream(occasion.key))
    timeline = Timeline(history, (), occasion.scope, occasion.now)
    listing = timeline.listing.event if timeline.listing else None
    deciding = new.stages[-1].claim if new.stages else new.replaced_by
    return NotificationRunOpened(
        after=_schedule(new),
        before=_schedule(old) if old and _content(old) != _NOTHING else None,
        cause=cause,
        claim=claim,
        deprecated_days_min=policy.deprecated_days_min,
        key=occasion.key,
        legacy_days_min=policy.legacy_days_min,
        link=deciding.event.source.address if deciding else None,
        name=listing.name if listing else occasion.key.model,
        opened_at=occasion.now,
        policy_version=policy.version,
        provider=listing.provider if listing else None,
        replacements=tuple(_replacement(occasion, subject) for subject in new.replacements),
        replacements_before=old.replacements if old else (),
        roles=policy.notified_roles,
        run=occasion.run,
        scope=occasion.scope,
    )


def _replacement(occasion: Occasion, subject: str) -> Replacement:
    question = Question(occasion.key, occasion.scope, occasion.now, occasion.now, occasion.position, None)
    step = step_of(occasion.histories, question, subject)
    return Replacement(stage=step.stage if step else None, subject=subject)


def _cause(old: Plan, new: Plan) -> RunCause:
    if _has_dates(old) and not _has_dates(new):
        return RunCause.WITHDRAWN
    if _content(old) == _NOTHING or (_has_dates(new) and not _has_dates(old)):
        return RunCause.ANNOUNCED
    return RunCause.WITHDRAWN if _content(new) == _NOTHING else RunCause.MOVED


def _has_dates(plan: Plan) -> bool:
    return bool(_dates(plan))


def _dates(plan: Plan) -> Sequence[Planned]:
    return [planned for planned in plan.stages if not isinstance(planned.date, WithdrawnDate)]


def _schedule(plan: Plan) -> Schedule:
    return Schedule(deprecated=_date(plan, Stage.DEPRECATED), legacy=_date(plan, Stage.LEGACY), retired=_date(plan, Stage.RETIRED))


def _date(plan: Plan, stage: Stage) -> AnyDate | None:
    planned = plan.of(stage)
    return planned.date if planned else None


_NOTHING: tuple[object, ...] = ((), ())


def _content(plan: Plan) -> tuple[object, ...]:
    """What people are told, without the words in which it was published. A date that is taken back is none."""
    return tuple((planned.stage, planned.date.kind, planned.date.value) for planned in _dates(plan)), plan.replacements

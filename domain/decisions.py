"""Decisions: may this be recorded? Pure functions of what is known and an instant; each returns events, or refuses."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise

from domain import refusals
from domain.commands import AdoptPolicy, Announce, ConfirmStage, EnterStage, ListModel, ObservePage, OnPolicyBreach, Withdraw
from domain.dates import AnyDate, FirmDate
from domain.errors import LedgerError
from domain.events import (
    AnnouncementWithdrawn,
    Basis,
    ModelListed,
    PageObserved,
    PolicyAdopted,
    RetirementAnnounced,
    StageEntered,
    WithdrawnBy,
)
from domain.model import Model
from domain.names import readable_name
from domain.recorded import Recorded
from domain.rules.claims import claims_at, taken_back
from domain.rules.plan import plan_of
from domain.rules.policy import policy_in_force, short_windows
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import SubjectKey, parse_subject
from domain.values import Source


def list_model(model: Model, command: ListModel, now: datetime) -> ModelListed:
    """A model, or a scope of it, is listed once; a wrong listing is withdrawn first."""
    announced_at = _announced_at(command.announced_at, now)
    standing = model.listing_of(command.scope, now)
    if standing and standing.event.scope == command.scope:
        raise refusals.AlreadyListed(model.key, command.scope, standing.position)
    return ModelListed(
        announced_at=announced_at,
        key=model.key,
        name=readable_name(command.name),
        provider=readable_name(command.provider, "provider") if command.provider else None,
        scope=command.scope,
        since=command.since,
        source=command.source,
        stage=command.stage,
    )


def announce(model: Model, command: Announce, policies: Sequence[Recorded], now: datetime) -> RetirementAnnounced:
    """A provider's announcement is judged: it must state something, be in order, and keep the catalog's windows."""
    _refuse_unknown(model)
    event = RetirementAnnounced(
        announced_at=_announced_at(command.announced_at, now),
        deprecated=command.deprecated,
        key=model.key,
        label=command.label,
        legacy=command.legacy,
        notes=command.notes,
        replacements=command.replacements,
        retired=command.retired,
        scope=command.scope,
        source=command.source,
    )
    if (event.deprecated, event.label, event.legacy, event.replacements, event.retired) == (None,) * 5:
        raise refusals.NothingStated(model.key)
    if any(_is_itself(event, replacement) for replacement in event.replacements or ()):
        raise refusals.ReplacesItself(model.key)
    _judge_plan(model, event, command.on_policy_breach, policies)
    return event


def _is_itself(event: RetirementAnnounced, replacement: str) -> bool:
    try:
        return parse_subject(replacement) == (event.key, event.scope)
    except LedgerError:
        return False


def _judge_plan(model: Model, event: RetirementAnnounced, on_breach: OnPolicyBreach, policies: Sequence[Recorded]) -> None:
    dates = [(stage, date.at) for stage, date in _merged_dates(model, event) if isinstance(date, FirmDate)]
    for (first, first_at), (second, second_at) in pairwise(dates):
        if second_at < first_at:
            raise refusals.PlanOutOfOrder(model.key, first, first_at, second, second_at)
    policy = policy_in_force(policies, event.announced_at, event.announced_at)
    if policy and on_breach is OnPolicyBreach.REFUSE:
        for window in short_windows(dict(dates), policy):
            raise refusals.WindowTooShort(model.key, window.stage, window.days, window.required, policy.version)


def _merged_dates(model: Model, event: RetirementAnnounced) -> Iterable[tuple[Stage, AnyDate | None]]:
    stated = dict(zip(PLANNED_STAGES, (event.legacy, event.deprecated, event.retired), strict=True))
    if None in stated.values():
        plan = plan_of(claims_at(model.history, event.scope, event.announced_at))
        for planned in plan.stages:
            stated[planned.stage] = stated[planned.stage] or planned.date
    return stated.items()


def withdraw(model: Model, command: Withdraw, now: datetime) -> AnnouncementWithdrawn:
    """A claim is taken back by whoever made the mistake, with the reason; a withdrawal too."""
    _refuse_unknown(model)
    announced_at = _announced_at(command.announced_at, now)
    entry = model.entry(command.claim)
    if entry is None:
        raise refusals.NoSuchClaim(model.key, command.claim, model.open_claims(now))
    if entry.position in taken_back(model.history, now):
        raise refusals.ClaimNotOpen(model.key, command.claim)
    claimed_at: datetime = entry.event.announced_at  # type: ignore[attr-defined]  # every event of a model has it
    if command.by is WithdrawnBy.PROVIDER and announced_at < claimed_at:
        raise refusals.WithdrawnBeforeAnnounced(model.key, command.claim, claimed_at)
    if command.by is WithdrawnBy.PROVIDER and getattr(entry.event, "by", None) is WithdrawnBy.RECORDER:
        raise refusals.OnlyRecorderRestores(model.key, command.claim)
    if not command.reason.strip():
        raise refusals.ReasonMissing(model.key)
    return AnnouncementWithdrawn(
        announced_at=announced_at, by=command.by, claim=command.claim, key=model.key, reason=command.reason.strip()
    )


def enter_stage(model: Model, command: EnterStage, now: datetime) -> StageEntered:
    """A provider says that a stage was entered, or will be."""
    _refuse_unknown(model)
    return StageEntered(
        announced_at=_announced_at(command.announced_at, now),
        basis=Basis.PROVIDER,
        effective_at=command.effective_at,
        key=model.key,
        scope=command.scope,
        source=command.source,
        stage=command.stage,
    )


def confirm_stage(model: Model, command: ConfirmStage, now: datetime) -> StageEntered | None:
    """A firm date of the plan has passed: record it once. None where it is recorded already."""
    if (command.scope, command.stage, command.effective_at) in model.confirmed:
        return None
    plan = plan_of(claims_at(model.history, command.scope, now))
    due = any(edge.stage is command.stage and edge.at == command.effective_at <= now for edge in plan.edges)
    if not due:
        raise refusals.EdgeNotDue(model.key, command.stage, command.effective_at)
    return StageEntered(
        announced_at=now,
        basis=Basis.SCHEDULE,
        effective_at=command.effective_at,
        key=model.key,
        scope=command.scope,
        source=Source(address=None, document=None, name="ledger-clock", raw=None, row=None),
        stage=command.stage,
    )


def adopt_policy(adopted: Sequence[Recorded], command: AdoptPolicy, now: datetime) -> PolicyAdopted:
    """A catalog's rules change by a newer version; the older one stays for what was announced under it.

    Raises:
        InvalidName: the catalog's name is none.
    """
    policy = command.policy
    SubjectKey.of(policy.catalog, "any")
    _announced_at(policy.announced_at, now)
    latest = max((entry.event.version for entry in adopted if isinstance(entry.event, PolicyAdopted)), default=0)
    if policy.version <= latest:
        raise refusals.PolicyNotNewer(policy.catalog, policy.version, latest)
    return policy


def observe_page(observed: Sequence[Recorded], command: ObservePage) -> PageObserved | None:
    """Every reading is recorded; the same document on the same day is one reading. None where it is recorded already."""
    readings = [entry.event for entry in observed if isinstance(entry.event, PageObserved)]
    if readings and command.seen_on < readings[-1].seen_on:
        raise refusals.PageOlder(command.name, command.seen_on, readings[-1].seen_on)
    if any((reading.seen_on, reading.sha256) == (command.seen_on, command.sha256) for reading in readings):
        return None
    return PageObserved(**asdict(command))


def _refuse_unknown(model: Model) -> None:
    if not model.history:
        raise refusals.NoSuchModel(str(model.key))


def _announced_at(stated: datetime | None, now: datetime) -> datetime:
    if stated is None:
        return now
    if stated > now:
        raise refusals.AnnouncedInFuture(stated, now)
    return stated

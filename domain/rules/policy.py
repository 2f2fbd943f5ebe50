"""Lifecycle policies: a catalog's own rules, with the time from which they hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from domain.events import PolicyAdopted
from domain.recorded import Recorded
from domain.stages import PLANNED_STAGES, Stage
from domain.values import Source


def policy_in_force(policies: Sequence[Recorded], at: datetime, known_at: datetime) -> PolicyAdopted | None:
    """Return the rules by which something announced at an instant is judged, as known; none where the catalog had none."""
    known = (
        (entry.event.in_force_from, entry.event.announced_at, entry.position, entry.event)
        for entry in policies
        if isinstance(entry.event, PolicyAdopted) and entry.event.announced_at <= known_at and entry.event.in_force_from <= at
    )
    latest = max(known, key=lambda found: found[:3], default=None)
    return latest[3] if latest else None


def required_days(policy: PolicyAdopted, stage: Stage) -> int:
    """Return the calendar days that a policy promises in a stage: legacy or deprecated."""
    return policy.legacy_days_min if stage is Stage.LEGACY else policy.deprecated_days_min


@dataclass(frozen=True, slots=True)
class ShortWindow:
    """A stage that is planned to last fewer calendar days than the policy promises."""

    stage: Stage
    days: int
    required: int


def short_windows(firm: Mapping[Stage, datetime], policy: PolicyAdopted) -> Iterable[ShortWindow]:
    """Compare the legacy and the deprecated window of a schedule with a policy. A window counts where both its ends are firm."""
    for stage, following in pairwise(PLANNED_STAGES):
        if stage in firm and following in firm:
            days, required = (firm[following].date() - firm[stage].date()).days, required_days(policy, stage)
            if days < required:
                yield ShortWindow(stage, days, required)


AZURE_SERVERLESS_V1 = PolicyAdopted(
    announced_at=datetime(2024, 11, 22, tzinfo=UTC),
    applies_to="models deployed to serverless APIs",
    catalog="azure",
    deprecated_days_min=90,
    deprecated_forbids=("create",),
    in_force_from=datetime(2024, 11, 22, tzinfo=UTC),
    legacy_days_min=30,
    notified_roles=("owner", "contributor", "reader", "monitoring contributor", "monitoring reader"),
    retired_call_returns=None,
    source=Source(
        address="https://learn.microsoft.com/azure/machine-learning/concept-model-lifecycle-and-retirement",
        document=None,
        name="azure-serverless-retirements",
        raw=None,
        row=None,
    ),
    version=1,
)
"""The model catalog's rules for serverless deployments as first published. What a retired call returns is left open there."""

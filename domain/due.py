"""What is due: firm dates of the plan that have passed and that the ledger's clock has not recorded yet."""

from collections.abc import Iterator
from datetime import datetime
from json import dumps

from domain.commands import ConfirmStage
from domain.events import RetirementAnnounced
from domain.model import Model
from domain.rules.claims import claims_at
from domain.rules.plan import plan_of
from domain.subjects import Scope


def due_stages(model: Model, now: datetime) -> Iterator[ConfirmStage]:
    """List the scheduled stages to confirm, each in the scope of the claim that decides it."""
    for scope in sorted(_announced_scopes(model), key=lambda scope: scope.pairs):
        for edge in plan_of(claims_at(model.history, scope, now)).edges:
            own = edge.claim.event.scope == scope
            if own and edge.at <= now and (scope, edge.stage, edge.at) not in model.confirmed:
                yield ConfirmStage(key=model.key, scope=scope, stage=edge.stage, effective_at=edge.at)


def command_key(command: ConfirmStage) -> str:
    """Return the key under which an edge is recorded once, however many clocks run."""
    return f"tick:{command.key}:{dumps(command.scope.as_dict())}:{command.stage}:{command.effective_at.isoformat()}"


def _announced_scopes(model: Model) -> frozenset[Scope]:
    return frozenset(entry.event.scope for entry in model.history if isinstance(entry.event, RetirementAnnounced))

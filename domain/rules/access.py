"""Access: what a stage allows people to do, by the policy in force."""

from enum import StrEnum

from domain.events import PolicyAdopted
from domain.stages import Stage


class Operation(StrEnum):
    """What somebody wants to do with a model."""

    CREATE = "create"
    """Make a new deployment."""
    INVOKE = "invoke"
    """Call a deployment that exists."""


DEPRECATED_FORBIDS = (Operation.CREATE,)
"""What deprecated means where a catalog has no rules of its own: no new deployments."""


def allows(stage: Stage, operation: Operation, policy: PolicyAdopted | None) -> bool:
    """Tell whether a stage allows an operation. Retired allows nothing; deprecated what the policy does not forbid."""
    if stage is Stage.RETIRED:
        return False
    if stage is not Stage.DEPRECATED:
        return True
    return operation not in (policy.deprecated_forbids if policy else DEPRECATED_FORBIDS)

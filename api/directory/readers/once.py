"""Rows that say what an earlier one said."""

from dataclasses import dataclass, field
from typing import Literal

from api.directory.readers.found import FoundDeployment, FoundRole, Skipped, Unreadable
from domain.subjects import Scope, SubjectKey


@dataclass(slots=True)
class Once:
    """Lets each assignment and each deployment pass once; what follows is told apart, by the number of the row that was first."""

    numbered: Literal["line", "element"]
    """What the numbers count."""
    _roles: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _deployments: dict[tuple[str, str], tuple[int, SubjectKey, Scope]] = field(default_factory=dict)

    def role(self, number: int, found: FoundRole) -> FoundRole | Skipped:
        """Pass a role, unless the principal was already found with it in the subscription, at whatever level."""
        key = (found.subscription, found.principal.id, found.role)
        if key in self._roles:
            return Skipped(found.line, f"the same assignment as in {self.numbered} {self._roles[key]}", found.subscription)
        self._roles[key] = number
        return found

    def deployment(self, number: int, found: FoundDeployment) -> FoundDeployment | Skipped | Unreadable:
        """Pass a deployment, unless one of its name was already found in the subscription."""
        key = (found.subscription, found.deployment)
        if key not in self._deployments:
            self._deployments[key] = (number, found.key, found.scope)
            return found
        first, *said = self._deployments[key]
        if said == [found.key, found.scope]:
            return Skipped(found.line, f"the same deployment as in {self.numbered} {first}", found.subscription)
        return Unreadable(found.line, f"{self.numbered} {first} says something else of a deployment with the same name")

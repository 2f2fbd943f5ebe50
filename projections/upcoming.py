"""What comes next: firm dates ahead in their order, and floors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.stages import Stage
from domain.subjects import Scope, SubjectKey
from projections.catalog import CatalogRow


@dataclass(frozen=True, slots=True)
class UpcomingStage:
    """A stage that a model enters next: on an instant, or not before one."""

    key: SubjectKey
    scope: Scope
    now: Stage
    stage: Stage
    on: datetime | None
    not_before: datetime | None
    replacements: Sequence[str]

    @property
    def at(self) -> datetime:
        """The instant by which it is sorted."""
        found = self.on or self.not_before
        assert found is not None, "the next stage has an instant or a floor"  # noqa: S101  # made so by Next
        return found


def upcoming(rows: Iterable[CatalogRow], before: datetime | None = None) -> Sequence[UpcomingStage]:
    """List what comes next for each model, soonest first, up to an instant if one is given."""
    found = [
        UpcomingStage(
            row.key,
            row.scope,
            row.answer.stage,
            row.answer.next.stage,
            row.answer.next.on,
            row.answer.next.not_before,
            row.answer.replacements,
        )
        for row in rows
        if row.answer.stage and row.answer.next
    ]
    return sorted((u for u in found if before is None or u.at <= before), key=lambda u: (u.at, u.key, u.scope.pairs))

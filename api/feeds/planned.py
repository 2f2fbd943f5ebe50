"""Planned dates of models, each with how often it was revised: what a calendar is made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from domain.events import Position
from domain.recorded import Recorded
from domain.rules.claims import claims_at
from domain.rules.plan import plan_of
from domain.stages import Stage
from domain.store.contract import Store
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from projections.revisions import EVERYTHING, Revision, revisions

PAST_SHOWN = timedelta(days=400)
"""How long a date that has passed stays in calendars."""
KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A stage that a model, or a scope of it, is planned to enter, or was."""

    key: SubjectKey
    scope: Scope
    stage: Stage
    revision: Revision
    replacements: Sequence[str]


class PlannedDates:
    """Those of one ledger; what was worked out for a model is kept until its stream grows. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = lru_cache(maxsize=KEPT_MAX)(self._of)

    def of(self, keys: Iterable[tuple[SubjectKey, Position]], now: datetime, wanted: Callable[[Scope], bool]) -> Iterator[PlannedDate]:
        """Give the dates of models, each of which is named with the position of its last entry.

        `wanted` tells for a scope of its own whether it is asked for.
        """
        for key, last in keys:
            for found in self._kept(key, last):
                if found.revision.date.at >= now - PAST_SHOWN and wanted(found.scope):
                    yield found

    def _of(self, key: SubjectKey, last: Position) -> Sequence[PlannedDate]:
        history = self._store.history(model_stream(key), last)
        whole = claims_at(history, WHOLE, EVERYTHING)
        scopes = [WHOLE, *sorted(whole.narrower, key=lambda scope: scope.pairs)]
        return [found for scope in scopes for found in _planned(key, scope, history) if scope == WHOLE or _differs(found, history)]


def _planned(key: SubjectKey, scope: Scope, history: Sequence[Recorded]) -> Iterator[PlannedDate]:
    replacements = plan_of(claims_at(history, scope, EVERYTHING)).replacements
    for stage, revision in revisions(history, scope).items():
        yield PlannedDate(key, scope, stage, revision, replacements)


def _differs(found: PlannedDate, history: Sequence[Recorded]) -> bool:
    """Tell whether a scope's date is another one than that of the model as a whole: else it would stand there twice."""
    whole = revisions(history, WHOLE).get(found.stage)
    return whole is None or (whole.date.kind, whole.date.at, whole.gone) != (
        found.revision.date.kind,
        found.revision.date.at,
        found.revision.gone,
    )

"""What changed between two points of knowledge, over a whole catalog."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.changes import Change, ChangeCode, changes_between_plans
from domain.rules.answers import StageAnswer, Status
from domain.subjects import Scope, SubjectKey
from projections.catalog import CatalogRow


@dataclass(frozen=True, slots=True)
class Difference:
    """A model whose answer was another one before."""

    key: SubjectKey
    scope: Scope
    before: StageAnswer | None
    after: StageAnswer | None
    changes: tuple[Change, ...]


def differences(before: Iterable[CatalogRow], after: Iterable[CatalogRow]) -> Iterable[Difference]:
    """Compare two states of a catalog, model by model and scope by scope."""
    old, new = _by_key(before), _by_key(after)
    for key in sorted({*old, *new}):
        was, now = old.get(key, {}), new.get(key, {})
        for scope in sorted({*was, *now}, key=lambda scope: scope.pairs):
            answers = _answer_for(scope, was), _answer_for(scope, now)
            changes = tuple(_changes(*answers))
            if changes:
                yield Difference(key, scope, *answers, changes)


def _by_key(rows: Iterable[CatalogRow]) -> Mapping[SubjectKey, Mapping[Scope, StageAnswer]]:
    found: dict[SubjectKey, dict[Scope, StageAnswer]] = {}
    for row in rows:
        if row.answer.status is not Status.NOT_KNOWN:
            found.setdefault(row.key, {})[row.scope] = row.answer
    return found


def _answer_for(scope: Scope, answers: Mapping[Scope, StageAnswer]) -> StageAnswer | None:
    """Return the answer for a scope; where it was not told apart, what was answered for a wider one held for it."""
    holding = [wider for wider in answers if wider.holds_for(scope)]
    return answers[max(holding, key=len)] if holding else None


def _changes(was: StageAnswer | None, now: StageAnswer | None) -> Iterable[Change]:
    if was is None or now is None:
        yield Change(code=ChangeCode.NEW if was is None else ChangeCode.NO_LONGER_KNOWN)
        return
    if was.stage is not now.stage:
        yield Change(code=ChangeCode.STAGE_CHANGED, before=was.stage, after=now.stage)
    dates_before = {stage: scheduled.date for stage, scheduled in was.schedule.items()}
    dates_after = {stage: scheduled.date for stage, scheduled in now.schedule.items()}
    yield from changes_between_plans(dates_before, dates_after)
    if tuple(was.replacements) != tuple(now.replacements):
        yield Change(code=ChangeCode.REPLACEMENT_CHANGED, before=", ".join(was.replacements), after=", ".join(now.replacements))

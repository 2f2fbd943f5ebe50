"""What changed between two points of knowledge, over a whole catalog."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.answers import StageAnswer
from domain.changes import Change, ChangeCode, changes_between_plans
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
    old, new = _by_subject(before), _by_subject(after)
    for subject in sorted({*old, *new}, key=lambda subject: (subject[0], subject[1].pairs)):
        was, now = old.get(subject), new.get(subject)
        changes = tuple(_changes(was, now))
        if changes:
            yield Difference(*subject, was, now, changes)


def _by_subject(rows: Iterable[CatalogRow]) -> Mapping[tuple[SubjectKey, Scope], StageAnswer]:
    return {(row.key, row.scope): row.answer for row in rows if row.answer.status != "not_known"}


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

"""Changes: how a row differs from what its source said last."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from domain.dates import AnyDate, FirmDate, FloorDate, WithdrawnDate, date_text
from domain.events import RetirementAnnounced
from domain.rules.plan import stated_date
from domain.stages import PLANNED_STAGES, Stage
from domain.values import Frozen


class ChangeCode(StrEnum):
    """The kinds of change, judged against the same source's last word."""

    NEW = "new"
    DATE_STATED = "date_stated"
    MOVED_LATER = "moved_later"
    MOVED_EARLIER = "moved_earlier"
    FLOOR_BECAME_FIRM = "floor_became_firm"
    FIRM_BECAME_FLOOR = "firm_became_floor"
    DATE_WITHDRAWN = "date_withdrawn"
    DATE_NOT_STATED = "date_not_stated"
    """The row no longer gives a date; the date stands, for nobody has taken it back."""
    LABEL_CHANGED = "label_changed"
    REPLACEMENT_CHANGED = "replacement_changed"
    NOTES_CHANGED = "notes_changed"
    SPLIT_BY_SCOPE = "split_by_scope"
    STATED_AGAIN = "stated_again"
    """The row is unchanged, and another row that contradicted it is gone."""
    STAGE_CHANGED = "stage_changed"
    """Between two points of knowledge: the stage at one and the same time in the world is another."""
    NO_LONGER_KNOWN = "no_longer_known"
    """Between two points of knowledge: all that was claimed has been withdrawn."""


class Change(Frozen):
    """One difference between a row and its source's last word."""

    code: ChangeCode
    stage: Stage | None = None
    before: str | None = None
    after: str | None = None
    days: int | None = None
    """Calendar days by which the date moved; for a floor, its own date counts."""


def changes_between(last: RetirementAnnounced, now: RetirementAnnounced) -> Iterable[Change]:
    """List what changed from a source's last word to a new row of it."""
    for stage in PLANNED_STAGES:
        yield from _date_change(stage, stated_date(last, stage), stated_date(now, stage))
    if last.label is not now.label:
        yield Change(code=ChangeCode.LABEL_CHANGED, before=last.label, after=now.label)
    if last.replacements != now.replacements:
        yield Change(code=ChangeCode.REPLACEMENT_CHANGED, before=_joined(last.replacements), after=_joined(now.replacements))
    if last.notes != now.notes:
        yield Change(code=ChangeCode.NOTES_CHANGED, before=last.notes, after=now.notes)


def changes_between_plans(before: Mapping[Stage, AnyDate], after: Mapping[Stage, AnyDate]) -> Iterable[Change]:
    """List which planned dates changed."""
    for stage in PLANNED_STAGES:
        yield from _date_change(stage, before.get(stage), after.get(stage))


def _text(date: AnyDate | None) -> str | None:
    return None if date is None else date_text(date)


def _joined(replacements: tuple[str, ...] | None) -> str | None:
    return None if replacements is None else ", ".join(replacements)


def _date_change(stage: Stage, before: AnyDate | None, after: AnyDate | None) -> Iterable[Change]:
    if _same_date(before, after):
        return
    code = _date_code(before, after)
    days = None
    if before is not None and after is not None and not isinstance(before, WithdrawnDate) and not isinstance(after, WithdrawnDate):
        days = (after.at.date() - before.at.date()).days
    yield Change(code=code, stage=stage, before=_text(before), after=_text(after), days=days)


def _same_date(before: AnyDate | None, after: AnyDate | None) -> bool:
    if before is None or after is None:
        return before is after
    return (before.kind, before.value) == (after.kind, after.value)


def _date_code(before: AnyDate | None, after: AnyDate | None) -> ChangeCode:
    if after is None:
        return ChangeCode.DATE_NOT_STATED
    if isinstance(after, WithdrawnDate):
        return ChangeCode.DATE_WITHDRAWN
    if before is None or isinstance(before, WithdrawnDate):
        return ChangeCode.DATE_STATED
    if isinstance(before, FloorDate) and isinstance(after, FirmDate):
        return ChangeCode.FLOOR_BECAME_FIRM
    if isinstance(before, FirmDate) and isinstance(after, FloorDate):
        return ChangeCode.FIRM_BECAME_FLOOR
    return _moved(before.at, after.at)


def _moved(before: datetime, after: datetime) -> ChangeCode:
    if after == before:  # A month became the day on which it takes effect, or the other way round.
        return ChangeCode.DATE_STATED
    return ChangeCode.MOVED_LATER if after > before else ChangeCode.MOVED_EARLIER

"""What a notice says, as plain values for the templates and for machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from api.delivery.cleaning import cleaned
from domain.dates import AnyDate, FirmDate, FloorDate, Precision, WithdrawnDate
from domain.notices.events import NotificationRunOpened, RunCause, Schedule
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import subject_text

_SUBJECT_LENGTH_MAX = 400
_LINK_LENGTH_MAX = 2000

MEANINGS = {
    Stage.LEGACY: "You can still create deployments; plan your move to another model now.",
    Stage.DEPRECATED: "No new deployments can be created; those that exist go on answering.",
    Stage.RETIRED: "Existing deployments stop answering.",
}


@dataclass(frozen=True, slots=True)
class DateLine:
    """One of the three dates: what it is, what it was, and what it means."""

    stage: str
    now: str
    before: str | None
    """What it was, where it moved."""
    moved_days: int | None
    in_days: int | None
    """Calendar days from the opening of the run; negative where it has passed."""
    meaning: str


@dataclass(frozen=True, slots=True)
class ReplacementLine:
    """A suggested replacement, with its own stage."""

    subject: str
    stage: str


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What all recipients of a run are told."""

    name: str
    subject: str
    """The model's key, with the part of it that the notice is about."""
    scope: str
    provider: str | None
    what: str
    """What happened, in a sentence."""
    dates: tuple[DateLine, ...]
    replacements: tuple[ReplacementLine, ...]
    replacements_before: tuple[str, ...]
    headline: str
    link: str | None


@lru_cache(maxsize=64)
def text_of(opened: NotificationRunOpened) -> NoticeText:
    """Return what a run tells its recipients."""
    name = cleaned(opened.name, 60)
    dates = tuple(_date_lines(opened))
    return NoticeText(
        name=name,
        subject=cleaned(subject_text(opened.key, opened.scope), _SUBJECT_LENGTH_MAX),
        scope=cleaned(str(opened.scope)),
        provider=cleaned(opened.provider, 60) if opened.provider else None,
        what=_what(opened, name),
        dates=dates,
        replacements=tuple(ReplacementLine(cleaned(r.subject), stage_words(r.stage)) for r in opened.replacements),
        replacements_before=tuple(map(cleaned, opened.replacements_before)) if _replacements_changed(opened) else (),
        headline=f"{name}: {_headline(opened)}",
        link=cleaned(opened.link, _LINK_LENGTH_MAX) if opened.link else None,
    )


def stage_words(stage: Stage | None) -> str:
    """Write a stage as people do."""
    return stage.value.replace("_", " ") if stage else "stage not known"


def date_words(date: AnyDate | None) -> str:
    """Write a date: a floor is no date, and says so."""
    match date:
        case FirmDate(value=value):
            return str(value)
        case FloorDate(value=value):
            return f"not before {value}"
        case WithdrawnDate():
            return "no date any more"
        case _:
            return "no date announced"


def _what(opened: NotificationRunOpened, name: str) -> str:
    match opened.cause:
        case RunCause.ANNOUNCED:
            return f"The retirement of {name} has been announced."
        case RunCause.MOVED:
            return f"What was announced about the retirement of {name} has changed."
        case RunCause.WITHDRAWN:
            return f"The dates that were announced for {name} have been taken back."
        case RunCause.JOINED:
            return f"The retirement of {name} was announced before your deployment was made or your role began."


def _headline(opened: NotificationRunOpened) -> str:
    after = opened.after
    told = [
        f"{stage} {_preposition(date)}{date_words(date)}"
        for stage, date in (("deprecated", after.deprecated), ("retired", after.retired))
        if date is not None and not isinstance(date, WithdrawnDate)
    ]
    if not told:
        return "dates withdrawn" if opened.cause is RunCause.WITHDRAWN else "retirement announced"
    return ", ".join(told) + (" (changed)" if opened.cause is RunCause.MOVED else "")


def _preposition(date: AnyDate) -> str:
    if not isinstance(date, FirmDate):
        return ""
    return "in " if date.value.precision is Precision.MONTH else "on "


def _date_lines(opened: NotificationRunOpened) -> Sequence[DateLine]:
    lines = []
    for stage in PLANNED_STAGES:
        now, before = date_of(opened.after, stage), date_of(opened.before, stage) if opened.before else None
        changed = opened.before is not None and _meant(now) != _meant(before)
        lines.append(
            DateLine(
                stage=stage.value,
                now=_line_words(now),
                before=_line_words(before) if changed else None,
                moved_days=_moved_days(before, now) if changed else None,
                in_days=_days(opened.opened_at, now.at) if isinstance(now, FirmDate) else None,
                meaning=MEANINGS[stage],
            )
        )
    return lines


def date_of(schedule: Schedule, stage: Stage) -> AnyDate | None:
    """Return a schedule's date for a stage."""
    return {Stage.LEGACY: schedule.legacy, Stage.DEPRECATED: schedule.deprecated, Stage.RETIRED: schedule.retired}[stage]


def _meant(date: AnyDate | None) -> tuple[object, ...]:
    return (None,) if date is None else (date.kind, date.value)


def _line_words(date: AnyDate | None) -> str:
    ends = isinstance(date, FirmDate) and date.value.precision is Precision.MONTH
    return f"{date_words(date)}, at its end" if ends else date_words(date)


def _moved_days(before: AnyDate | None, now: AnyDate | None) -> int | None:
    """Count from a date to a date, or from a floor to a floor: between the two kinds nothing moved."""
    match before, now:
        case (FirmDate(at=earlier), FirmDate(at=later)) | (FloorDate(at=earlier), FloorDate(at=later)):
            return _days(earlier, later)
        case _:
            return None


def _days(earlier: datetime, later: datetime) -> int:
    return (later.date() - earlier.date()).days


def _replacements_changed(opened: NotificationRunOpened) -> bool:
    return opened.cause is not RunCause.JOINED and opened.replacements_before != tuple(r.subject for r in opened.replacements)

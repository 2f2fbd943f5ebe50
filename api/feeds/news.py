"""News: what each entry about a model changed, in words, as feeds tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.pages.words.days import date_words, moment_words
from api.pages.words.stages import entry_words, stage_words
from domain.events import AnnouncementWithdrawn, ModelListed, Position, RetirementAnnounced, StageEntered
from domain.recorded import Recorded
from domain.stages import PLANNED_STAGES, Stage
from domain.store.contract import Store
from domain.streams import MODELS, key_of
from domain.subjects import WHOLE, SubjectKey, subject_text
from projections.feed import newest
from projections.revisions import Schedule, schedule_of

NEWS = (ModelListed, RetirementAnnounced, AnnouncementWithdrawn, StageEntered)


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news."""

    position: Position
    key: SubjectKey
    title: str
    summary: str
    announced_at: datetime
    recorded_at: datetime
    source: str | None


def news(store: Store, before: Position | None, limit: int, wanted: Callable[[SubjectKey], bool]) -> Sequence[Item]:
    """Return the last news before a position, the newest first. Blocking."""

    def is_news(entry: Recorded) -> bool:
        return entry.stream.startswith(MODELS) and isinstance(entry.event, NEWS) and wanted(key_of(entry.stream))

    return [_item(store, entry) for entry in newest(store, before, limit, is_news)]


def _item(store: Store, entry: Recorded) -> Item:
    event = entry.event
    assert isinstance(event, NEWS)  # noqa: S101  # chosen so
    said = _said(store, entry)
    subject = subject_text(event.key, getattr(event, "scope", WHOLE))
    source = None if isinstance(event, AnnouncementWithdrawn) else event.source.address
    return Item(entry.position, event.key, f"{subject}: {said}", _summary(entry), event.announced_at, entry.recorded_at, source)


def _summary(entry: Recorded) -> str:
    event = entry.event
    assert isinstance(event, NEWS)  # noqa: S101
    by = f"by {event.source.name}" if not isinstance(event, AnnouncementWithdrawn) else f"by the {event.by.value}: {event.reason}"
    return f"Announced on {moment_words(event.announced_at)} {by}; entry {entry.position} of the ledger."


def _said(store: Store, entry: Recorded) -> str:
    event = entry.event
    match event:
        case ModelListed():
            return f"listed as {stage_words(event.stage)}"
        case StageEntered():
            return f"{stage_words(event.stage)} since {moment_words(event.effective_at)}"
        case RetirementAnnounced():
            moved = _moves(store, entry)
            shown = [f"shown as {stage_words(event.label)}"] if event.label else []
            replaced = [f"replaced by {', '.join(event.replacements)}"] if event.replacements else []
            return "; ".join([*moved, *shown, *(replaced if moved or not shown else [])]) or "confirmed, nothing changed"
        case _:
            moved = _moves(store, entry)
            return "; ".join(["an announcement was withdrawn", *moved])


def _moves(store: Store, entry: Recorded) -> Sequence[str]:
    history = store.history(entry.stream, entry.position)
    scope = getattr(entry.event, "scope", WHOLE)
    before, after = schedule_of(history[:-1], scope), schedule_of(history, scope)
    return [words for stage in PLANNED_STAGES if (words := _moved(stage, before, after))]


def _moved(stage: Stage, before: Schedule, after: Schedule) -> str:
    was, now = before[stage], after[stage]
    if (was and (was.kind, was.at)) == (now and (now.kind, now.at)):
        return ""
    what = entry_words(stage)
    if now is None:
        return f"{what} withdrawn (it was {date_words(was)})" if was else ""
    if was is None:
        return f"{what} {date_words(now)}"
    days = (now.at.date() - was.at.date()).days
    far = f" ({abs(days)} days {'later' if days > 0 else 'earlier'})" if days else ""
    return f"{what} moved from {date_words(was)} to {date_words(now)}{far}"

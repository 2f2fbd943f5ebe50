"""What the comparison shows: models by what matters most about them, counted by kind of change."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.pages.compare.query import Typed
from api.pages.shown import WORDS
from api.pages.words.days import date_words, text_words
from domain.changes import Change, ChangeCode
from domain.rules.answers import StageAnswer
from domain.stages import Stage
from projections.differences import Difference

ROWS = 100
"""Models a page."""
_FLOOR = "not before "

KINDS: Mapping[ChangeCode, str] = {
    ChangeCode.MOVED_EARLIER: "moved earlier",
    ChangeCode.STAGE_CHANGED: "stage differs",
    ChangeCode.FLOOR_BECAME_FIRM: "floor became firm",
    ChangeCode.DATE_STATED: "date announced",
    ChangeCode.DATE_WITHDRAWN: "date withdrawn",
    ChangeCode.NO_LONGER_KNOWN: "no longer known",
    ChangeCode.MOVED_LATER: "moved later",
    ChangeCode.FIRM_BECAME_FLOOR: "firm date became a floor",
    ChangeCode.DATE_NOT_STATED: "date no longer stated",
    ChangeCode.REPLACEMENT_CHANGED: "replacement differs",
    ChangeCode.NEW: "newly known",
}
"""The kinds of change between two points of knowledge, what matters most first."""
_ORDER = {code: place for place, code in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Line:
    """One change, before and after in words."""

    code: ChangeCode
    what: str
    """What changed: a stage's date, the stage, the replacement; empty where it is the model itself."""
    before: str
    after: str
    days: int | None
    """Calendar days by which a date moved: later counts up."""

    @property
    def moved(self) -> str:
        """How far a date moved, in words."""
        if not self.days:
            return ""
        return f"{abs(self.days):,} {'later' if self.days > 0 else 'earlier'}"

    @property
    def how(self) -> str:
        """The kind of change in words."""
        return KINDS[self.code]


@dataclass(frozen=True, slots=True)
class Group:
    """A model, or a part of it, with all its changes."""

    difference: Difference
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Step:
    """A pair of knowledge days that can be compared instead."""

    known_from: datetime
    known_to: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """The page."""

    groups: Sequence[Group]
    """Of this page."""
    number: int
    """Of all that are shown on any page."""
    models: int
    """Models, or parts of them, that differ at all."""
    counts: Sequence[tuple[ChangeCode, int]]
    """Changes by kind, over all of them."""
    page: int

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.number // ROWS))


def compared(found: Sequence[Difference], kind: ChangeCode | None, typed: Typed) -> Compared:
    """Sort, count and choose."""
    counts = Counter(change.code for difference in found for change in difference.changes)
    chosen = [difference for difference in found if kind is None or any(change.code is kind for change in difference.changes)]
    chosen.sort(key=_weight)
    page = min(typed.page, max(1, -(-len(chosen) // ROWS)))
    groups = [_group(difference) for difference in chosen[(page - 1) * ROWS : page * ROWS]]
    return Compared(groups, len(chosen), len(found), sorted(counts.items(), key=lambda item: _ORDER[item[0]]), page)


def default_from(moments: Sequence[datetime], known_to: datetime) -> datetime:
    """Return the point before the last announcement, so that a comparison shows what that one changed."""
    place = bisect_right(moments, known_to)
    if place == 0:
        return known_to
    return moments[place - 2] if place > 1 else _day_before(moments[0])


def steps(moments: Sequence[datetime], known_from: datetime, known_to: datetime) -> tuple[Step | None, Step | None]:
    """Return the announcements before and after those that are compared, each with the point before it."""
    first, after = bisect_right(moments, known_from), bisect_right(moments, known_to)
    earlier = Step(_before(moments, first - 1), moments[first - 1]) if first else None
    return earlier, Step(known_to, moments[after]) if after < len(moments) else None


def neighbours(moments: Sequence[datetime], at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the announcements before and after a point."""
    before, after = bisect_left(moments, at), bisect_right(moments, at)
    return (moments[before - 1] if before else None), (moments[after] if after < len(moments) else None)


def _before(moments: Sequence[datetime], place: int) -> datetime:
    return moments[place - 1] if place else _day_before(moments[0])


def _day_before(at: datetime) -> datetime:
    try:
        return at - timedelta(days=1)
    except OverflowError:  # The first day that there is has none before it.
        return at


def _weight(difference: Difference) -> tuple[object, ...]:
    heaviest = min((_ORDER[change.code], -abs(change.days or 0)) for change in difference.changes)
    return (*heaviest, difference.key, difference.scope.pairs)


def _group(difference: Difference) -> Group:
    return Group(difference, [_line(difference, change) for change in sorted(difference.changes, key=lambda change: _ORDER[change.code])])


def _line(difference: Difference, change: Change) -> Line:
    if change.code in (ChangeCode.NEW, ChangeCode.NO_LONGER_KNOWN):
        return Line(change.code, "", _told(difference.before), _told(difference.after), None)
    return Line(change.code, _what(change), _words(change, change.before), _words(change, change.after), change.days)


def _told(answer: StageAnswer | None) -> str:
    """Write what was known of a whole model: its planned dates, or else its stage."""
    if answer is None:
        return ""
    planned = [f"{WORDS[stage]} {date_words(scheduled.date)}" for stage, scheduled in answer.schedule.items()]
    return "; ".join(planned) or WORDS[answer.stage or answer.status]


def _what(change: Change) -> str:
    if change.stage:
        return WORDS[change.stage]
    return {ChangeCode.STAGE_CHANGED: "Stage", ChangeCode.REPLACEMENT_CHANGED: "Replacement"}.get(change.code, "")


def _words(change: Change, text: str | None) -> str:
    if change.code is ChangeCode.STAGE_CHANGED:
        return WORDS[Stage(text)] if text else "none"
    if change.code is ChangeCode.REPLACEMENT_CHANGED:
        return text or "none"
    if text is None:
        return ""
    return f"{_FLOOR}{text_words(text.removeprefix(_FLOOR))}" if text.startswith(_FLOOR) else text_words(text)

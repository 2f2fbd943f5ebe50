"""How values are written on pages: filters of the templates."""

from datetime import UTC, date, datetime

from markupsafe import Markup, escape

from api.pages.clocks import MIDNIGHT
from domain.rules.answers import Status
from domain.stages import Stage

WORDS: dict[Stage | Status, str] = {
    Stage.PREVIEW: "Preview",
    Stage.GENERALLY_AVAILABLE: "Generally available",
    Stage.LEGACY: "Legacy",
    Stage.DEPRECATED: "Deprecated",
    Stage.RETIRED: "Retired",
    Status.NOT_LISTED: "Not listed yet",
    Status.NOT_KNOWN: "Not known then",
}
LETTERS: dict[Stage | Status, str] = {
    Stage.PREVIEW: "P",
    Stage.GENERALLY_AVAILABLE: "G",
    Stage.LEGACY: "L",
    Stage.DEPRECATED: "D",
    Stage.RETIRED: "R",
    Status.NOT_LISTED: "·",
    Status.NOT_KNOWN: "?",
}
"""Stand beside each colour, for those who cannot tell it from another."""


def day_words(day: date) -> str:
    """Write a day: 15 April 2025."""
    return f"{day.day} {day:%B} {day.year}"


def day(at: datetime | date) -> Markup:
    """Write the UTC day of an instant."""
    told = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return Markup('<time datetime="{0}">{1}</time>').format(told.isoformat(), day_words(told))


def instant(at: datetime) -> Markup:
    """Write an instant: as its day where it is the first instant of one."""
    at = at.astimezone(UTC)
    if at.timetz() == MIDNIGHT:
        return day(at)
    words = f"{day_words(at.date())}, {at:%H:%M:%S}" + " UTC"
    return Markup('<time datetime="{0}">{1}</time>').format(at.isoformat().replace("+00:00", "Z"), words)


def stage_tag(stage: Stage | Status) -> Markup:
    """Write a stage with its colour and its letter."""
    return Markup('<span class="stage s-{0}"><b aria-hidden="true">{1}</b> {2}</span>').format(stage.value, LETTERS[stage], WORDS[stage])


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: 1 model, 2,000 models."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def name(text: str) -> Markup:
    """Write a name that somebody else chose: it keeps its direction of writing to itself."""
    return Markup("<bdi>{0}</bdi>").format(escape(text))


def code_words(code: str) -> str:
    """Write a code of the API in words."""
    return code.replace("_", " ")


SHOWN = {
    "stage_word": WORDS.__getitem__,
    "code_words": code_words,
    "day": day,
    "instant": instant,
    "stage_tag": stage_tag,
    "counted": counted,
    "name": name,
}
